package wire

import (
	"strconv"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string the way encoding/json does: HTML's
// three characters and the two line separators of JavaScript escaped, invalid
// UTF-8 replaced.
func appendString(out []byte, s string) []byte {
	out = append(out, '"')
	start := 0
	for i := 0; i < len(s); {
		b := s[i]
		if b < utf8.RuneSelf {
			if b >= ' ' && b != '"' && b != '\\' && b != '<' && b != '>' && b != '&' {
				i++
				continue
			}
			out = append(out, s[start:i]...)
			if short := shortEscape(b); short != 0 {
				out = append(out, '\\', short)
			} else {
				out = append(out, '\\', 'u', '0', '0', hexDigits[b>>4], hexDigits[b&15])
			}
			i++
			start = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			out = append(append(out, s[start:i]...), `\ufffd`...)
			start = i + n
		case r == '\u2028' || r == '\u2029':
			out = append(append(out, s[start:i]...), `\u202`...)
			out = append(out, hexDigits[r&15])
			start = i + n
		}
		i += n
	}
	return append(append(out, s[start:]...), '"')
}

// shortEscape is the letter that stands after the backslash, or zero.
func shortEscape(b byte) byte {
	switch b {
	case '"', '\\':
		return b
	case '\b':
		return 'b'
	case '\f':
		return 'f'
	case '\n':
		return 'n'
	case '\r':
		return 'r'
	case '\t':
		return 't'
	}
	return 0
}

// appendFloat appends a finite f the way encoding/json does, which is the way
// ECMAScript does.
func appendFloat(out []byte, f float64) []byte {
	format := byte('f')
	if abs := max(f, -f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	out = strconv.AppendFloat(out, f, format, -1, 64)
	// An exponent of one digit has no leading zero: 1e-9, not 1e-09.
	if n := len(out); format == 'e' && n >= 4 && out[n-4] == 'e' && out[n-3] == '-' && out[n-2] == '0' {
		out[n-2] = out[n-1]
		out = out[:n-1]
	}
	return out
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// appendBase64 appends data as a JSON string of padded base64, and nil as null.
func appendBase64(out, data []byte) []byte {
	if data == nil {
		return append(out, "null"...)
	}
	out = append(out, '"')
	for len(data) >= 3 {
		n := uint(data[0])<<16 | uint(data[1])<<8 | uint(data[2])
		out = append(out, base64Digits[n>>18], base64Digits[n>>12&63], base64Digits[n>>6&63], base64Digits[n&63])
		data = data[3:]
	}
	switch len(data) {
	case 1:
		n := uint(data[0]) << 16
		out = append(out, base64Digits[n>>18], base64Digits[n>>12&63], '=', '=')
	case 2:
		n := uint(data[0])<<16 | uint(data[1])<<8
		out = append(out, base64Digits[n>>18], base64Digits[n>>12&63], base64Digits[n>>6&63], '=')
	}
	return append(out, '"')
}
