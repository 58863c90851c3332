package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"stella-ops.org/doctor/host/report"
)

// sheet writes a page for people: headings, indented lines and columns. All
// that a page says goes through it and is escaped here.
type sheet struct{ w io.Writer }

// heading begins a part of the page.
func (s sheet) heading(title string) { fmt.Fprintf(s.w, "\n%s\n", report.Escape(title)) }

// line writes a line that is indented by so many columns.
func (s sheet) line(indent int, text string) {
	fmt.Fprintf(s.w, "%*s%s\n", indent, "", report.Escape(text))
}

// part is a heading with one line, left out when there is nothing to say.
func (s sheet) part(title, text string) {
	if text != "" {
		s.heading(title)
		s.line(2, text)
	}
}

// list is a heading with a line for each of the texts.
func (s sheet) list(title string, texts []string) {
	if len(texts) == 0 {
		return
	}
	s.heading(title)
	for _, text := range texts {
		s.line(2, "- "+text)
	}
}

// columns writes rows whose cells stand below each other.
func (s sheet) columns(indent int, rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(report.Escape(cell)))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			fmt.Fprintf(&b, "%-*s  ", widths[i], report.Escape(cell))
		}
		s.line(indent, strings.TrimRight(b.String(), " "))
	}
}
