package plugin

import (
	"unicode"
	"unicode/utf8"
)

// reader walks one section. The first thing that is wrong is kept in err and
// moves the reader to its end, so that a caller may look at err once per item.
type reader struct {
	data     []byte // the whole file
	pos, end int
	where    string
	err      *Refusal
}

func (r *reader) left() int { return r.end - r.pos }

func (r *reader) refuse(rule, format string, args ...any) {
	if r.err == nil {
		r.err = refuse(rule, "", format, args...)
	}
	r.pos = r.end
}

func (r *reader) byte(what string) byte {
	if r.pos >= r.end {
		r.refuse(RuleTruncated, "%s ends inside %s", r.where, what)
		return 0
	}
	b := r.data[r.pos]
	r.pos++
	return b
}

func (r *reader) u32(what string) uint32 { return r.u32Of("", what) }

// u32Of puts prefix and what together only when it has to speak: functions are
// many, and each has a count.
func (r *reader) u32Of(prefix, what string) uint32 {
	v, next := readU32(r.data[:r.end], r.pos)
	if next < 0 {
		r.badLEB(next, prefix+what)
		return 0
	}
	r.pos = next
	return v
}

func (r *reader) badLEB(code int, what string) {
	if code == lebCut {
		r.refuse(RuleTruncated, "%s ends inside %s", r.where, what)
		return
	}
	r.refuse(RuleLEB128, "%s: %s at offset %d is not a valid LEB128 number", r.where, what, r.pos)
}

// count reads the length of a vector whose items take at least min bytes.
func (r *reader) count(rule, noun string, min, max int) int {
	n := int64(r.u32Of("the number of ", noun))
	if r.err != nil {
		return 0
	}
	switch {
	case n*int64(min) > int64(r.left()):
		r.refuse(rule, "%s claims %d %s, %s left", r.where, n, noun, plural(r.left(), "byte"))
		return 0
	case n > int64(max):
		r.refuse(rule, "%s has %d %s, the limit is %d", r.where, n, noun, max)
		return 0
	}
	return int(n)
}

func (r *reader) skip(n int, what string) {
	if n < 0 || n > r.left() {
		r.refuse(RuleTruncated, "%s ends inside %s", r.where, what)
		return
	}
	r.pos += n
}

// text reads a vector of bytes that must be UTF-8, of any length.
func (r *reader) text(what string) []byte {
	n := int64(r.u32Of("the length of ", what))
	if n > int64(r.left()) {
		r.refuse(RuleTruncated, "%s: %s claims %d bytes, %s left", r.where, what, n, plural(r.left(), "byte"))
	}
	if r.err != nil {
		return nil
	}
	b := r.data[r.pos : r.pos+int(n)]
	r.pos += int(n)
	if !utf8.Valid(b) {
		r.refuse(RuleNameText, "%s: %s is not UTF-8: %s", r.where, what, quote(b))
		return nil
	}
	return b
}

// name reads a name that people will see: bounded, and free of characters that
// act on a terminal or reorder text.
func (r *reader) name(what string) []byte {
	b := r.text(what)
	if len(b) > MaxName {
		r.refuse(RuleNameLength, "%s: %s has %d bytes, the limit is %d", r.where, what, len(b), MaxName)
		return nil
	}
	if c, bad := unprintable(b); bad {
		r.refuse(RuleNameText, "%s: %s holds the character %U: %s", r.where, what, c, quote(b))
		return nil
	}
	return b
}

func unprintable(b []byte) (rune, bool) {
	for i := 0; i < len(b); {
		if b[i] >= 0x20 && b[i] < 0x7f {
			i++
			continue
		}
		c, n := utf8.DecodeRune(b[i:])
		if unicode.In(c, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) {
			return c, true
		}
		i += n
	}
	return 0, false
}

func (r *reader) valueType(what string) ValueType {
	v := ValueType(r.byte(what))
	if r.err == nil && !v.valid() {
		r.pos--
		r.refuse(RuleValueType, "%s: %s at offset %d is 0x%02x, which is no value type of WebAssembly 2.0", r.where, what, r.pos, byte(v))
	}
	return v
}

// limits reads the size of a memory or a table. Flags beyond 1 are for the
// caller to name.
func (r *reader) limits(flag byte, what string) (min, max uint32, hasMax bool) {
	min = r.u32("the minimum of " + what)
	if flag == 1 {
		hasMax = true
		max = r.u32("the maximum of " + what)
	}
	return min, max, hasMax
}
