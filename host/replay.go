package host

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"stella-ops.org/doctor/host/cassette"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// ReplayOptions says how to replay. The zero value gives the recorded report.
type ReplayOptions struct {
	// FailOn takes the place of the recorded one; empty keeps it.
	FailOn wire.Severity
	// StartedAt takes the place of the recorded start; zero keeps it.
	StartedAt time.Time
}

// Replayed is what a replay came to.
type Replayed struct {
	Report *report.Report
	// Then is the recorded report, and Changes tells how Report differs from it,
	// when a plugin file of another digest than the recorded one answered. Then is
	// nil for a plain replay.
	Then    *report.Report
	Changes []Change
}

// Replay runs the checks of a cassette again on what was recorded. It uses no
// network, no setting and no clock of now: the guests get the recorded requests,
// and their host calls pass authorize and are answered from the recording.
//
// With the plugins that were recorded, every result is computed again and must
// be the recorded one; what only the run could know (times, durations, the
// ledger, notes, skips and outcomes that the host made) is taken from it. A
// plugin file of another digest says what that version would have said.
//
// It returns a *MissingPluginError or an *OtherPluginError when the catalog does
// not have what was recorded, an *UnknownError for a hand-written case of a
// check that it does not have, a *ReplayError when a result is not the recorded
// one, and ctx's error when ctx ended.
func (h *Host) Replay(ctx context.Context, c *cassette.Cassette, opts ReplayOptions) (*Replayed, error) {
	if c.HandWritten() {
		return h.replayCase(ctx, c.Checks[0], opts)
	}
	r := &replayer{h: h, c: c, plugins: map[string]*loaded{}, then: map[string]cassette.Plugin{}}
	for _, p := range c.Plugins {
		if err := r.find(p); err != nil {
			return nil, err
		}
	}
	rep := *c.Report
	rep.Results = []report.Result{}
	for i := range c.Report.Results {
		res, err := r.result(ctx, &c.Report.Results[i])
		if err != nil {
			return nil, err
		}
		if res != nil {
			rep.Results = append(rep.Results, *res)
		}
	}
	rep.Summarize(c.FailOn)
	done := &Replayed{Report: &rep}
	if len(r.then) > 0 {
		rep.Host.Version = h.cfg.Version
		rep.Notes = r.notes()
		done.Then, done.Changes = c.Report, r.changes
	} else if !bytes.Equal(document(&rep), document(c.Report)) {
		return nil, r.mismatch("", "the summary differs")
	}
	opts.apply(&rep)
	return done, nil
}

// apply puts what was asked for in the place of what was recorded.
func (o ReplayOptions) apply(rep *report.Report) {
	if o.FailOn != "" {
		rep.Summarize(o.FailOn)
	}
	if !o.StartedAt.IsZero() {
		rep.StartedAt = o.StartedAt.UTC().Format(time.RFC3339)
	}
}

// replayer replays one recorded run.
type replayer struct {
	h       *Host
	c       *cassette.Cassette
	plugins map[string]*loaded
	then    map[string]cassette.Plugin // the recorded ones whose place another digest takes
	changes []Change
}

// find looks for the plugin in the catalog. Another digest is taken only from a
// file, which the operator named for it.
func (r *replayer) find(p cassette.Plugin) error {
	i := slices.IndexFunc(r.h.catalog.plugins, func(q *loaded) bool { return q.info.ID == p.ID })
	if i < 0 {
		return &MissingPluginError{Plugin: p}
	}
	q := r.h.catalog.plugins[i]
	if err := q.ready(r.h.cfg.Now()); err != nil {
		return err
	}
	r.plugins[p.ID] = q
	if q.sum() == p.Digest {
		return nil
	}
	if q.path == "" {
		return &OtherPluginError{Plugin: p, Version: q.info.Version, Digest: q.sum()}
	}
	r.then[p.ID] = p
	return nil
}

// result replays one check; nil when another version does not have it.
func (r *replayer) result(ctx context.Context, rec *report.Result) (*report.Result, error) {
	p := r.plugins[rec.Plugin.ID]
	e, found := p.entry(rec.Check)
	if _, other := r.then[p.info.ID]; other {
		return r.retro(ctx, e, found, rec)
	}
	if !found {
		return nil, r.mismatch(rec.Check, "its plugin has no such check")
	}
	res := newResult(e)
	var calls []report.Request
	if recorded := r.c.Check(rec.Check); recorded == nil || slices.Contains(r.c.ByHost, rec.Check) {
		r.adoptHosts(&res, rec)
	} else {
		var err error
		if calls, err = r.again(ctx, &res, e, recorded, rec); err != nil {
			return nil, err
		}
	}
	repeat(&res, verification(e, r.path(p), r.c.VerifyFlags))
	res.DurationMS, res.Requests, res.Waiver = rec.DurationMS, rec.Requests, rec.Waiver
	if field := firstDifference(&res, rec); field != "" {
		return nil, r.mismatch(rec.Check, field+" differs")
	}
	if !endsWith(rec.Requests, calls) {
		return nil, r.mismatch(rec.Check, "requests differ")
	}
	return &res, nil
}

