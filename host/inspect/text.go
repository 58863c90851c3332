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

// WriteText writes the report for a terminal: the label of the plugin first, its
// checks behind it. Words of the file are escaped.
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
	rows := p.rows
	if len(p.head) > 0 {
		rows = append([]row{p.head}, rows...)
	}
	var widths []int
	for _, cells := range rows {
		for i, c := range cells {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], min(utf8.RuneCountInString(report.Escape(c)), maxColumn))
		}
	}
	for _, cells := range rows {
		line := indent
		for i, c := range cells {
			if widths[i] > 0 {
				line += fmt.Sprintf("%-*s  ", widths[i], report.Escape(c))
			}
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// maxColumn is the widest column that is padded.
const maxColumn = 60
