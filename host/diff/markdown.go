package diff

import (
	"fmt"
	"io"
	"strings"

	"stella-ops.org/doctor/host/report"
)

// WriteMarkdown writes the page for a change request. Words of the files stay
// text: they make no link, mention, image, heading, table or HTML.
func WriteMarkdown(w io.Writer, d *Diff) error {
	var b strings.Builder
	text := report.MarkdownText
	fmt.Fprintf(&b, "# What changed in %s\n\n**%s.**\n", text(d.title()), text(sentence(d.verdict())))
	if len(d.Reasons) > 0 {
		b.WriteByte('\n')
		for _, r := range d.reasons() {
			fmt.Fprintf(&b, "- %s\n", text(r))
		}
	}
	b.WriteByte('\n')
	if d.Old != nil {
		fmt.Fprintf(&b, "- old: %s, %s\n", text(d.Old.File), text(d.Old.Digest))
	}
	fmt.Fprintf(&b, "- new: %s, %s\n", text(d.New.File), text(d.New.Digest))
	for _, n := range d.Notes {
		fmt.Fprintf(&b, "- %s\n", text(n))
	}
	for _, p := range d.parts() {
		rows, left := p.shown()
		if len(rows) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n| | what | old | new |\n|---|---|---|---|\n", text(sentence(p.title)))
		for _, c := range rows {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", c.word(), text(c.What), text(c.Old), text(c.New))
		}
		if left > 0 {
			fmt.Fprintf(&b, "\nAnd %d more.\n", left)
		}
	}
	if same := d.unchanged(); same != "" {
		fmt.Fprintf(&b, "\nWithout a change: %s.\n", same)
	}
	fmt.Fprintf(&b, "\nRequests and verdicts: %s.\n", text(d.behaviourText()))
	_, err := io.WriteString(w, b.String())
	return err
}

// word is the mark of a change for tables.
func (c Change) word() string {
	if c.Wider {
		return "**" + c.Kind + ", wider**"
	}
	return c.Kind
}

func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
