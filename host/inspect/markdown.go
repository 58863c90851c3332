package inspect

import (
	"fmt"
	"io"
	"strings"

	"stella-ops.org/doctor/host/report"
)

// WriteMarkdown writes the report for a page or a comment on a forge. Words of the
// file stay text: they make no link, mention, image, heading, table or HTML.
func WriteMarkdown(w io.Writer, r *Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Inspection of %s\n", report.MarkdownText(r.title()))
	for _, p := range r.parts() {
		if p.title != "" {
			fmt.Fprintf(&b, "\n## %s\n", report.MarkdownText(p.title))
		}
		if p.note != "" {
			fmt.Fprintf(&b, "\n*%s*\n", report.MarkdownText(p.note))
		}
		b.WriteByte('\n')
		if len(p.head) > 0 {
			markdownTable(&b, p)
			continue
		}
		for _, cells := range p.rows {
			b.WriteString("- " + markdownItem(cells) + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func markdownItem(cells row) string {
	if cells[0] == "" {
		return report.MarkdownLine(cells[1])
	}
	return report.MarkdownLine(cells[0]) + ": " + report.MarkdownText(cells[1])
}

func markdownTable(b *strings.Builder, p part) {
	write := func(cells row) {
		for _, c := range cells {
			fmt.Fprintf(b, "| %s ", report.MarkdownLine(c))
		}
		b.WriteString("|\n")
	}
	write(p.head)
	b.WriteString("|" + strings.Repeat("---|", len(p.head)) + "\n")
	for _, cells := range p.rows {
		write(cells)
	}
}