// path is the plugin's file as it was given when the run was recorded.
func (r *replayer) path(p *loaded) string {
	i := slices.IndexFunc(r.c.Plugins, func(q cassette.Plugin) bool { return q.ID == p.info.ID })
	return r.c.Plugins[i].Path
}

// adoptHosts takes over an outcome that the host made: no guest comes to it.
func (r *replayer) adoptHosts(res, rec *report.Result) {
	res.Outcome, res.Severity, res.SkipReason = rec.Outcome, rec.Severity, rec.SkipReason
	res.Diagnosis, res.Hint, res.Evidence, res.BlockedBy = rec.Diagnosis, rec.Hint, rec.Evidence, rec.BlockedBy
}

// again runs the guest, judges it as the run did, and returns its ledger.
func (r *replayer) again(ctx context.Context, res *report.Result, e checkEntry, recorded *exchange.Case, rec *report.Result) ([]report.Request, error) {
	played, err := r.h.play(ctx, e, recorded, recordedCalls(e, recorded, exchange.NewPlayer(recorded.Exchanges)))
	if err != nil {
		return nil, err
	}
	r.h.logGuest(e, played.out)
	res.Requests = rec.Requests // a refusal is told in the words of the ledger
	conclude(res, e, &recorded.Request, played.out, replayTimeout(&recorded.Request))
	lines := played.calls.lines()
	if played.out.Fault != nil {
		return lines, nil
	}
	if calls := played.network.unexpected; len(calls) > 0 {
		return nil, r.mismatch(rec.Check, fmt.Sprintf("it asks for %s, which the recording does not hold", askedText(&calls[0].Exchange)))
	}
	if rest := played.network.player.Rest(); len(rest) > 0 {
		return nil, r.mismatch(rec.Check, fmt.Sprintf("it does not ask for %s", askedText(&rest[0])))
	}
	return lines, nil
}

// endsWith holds the guest's part of the ledger against the calls of a replay: before them, it may
// have those of an attempt that did not count. What was decided on a call is the
// run's to say.
func endsWith(ledger, calls []report.Request) bool {
	ledger = guestLines(ledger)
	return len(ledger) >= len(calls) && slices.EqualFunc(ledger[len(ledger)-len(calls):], calls, func(a, b report.Request) bool {
		b.N, b.Access, b.Decision, b.Rule = a.N, a.Access, a.Decision, a.Rule
		b.Bytes = a.Bytes // the recording lacks the secrets that an answer had
		return a == b
	})
}

// recordedCalls is how a recorded check is played: within the budget that it
// had.
func recordedCalls(e checkEntry, recorded *exchange.Case, player *exchange.Player) playing {
	items := 0
	for _, s := range e.info.Settings {
		if strings.Contains(s.Key, "*") {
			items = max(items, len(playedItems(recorded.Request.Settings, s.Key)))
		}
	}
	return playing{player: player, stands: recordedDecision(hasSecretTarget(e.info, recorded.Request.Settings)),
		budget: requestBudget(items), timeout: replayTimeout(&recorded.Request)}
}

// hasSecretTarget tells whether an access entry has a target that is a secret
// here.
func hasSecretTarget(info *wire.CheckInfo, given map[string]wire.Setting) bool {
	for _, a := range info.Access {
		pattern := strings.Trim(a.Target, "{}")
		for key, s := range given {
			if s.Secret != "" && pattern != a.Target && sameForm(pattern, key) {
				return true
			}
		}
	}
	return false
}

// sameForm tells whether two spellings, with an asterisk or a number for an item,
// are of one key.
func sameForm(a, b string) bool {
	x, _, _ := settings.KeyForm(a)
	y, _, _ := settings.KeyForm(b)
	return x == y
}

// replayTimeout is generous: what was waited for in the run is there at once,
// but this machine may be a slower one.
func replayTimeout(req *wire.Request) time.Duration {
	return time.Duration(min(max(req.DeadlineMS, wire.DefaultCheckMS), wire.MaxCheckMS)) * time.Millisecond
}

// entry finds a check of a plugin.
func (p *loaded) entry(id string) (checkEntry, bool) {
	i := slices.IndexFunc(p.info.Checks, func(c wire.CheckInfo) bool { return c.ID == id })
	if i < 0 {
		return checkEntry{}, false
	}
	return checkEntry{&p.info.Checks[i], p}, true
}

// mismatch is a ReplayError of this recording.
func (r *replayer) mismatch(check, what string) error {
	return &ReplayError{Check: check, What: what, RecordedBy: r.c.Report.Host.Version, Version: r.h.cfg.Version}
}

// firstDifference names a field in which two results differ; empty for none.
func firstDifference(a, b *report.Result) string {
	x, y := document(a), document(b)
	if bytes.Equal(x, y) {
		return ""
	}
	var left, right map[string]json.RawMessage
	if json.Unmarshal(x, &left) == nil && json.Unmarshal(y, &right) == nil {
		names := append([]string{"outcome", "severity", "cause"}, slices.Sorted(maps.Keys(left))...)
		for _, name := range names {
			if !bytes.Equal(left[name], right[name]) {
				return name
			}
		}
	}
	return "something"
}

func document(v any) []byte {
	var b bytes.Buffer
	// Writing into memory does not fail, and reports always encode.
	_ = report.WriteDocument(&b, v)
	return b.Bytes()
}
