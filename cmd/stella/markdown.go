package main

import (
	"fmt"
	"io"
	"strings"

	"stella-ops.org/doctor/host/report"
)

// mdText makes text of strangers plain text in Markdown: nothing in it is
// markup, HTML, or the end of a table cell.
func mdText(s string) string {
	var b strings.Builder
	s = report.Escape(s)
	for i := range len(s) {
		switch c := s[i]; {
		case strings.IndexByte("\\`*_[]<>|~&#!$", c) >= 0, i == 0 && strings.IndexByte("-+=", c) >= 0:
			b.WriteByte('\\')
		case (c == '.' || c == ')') && i > 0 && strings.Trim(s[:i], "0123456789") == "": // would begin a list
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// mdCode is text as a code span that ends where the text does.
func mdCode(s string) string {
	s = report.Escape(s)
	if s == "" {
		return ""
	}
	fence := strings.Repeat("`", longestRun(s)+1)
	if s[0] == '`' || s[len(s)-1] == '`' {
		s = " " + s + " "
	}
	return fence + s + fence
}

// longestRun is the length of the longest run of backticks.
func longestRun(s string) int {
	longest, run := 0, 0
	for i := range len(s) {
		if run++; s[i] != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}

// mdBlock writes a line as a code block, indented so that it can stand in a list.
func mdBlock(w io.Writer, indent int, language, line string) {
	line = report.Escape(line)
	fence := strings.Repeat("`", max(3, longestRun(line)+1))
	for _, l := range []string{fence + language, line, fence} {
		fmt.Fprintf(w, "%*s%s\n", indent, "", l)
	}
}

// mdTable writes a table. Cells are Markdown already, but for the vertical bars
// of code spans, which a table would take for the end of the cell.
func mdTable(w io.Writer, head []string, rows [][]string) {
	line := func(cells []string) {
		for _, c := range cells {
			if strings.HasPrefix(c, "`") {
				c = strings.ReplaceAll(c, "|", `\|`)
			}
			fmt.Fprintf(w, "| %s ", c)
		}
		fmt.Fprintln(w, "|")
	}
	fmt.Fprintln(w)
	line(head)
	fmt.Fprintln(w, strings.Repeat("|---", len(head))+"|")
	for _, r := range rows {
		line(r)
	}
}
