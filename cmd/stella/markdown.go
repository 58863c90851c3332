package main

import (
	"fmt"
	"io"
	"strings"

	"stella-ops.org/doctor/host/report"
)

// The Markdown of pages escapes as that of reports does.
var (
	mdText = report.MarkdownLine
	mdCode = report.MarkdownCode
)

// mdBlock writes a line as a code block, indented so that it can stand in a list.
func mdBlock(w io.Writer, indent int, language, line string) {
	report.MarkdownBlock(w, strings.Repeat(" ", indent), language, line)
}

// mdTable writes a table. Cells are Markdown already, but for the vertical bars
// of code spans, which a table would take for the end of the cell.
func mdTable(w io.Writer, head []string, rows [][]string) {
	fmt.Fprintln(w)
	mdHead(w, head...)
	for _, r := range rows {
		mdRow(w, r...)
	}
}

// mdHead writes the head of a table.
func mdHead(w io.Writer, titles ...string) {
	mdRow(w, titles...)
	fmt.Fprintf(w, "|%s\n", strings.Repeat("---|", len(titles)))
}

// mdRow writes one row of a table.
func mdRow(w io.Writer, cells ...string) {
	for _, c := range cells {
		if strings.HasPrefix(c, "`") {
			c = strings.ReplaceAll(c, "|", `\|`)
		}
		fmt.Fprintf(w, "| %s ", c)
	}
	fmt.Fprintln(w, "|")
}
