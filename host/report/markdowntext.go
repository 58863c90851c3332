package report

import (
	"fmt"
	"io"
	"strings"
)

// longestRun is the length of the longest run of c in s.
func longestRun(s string, c byte) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != c {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// MarkdownText makes text of strangers plain text in Markdown, in one line, behind
// something else on that line: nothing in it is mark-up, HTML, a link or the end
// of a table's cell. The at sign stands
// in a code span: forges look for names to notify after Markdown is read, in all
// text but code. The colon of an address and the dot of www. are escaped because
// forges make links of bare addresses.
func MarkdownText(s string) string {
	s = oneLine(s)
	var b strings.Builder
	for i, c := range s {
		switch {
		case c == '@':
			b.WriteString("`@`")
			continue
		case strings.ContainsRune("\\`*_{}[]<>&|~#!$", c),
			c == ':' && strings.HasPrefix(s[i:], "://"),
			c == '.' && i >= 3 && strings.EqualFold(s[i-3:i], "www"):
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// MarkdownLine is [MarkdownText] for text at the beginning of a line, which must
// not begin a list or a rule.
func MarkdownLine(s string) string {
	out := MarkdownText(s)
	digits := len(out) - len(strings.TrimLeft(out, "0123456789"))
	switch {
	case out == "":
		return out
	case strings.ContainsRune("-+=:", rune(out[0])):
		return `\` + out
	case digits > 0 && digits < len(out) && strings.ContainsRune(".)", rune(out[digits])):
		return out[:digits] + `\` + out[digits:]
	}
	return out
}

// MarkdownCode is text as a code span that ends where the text does.
func MarkdownCode(s string) string {
	s = oneLine(s)
	if s == "" {
		return ""
	}
	fence := strings.Repeat("`", longestRun(s, '`')+1)
	if s[0] == '`' || s[len(s)-1] == '`' {
		s = " " + s + " "
	}
	return fence + s + fence
}

// markdownCellCode is MarkdownCode in a cell of a table, which a bar would end.
func markdownCellCode(s string) string { return strings.ReplaceAll(MarkdownCode(s), "|", `\|`) }

// MarkdownBlock writes text as a fenced block, each line behind inset, so that it
// can stand in a list.
func MarkdownBlock(w io.Writer, inset, language, text string) {
	text = escapeLines(text)
	fence := strings.Repeat("`", max(3, longestRun(text, '`')+1))
	fmt.Fprintf(w, "%s%s%s\n", inset, fence, language)
	for line := range strings.SplitSeq(text, "\n") {
		fmt.Fprintln(w, strings.TrimRight(inset+line, " "))
	}
	fmt.Fprintf(w, "%s%s\n", inset, fence)
}
