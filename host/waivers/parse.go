package waivers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"stella-ops.org/doctor/host/glob"
)

// Parse reads a waiver file; name is how messages and notes call it. It is
// strict, because a waiver that is read wrongly hides a problem or hides none.
//
// The error is an *Error: for a text that is no YAML or not UTF-8, too large or
// empty, of several documents, with anchors, aliases, merge keys or tags, with
// unknown or repeated fields, without waivers or with too many, and for a waiver
// without check, reason, owner or expires or with one that cannot be read.
func Parse(data []byte, name string) (*Set, error) {
	entries, err := parse(data)
	if err != nil {
		err.File = name
		return nil, err
	}
	return &Set{name: name, entries: entries}, nil
}

func parse(data []byte) ([]entry, *Error) {
	if err := screen(data); err != nil {
		return nil, err
	}
	top, err := document(data)
	if err != nil {
		return nil, err
	}
	members, err := mapping(top, "the file", "waivers")
	if err != nil {
		return nil, err
	}
	list := members["waivers"]
	switch {
	case list == nil:
		return nil, at(top.Line, "it has no list called waivers")
	case list.Kind != yaml.SequenceNode:
		return nil, at(list.Line, "waivers is no list")
	case len(list.Content) == 0:
		return nil, at(list.Line, "the list of waivers is empty")
	case len(list.Content) > MaxWaivers:
		return nil, at(list.Content[MaxWaivers].Line, "there are more than %d waivers", MaxWaivers)
	}
	entries := make([]entry, len(list.Content))
	for i, n := range list.Content {
		if entries[i], err = readEntry(n); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// screen judges the text before a parser sees it.
func screen(data []byte) *Error {
	switch {
	case len(data) > MaxFile:
		return &Error{Problem: fmt.Sprintf("it is larger than %d MiB", MaxFile>>20)}
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return &Error{Problem: "the text is UTF-16; save it as UTF-8"}
	}
	for i, line := range bytes.Split(data, []byte{'\n'}) {
		if !utf8.Valid(line) || bytes.IndexByte(line, 0) >= 0 {
			return at(i+1, "a byte that is not UTF-8 text")
		}
	}
	return nil
}

// document returns the top of the one document that the text holds.
func document(data []byte) (top *yaml.Node, err *Error) {
	// The library panics on its own mistakes; an operator's file must not end
	// the program through them.
	defer func() {
		if recover() != nil {
			top, err = nil, &Error{Problem: "it cannot be read as YAML"}
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	switch failed := decoder.Decode(&first); {
	case errors.Is(failed, io.EOF):
		return nil, &Error{Problem: "it is empty"}
	case failed != nil:
		return nil, yamlError(data, failed)
	}
	switch failed := decoder.Decode(&second); {
	case failed == nil:
		return nil, at(max(second.Line, 1), "a second document begins; a waiver file holds one")
	case !errors.Is(failed, io.EOF):
		return nil, yamlError(data, failed)
	}
	if len(first.Content) == 0 || isNull(first.Content[0]) {
		return nil, &Error{Problem: "it is empty"}
	}
	return first.Content[0], nil
}

// yamlError brings the library's message into our form.
func yamlError(data []byte, err error) *Error {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(message, "unknown anchor '"); ok {
		name, _, _ := strings.Cut(rest, "'")
		before, _, _ := bytes.Cut(data, []byte("*"+name))
		return at(1+bytes.Count(before, []byte{'\n'}), "aliases are not supported; a text that begins with * needs quotes")
	}
	line := 0
	if rest, ok := strings.CutPrefix(message, "line "); ok {
		number, what, _ := strings.Cut(rest, ": ")
		if n, err := strconv.Atoi(number); err == nil {
			line, message = n, what
		}
	}
	switch message {
	case "found character that cannot start any token":
		message = "no text begins with @, % or ` unless in quotes, and tabs do not indent"
	case "did not find expected alphabetic or numeric character":
		message = "a text that begins with * or & needs quotes"
	}
	return at(line, "no valid YAML: %s", message)
}

// plain refuses what makes one text stand for another.
func plain(n *yaml.Node) *Error {
	switch {
	case n.Kind == yaml.AliasNode:
		return at(n.Line, "aliases are not supported; a text that begins with * needs quotes")
	case n.Anchor != "":
		return at(n.Line, "anchors are not supported; a text that begins with & needs quotes")
	case n.Style&yaml.TaggedStyle != 0:
		return at(n.Line, "tags are not supported; a text that begins with ! needs quotes")
	case n.Tag == "!!merge":
		return at(n.Line, "merge keys (<<) are not supported")
	}
	return nil
}

// mapping returns the members of a mapping that may have the fields, each once.
func mapping(n *yaml.Node, what string, fields ...string) (map[string]*yaml.Node, *Error) {
	if err := plain(n); err != nil {
		return nil, err
	}
	if n.Kind != yaml.MappingNode {
		return nil, at(n.Line, "%s is no mapping of fields", what)
	}
	members := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		for _, part := range []*yaml.Node{key, value} {
			if err := plain(part); err != nil {
				return nil, err
			}
		}
		switch first := members[key.Value]; {
		case key.Kind != yaml.ScalarNode || !slices.Contains(fields, key.Value):
			return nil, at(key.Line, "unknown field %s; fields are %s", quoted(key.Value), strings.Join(fields, ", "))
		case first != nil:
			return nil, at(key.Line, "field %s stands in line %d already", key.Value, first.Line)
		}
		members[key.Value] = value
	}
	return members, nil
}

func readEntry(n *yaml.Node) (entry, *Error) {
	e := entry{line: n.Line}
	members, err := mapping(n, "a waiver", "check", "cause", "target", "reason", "owner", "expires")
	if err != nil {
		return e, err
	}
	for _, field := range []struct {
		name      string
		required  bool
		separator rune // of a matcher
		matcher   *matcher
		text      *string
	}{
		{"check", true, '.', &e.check, nil},
		{"cause", false, '.', &e.cause, nil},
		{"target", false, '/', &e.target, nil},
		{"reason", true, 0, nil, &e.reason},
		{"owner", true, 0, nil, &e.owner},
		{"expires", true, 0, nil, nil},
	} {
		value := members[field.name]
		if value == nil {
			if field.required {
				return e, at(e.line, "the waiver has no %s", field.name)
			}
			continue
		}
		text, err := scalar(field.name, value)
		if err != nil {
			return e, err
		}
		switch {
		case field.text != nil:
			*field.text = text
		case field.matcher == nil:
			if e.expires, err = parseExpires(value.Line, text); err != nil {
				return e, err
			}
		default:
			if *field.matcher, err = readMatcher(value.Line, field.name, text, field.separator); err != nil {
				return e, err
			}
		}
	}
	return e, nil
}

// examples are ids as they look, by field: an id that can be none matches nothing,
// and nobody would be told.
var examples = map[string]string{"check": "check.integration.oci.registry", "cause": "tls.expired"}

func readMatcher(line int, name, text string, separator rune) (matcher, *Error) {
	m, err := newMatcher(text, separator)
	if err != nil {
		return m, at(line, "%s: %v", name, err)
	}
	example, isID := examples[name]
	if isID && !glob.IsPattern(text) && (!isDotted(text) || name == "check" && !strings.HasPrefix(text, "check.")) {
		return m, at(line, "%s: %s is no id like %s, and no pattern", name, quoted(text), example)
	}
	return m, nil
}

// isDotted holds for lower-case segments with dots between them.
func isDotted(text string) bool {
	segments := strings.Split(text, ".")
	return len(segments) > 1 && !slices.ContainsFunc(segments, func(s string) bool {
		return s == "" || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") != ""
	})
}

// scalar is the text of a field, its white space reduced to single blanks.
func scalar(name string, n *yaml.Node) (string, *Error) {
	if n.Kind != yaml.ScalarNode {
		return "", at(n.Line, "%s is no text", name)
	}
	text := strings.Join(strings.Fields(n.Value), " ")
	switch {
	case text == "" || isNull(n):
		return "", at(n.Line, "%s is empty", name)
	case len(text) > maxText:
		return "", at(n.Line, "%s is longer than %d bytes", name, maxText)
	}
	return text, nil
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// parseExpires reads the moment from which a waiver counts no more: the end of a
// day in UTC, or a time.
func parseExpires(line int, text string) (time.Time, *Error) {
	t, err := time.Parse(time.DateOnly, text)
	if err == nil {
		t = t.AddDate(0, 0, 1).Add(-time.Second) // so that it shows the day that was written
	} else if t, err = time.Parse(time.RFC3339, text); err == nil {
		t = t.UTC()
	}
	if err != nil || t.Year() < 1 || t.Year() > 9999 {
		return t, at(line, "expires: %s is no date like 2026-12-31 and no time like 2026-12-31T18:00:00Z", quoted(text))
	}
	return t, nil
}

// quoted cuts and quotes text of the file for a sentence.
func quoted(text string) string {
	const most = 60
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return strconv.Quote(text)
}
