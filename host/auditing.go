package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"stella-ops.org/doctor/host/audit"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// keyAuditFile names the audit log where [Config.AuditFile] does not.
const keyAuditFile = "Doctor:Audit:File"

// ruleAudit refuses a call that cannot be written to the audit log.
const ruleAudit = "audit"

// AuditFile is the path of the audit log, that of [Config.AuditFile] or of the
// setting; empty for none.
func (h *Host) AuditFile() string {
	if h.cfg.AuditFile != "" {
		return h.cfg.AuditFile
	}
	return h.text(keyAuditFile)
}

// AuditError says that the audit log cannot be written. What it could not take was
// not done.
type AuditError struct {
	Path string
	// Began is set when the run had begun.
	Began bool
	Err   error
}

func (e *AuditError) Error() string {
	text := fmt.Sprintf("audit log %s: %v", e.Path, e.Err)
	if e.Began {
		text += "; the run was ended, because no request is sent without its line"
	}
	return text
}

// Unwrap returns the cause.
func (e *AuditError) Unwrap() error { return e.Err }

// auditing is the part of a run that has an audit log. A nil one writes nothing.
type auditing struct {
	path    string
	version string
	run     *audit.Run
	end     context.CancelCauseFunc // ends the run
}

// openAudit opens the log once, when the first run begins.
func (h *Host) openAudit(path string) (*audit.Log, error) {
	h.networkMu.Lock()
	defer h.networkMu.Unlock()
	if h.auditLog != nil {
		return h.auditLog, nil
	}
	log, err := audit.Open(path, h.cfg.Now)
	if err != nil {
		return nil, err
	}
	h.auditLog = log
	h.closers = append(h.closers, func() { _ = log.Close() })
	return log, nil
}

// beginAudit writes that a run begins. The context that it returns ends when the
// log can no longer be written.
func (h *Host) beginAudit(ctx context.Context, entries []checkEntry, opts RunOptions) (context.Context, *auditing, error) {
	path := h.AuditFile()
	if path == "" {
		return ctx, nil, nil
	}
	log, err := h.openAudit(path)
	var run *audit.Run
	if err == nil {
		run, err = log.Begin(audit.Start{Version: h.cfg.Version, Plugins: auditedPlugins(entries), Checks: len(entries),
			AllowWrite: opts.AllowWrite, Notes: auditedNotes(h.standingNotes())})
	}
	if err != nil {
		return ctx, nil, &AuditError{Path: path, Err: err}
	}
	ctx, end := context.WithCancelCause(ctx)
	return ctx, &auditing{path: path, version: h.cfg.Version, run: run, end: end}, nil
}

// auditedPlugins are the plugins of checks, each once, sorted by id.
func auditedPlugins(entries []checkEntry) []audit.Plugin {
	seen := map[*loaded]bool{}
	all := []audit.Plugin{}
	for _, e := range entries {
		if !seen[e.plugin] {
			seen[e.plugin] = true
			all = append(all, auditedPlugin(e.plugin))
		}
	}
	sortPlugins(all)
	return all
}

func sortPlugins(all []audit.Plugin) {
	slices.SortFunc(all, func(a, b audit.Plugin) int { return strings.Compare(a.ID, b.ID) })
}

func auditedPlugin(p *loaded) audit.Plugin {
	return audit.Plugin{ID: p.info.ID, Version: p.info.Version, Digest: p.sum()}
}

func auditedNotes(notes []report.Note) []audit.Note {
	var all []audit.Note
	for _, n := range notes {
		all = append(all, audit.Note(n))
	}
	return all
}

// failed ends the run on account of the log.
func (a *auditing) failed(err error) error {
	failure := &AuditError{Path: a.path, Began: true, Err: err}
	a.end(failure)
	return failure
}

