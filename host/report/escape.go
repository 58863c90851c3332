package report

import (
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
func Escape(s string) string { return escapeWhere(s, unprintable) }

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
// reading order: categories Cc, Cf, Zl, Zp, private use and surrogates.
func unprintable(r rune) bool {
	if r >= ' ' && r < 0x7f { // nearly all text, and the tables below are slow
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs)
}

func hex(v uint64, width int) string {
	s := strconv.FormatUint(v, 16)
	return strings.Repeat("0", max(0, width-len(s))) + s
}
