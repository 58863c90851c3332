package host

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/sandbox"
	"stella-ops.org/doctor/sdk/wire"
)

// newResult is the part of a result that comes from the catalog.
func newResult(e checkEntry) report.Result {
	return report.Result{
		Check:           e.info.ID,
		Name:            e.info.Name,
		Question:        e.info.Description,
		Category:        e.category(),
		Tags:            orEmpty(e.info.Tags),
		DefaultSeverity: e.info.DefaultSeverity,
		Plugin:          report.PluginRef{ID: e.plugin.info.ID, Version: e.plugin.info.Version, Digest: e.plugin.sum()},
		Outcome:         report.Judged,
		Evidence:        wire.Evidence{},
		LikelyCauses:    []string{},
		Related:         orEmpty(e.info.Related),
		BlockedBy:       []string{},
		Requests:        []report.Request{},
	}
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// skip makes res a skip of the host's.
func skip(res *report.Result, reason, diagnosis string, evidence wire.Evidence) {
	severity := wire.Skip
	res.Severity, res.SkipReason, res.Diagnosis = &severity, &reason, diagnosis
	res.Evidence = wire.Evidence{"skip_reason": wire.String(reason)}
	for k, v := range evidence {
		res.Evidence[k] = v
	}
}

// conclude judges what a guest left behind: the host's own clock first, then the
// engine's word, then the document.
func conclude(res *report.Result, e checkEntry, req *wire.Request, out sandbox.Result, timeout time.Duration) {
	if out.Fault != nil {
		unjudged(res, outcomeOf(out.Fault.Kind), faultText(out.Fault, timeout))
		return
	}
	var doc wire.Result
	if err := wire.Unmarshal(out.Output, &doc); err != nil {
		unjudged(res, report.BadOutput, "its answer is no result document: "+err.Error())
		return
	}
	if err := doc.Validate(e.info, req); err != nil {
		unjudged(res, report.BadOutput, "its answer breaks the contract: "+err.Error())
		return
	}
	if doc.Unjudged == wire.UnjudgedDenied {
		concludeDenied(res, &doc)
		return
	}
	adopt(res, &doc, e)
}

// adopt takes a valid document of the guest over into the report.
func adopt(res *report.Result, doc *wire.Result, e checkEntry) {
	severity := doc.Severity
	res.Severity = &severity
	res.Diagnosis = doc.Diagnosis
	res.Verification = doc.Verification
	if doc.Cause != "" {
		res.Cause = &doc.Cause
	}
	if doc.SkipReason != "" {
		res.SkipReason = &doc.SkipReason
	}
	if doc.Evidence != nil {
		res.Evidence = doc.Evidence
	}
	res.LikelyCauses = orEmpty(doc.LikelyCauses)
	if r := doc.Remediation; r != nil {
		runbook := r.RunbookURL
		if runbook == "" {
			runbook = e.info.RunbookURL
		}
		res.Remediation = &report.Remediation{Summary: r.Summary, RunbookURL: runbook, Steps: orEmpty(r.Steps)}
	}
}

func outcomeOf(kind sandbox.FaultKind) string {
	switch kind {
	case sandbox.FaultTimeout, sandbox.FaultCanceled:
		return report.Timeout
	case sandbox.FaultOutOfMemory:
		return report.OutOfMemory
	case sandbox.FaultBadOutput:
		return report.BadOutput
	case sandbox.FaultABI:
		return report.ABI
	}
	return report.Trap
}

// byHost tells the faults that are the host's doing, by its clock or on account
// of other checks, from those that a guest comes to by itself.
func byHost(f *sandbox.Fault) bool {
	return f != nil && slices.Contains([]sandbox.FaultKind{sandbox.FaultTimeout, sandbox.FaultCanceled, sandbox.FaultInterrupted}, f.Kind)
}

func faultText(f *sandbox.Fault, timeout time.Duration) string {
	switch f.Kind {
	case sandbox.FaultTimeout, sandbox.FaultCanceled:
		return fmt.Sprintf("it did not answer within its time budget of %s", timeout)
	case sandbox.FaultInterrupted:
		return "its worker process was ended twice on account of other checks of the same plugin"
	}
	return f.Detail
}

// hints say what to do about an outcome without a verdict.
var hints = map[string]string{
	report.Trap:        "the plugin crashed: report it to the plugin's author with this report attached",
	report.Timeout:     "raise the budget with --timeout, or look in the requests of this result for the one that took long",
	report.BadOutput:   "the plugin broke the contract: report it to the plugin's author with this report attached",
	report.OutOfMemory: fmt.Sprintf("the check needs more than the %d MiB that a plugin may have: report it to the plugin's author", wire.MaxMemoryBytes>>20),
	report.ABI:         "the plugin does not fit this host: rebuild it with the SDK of this version",
}

// unjudged makes res an outcome without a verdict. It never blames the target.
func unjudged(res *report.Result, outcome, what string) {
	res.Outcome, res.Severity, res.Cause = outcome, nil, nil
	res.Diagnosis = "could not judge: the check " + oneLine(verb[outcome]+what)
	res.Hint = hints[outcome]
}

// concludeLate says that the deadline of the run ended a check, or left it no
// time to begin.
func concludeLate(res *report.Result, deadline time.Duration, began bool) {
	what, hint := "answered", "look in the requests of this result for the one that took long"
	if !began {
		what, hint = "began", "run more checks at once with --parallel"
	}
	unjudged(res, report.Timeout, fmt.Sprintf("the run came to its deadline of %s before it %s", deadline, what))
	res.Hint = "raise --deadline, or " + hint
}

// verb begins the sentence of an outcome; faultText and conclude end it.
var verb = map[string]string{
	report.Trap:        "crashed: ",
	report.Timeout:     "ran out of time: ",
	report.BadOutput:   "answered badly: ",
	report.OutOfMemory: "ran out of memory: ",
	report.ABI:         "could not be loaded: ",
}

// oneLine keeps text from a guest to one bounded line.
func oneLine(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		s = s[:i]
	}
	return strings.TrimSuffix(strings.TrimSpace(report.Escape(bounded(s, 2048))), ":")
}

