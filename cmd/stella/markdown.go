package main

import (
	"fmt"
	"io"
	"strings"

	"stella-ops.org/doctor/host/report"
)

// mdText makes text of strangers plain text in Markdown, in one line: neither
// mark-up, nor a link, nor the border of a table's cell.
func mdText(text string) string {
	text = report.Escape(text)
	var b strings.Builder
	for i, r := range text {
		special := strings.ContainsRune("\\`*_[]<>|~&$@", r) || i == 0 && strings.ContainsRune("#+-", r) ||
			r == ':' && strings.HasPrefix(text[i:], "://")
		if special {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// mdCode is text as a code span, or as plain text where a code span of a table
// cannot hold it.
func mdCode(text string) string {
	text = report.Escape(text)
	if text == "" || strings.ContainsAny(text, "`|") || strings.TrimSpace(text) != text {
		return mdText(text)
	}
	return "`" + text + "`"
}

// mdRow writes one row of a table; the cells are Markdown.
func mdRow(w io.Writer, cells ...string) {
	fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | "))
}

// mdHead writes the head of a table.
func mdHead(w io.Writer, titles ...string) {
	mdRow(w, titles...)
	fmt.Fprintf(w, "|%s\n", strings.Repeat("---|", len(titles)))
}
