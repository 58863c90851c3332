// Package glob matches dotted ids and URLs against patterns. It is pure.
//
// # Patterns
//
//   - any text within one segment, the empty text too
//     **       any text, separators too; as a whole segment any number of
//     segments, none too: check.**.tls takes check.tls
//     ?        one character that is no separator
//     [a-z_]   one character of the class
//     [!a-z]   one character outside of the class that is no separator
//     {a,b*}   one of the patterns, which may hold braces in turn
//     \c       the character c itself
//
// A pattern always stands for the whole text, and case counts.
//
// # Why not
//
// github.com/gobwas/glob is at hand (the engine of the sandbox uses it), but its
// v0.2.3 answers wrongly for about one in a hundred generated patterns: "?"
// takes the empty text, ".**.a" takes ".a", "{b**,b}" panics on "b". A pattern
// that takes too much waives a failure that nobody waived. Patterns are
// translated to regexp instead, which is linear in the text.
package glob

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxPattern bounds a pattern, in bytes.
const MaxPattern = 1024

// Pattern is a compiled pattern. The zero value matches nothing. It is safe for
// concurrent use.
type Pattern struct {
	text string
	re   *regexp.Regexp
}

// IsPattern reports whether text would match more than itself: whether it has
// one of * ? [ {.
func IsPattern(text string) bool { return strings.ContainsAny(text, "*?[{") }

// Compile reads a pattern whose segments any of the separators divide. The error
// is a clause that quotes the pattern.
func Compile(pattern string, separators ...rune) (Pattern, error) {
	fail := func(problem string) (Pattern, error) {
		return Pattern{}, fmt.Errorf("pattern %q: %s", pattern, problem)
	}
	switch {
	case pattern == "":
		return fail("it is empty")
	case len(pattern) > MaxPattern:
		return Pattern{}, fmt.Errorf("pattern %q…: it is longer than %d bytes", strings.ToValidUTF8(pattern[:32], "?"), MaxPattern)
	case !utf8.ValidString(pattern):
		return fail("it is not UTF-8 text")
	}
	t := translator{rest: []rune(pattern), separators: separators}
	if problem := t.translate(); problem != "" {
		return fail(problem)
	}
	re, err := regexp.Compile(`^(?s:` + t.out.String() + `)$`)
	if err != nil { // a bound of regexp's own
		return fail("it is too complex")
	}
	return Pattern{text: pattern, re: re}, nil
}

// Match reports whether the pattern takes the whole text.
func (p Pattern) Match(text string) bool { return p.re != nil && p.re.MatchString(text) }

// String returns the pattern as it was written.
func (p Pattern) String() string { return p.text }

// translator writes a pattern as a regular expression.
type translator struct {
	rest       []rune
	separators []rune
	out        strings.Builder
	braces     int
	// begins holds where a segment may begin: at the front, after a separator.
	begins bool
}

// translate returns what is wrong with the pattern, or nothing.
func (t *translator) translate() string {
	t.begins = true
	for len(t.rest) > 0 {
		c := t.rest[0]
		t.rest = t.rest[1:]
		begins := t.begins
		t.begins = false
		switch {
		case c == '*':
			t.star(begins)
		case c == '?':
			t.out.WriteString(t.class(nil, true))
		case c == '[':
			if problem := t.readClass(); problem != "" {
				return problem
			}
		case c == ']':
			return "a ] has no [ before it"
		case c == '{':
			t.braces++
			t.out.WriteString("(?:")
		case c == ',' && t.braces > 0:
			t.out.WriteString("|")
		case c == '}' && t.braces > 0:
			t.braces--
			t.out.WriteString(")")
		case c == '}':
			return "a } has no { before it"
		case c == '\\' && len(t.rest) == 0:
			return `it ends in \`
		case c == '\\':
			t.literal(t.rest[0])
			t.rest = t.rest[1:]
		default:
			t.literal(c)
			t.begins = slices.Contains(t.separators, c)
		}
	}
	if t.braces > 0 {
		return "a { has no } after it"
	}
	return ""
}

func (t *translator) literal(c rune) { t.out.WriteString(regexp.QuoteMeta(string(c))) }

// star writes * or **; the first * is read already. begins tells that a segment
// begins here.
func (t *translator) star(begins bool) {
	n := 1
	for len(t.rest) > 0 && t.rest[0] == '*' {
		t.rest = t.rest[1:]
		n++
	}
	switch {
	case n == 1:
		t.out.WriteString(t.class(nil, true) + "*")
	case begins && len(t.rest) > 0 && slices.Contains(t.separators, t.rest[0]):
		t.out.WriteString("(?:.*" + regexp.QuoteMeta(string(t.rest[0])) + ")?")
		t.rest = t.rest[1:]
		t.begins = true
	default:
		t.out.WriteString(".*")
	}
}

// span is the characters from lo to hi.
type span struct{ lo, hi rune }

// class is a class of regexp. One that is negated never takes a separator.
func (t *translator) class(spans []span, not bool) string {
	if not {
		for _, s := range t.separators {
			spans = append(spans, span{s, s})
		}
	}
	switch {
	case len(spans) == 0:
		return "."
	case not:
		return "[^" + spanText(spans) + "]"
	}
	return "[" + spanText(spans) + "]"
}

func spanText(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		fmt.Fprintf(&b, `\x{%x}-\x{%x}`, s.lo, s.hi)
	}
	return b.String()
}

// readClass reads a class after its [.
func (t *translator) readClass() string {
	const open = "a [ has no ] after it"
	not := false
	if len(t.rest) > 0 && (t.rest[0] == '!' || t.rest[0] == '^') {
		not, t.rest = true, t.rest[1:]
	}
	var spans []span
	for {
		lo, end, ok := t.member()
		switch {
		case !ok:
			return open
		case end && len(spans) == 0:
			return "a class in [ ] is empty"
		case end:
			t.out.WriteString(t.class(spans, not))
			return ""
		}
		hi := lo
		if len(t.rest) > 0 && t.rest[0] == '-' {
			t.rest = t.rest[1:]
			if hi, end, ok = t.member(); !ok {
				return open
			} else if end {
				return `a range in [ ] has no end; write \- for the character`
			}
		}
		if hi < lo {
			return fmt.Sprintf("the range %c-%c runs backwards", lo, hi)
		}
		spans = append(spans, span{lo, hi})
	}
}

// member reads one character of a class; end is its ].
func (t *translator) member() (c rune, end, ok bool) {
	if len(t.rest) == 0 {
		return 0, false, false
	}
	c, t.rest = t.rest[0], t.rest[1:]
	if c != '\\' {
		return c, c == ']', true
	}
	if len(t.rest) == 0 {
		return 0, false, false
	}
	c, t.rest = t.rest[0], t.rest[1:]
	return c, false, true
}
