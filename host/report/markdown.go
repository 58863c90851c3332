package report

import (
	"fmt"
	"io"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// WriteMarkdown writes the report for a page or a comment on a forge: the
// summary, a table of all checks with problems first, and a section for each
// result that somebody should read. It is CommonMark with the tables of GitHub.
//
// Texts are escaped so that they stay text: they make no link, mention, image,
// heading, table or HTML. Commands stand in fenced blocks whose fence is longer
// than any run of backticks within.
func WriteMarkdown(w io.Writer, r *Report, v View) error {
	m := markdown{waiters: waiters(r)}
	m.line("# Doctor report")
	m.line("**%s**", MarkdownText(counts(r)))
	m.line("Started %s, took %s s, stella %s.", MarkdownText(r.StartedAt), seconds(r.DurationMS), MarkdownText(r.Host.Version))
	for _, n := range r.Notes {
		m.line("Note: %s", MarkdownText(n.Text))
	}
	results := worstFirst(r)
	m.table(results)
	for i := range results {
		if res := &results[i]; isProblem(res) || res.Cause != nil || *res.Severity == wire.Info || v.Verbose {
			m.result(res, v)
		}
	}
	_, err := io.WriteString(w, strings.TrimRight(m.out.String(), "\n")+"\n")
	return err
}

type markdown struct {
	out strings.Builder
	// waiters are the checks that wait for another, by its id.
	waiters map[string][]string
}

// line writes one block of one line.
func (m *markdown) line(format string, args ...any) {
	fmt.Fprintf(&m.out, format+"\n\n", args...)
}

func (m *markdown) table(results []Result) {
	if len(results) == 0 {
		return
	}
	m.out.WriteString("| verdict | check | cause | time |\n|---|---|---|--:|\n")
	for i := range results {
		r := &results[i]
		why := ""
		if word := reason(r); word != "" {
			why = markdownCellCode(word)
		}
		fmt.Fprintf(&m.out, "| %s | %s | %s | %s s |\n", MarkdownText(verdict(r)), markdownCellCode(r.Check), why, seconds(r.DurationMS))
	}
	m.out.WriteByte('\n')
}

func (m *markdown) result(r *Result, v View) {
	m.line("## %s: %s", MarkdownText(verdict(r)), MarkdownText(r.Name))
	m.line("%s", MarkdownCode(r.Check))
	if r.Question != "" {
		m.line("*%s*", MarkdownText(r.Question))
	}
	if r.Diagnosis != "" {
		m.line("%s", MarkdownLine(r.Diagnosis))
	}
	m.facts(r, v)
	if len(r.LikelyCauses) > 0 {
		m.line("Likely causes:")
		for i, c := range r.LikelyCauses {
			fmt.Fprintf(&m.out, "%d. %s\n", i+1, MarkdownLine(c))
		}
		m.out.WriteByte('\n')
	}
	if r.Remediation != nil {
		m.remediation(r.Remediation, v)
	}
	if r.Verification != "" {
		m.line("Verify:")
		m.code("", "sh", r.Verification)
	}
}

// facts writes what is short as a list: the cause, the waiver and, when asked
// for, the evidence and the ledger.
func (m *markdown) facts(r *Result, v View) {
	item := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&m.out, "- %s: %s\n", name, text)
		}
	}
	start := m.out.Len()
	if r.Waiver != nil {
		item("waived", MarkdownText(waiverText(r.Waiver)))
	}
	if r.Severity == nil {
		item("outcome", MarkdownCode(r.Outcome))
	}
	item("hint", MarkdownText(r.Hint))
	if r.Cause != nil {
		item("cause", MarkdownCode(*r.Cause))
	}
	var waits []string
	for _, id := range m.waiters[r.Check] {
		waits = append(waits, MarkdownCode(id))
	}
	item("waiting on it", strings.Join(waits, ", "))
	if v.Verbose {
		for _, f := range facts(r.Evidence) {
			item(MarkdownCode(f.name), MarkdownCode(f.value))
		}
		for _, q := range r.Requests {
			item(fmt.Sprintf("request %d", q.N), MarkdownCode(ledgerLine(q)))
		}
	}
	if m.out.Len() > start {
		m.out.WriteByte('\n')
	}
}

func (m *markdown) remediation(r *Remediation, v View) {
	if r.Summary != "" {
		m.line("Remedy: %s", MarkdownText(r.Summary))
	}
	for _, g := range StepGroups(r.Steps, v.Runtime) {
		m.line("### %s", MarkdownText(sentenceCase(g.Title)))
		for _, s := range g.Steps {
			marker := fmt.Sprintf("%d. ", s.Order)
			m.line("%s%s *(%s)*", marker, MarkdownLine(s.Description), MarkdownText(StepMarks(&s)))
			inset := strings.Repeat(" ", len(marker))
			if s.Command != "" {
				m.code(inset, "sh", s.Command)
			}
			if s.Safety != "" {
				m.line("%sMind: %s", inset, MarkdownText(s.Safety))
			}
			if s.Backup != "" {
				m.line("%sBackup: %s", inset, MarkdownText(s.Backup))
			}
		}
	}
	if r.RunbookURL != "" {
		m.line("Runbook: %s", MarkdownCode(r.RunbookURL))
	}
}

func (m *markdown) code(inset, language, text string) {
	MarkdownBlock(&m.out, inset, language, text)
	m.out.WriteByte('\n')
}

// ledgerLine tells one request of the ledger.
func ledgerLine(q Request) string {
	answer := fmt.Sprintf("status %d", q.Status)
	switch {
	case q.Decision == "denied":
		answer = "denied: " + q.Rule
	case q.ErrorKind != "":
		answer = q.ErrorKind
	case q.Function == wire.FuncTCPProbe:
		answer = "connected"
	}
	return oneLine(fmt.Sprintf("%s %s: %s in %d ms", q.Method, q.URL, answer, q.DurationMS))
}

func sentenceCase(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
