package vet

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"stella-ops.org/doctor/host/report"
)

// WriteMarkdown writes the report as a document that a change board can sign. Texts
// are escaped so that they stay text.
func WriteMarkdown(w io.Writer, r *Report) error {
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n\n", args...) }
	line("# Vetting of %s", report.MarkdownText(r.Subject.ID+" "+r.Subject.Version))
	line("**%s**", report.MarkdownText(heading(r)))
	b.WriteString("| | |\n|---|---|\n")
	for _, f := range facts(r) {
		fmt.Fprintf(&b, "| %s | %s |\n", f.name, cell(f.value))
	}
	b.WriteByte('\n')
	line("## Findings")
	if len(r.Findings) == 0 {
		line("None.")
	} else {
		b.WriteString("| level | rule | what | seen |\n|---|---|---|---|\n")
		for _, f := range r.Findings {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", f.Level, f.Rule, cell(findingText(f)), cell(seenText(f)))
		}
		b.WriteByte('\n')
	}
	if len(r.Limits) > 0 {
		line("## What was not tried")
		for _, l := range r.Limits {
			fmt.Fprintf(&b, "- %s\n", report.MarkdownText(l))
		}
		b.WriteByte('\n')
	}
	line("## Checks")
	b.WriteString("| check | class | verdicts | reached | unused |\n|---|---|---|---|---|\n")
	for _, s := range summaries(r) {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", cell(s.id), cell(s.class), cell(s.verdicts), s.reached, s.unused)
	}
	b.WriteByte('\n')
	line("%s", whatReached)
	line("%s %s", networkText(r), whatCanary)
	line("## Decision")
	b.WriteString("| | |\n|---|---|\n| decision | approved / approved until ____________ / rejected |\n| conditions | |\n| name | |\n| role | |\n| date | |\n| signature | |\n\n")
	line("## Annex: each check")
	for i := range r.Checks {
		markdownCheck(&b, &r.Checks[i])
	}
	_, err := w.Write(append(bytes.TrimRight(b.Bytes(), "\n"), '\n'))
	return err
}

func markdownCheck(b *bytes.Buffer, c *Check) {
	line := func(format string, args ...any) { fmt.Fprintf(b, format+"\n\n", args...) }
	line("### %s", report.MarkdownText(c.Name))
	line("%s, class %s, %s", report.MarkdownCode(c.ID), report.MarkdownText(c.Class), tally(c.Runs, "run"))
	for _, q := range c.Requests {
		fmt.Fprintf(b, "- reached: %s\n", report.MarkdownCode(requestText(q)))
	}
	for _, u := range unusedText(c) {
		fmt.Fprintf(b, "- unused: %s\n", report.MarkdownCode(u))
	}
	for _, a := range c.Access {
		fmt.Fprintf(b, "- declared: %s: %s\n", report.MarkdownCode(a.Text), report.MarkdownText(a.Reason))
	}
	b.WriteByte('\n')
	for _, t := range c.Table {
		line("%s, after: %s", report.MarkdownCode(t.Call), report.MarkdownText(t.Case))
		b.WriteString("| verdict | answers |\n|---|---|\n")
		for _, row := range t.Rows {
			fmt.Fprintf(b, "| %s | %s |\n", cell(verdictText(row.Verdict, row.Cause)), cell(strings.Join(row.When, ", ")))
		}
		b.WriteByte('\n')
	}
	if len(c.Adversaries) == 0 {
		return
	}
	b.WriteString("| verdict | adversaries |\n|---|---|\n")
	for _, g := range groups(c) {
		fmt.Fprintf(b, "| %s | %s |\n", cell(g.verdict), cell(strings.Join(g.adversaries, ", ")))
	}
	b.WriteByte('\n')
}

// cell is text within a table.
func cell(s string) string { return report.MarkdownText(s) }
