package vet

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"stella-ops.org/doctor/host/report"
)

// WriteText writes the report for a terminal. Everything that comes from a plugin
// or a file is escaped.
func WriteText(w io.Writer, r *Report) error {
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("%s %s", report.Escape(r.Subject.ID+" "+r.Subject.Version), report.Escape(heading(r)))
	for _, f := range facts(r)[1:] {
		line("%-18s %s", f.name, report.Escape(f.value))
	}
	if len(r.Findings) > 0 {
		line("")
	}
	for _, f := range r.Findings {
		line("%-8s %s: %s", f.Level, f.Rule, report.Escape(findingText(f)))
		if seen := seenText(f); seen != "" {
			line("         %s", report.Escape(seen))
		}
	}
	if len(r.Limits) > 0 {
		line("")
	}
	for _, l := range r.Limits {
		line("limit    %s", report.Escape(l))
	}
	line("")
	for _, s := range summaries(r) {
		line("%s (%s) was seen to say %s; reached %s; unused %s", report.Escape(s.id), report.Escape(s.class), or(report.Escape(s.verdicts), "nothing"), s.reached, s.unused)
	}
	line("\n%s", whatReached)
	line("%s", networkText(r))
	for i := range r.Checks {
		writeCheck(&b, &r.Checks[i])
	}
	_, err := w.Write(b.Bytes())
	return err
}

func writeCheck(b *bytes.Buffer, c *Check) {
	line := func(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }
	line("\n%s (%s), %s", report.Escape(c.ID), report.Escape(c.Class), tally(c.Runs, "run"))
	for _, q := range c.Requests {
		line("  reached  %s", report.Escape(requestText(q)))
	}
	for _, u := range unusedText(c) {
		line("  unused   %s", report.Escape(u))
	}
	for _, t := range c.Table {
		line("  %s, after: %s", report.Escape(t.Call), report.Escape(t.Case))
		for _, row := range t.Rows {
			line("    %-30s %s", report.Escape(verdictText(row.Verdict, row.Cause)), report.Escape(strings.Join(row.When, ", ")))
		}
	}
	if len(c.Adversaries) > 0 {
		line("  adversaries")
	}
	for _, g := range groups(c) {
		line("    %-30s %s", report.Escape(g.verdict), strings.Join(g.adversaries, ", "))
	}
}
