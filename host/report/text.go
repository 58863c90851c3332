package report

import (
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// WriteText writes the report for people: problems first, then what is well,
// then one line that sums up.
func WriteText(w io.Writer, r *Report, v View) error {
	var b strings.Builder
	results := slices.Clone(r.Results)
	slices.SortStableFunc(results, func(x, y Result) int { return urgency(y) - urgency(x) })
	for _, res := range results {
		writeResult(&b, res, v)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "note: %s\n", Escape(n.Text))
	}
	b.WriteString(summaryLine(r))
	_, err := io.WriteString(w, b.String())
	return err
}

// urgency orders results for reading: fail, could not judge, warn, info, pass,
// skip.
func urgency(r Result) int {
	switch {
	case r.Severity == nil:
		return 7
	case *r.Severity == wire.Skip:
		return -1
	}
	return 2 * r.Severity.Rank()
}

// label is the first word of a result. It carries the whole meaning: there is
// no colour.
func label(r Result) string {
	if r.Severity == nil {
		return "UNJUDGED"
	}
	return strings.ToUpper(string(*r.Severity))
}

func writeResult(b *strings.Builder, r Result, v View) {
	fmt.Fprintf(b, "%-8s  %s  %s\n", label(r), r.Check, Escape(r.Name))
	field := func(name, text string) {
		if text != "" {
			fmt.Fprintf(b, "          %s%s\n", name, Escape(text))
		}
	}
	field("", r.Diagnosis)
	if r.Severity == nil {
		field("outcome: ", r.Outcome)
		field("hint: ", r.Hint)
	}
	if r.Cause != nil {
		field("cause: ", *r.Cause)
	}
	if w := r.Waiver; w != nil {
		field("waived: ", fmt.Sprintf("until %s, %s, %s", w.Expires, w.Owner, w.Reason))
	}
	if v.Verbose {
		writeEvidence(b, r.Evidence)
		writeLedger(b, r.Requests)
	} else {
		field("request: ", requestFact(r.Evidence))
	}
	writeCauses(b, r.LikelyCauses)
	if r.Remediation != nil {
		writeRemediation(b, r.Remediation)
	}
	if needsVerification(r) {
		field("verify: ", r.Verification)
	}
	b.WriteByte('\n')
}

// needsVerification holds for what a reader may want to run again.
func needsVerification(r Result) bool {
	return r.Severity == nil || r.Severity.Rank() >= wire.Warn.Rank() || r.Remediation != nil
}

// requestFact sums up the request behind a verdict in one line.
func requestFact(e wire.Evidence) string {
	text := func(name string) string { s, _ := e[name].AsString(); return s }
	url, method := text("request_url"), text("request_method")
	if url == "" {
		return ""
	}
	answer := ""
	if status, ok := e["http_status"].AsInt(); ok {
		answer = fmt.Sprintf(" answered %d", status)
	} else if kind := text("error_kind"); kind != "" {
		answer = " got no answer: " + kind
		if detail := text("tls_error"); detail != "" {
			answer += " (" + detail + ")"
		}
	}
	if ms, ok := e["response_time_ms"].AsInt(); ok {
		answer += fmt.Sprintf(" in %d ms", ms)
	}
	return strings.TrimSpace(method+" "+url) + answer
}

func writeEvidence(b *strings.Builder, e wire.Evidence) {
	if len(e) == 0 {
		return
	}
	names := make([]string, 0, len(e))
	width := 0
	for name := range e {
		names = append(names, name)
		width = max(width, len(name))
	}
	sort.Strings(names)
	b.WriteString("          evidence:\n")
	for _, name := range names {
		fmt.Fprintf(b, "            %-*s  %s\n", width, Escape(name), Escape(valueText(e[name])))
	}
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
	return string(text)
}

func writeLedger(b *strings.Builder, requests []Request) {
	if len(requests) == 0 {
		return
	}
	b.WriteString("          requests:\n")
	for _, q := range requests {
		answer := fmt.Sprintf("status %d", q.Status)
		if q.Decision == "denied" {
			answer = "denied: " + q.Rule
		} else if q.ErrorKind != "" {
			answer = q.ErrorKind
		}
		fmt.Fprintf(b, "            %d  %s %s  %s  %d ms\n", q.N, Escape(q.Method), Escape(q.URL), Escape(answer), q.DurationMS)
	}
}

func writeCauses(b *strings.Builder, causes []string) {
	if len(causes) == 0 {
		return
	}
	b.WriteString("          likely causes:\n")
	for i, c := range causes {
		fmt.Fprintf(b, "            %d. %s\n", i+1, Escape(c))
	}
}

// runtimeTitles are the headings of the steps, in printing order.
var runtimeTitles = []struct{ runtime, title string }{
	{wire.RuntimeAny, "fix"},
	{wire.RuntimeCompose, "fix with Docker Compose"},
	{wire.RuntimeSystemd, "fix with systemd"},
	{wire.RuntimeKubernetes, "fix with Kubernetes"},
}

func writeRemediation(b *strings.Builder, r *Remediation) {
	if r.Summary != "" {
		fmt.Fprintf(b, "          remedy: %s\n", Escape(r.Summary))
	}
	for _, t := range runtimeTitles {
		first := true
		for _, s := range r.Steps {
			if s.Runtime != t.runtime {
				continue
			}
			if first {
				fmt.Fprintf(b, "          %s:\n", t.title)
				first = false
			}
			writeStep(b, s)
		}
	}
	if r.RunbookURL != "" {
		fmt.Fprintf(b, "          runbook: %s\n", Escape(r.RunbookURL))
	}
}

func writeStep(b *strings.Builder, s wire.Step) {
	marks := s.Effect
	if s.Manual {
		marks += ", by hand"
	}
	fmt.Fprintf(b, "            %d. %s (%s)\n", s.Order, Escape(s.Description), Escape(marks))
	if s.Command != "" {
		fmt.Fprintf(b, "               $ %s\n", Escape(s.Command))
	}
	if s.Safety != "" {
		fmt.Fprintf(b, "               mind: %s\n", Escape(s.Safety))
	}
	if s.Backup != "" {
		fmt.Fprintf(b, "               backup: %s\n", Escape(s.Backup))
	}
}

// summaryLine is one calm sentence when all is well, and counts otherwise.
func summaryLine(r *Report) string {
	s := r.Summary
	doubts := 0
	for _, res := range r.Results {
		if res.Severity != nil && *res.Severity == wire.Pass && res.Cause != nil {
			doubts++
		}
	}
	if total := s.Total(); total > 0 && s.Pass == total && doubts == 0 {
		if total == 1 {
			return "all is well: the check passed\n"
		}
		return fmt.Sprintf("all is well: %d checks passed\n", total)
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
	count(s.Pass-doubts, "passed")
	count(doubts, "passed with doubt")
	count(s.Skip, "skipped")
	if len(parts) == 0 {
		return "no check ran\n"
	}
	return strings.Join(parts, ", ") + "\n"
}
