package host

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// Change tells what another version of a plugin makes of a recorded check.
type Change struct {
	Check string `json:"check"`
	// Then is the recorded verdict. Now is that of the other version; nil when it
	// does not have the check.
	Then Verdict  `json:"then"`
	Now  *Verdict `json:"now"`
	// NotMade are recorded calls that the version does not make, NotRecorded the
	// calls that it makes and the recording does not hold.
	NotMade     []Call `json:"not_made"`
	NotRecorded []Call `json:"not_recorded"`
}

// Verdict is the heart of a result.
type Verdict struct {
	Outcome  string         `json:"outcome"`
	Severity *wire.Severity `json:"severity"`
	Cause    *string        `json:"cause"`
}

// Call names a host call.
type Call struct {
	Function string `json:"function"`
	Method   string `json:"method"`
	URL      string `json:"url"`
}

func callOf(e *exchange.Exchange) Call {
	method, written := e.Asked()
	address := ledgerURL(wire.URL{}, e)
	if address == "" {
		address = bounded(written, 512)
	}
	return Call{e.Function, bounded(method, 16), address}
}

func verdictOf(r *report.Result) Verdict { return Verdict{r.Outcome, r.Severity, r.Cause} }

func (v Verdict) equal(w Verdict) bool {
	text := func(v Verdict) string { return string(document(v)) }
	return text(v) == text(w)
}

// retro asks another version of the plugin what it makes of a recorded check. A
// check that the version does not have has no result.
func (r *replayer) retro(ctx context.Context, e checkEntry, found bool, rec *report.Result) (*report.Result, error) {
	change := Change{Check: rec.Check, Then: verdictOf(rec), NotMade: []Call{}, NotRecorded: []Call{}}
	if !found {
		r.changes = append(r.changes, change)
		return nil, nil
	}
	res := newResult(e)
	if recorded := r.c.Check(rec.Check); recorded == nil {
		// The host skipped it: there are no answers to judge, in any version.
		r.adoptHosts(&res, rec)
		repeat(&res, verification(e, e.plugin.path, r.c.VerifyFlags))
	} else {
		played, err := r.h.play(ctx, e, recorded, recordedCalls(e, recorded, exchange.NewAnyOrderPlayer(recorded.Exchanges)))
		if err != nil {
			return nil, err
		}
		r.h.logGuest(e, played.out)
		res = played.judge(e, recorded, r.c.VerifyFlags, "record the run again with this version of the plugin")
		for _, call := range played.network.unexpected {
			if call.refusal == "" {
				change.NotRecorded = append(change.NotRecorded, callOf(&call.Exchange))
			}
		}
		for _, left := range played.network.player.Rest() {
			change.NotMade = append(change.NotMade, callOf(&left))
		}
	}
	now := verdictOf(&res)
	change.Now = &now
	if now.equal(change.Then) {
		res.Waiver = rec.Waiver // it is the same problem
	}
	if !now.equal(change.Then) || len(change.NotMade)+len(change.NotRecorded) > 0 {
		r.changes = append(r.changes, change)
	}
	return &res, nil
}

// notes are those of a report that another version made of a recorded run: what
// was recorded about the network and the settings holds on, what was said about
// the plugins and about waivers, which stand in the results, does not.
func (r *replayer) notes() []report.Note {
	notes := slices.DeleteFunc(slices.Clone(r.c.Report.Notes), func(n report.Note) bool {
		return n.Code == "plugin_file" || n.Code == "plugin_replaced" || strings.HasPrefix(n.Code, "waive")
	})
	notes = append(notes, r.h.catalog.notes...)
	for _, p := range r.c.Plugins {
		if _, other := r.then[p.ID]; !other {
			continue
		}
		now := r.plugins[p.ID]
		notes = append(notes, report.Note{Code: "retro", Text: fmt.Sprintf(
			"plugin %s %s (%s) was given the answers that were recorded with %s (%s); nothing was asked anew",
			p.ID, now.info.Version, now.sum(), p.Version, p.Digest)})
	}
	return notes
}
