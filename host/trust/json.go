package trust

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// object is a JSON object whose names are known, by case, and stand once. The
// decoder of the standard library takes "Payload" for "payload" and the last of
// two: two readers of one bundle could see two statements.
type object struct {
	what   string
	fields map[string]json.RawMessage
}

// parseObject reads a whole text as one object. The problem is a clause in
// printable ASCII, empty when there is none.
func parseObject(text []byte, what string, names ...string) (object, string) {
	if _, problem := wire.ParseJSON(text); problem != "" {
		return object{}, what + ": " + plain(problem)
	}
	return readObject(text, what, names...)
}

// readObject reads a part of a text that parseObject has judged. With no names
// every field is known.
func readObject(raw json.RawMessage, what string, names ...string) (object, string) {
	o := object{what: what}
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || raw[0] != '{' {
		return o, what + " is no object"
	}
	if err := json.Unmarshal(raw, &o.fields); err != nil {
		return o, what + " cannot be read"
	}
	for _, name := range sortedNames(o.fields) {
		if len(names) > 0 && !slices.Contains(names, name) {
			return o, what + " has the unknown field " + quote(name)
		}
	}
	return o, ""
}

func sortedNames(fields map[string]json.RawMessage) []string {
	var names []string
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (o object) has(name string) bool { _, ok := o.fields[name]; return ok }

// text is a field that is a string; missing gives empty text where it may.
func (o object) text(name string, need bool) (string, string) {
	raw, ok := o.fields[name]
	if !ok {
		if need {
			return "", o.what + " has no " + name
		}
		return "", ""
	}
	var s string
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		return "", o.what + ": " + name + " is no text"
	}
	return s, ""
}

// list are the items of a field that is a list; none where it is missing.
func (o object) list(name string) ([]json.RawMessage, string) {
	raw, ok := o.fields[name]
	if !ok {
		return nil, ""
	}
	var items []json.RawMessage
	if len(raw) == 0 || raw[0] != '[' || json.Unmarshal(raw, &items) != nil {
		return nil, o.what + ": " + name + " is no list"
	}
	return items, ""
}

// bytes are a field of padded standard base64 in its one canonical form.
func (o object) bytes(name string) ([]byte, string) {
	text, problem := o.text(name, true)
	if problem != "" {
		return nil, problem
	}
	data, ok := decodeBase64(text)
	if !ok {
		return nil, o.what + ": " + name + " is no canonical base64"
	}
	if len(data) == 0 {
		return nil, o.what + ": " + name + " is empty"
	}
	return data, ""
}

// decodeBase64 takes one spelling only: the library would drop line breaks, and
// stray bits in the last character unless told.
func decodeBase64(text string) ([]byte, bool) {
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	return data, err == nil && !strings.ContainsAny(text, "\r\n")
}

// child reads a field that is an object.
func (o object) child(name, what string, names ...string) (object, string) {
	raw, ok := o.fields[name]
	if !ok {
		return object{}, o.what + " has no " + name
	}
	return readObject(raw, what, names...)
}

// oneOf returns the one of the fields that stands there.
func (o object) oneOf(names ...string) (string, string) {
	found := ""
	for _, name := range names {
		switch {
		case !o.has(name):
		case found != "":
			return "", fmt.Sprintf("%s has both %s and %s", o.what, found, name)
		default:
			found = name
		}
	}
	if found == "" {
		return "", fmt.Sprintf("%s has none of %s", o.what, strings.Join(names, ", "))
	}
	return found, ""
}
