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
	var m markdown
	m.line("# Doctor report")
	m.line("**%s**", mdText(counts(r)))
	m.line("Started %s, took %s s, stella %s.", mdText(r.StartedAt), seconds(r.DurationMS), mdText(r.Host.Version))
	for _, n := range r.Notes {
		m.line("Note: %s", mdText(n.Text))
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

type markdown struct{ out strings.Builder }

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
			why = mdCellCode(word)
		}
		fmt.Fprintf(&m.out, "| %s | %s | %s | %s s |\n", mdText(verdict(r)), mdCellCode(r.Check), why, seconds(r.DurationMS))
	}
	m.out.WriteByte('\n')
}

func (m *markdown) result(r *Result, v View) {
	m.line("## %s: %s", mdText(verdict(r)), mdText(r.Name))
	m.line("%s", mdCode(r.Check))
	if r.Question != "" {
		m.line("*%s*", mdText(r.Question))
	}
	if r.Diagnosis != "" {
		m.line("%s", mdParagraph(r.Diagnosis))
	}
	m.facts(r, v)
	if len(r.LikelyCauses) > 0 {
		m.line("Likely causes:")
		for i, c := range r.LikelyCauses {
			fmt.Fprintf(&m.out, "%d. %s\n", i+1, mdParagraph(c))
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
		item("waived", mdText(waiverText(r.Waiver)))
	}
	if r.Severity == nil {
		item("outcome", mdCode(r.Outcome))
	}
	item("hint", mdText(r.Hint))
	if r.Cause != nil {
		item("cause", mdCode(*r.Cause))
	}
	if v.Verbose {
		for _, f := range facts(r.Evidence) {
			item(mdCode(f.name), mdCode(f.value))
		}
		for _, q := range r.Requests {
			item(fmt.Sprintf("request %d", q.N), mdCode(ledgerLine(q)))
		}
	}
	if m.out.Len() > start {
		m.out.WriteByte('\n')
	}
}

func (m *markdown) remediation(r *Remediation, v View) {
	if r.Summary != "" {
		m.line("Remedy: %s", mdText(r.Summary))
	}
	for _, g := range stepGroups(r, v.Runtime) {
		m.line("### %s", mdText(sentenceCase(g.title)))
		for _, s := range g.steps {
			marker := fmt.Sprintf("%d. ", s.Order)
			m.line("%s%s *(%s)*", marker, mdParagraph(s.Description), mdText(marks(&s)))
			inset := strings.Repeat(" ", len(marker))
			if s.Command != "" {
				m.code(inset, "sh", s.Command)
			}
			if s.Safety != "" {
				m.line("%sMind: %s", inset, mdText(s.Safety))
			}
			if s.Backup != "" {
				m.line("%sBackup: %s", inset, mdText(s.Backup))
			}
		}
	}
	if r.RunbookURL != "" {
		m.line("Runbook: %s", mdCode(r.RunbookURL))
	}
}

// code writes a fenced block, each line behind inset.
func (m *markdown) code(inset, language, text string) {
	text = escapeLines(text)
	fence := strings.Repeat("`", max(3, longestRun(text, '`')+1))
	fmt.Fprintf(&m.out, "%s%s%s\n", inset, fence, language)
	for line := range strings.SplitSeq(text, "\n") {
		m.out.WriteString(strings.TrimRight(inset+line, " ") + "\n")
	}
	fmt.Fprintf(&m.out, "%s%s\n\n", inset, fence)
}

// ledgerLine tells one request of the ledger.
func ledgerLine(q Request) string {
	answer := fmt.Sprintf("status %d", q.Status)
	switch {
	case q.Decision == "denied":
		answer = "denied: " + q.Rule
	case q.ErrorKind != "":
		answer = q.ErrorKind
	}
	return oneLine(fmt.Sprintf("%s %s: %s in %d ms", q.Method, q.URL, answer, q.DurationMS))
}

func sentenceCase(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// longestRun is the length of the longest run of c in s.
func longestRun(s string, c byte) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != c {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// mdText writes text that follows something else on its line. The at sign stands
// in a code span: forges look for names to notify after Markdown is read, in all
// text but code. The colon of an address and the dot of www. are escaped because
// forges make links of bare addresses.
func mdText(s string) string {
	s = oneLine(s)
	var b strings.Builder
	for i, c := range s {
		switch {
		case c == '@':
			b.WriteString("`@`")
			continue
		case strings.ContainsRune("\\`*_{}[]<>&|~#!$", c),
			c == ':' && strings.HasPrefix(s[i:], "://"),
			c == '.' && i >= 3 && strings.EqualFold(s[i-3:i], "www"):
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// mdParagraph is mdText for text at the beginning of a line, which must not begin
// a list or a rule.
func mdParagraph(s string) string {
	out := mdText(s)
	digits := len(out) - len(strings.TrimLeft(out, "0123456789"))
	switch {
	case out == "":
		return out
	case strings.ContainsRune("-+=:", rune(out[0])):
		return `\` + out
	case digits > 0 && digits < len(out) && strings.ContainsRune(".)", rune(out[digits])):
		return out[:digits] + `\` + out[digits:]
	}
	return out
}

// mdCode writes text as a code span.
func mdCode(s string) string {
	s = oneLine(s)
	if s == "" {
		return ""
	}
	fence := strings.Repeat("`", longestRun(s, '`')+1)
	if s[0] == '`' || s[len(s)-1] == '`' {
		s = " " + s + " "
	}
	return fence + s + fence
}

// mdCellCode is mdCode in a cell of a table, which a bar would end.
func mdCellCode(s string) string { return strings.ReplaceAll(mdCode(s), "|", `\|`) }
