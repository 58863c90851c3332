package report

import (
	"fmt"
	"io"
	"sort"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// WriteText writes the report for people: problems first, each with its
// question, its verdict, its cause, the facts behind it, the fix and the command
// that checks it again; then what is well, a line each; then one sentence that
// sums up.
func WriteText(w io.Writer, r *Report, v View) error {
	p := newPrinter(v)
	p.waiters = waiters(r)
	tight := false // the result before took a line only
	for _, res := range worstFirst(r) {
		if v.Verbose || asksForAction(&res) {
			p.result(&res)
			tight = false
			continue
		}
		p.brief(&res)
		tight = true
	}
	if tight {
		p.blank()
	}
	for _, n := range r.Notes {
		p.para("", "note: ", n.Text)
	}
	p.para("", "", lastLine(r))
	_, err := io.WriteString(w, p.String())
	return err
}

// asksForAction holds for what a reader has to act on or to doubt.
func asksForAction(r *Result) bool {
	return isProblem(r) || r.Remediation != nil || r.Cause != nil
}

// urgency orders results for reading: fail, could not judge, warn, info, what
// waits for a failure, pass, skip; what is waived comes after its like, a pass
// with doubt before.
func urgency(r Result) int {
	rank := 0
	switch {
	case r.Severity == nil:
		return 14
	case isWaiting(&r):
		return 6
	case *r.Severity == wire.Skip:
		return -2
	default:
		rank = 4 * r.Severity.Rank()
	}
	switch {
	case r.Waiver != nil:
		rank--
	case isDoubt(&r):
		rank++
	}
	return rank
}

// isDoubt holds for a pass that names a cause: it passed, and something is odd.
func isDoubt(r *Result) bool { return r.Severity != nil && *r.Severity == wire.Pass && r.Cause != nil }

// label is the first word of a result. It carries the whole meaning: colour only
// repeats it.
func label(r *Result) string {
	switch {
	case r.Severity == nil:
		return "UNJUDGED"
	case isDoubt(r):
		return "PASS?"
	case isWaiting(r):
		return "WAIT"
	}
	return strings.ToUpper(string(*r.Severity))
}

// brief writes a result that asks nothing of the reader.
func (p *printer) brief(r *Result) {
	text := r.Diagnosis
	if r.SkipReason != nil && !isWaiting(r) && !strings.HasPrefix(text, *r.SkipReason) {
		text = *r.SkipReason + ": " + text
	}
	p.head(r, text)
}

func (p *printer) result(r *Result) {
	p.head(r, r.Name)
	p.field("", r.Question)
	p.field("", r.Diagnosis)
	if w := r.Waiver; w != nil {
		p.field("waived: ", waiverText(w))
	}
	if r.Severity == nil {
		p.field("outcome: ", r.Outcome)
		p.field("hint: ", r.Hint)
	}
	if r.Cause != nil {
		p.field("cause: ", *r.Cause)
	}
	p.field("waiting on it: ", listed(p.waiters[r.Check]))
	if p.view.Verbose {
		p.evidence(r.Evidence)
		p.ledger(r.Requests)
	} else {
		for _, f := range topFacts(r.Evidence) {
			p.field(f.name+": ", f.value)
		}
	}
	if r.Severity == nil && !p.view.Verbose && len(r.Requests) > 0 {
		p.field("last request: ", ledgerLine(r.Requests[len(r.Requests)-1]))
	}
	if r.Waiver != nil && !p.view.Verbose {
		p.blank()
		return // what to do about it is decided
	}
	p.causes(r.LikelyCauses)
	if r.Remediation != nil {
		p.remediation(r.Remediation)
	}
	if asksForAction(r) && r.Verification != "" {
		p.command("verify: ", r.Verification)
	}
	p.blank()
}

func (p *printer) evidence(e wire.Evidence) {
	if len(e) == 0 {
		return
	}
	width := 0
	for name := range e {
		width = max(width, len(name))
	}
	p.field("", "evidence:")
	for _, name := range sortedNames(e) {
		p.indented(2, fmt.Sprintf("%-*s  ", width, name), valueText(e[name]))
	}
}

func sortedNames(e wire.Evidence) []string {
	names := make([]string, 0, len(e))
	for name := range e {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// valueText shows a scalar as it is, null as a dash, and lists as JSON.
func valueText(v wire.Value) string {
	if v.IsNull() {
		return "-"
	}
	switch x := v.Any().(type) {
	case string:
		return x
	case bool, int64, float64:
		return fmt.Sprint(x)
	}
	text, err := v.MarshalJSON()
	if err != nil {
		return "-"
	}
	return unescapeHTML.Replace(string(text))
}

// unescapeHTML undoes what encoding/json does for web pages.
var unescapeHTML = strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&")

func (p *printer) ledger(requests []Request) {
	if len(requests) == 0 {
		return
	}
	p.field("", "requests:")
	for _, q := range requests {
		p.indented(2, fmt.Sprintf("%d  ", q.N), ledgerLine(q))
	}
}

func (p *printer) causes(causes []string) {
	if len(causes) == 0 {
		return
	}
	p.field("", "likely causes:")
	for i, c := range causes {
		p.indented(2, fmt.Sprintf("%d. ", i+1), c)
	}
}

// runtimeTitles are the headings of the steps, in printing order.
var runtimeTitles = []struct{ runtime, title string }{
	{wire.RuntimeAny, "fix"},
	{wire.RuntimeCompose, "fix with Docker Compose"},
	{wire.RuntimeSystemd, "fix with systemd"},
	{wire.RuntimeKubernetes, "fix with Kubernetes"},
}

func (p *printer) remediation(r *Remediation) {
	if r.Summary != "" {
		p.field("remedy: ", r.Summary)
	}
	for _, g := range StepGroups(r.Steps, p.view.Runtime) {
		p.field("", g.Title+p.why(g.Runtime)+":")
		for i := range g.Steps {
			p.step(&g.Steps[i])
		}
	}
	if r.RunbookURL != "" {
		p.field("runbook: ", r.RunbookURL)
	}
}

// why tells how a runtime was chosen when nobody named it, and how to see the
// others.
func (p *printer) why(runtime string) string {
	if p.view.RuntimeSource == "" || runtime != p.view.Runtime {
		return ""
	}
	return " (" + p.view.RuntimeSource + "; --runtime all shows the others)"
}

func (p *printer) step(s *wire.Step) {
	p.indented(2, fmt.Sprintf("%d. ", s.Order), fmt.Sprintf("%s (%s)", s.Description, StepMarks(s)))
	if s.Command != "" {
		p.indentedCommand(5, s.Command)
	}
	if s.Safety != "" {
		p.indented(5, "mind: ", s.Safety)
	}
	if s.Backup != "" {
		p.indented(5, "backup: ", s.Backup)
	}
}

// lastLine sums up, and says what to fix first: after a long page it is what
// stands on the screen.
func lastLine(r *Report) string {
	problems := openProblems(r)
	if len(problems) == 0 {
		return counts(r)
	}
	var names []string
	for _, res := range problems {
		names = append(names, res.Check+" ("+reason(&res)+")")
	}
	text := summaryLine(r, 0) + ": " + listed(names)
	it := ""
	if len(problems) == 1 {
		it = problems[0].Check
	}
	if waits := waitText(r, it); waits != "" {
		text += "; " + waits
	}
	return text
}

// summaryLine is one calm sentence when all is well, and counts otherwise. Of the
// skipped checks so many are told as waiting.
func summaryLine(r *Report, waits int) string {
	s := r.Summary
	doubts := 0
	for i := range r.Results {
		if isDoubt(&r.Results[i]) {
			doubts++
		}
	}
	if total := s.Total(); total > 0 && s.Pass == total && doubts == 0 {
		if total == 1 {
			return "all is well: the check passed"
		}
		return fmt.Sprintf("all is well: %d checks passed", total)
	}
	var parts []string
	count := func(n int, what string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	count(s.Fail, "failed")
	count(s.Unjudged, "could not be judged")
	count(s.Warn, "warned")
	count(s.Info, "informed")
	count(waits, "waiting")
	count(s.Pass-doubts, "passed")
	count(doubts, "passed with doubt")
	count(s.Skip-waiting(r), "skipped")
	if len(parts) == 0 {
		return "no check ran"
	}
	if s.Waived > 0 {
		parts = append(parts, fmt.Sprintf("%d of these waived", s.Waived))
	}
	return strings.Join(parts, ", ")
}

// openProblems are the results that are problems and that no waiver covers, those to
// fix first before others.
func openProblems(r *Report) []Result {
	var problems []Result
	for _, res := range worstFirst(r) {
		if isProblem(&res) && res.Waiver == nil {
			problems = append(problems, res)
		}
	}
	return problems
}