// concludeDenied names the missing grant: a refusal is the operator's matter,
// not the target's fault.
func concludeDenied(res *report.Result, doc *wire.Result) {
	res.Outcome, res.Severity, res.Cause = report.Denied, nil, nil
	if doc.Evidence != nil {
		res.Evidence = doc.Evidence
	}
	i := slices.IndexFunc(res.Requests, func(r report.Request) bool { return r.ErrorKind == wire.KindDenied })
	if i < 0 {
		unjudged(res, report.BadOutput, "it says that a request was denied, and none was")
		return
	}
	r := res.Requests[i]
	res.Diagnosis = oneLine(fmt.Sprintf("could not judge: the access policy refused %s %s (rule %s)", r.Method, r.URL, r.Rule))
	res.Hint = denialHint(r)
	if r.Rule == ruleNotApproved {
		res.Hint = "the check declares that and it was not approved: " + approveCommand(res.Plugin.ID)
	}
}

func denialHint(r report.Request) string {
	if r.Purpose == report.PurposeTokenExchange && r.Rule == access.RuleNotGranted {
		return "the registry sends its clients there for a token: if that address may see the credentials, set the token realm of the check to it (OCI:TokenRealm)"
	}
	switch r.Rule {
	case ruleBudget:
		return "the check made more requests than a run may: report it to the plugin's author"
	case ruleWrite:
		return "the check is not declared as one that writes: report it to the plugin's author with this report attached"
	case rulePlainHTTP:
		return "credentials are not sent over plain HTTP: use an https address, or set " + keyPlainHTTP + "=true if the network in between can be trusted"
	case ruleSecretValue:
		return "look for a line break, a space or a character beyond ASCII in the secret, or in the file that it comes from"
	case "addr":
		return "the name resolves to an address that names may not reach; give the address itself as the setting's host, or set Doctor:Access:Loopback=true if it is a loopback address"
	case "not-granted", "method":
		return "the check asked for more than its sealed description declares: report it to the plugin's author with this report attached"
	}
	return "the request broke a rule of the access policy: report it to the plugin's author"
}

// finish computes what every result of a run has, verdict or not.
func finish(res report.Result, e checkEntry, opts RunOptions, start time.Time) report.Result {
	repeat(&res, verification(e, e.plugin.path, opts.VerifyFlags))
	res.DurationMS = time.Since(start).Milliseconds()
	return res
}

// repeat puts the command that re-runs this check of this run where the author
// wrote the plain one, or none.
func repeat(res *report.Result, command string) {
	plain := "stella doctor run --check " + res.Check
	if res.Verification == "" || res.Verification == plain {
		res.Verification = command
	}
	if res.Remediation != nil {
		for i := range res.Remediation.Steps {
			if s := &res.Remediation.Steps[i]; s.Command == plain {
				s.Command = command
			}
		}
	}
}

// verification is the command that re-runs a check as a run did (CONTRACT §1):
// path is the plugin file, flags those of the run. Values of settings are never
// repeated.
func verification(e checkEntry, path string, flags []string) string {
	args := []string{"stella", "doctor", "run", "--check", e.info.ID}
	if writes(e.info) {
		args = append(args, "--allow-write")
	}
	if path != "" {
		args = append(args, "--plugin", path)
	}
	return Command(append(args, flags...)...)
}

// shellQuote quotes a word for a POSIX shell when it needs quoting.
func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=,@%+", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
