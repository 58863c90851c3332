package report

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Escape makes text that came from a guest or a server safe to print on a
// terminal and in one line: control characters, bidirectional and other
// invisible formatting characters, line separators and invalid UTF-8 become
// visible escapes such as \x1b and \u202e. Tabs become spaces. Everything else
// is kept.
//
// Words by which the log of a CI job is given commands (::error::, ##vso[,
// ##teamcity[) lose their force as well: a log is where most text of a run ends.
func Escape(s string) string {
	s = escapeWhere(s, unprintable)
	if !strings.Contains(s, "::") && !strings.Contains(s, "##") { // nearly all text
		return s
	}
	return logCommand.ReplaceAllStringFunc(s, disarm)
}

// logCommand finds the beginnings of commands to the runners of CI jobs.
var logCommand = regexp.MustCompile(`(?:^|\s)::[A-Za-z]|##(?:vso|teamcity)?\[`)

func disarm(command string) string {
	return strings.NewReplacer("::", `\x3a:`, "##", `#\x23`).Replace(command)
}

// escapeWhere is Escape for the characters that must not be printed.
func escapeWhere(s string, unprintable func(rune) bool) string {
	if strings.IndexFunc(s, unprintable) < 0 && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd"):
			b.WriteString(`\x` + hex(uint64(s[i]), 2))
		case r == '\t':
			b.WriteByte(' ')
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case !unprintable(r):
			b.WriteRune(r)
		case r < 0x100:
			b.WriteString(`\x` + hex(uint64(r), 2))
		case r < 0x10000:
			b.WriteString(`\u` + hex(uint64(r), 4))
		default:
			b.WriteString(`\U` + hex(uint64(r), 8))
		}
	}
	return b.String()
}

// unprintable holds for what could move the cursor, hide text or change its
// reading order: categories Cc, Cf, Zl, Zp, private use and surrogates, and what is
// drawn as nothing, such as fillers, variation selectors and the blank of Braille.
func unprintable(r rune) bool {
	if r >= ' ' && r < 0x7f { // nearly all text, and the tables below are slow
		return false
	}
	return r == '\u2800' || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

func hex(v uint64, width int) string {
	s := strconv.FormatUint(v, 16)
	return strings.Repeat("0", max(0, width-len(s))) + s
}
