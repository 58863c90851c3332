package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/sandbox"
	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/host/waivers"
	"stella-ops.org/doctor/sdk/wire"
)

// RunOptions says what to run and how. The zero value runs the default
// selection.
type RunOptions struct {
	Selection
	// Timeout is the time budget of each check; zero takes the check's own.
	Timeout time.Duration
	// Parallel is how many checks may be in flight; zero stands for
	// wire.DefaultChecksFlight.
	Parallel int
	// AllowWrite permits checks that write on their target.
	AllowWrite bool
	// NoDeps runs checks at once and although a check that they depend on failed.
	NoDeps bool
	// Deadline bounds the run as a whole: a check that has not ended by then could
	// not judge, with outcome timeout. Zero stands for none.
	Deadline time.Duration
	// WaitFor, wire.Pass or wire.Warn, runs checks again until none is worse, with
	// pauses between, or until the deadline, then DefaultWait if there is none. A
	// finding that waiting cannot cure ends it at once. Empty runs each check
	// once.
	WaitFor wire.Severity
	// Offline forbids every connection: checks that need one are skipped, and a
	// run that names one in Selection.Checks is refused.
	Offline bool
	// FailOn is the least severity that fails the run's exit code: wire.Fail
	// when empty, or wire.Warn.
	FailOn wire.Severity
	// VerifyFlags are repeated in the command that re-runs a check, such as
	// --config FILE; they must not carry secrets.
	VerifyFlags []string
	// Waivers are the problems that are known; nil stands for none. Covered ones
	// count as pass for the exit code, and notes tell of them.
	Waivers *waivers.Set
	// Observe is told what happens as it happens, never concurrently. A slow one
	// delays no check; Run returns when it has seen everything. Nil is fine.
	Observe func(Event)
	// Record keeps what a replay of the run needs; nil keeps nothing. A run that
	// waits cannot be recorded.
	Record *Recording
}

// Run runs the selected checks and reports on them, sorted by id. What a check
// found, and that a check could not judge, is in the report and no error.
//
// It returns a *ConfigError, an *UnknownError, an *OfflineError, a *WriteError or
// a *RecordError before anything ran, ctx's error when ctx ended, a
// *TransientError when this machine could not run a plugin, and an *AuditError
// when the audit log could not be written, before or in the middle of the run.
func (h *Host) Run(ctx context.Context, opts RunOptions) (*report.Report, error) {
	if opts.WaitFor != "" && opts.Record != nil {
		return nil, &RecordError{Err: errors.New("a recording holds one attempt of each check, and this run may make several")}
	}
	if opts.WaitFor != "" && opts.Deadline <= 0 {
		opts.Deadline = DefaultWait
	}
	if err := h.OpenNetwork(); err != nil {
		return nil, err
	}
	entries, err := h.catalog.selectChecks(opts.Selection)
	if err != nil {
		return nil, err
	}
	if err := gateNamed(entries, opts); err != nil {
		return nil, err
	}
	if err := h.gateInstalled(entries, opts.Selection); err != nil {
		return nil, err
	}
	ctx, auditing, err := h.beginAudit(ctx, entries, opts)
	if err != nil {
		return nil, err
	}
	rep, err := h.runEntries(ctx, entries, opts, auditing)
	if err := auditing.ended(rep, err); err != nil {
		return nil, err
	}
	return rep, nil
}

