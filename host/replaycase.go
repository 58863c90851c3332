package host

import (
	"context"
	"fmt"
	"slices"
	"time"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// replayCase makes a report of a hand-written case. Whatever digest the plugin
// has, there is no earlier result to hold it against. The report starts at the
// time of the request, and the answers say how long it took.
func (h *Host) replayCase(ctx context.Context, c *exchange.Case, opts ReplayOptions) (*Replayed, error) {
	i := slices.IndexFunc(h.catalog.checks, func(e checkEntry) bool { return e.info.ID == c.Request.Check })
	if i < 0 {
		return nil, h.catalog.unknownCheck(c.Request.Check)
	}
	e := h.catalog.checks[i]
	how := recordedCalls(e, c, exchange.NewPlayer(c.Exchanges))
	how.stands = sameRefusal
	played, err := h.play(ctx, e, c, how)
	if err != nil {
		return nil, err
	}
	h.logGuest(e, played.out)
	res := played.judge(e, c, nil, "add the call to the case, or take away what makes the check ask")
	rep := &report.Report{
		Schema:     report.Schema,
		StartedAt:  c.Request.Now,
		DurationMS: res.DurationMS,
		Host:       report.HostInfo{Version: h.cfg.Version},
		Results:    []report.Result{res},
	}
	if now, err := time.Parse(time.RFC3339, c.Request.Now); err == nil {
		rep.StartedAt = now.UTC().Format(time.RFC3339)
	}
	rep.Summary = report.Summarize(rep.Results, wire.Fail)
	rep.Notes = append(slices.Clone(h.catalog.notes), report.Note{Code: "hand_written",
		Text: "the answers were written by hand; nothing was asked"})
	for _, left := range played.network.player.Rest() {
		rep.Notes = append(rep.Notes, report.Note{Code: "not_asked",
			Text: fmt.Sprintf("the check did not ask for %s, which the case holds", askedText(&left))})
	}
	opts.apply(rep)
	return &Replayed{Report: rep}, nil
}

// judge makes a result of a check that was played, its ledger and its duration those
// of the answers. flags go into the printed commands. When it asked for what is not
// held, its word is worth nothing: hint says what to do then.
func (p *play) judge(e checkEntry, c *exchange.Case, flags []string, hint string) report.Result {
	res := newResult(e)
	res.Requests = p.calls.lines()
	conclude(&res, e, &c.Request, p.out, replayTimeout(&c.Request))
	for _, call := range p.network.unexpected {
		if call.refusal == "" && p.out.Fault == nil {
			unheld(&res, e, callOf(&call.Exchange), hint)
			break
		}
	}
	repeat(&res, verification(e, e.plugin.path, flags))
	for _, r := range res.Requests {
		res.DurationMS += r.DurationMS
	}
	return res
}

// unheld makes res say that a call was answered by nobody.
func unheld(res *report.Result, e checkEntry, call Call, hint string) {
	blank := newResult(e)
	blank.Requests = res.Requests
	blank.Outcome = report.Denied
	blank.Diagnosis = oneLine(fmt.Sprintf("could not judge: the recording does not hold %s %s, which the check asks for", call.Method, call.URL))
	blank.Hint = hint
	*res = blank
}