// ended writes how the run ended, and adds to the report where the log stands then.
// It returns err, or the failure of the log.
func (a *auditing) ended(rep *report.Report, err error) error {
	if a == nil {
		return err
	}
	defer a.end(nil)
	var failure *AuditError
	if errors.As(err, &failure) {
		return err
	}
	end := audit.End{}
	if rep != nil {
		code := rep.Summary.ExitCode
		end.ExitCode, end.Notes = &code, auditedNotes(rep.Notes)
	} else {
		end.Error = bounded(err.Error(), wire.MaxErrorMessage)
	}
	head, failed := a.run.End(end)
	switch {
	case failed != nil:
		return a.failed(failed)
	case rep != nil:
		rep.Notes = append(rep.Notes, report.Note{Code: "audited",
			Text: fmt.Sprintf("every request of the run is in the audit log %s, which ended with %s", a.path, head)})
	}
	return err
}

// of returns what writes the calls of one check.
func (a *auditing) of(e checkEntry) *checkAudit {
	if a == nil {
		return nil
	}
	return &checkAudit{auditing: a, plugin: auditedPlugin(e.plugin), check: e.info.ID}
}

// checkAudit writes the calls of one check. A nil one writes nothing.
type checkAudit struct {
	*auditing
	plugin audit.Plugin
	check  string
}

// decided writes a decision before anything is sent, and returns its number. A
// call that was allowed must not be made when it returns a refusal.
func (a *checkAudit) decided(l report.Request, s *scrubber) (id int, denial *wire.CallError) {
	if a == nil {
		return 0, nil
	}
	id, err := a.run.Call(audit.Call{
		Plugin: a.plugin, Check: a.check, Function: l.Function, Purpose: l.Purpose, Method: l.Method, URL: s.address(l.URL),
		Access: l.Access, Decision: l.Decision, Rule: l.Rule, Credential: l.Credential,
	})
	if err != nil {
		return id, deny(ruleAudit, "the call cannot be written to the audit log: "+a.failed(err).Error())
	}
	return id, nil
}

// settled writes what came of a call that was allowed.
func (a *checkAudit) settled(id int, l report.Request, facts audit.Outcome, s *scrubber) {
	if a == nil || id == 0 {
		return
	}
	facts.ID, facts.Check, facts.Decision, facts.Rule = id, a.check, l.Decision, l.Rule
	facts.Address, facts.Status, facts.ErrorKind, facts.Bytes, facts.DurationMS = l.Address, l.Status, l.ErrorKind, l.Bytes, l.DurationMS
	if facts.FinalURL = withoutQuery(facts.FinalURL); facts.FinalURL == l.URL {
		facts.FinalURL = ""
	}
	facts.FinalURL = s.address(facts.FinalURL)
	s.plain(&facts.Address)
	if p := facts.Peer; p != nil {
		s.plain(&p.ServerName, &p.Subject, &p.Issuer)
	}
	if err := a.run.Outcome(facts); err != nil {
		_ = a.failed(err)
	}
}

// unwritten writes how many refused calls of an attempt have no line.
func (a *checkAudit) unwritten(count int) {
	if a == nil || count <= 0 {
		return
	}
	if err := a.run.More(audit.More{Plugin: a.plugin, Check: a.check, Count: count, Rule: ruleBudget}); err != nil {
		_ = a.failed(err)
	}
}

// plain scrubs texts in place.
func (s *scrubber) plain(texts ...*string) {
	if s == nil {
		return
	}
	s.prepare()
	s.texts(texts...)
}

// address scrubs the address of a request. Its origin stays: where a request went
// is what a log is for, and of an address that is a secret every report shows it.
func (s *scrubber) address(text string) string {
	clean := text
	s.plain(&clean)
	u, rule := wire.ScreenURL(text)
	if rule == "" && !strings.HasPrefix(clean, u.Origin()) {
		return u.Origin() + "/" + redacted
	}
	return clean
}

// withoutQuery is an address as ledgers show it; empty for none.
func withoutQuery(address string) string {
	u, rule := wire.ScreenURL(address)
	if rule != "" {
		return ""
	}
	u.Query = ""
	return bounded(u.String(), 512)
}

// auditedPeer is what the log says of the other end of a TLS connection.
func auditedPeer(t *wire.TLSInfo) *audit.Peer {
	if t == nil {
		return nil
	}
	return &audit.Peer{Version: t.Version, ServerName: t.ServerName, Subject: t.Subject, Issuer: t.Issuer, NotAfter: t.NotAfter}
}