// runEntries runs checks that the gates let through.
func (h *Host) runEntries(ctx context.Context, entries []checkEntry, opts RunOptions, auditing *auditing) (*report.Report, error) {
	opts.Record.begin(entries, opts, h.unsearched())
	start := h.cfg.Now()
	watch := newWatcher(opts.Observe)
	defer watch.end(ctx)
	watch.runStarted(start, entries)
	waiving := opts.Waivers.Start(start)
	r := h.newRunner(entries, opts, watch, waiving, auditing)
	if err := r.run(ctx); err != nil {
		return nil, err
	}
	rep := &report.Report{
		Schema:     report.Schema,
		StartedAt:  start.UTC().Format(time.RFC3339),
		DurationMS: h.cfg.Now().Sub(start).Milliseconds(),
		Host:       report.HostInfo{Version: h.cfg.Version},
		Results:    r.results,
	}
	rep.Summary = report.Summarize(r.results, opts.FailOn)
	rep.Notes = orEmpty(slices.Concat(h.notes(rep, slices.Contains(r.proxyIgnored, true)), h.installedNotes(entries, opts.Selection), r.notes, waiving.Notes(), h.unknownWaivers(waiving)))
	rep.Summarize(opts.FailOn)
	return rep, nil
}

// standingNotes are the remarks that hold for every run of this host.
func (h *Host) standingNotes() []report.Note {
	notes := slices.Clone(h.catalog.notes)
	if h.cfg.InsecureSkipVerify {
		notes = append(notes, report.Note{Code: "insecure_tls",
			Text: "certificates were not verified (--insecure-skip-tls-verify); a pass proves less than it says"})
	}
	return notes
}

// trustNote tells where the trusted certificate authorities come from when it is
// not the system; empty when it is.
func (h *Host) trustNote() []report.Note {
	var sources []string
	for _, name := range []string{"SSL_CERT_FILE", "SSL_CERT_DIR"} {
		if value := h.env(name); value != "" {
			sources = append(sources, name+"="+value)
		}
	}
	if len(sources) == 0 {
		return nil
	}
	return []report.Note{{Code: "trust_source",
		Text: "the trusted certificate authorities come from the environment: " + strings.Join(sources, ", ")}}
}

// spokeTLS tells whether a check of the run asked an https address.
func spokeTLS(rep *report.Report) bool {
	return slices.ContainsFunc(rep.Results, func(r report.Result) bool {
		return slices.ContainsFunc(r.Requests, func(q report.Request) bool { return strings.HasPrefix(q.URL, "https:") })
	})
}

// sentInTheClear tells whether a secret went over plain HTTP to another machine.
func sentInTheClear(rep *report.Report) bool {
	return slices.ContainsFunc(rep.Results, func(r report.Result) bool {
		return slices.ContainsFunc(r.Requests, func(q report.Request) bool {
			u, rule := wire.ScreenURL(q.URL)
			return q.Credential != "" && q.Decision == "allowed" && rule == "" && access.InTheClear(u)
		})
	})
}

// notes are the remarks on a run.
func (h *Host) notes(rep *report.Report, proxyIgnored bool) []report.Note {
	notes := h.standingNotes()
	if spokeTLS(rep) {
		notes = append(notes, h.trustNote()...)
	}
	if sentInTheClear(rep) {
		notes = append(notes, report.Note{Code: "plain_http_credentials",
			Text: "credentials were sent over plain HTTP (" + keyPlainHTTP + "=true): whoever was on the way could read them"})
	}
	notes = append(notes, h.guard.note(rep)...)
	if proxyIgnored {
		notes = append(notes, report.Note{Code: "proxy_ignored",
			Text: "the environment names a proxy that Doctor does not use; set Doctor:Proxy=env to use it"})
	}
	if s := rep.Summary; s.Fail+s.Warn+s.Unjudged > 0 && h.settingsFromFlags() {
		notes = append(notes, report.Note{Code: "set_not_repeated",
			Text: "printed commands leave out the values of --set and --set-file: add them again, or keep them in a file for --config"})
	}
	if notes == nil {
		notes = []report.Note{}
	}
	return notes
}

// unknownWaivers tells of waivers that no check of the catalog can meet.
func (h *Host) unknownWaivers(waiving *waivers.Round) []report.Note {
	ids := make([]string, 0, len(h.catalog.checks))
	for _, e := range h.catalog.checks {
		ids = append(ids, e.info.ID)
	}
	return waiving.Unknown(ids, func(id string) []string { return Nearest(id, ids) })
}

