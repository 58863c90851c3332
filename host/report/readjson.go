package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"

	"stella-ops.org/doctor/sdk/wire"
)

// screenJSON holds the text to more than encoding/json does: UTF-8, no key
// twice in one object, nesting as deep as the contract has it, one document. It
// returns the text with the keys blanked that encoding/json would take for ours
// though their case differs: names are case-sensitive.
func screenJSON(data []byte) ([]byte, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return nil, &ReadError{Problem: "it is empty"}
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return nil, &ReadError{Problem: "the text is UTF-16; save it as UTF-8"}
	}
	if first := bytes.TrimSpace(data)[0]; first != '{' && first != '[' {
		return nil, &ReadError{Line: 1, Problem: "this is no doctor report: a report is a JSON object"}
	}
	if i := invalidUTF8(data); i >= 0 {
		return nil, &ReadError{Line: lineAt(data, i), Problem: "a byte that is not UTF-8 text"}
	}
	var raw json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, syntaxError(data, err)
	}
	k := keyScanner{data: data, out: data, dec: json.NewDecoder(bytes.NewReader(data))}
	k.dec.UseNumber()
	if err := k.scan(); err != nil {
		return nil, err
	}
	return k.out, nil
}

// syntaxError brings an error of encoding/json into our form.
func syntaxError(data []byte, err error) error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return &ReadError{Problem: err.Error()}
	}
	// A line feed after half a document begins no line of it.
	line := lineAt(data, min(int(syntax.Offset), len(bytes.TrimRight(data, " \t\r\n"))))
	switch text := syntax.Error(); {
	case text == "unexpected end of JSON input":
		return &ReadError{Line: line, Problem: "the text ends in the middle of the document"}
	case strings.HasSuffix(text, "after top-level value"):
		return &ReadError{Line: line, Problem: "something stands after the document"}
	default:
		return &ReadError{Line: line, Problem: "no valid JSON: " + text}
	}
}

func lineAt(data []byte, offset int) int { return 1 + bytes.Count(data[:offset], []byte{'\n'}) }

// invalidUTF8 is the offset of the first byte that is no part of a character,
// -1 if there is none.
func invalidUTF8(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; ; {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
}

// keyScanner walks over the keys of a valid JSON text.
type keyScanner struct {
	data, out []byte
	dec       *json.Decoder
	open      []level
}

// level is one object or list that is open.
type level struct {
	keys map[string]bool // nil for a list
	// wantKey holds where the next token of an object is a key.
	wantKey bool
	// free holds below evidence, whose names are the checks' own.
	free bool
	key  string // the last key
}

func (k *keyScanner) scan() error {
	for {
		tok, err := k.dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return syntaxError(k.data, err)
		}
		var top *level
		if len(k.open) > 0 {
			top = &k.open[len(k.open)-1]
		}
		if name, ok := tok.(string); ok && top != nil && top.wantKey {
			if err := k.takeKey(top, name); err != nil {
				return err
			}
			continue
		}
		delim, isDelim := tok.(json.Delim)
		if isDelim && (delim == '}' || delim == ']') {
			k.open = k.open[:len(k.open)-1]
			continue
		}
		if top != nil {
			top.wantKey = top.keys != nil
		}
		if !isDelim {
			continue
		}
		if len(k.open) >= wire.MaxDepth {
			return k.fail("nested deeper than %d levels", wire.MaxDepth)
		}
		next := level{free: top != nil && (top.free || top.key == "evidence")}
		if delim == '{' {
			next.keys, next.wantKey = map[string]bool{}, true
		}
		k.open = append(k.open, next)
	}
}

func (k *keyScanner) takeKey(top *level, name string) error {
	if top.keys[name] {
		return k.fail("key %q stands twice in one object", clip(name, 60))
	}
	top.keys[name] = true
	top.key, top.wantKey = name, false
	if !top.free && isLookalike(name) {
		k.blank()
	}
	return nil
}

func (k *keyScanner) fail(format string, args ...any) error {
	return &ReadError{Line: lineAt(k.data, int(k.dec.InputOffset())), Problem: fmt.Sprintf(format, args...)}
}

// blank overwrites the key that was just read with one that nothing has.
func (k *keyScanner) blank() {
	if &k.out[0] == &k.data[0] {
		k.out = bytes.Clone(k.data)
	}
	end := int(k.dec.InputOffset()) - 1 // the closing quote
	for i := end - 1; i >= 0 && k.out[i] != '"'; i-- {
		k.out[i] = '_'
	}
}

// isLookalike holds for a key that encoding/json takes for one of ours though it
// is spelt otherwise: it folds case, the long s and the Kelvin sign too.
func isLookalike(name string) bool {
	return !ourKeys[name] && ourKeys[strings.ToLower(strings.ReplaceAll(name, "\u017f", "s"))]
}

// ourKeys are the names of all fields of a report.
var ourKeys = fieldNames(map[string]bool{}, reflect.TypeFor[Report]())

func fieldNames(into map[string]bool, t reflect.Type) map[string]bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		return fieldNames(into, t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); name != "" {
				into[name] = true
				fieldNames(into, t.Field(i).Type)
			}
		}
	}
	return into
}

// kindOf names what a field of a kind wants, with an article.
func kindOf(k reflect.Kind) string {
	switch k {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Slice:
		return "a list"
	}
	return "an object"
}
