package host

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
)

// echoes are the forms in which a server may give a value back: as it stands, in
// base64 at any offset within a longer text, in hex, and escaped for addresses,
// JSON and HTML.
func echoes(value string) []string {
	forms := []string{value, url.QueryEscape(value), url.PathEscape(value), html.EscapeString(value)}
	upper, lower := "", ""
	for i := range len(value) {
		upper += fmt.Sprintf("%%%02X", value[i])
		lower += fmt.Sprintf("%%%02x", value[i])
	}
	forms = append(forms, upper, lower, lowerEscapes(forms[1]), lowerEscapes(forms[2]))
	digits := hex.EncodeToString([]byte(value))
	forms = append(forms, digits, strings.ToUpper(digits))
	forms = append(forms, jsonForms(value)...)
	forms = append(forms, htmlForms.Replace(value), strings.ReplaceAll(html.EscapeString(value), "+", "&#43;"))
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		forms = append(forms, enc.EncodeToString([]byte(value)), enc.WithPadding(base64.NoPadding).EncodeToString([]byte(value)))
		for before := range 3 {
			forms = append(forms, base64Core(enc, value, before))
		}
	}
	return forms
}

// htmlForms escapes with names where package html has numbers.
var htmlForms = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#x27;")

// lowerEscapes writes %2F as %2f.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i:], bytes.ToLower(b[i:i+3]))
		}
	}
	return string(b)
}

// jsonForms are the value within a JSON string: with and without the escapes for
// HTML, with \/ as PHP writes it, and in ASCII alone as Python does.
func jsonForms(value string) []string {
	escaped, _ := json.Marshal(value)
	var plain bytes.Buffer
	enc := json.NewEncoder(&plain)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(value)
	var forms []string
	for _, quoted := range []string{string(escaped), strings.TrimSuffix(plain.String(), "\n")} {
		inner := quoted[1 : len(quoted)-1]
		forms = append(forms, inner, strings.ReplaceAll(inner, "/", `\/`), asciiJSON(inner))
	}
	return forms
}

// asciiJSON writes every other character as \u escapes.
func asciiJSON(s string) string {
	var ascii strings.Builder
	for _, r := range s {
		switch {
		case r < 0x80:
			ascii.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&ascii, `\u%04x`, r)
		default:
			fmt.Fprintf(&ascii, `\u%04x\u%04x`, (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00)
		}
	}
	return ascii.String()
}

// base64Core is what the base64 of a longer text has of value when so many bytes
// (mod 3) stand before it: the characters that value alone makes.
func base64Core(enc *base64.Encoding, value string, before int) string {
	text := enc.WithPadding(base64.NoPadding).EncodeToString(append(make([]byte, before), value...))
	first := (8*before + 5) / 6
	last := 8 * (before + len(value)) / 6
	return text[min(first, last):last]
}