// env returns a variable of the environment that the host was given.
func (h *Host) env(name string) string {
	for _, e := range h.cfg.Environ {
		if k, v, ok := strings.Cut(e, "="); ok && k == name {
			return v
		}
	}
	return ""
}

// runCheck runs one check as its admission says. An error means that the engine
// could not do its work, or that ctx ended.
func (h *Host) runCheck(ctx context.Context, e checkEntry, a admission, opts RunOptions, budget *answerBudget, watch *watcher) (report.Result, bool, error) {
	start := time.Now()
	res := newResult(e)
	if a.skip != "" {
		skip(&res, a.skip, a.diagnosis, a.evidence)
		res.BlockedBy = orEmpty(a.blockedBy)
		return finish(res, e, opts, start), false, nil
	}
	if a.refused != nil {
		a.refused.conclude(&res)
		return finish(res, e, opts, start), false, nil
	}
	nonce, err := newNonce()
	if err != nil {
		return res, false, err
	}
	secrets := h.secretsOf(a.resolution)
	calls := &hostCalls{grants: a.grants, declared: a.declared, network: h.network, budget: a.requests, watch: watch.calls(e),
		writes:  writes(e.info) && opts.AllowWrite,
		secrets: secrets, tape: opts.Record.newTape(secrets), plainHTTP: h.plainHTTP(), guard: h.guard, audit: a.auditing.of(e)}
	inTime := a.hurry(h.clock)
	req, timeout := a.request(e, nonce, h.cfg.Now()), a.timeout
	out := sandbox.Result{Fault: &sandbox.Fault{Kind: sandbox.FaultTimeout}}
	if inTime {
		out, err = h.callGuest(ctx, e, req, calls, timeout)
		var no *RefusedError
		if errors.As(err, &no) { // since it was admitted
			pluginRefused(no).conclude(&res)
			return finish(res, e, opts, start), false, nil
		}
		if err != nil {
			return res, false, err
		}
	}
	secrets.kept().guest(&out)
	h.logGuest(e, out)
	res.Requests = calls.lines()
	fits := budget.take(e.info.ID, len(out.Output))
	opts.Record.add(req, calls.tape, !fits || byHost(out.Fault), secrets.kept())
	switch {
	case !inTime, byHost(out.Fault) && a.over(h.clock.now()):
		concludeLate(&res, opts.Deadline, inTime)
	case fits:
		conclude(&res, e, req, out, timeout)
	default:
		unjudged(&res, report.BadOutput, fmt.Sprintf("the answers of its plugin in this run come to more than %d MiB", wire.MaxResultsBytes>>20))
		res.Hint = "run fewer checks of the plugin at once, and report it to the plugin's author"
	}
	secrets.kept().result(&res)
	h.log.Debug("check ended", "plugin", e.plugin.info.ID, "check", e.info.ID, "outcome", res.Outcome, "duration", time.Since(start))
	return finish(res, e, opts, start), calls.proxyIgnored, nil
}

// answerBudget bounds what a run keeps of its guests: an answer grows several
// times over in memory, and a plugin may have a thousand checks.
type answerBudget struct {
	mu   sync.Mutex
	left int
	held map[string]int // by check
}

// take reserves n bytes for the answer of a check, which takes the place of the
// one of an attempt before, and reports whether they fit.
func (b *answerBudget) take(check string, n int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held == nil {
		b.held = map[string]int{}
	}
	b.left += b.held[check]
	b.held[check] = 0
	if n > b.left {
		return false
	}
	b.left -= n
	b.held[check] = n
	return true
}

// settingsFromFlags reports whether a setting came from the command line.
func (h *Host) settingsFromFlags() bool {
	return slices.ContainsFunc(h.settings.Entries(), func(e settings.Entry) bool { return strings.HasPrefix(e.Origin, "--set") })
}
