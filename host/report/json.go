package report

import (
	"bytes"
	"encoding/json"
	"io"
	"unicode/utf8"
)

// WriteJSON writes the report as one indented JSON document and a line feed.
// Characters that could act on a terminal are written as \u escapes, which
// changes no value.
func WriteJSON(w io.Writer, r *Report) error {
	return WriteDocument(w, r)
}

// WriteDocument writes any value in the form of WriteJSON.
func WriteDocument(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(escapeJSON(b.Bytes()))
	return err
}

// escapeJSON replaces what Escape replaces, in JSON's own way. Such characters
// can only stand inside strings, line feeds of the indentation aside.
func escapeJSON(doc []byte) []byte {
	clean := true
	for _, r := range string(doc) {
		if r != '\n' && unprintable(r) {
			clean = false
			break
		}
	}
	if clean {
		return doc
	}
	out := make([]byte, 0, len(doc)+64)
	for len(doc) > 0 {
		r, n := utf8.DecodeRune(doc)
		switch {
		case r == '\n' || !unprintable(r):
			out = append(out, doc[:n]...)
		case r < 0x10000:
			out = append(out, `\u`+hex(uint64(r), 4)...)
		default:
			hi, lo := (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00
			out = append(out, `\u`+hex(uint64(hi), 4)+`\u`+hex(uint64(lo), 4)...)
		}
		doc = doc[n:]
	}
	return out
}
