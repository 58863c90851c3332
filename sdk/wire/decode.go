package wire

import "unicode/utf8"

// The functions of this file read text that checkText has found good, so they
// look for the ends of things and for nothing else.

// member is one name and the text of its value.
type member struct {
	name  []byte
	value []byte
}

// splitObject appends the members of an object to all, in the order of the text.
func splitObject(all []member, raw []byte) []member {
	pos := skipSpace(raw, 1)
	for raw[pos] == '"' {
		end := valueEnd(raw, pos)
		name := unquoteBytes(raw[pos:end])
		pos = skipSpace(raw, skipSpace(raw, end)+1)
		end = valueEnd(raw, pos)
		all = append(all, member{name, raw[pos:end]})
		if pos = skipSpace(raw, end); raw[pos] == ',' {
			pos = skipSpace(raw, pos+1)
		}
	}
	return all
}

// nextElement takes the next element off the inside of a list; nil when there
// is none.
func nextElement(raw []byte) (elem, rest []byte) {
	pos := skipSpace(raw, 0)
	if raw[pos] == ',' {
		pos = skipSpace(raw, pos+1)
	}
	if raw[pos] == ']' {
		return nil, nil
	}
	end := valueEnd(raw, pos)
	return raw[pos:end], raw[end:]
}

// valueEnd is the offset after the value that begins at pos.
func valueEnd(raw []byte, pos int) int {
	depth := 0
	for pos < len(raw) {
		switch b := raw[pos]; {
		case b == '"':
			pos = stringEnd(raw, pos)
			if depth == 0 {
				return pos
			}
			continue
		case b == '{' || b == '[':
			depth++
		case b == '}' || b == ']':
			if depth == 0 {
				return pos
			}
			if depth--; depth == 0 {
				return pos + 1
			}
		case depth == 0 && (b == ',' || b == ':' || isSpace(b)):
			return pos
		}
		pos++
	}
	return pos
}

func stringEnd(raw []byte, pos int) int {
	for pos++; raw[pos] != '"'; pos++ {
		if raw[pos] == '\\' {
			pos++
		}
	}
	return pos + 1
}

// unquote decodes a JSON string with its quotes.
func unquote(raw []byte) string { return string(unquoteBytes(raw)) }

// unquoteBytes is unquote. What has no escapes is not copied.
func unquoteBytes(raw []byte) []byte {
	raw = raw[1 : len(raw)-1]
	plain := 0
	for plain < len(raw) && raw[plain] != '\\' {
		plain++
	}
	if plain == len(raw) {
		return raw
	}
	out := append(make([]byte, 0, len(raw)), raw[:plain]...)
	for i := plain; i < len(raw); i++ {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			continue
		}
		i++
		switch raw[i] {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r := hex4(raw[i+1:])
			i += 4
			if r >= 0xd800 && r < 0xdc00 && i+6 < len(raw) && raw[i+1] == '\\' && raw[i+2] == 'u' {
				if low := hex4(raw[i+3:]); low >= 0xdc00 && low < 0xe000 {
					r = (r-0xd800)<<10 | (low - 0xdc00) + 0x10000
					i += 6
				}
			}
			out = utf8.AppendRune(out, r) // half a pair becomes U+FFFD
		default:
			out = append(out, raw[i])
		}
	}
	return out
}

// hex4 reads four hex digits, -1 if there are none.
func hex4(raw []byte) rune {
	if len(raw) < 4 {
		return -1
	}
	var r rune
	for _, b := range raw[:4] {
		n := hexValue(b)
		if n < 0 {
			return -1
		}
		r = r<<4 | rune(n)
	}
	return r
}

// hexValue is the value of one hex digit, -1 if b is none.
func hexValue(b byte) int {
	switch {
	case isDigit(b):
		return int(b - '0')
	case b >= 'a' && b <= 'f':
		return int(b-'a') + 10
	case b >= 'A' && b <= 'F':
		return int(b-'A') + 10
	}
	return -1
}

// decodeBase64 decodes a JSON string of padded base64. Empty text gives nil. It
// is strict: no line breaks, no stray bits.
func decodeBase64(raw []byte) ([]byte, bool) {
	text := unquote(raw)
	if len(text)%4 != 0 {
		return nil, false
	}
	if text == "" {
		return nil, true
	}
	pad := 0
	for pad < 2 && text[len(text)-1-pad] == '=' {
		pad++
	}
	out := make([]byte, 0, len(text)/4*3)
	var bits uint32
	for i := range len(text) - pad {
		n := base64Value(text[i])
		if n < 0 {
			return nil, false
		}
		bits = bits<<6 | uint32(n)
		if i%4 == 3 {
			out = append(out, byte(bits>>16), byte(bits>>8), byte(bits))
			bits = 0
		}
	}
	switch pad {
	case 1:
		out = append(out, byte(bits>>10), byte(bits>>2))
		return out, bits&3 == 0
	case 2:
		out = append(out, byte(bits>>4))
		return out, bits&15 == 0
	}
	return out, true
}

func base64Value(b byte) int {
	switch {
	case b >= 'A' && b <= 'Z':
		return int(b - 'A')
	case b >= 'a' && b <= 'z':
		return int(b-'a') + 26
	case isDigit(b):
		return int(b-'0') + 52
	case b == '+':
		return 62
	case b == '/':
		return 63
	}
	return -1
}

// kindOf names the kind of a value by its first byte, with an article.
func kindOf(first byte) string {
	switch first {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return "a bool"
	case 'n':
		return "null"
	}
	return "a number"
}

// parseInteger reads a number without fraction and exponent that fits. The
// parsers of strconv would bring their error, and it the tables of Unicode.
func parseInteger(raw []byte) (int64, bool) {
	negative := raw[0] == '-'
	if negative {
		raw = raw[1:]
	}
	var n uint64
	for _, b := range raw {
		if !isDigit(b) || n > (1<<63)/10 {
			return 0, false
		}
		n = n*10 + uint64(b-'0')
	}
	if negative {
		return -int64(n), n <= 1<<63
	}
	return int64(n), n < 1<<63
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func isSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }

func skipSpace(raw []byte, pos int) int {
	for pos < len(raw) && isSpace(raw[pos]) {
		pos++
	}
	return pos
}
