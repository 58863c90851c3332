package inspect

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"stella-ops.org/doctor/host/report"
)

// WriteJSON writes the report as one JSON document.
func WriteJSON(w io.Writer, r *Report) error { return report.WriteDocument(w, r) }

// WriteText writes the report for a terminal: the label of the plugin first, then
// its checks. Words of the file are escaped.
func WriteText(w io.Writer, r *Report) error {
	var b strings.Builder
	fmt.Fprintln(&b, report.Escape(r.title()))
	for _, p := range r.parts() {
		indent := "  "
		if p.title == "" {
			indent = ""
		} else {
			fmt.Fprintf(&b, "\n%s\n", heading(p))
		}
		writeRows(&b, indent, p)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func heading(p part) string {
	if p.note == "" {
		return report.Escape(p.title)
	}
	return report.Escape(p.title) + " (" + report.Escape(p.note) + ")"
}

// writeRows writes the columns below one another; the last one is not padded.
func writeRows(b *strings.Builder, indent string, p part) {
	var rows []row
	var widths []int
	add := func(cells row) {
		escaped := make(row, len(cells))
		for i, c := range cells {
			escaped[i] = report.Escape(c)
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], min(utf8.RuneCountInString(escaped[i]), maxColumn))
		}
		rows = append(rows, escaped)
	}
	if len(p.head) > 0 {
		add(p.head)
	}
	for _, cells := range p.rows {
		add(cells)
	}
	for _, cells := range rows {
		line := indent
		for i, c := range cells {
			if widths[i] > 0 {
				line += fmt.Sprintf("%-*s  ", widths[i], c)
			}
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// maxColumn is the widest column that is padded.
const maxColumn = 60
