// Package strictyaml reads the YAML files on which trust hangs: waivers, the lock,
// key rings, policies. A file that is read wrongly hides something, so everything
// by which one text stands for another is refused: anchors, aliases, merge keys,
// tags, fields that are unknown or repeated, a second document. It is pure.
package strictyaml

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

	"stella-ops.org/doctor/host/nearest"
)

// Error tells why a text cannot be used.
type Error struct {
	// Line counts from 1; zero when no line is at fault.
	Line int
	// Problem is a lower-case clause.
	Problem string
}

func (e *Error) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("line %d: %s", e.Line, e.Problem)
	}
	return e.Problem
}

// At makes the error of one line.
func At(line int, format string, args ...any) *Error {
	return &Error{Line: line, Problem: fmt.Sprintf(format, args...)}
}

// Node is one value of a document: a scalar, a list or a mapping.
type Node struct{ n *yaml.Node }

// Document reads the one document of a text of at most max bytes. file is how the
// kind of file is called: "a waiver file". Errors are for a text that is too
// large, empty, no UTF-8, no YAML, or of several documents.
func Document(data []byte, file string, max int) (Node, *Error) {
	if err := screen(data, max); err != nil {
		return Node{}, err
	}
	top, err := document(data, file)
	if err != nil {
		return Node{}, err
	}
	return Node{top}, nil
}

// screen judges the text before a parser sees it.
func screen(data []byte, max int) *Error {
	switch {
	case len(data) > max:
		return &Error{Problem: "it is larger than " + size(max)}
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return &Error{Problem: "the text is UTF-16; save it as UTF-8"}
	}
	for i, line := range bytes.Split(data, []byte{'\n'}) {
		if !utf8.Valid(line) || bytes.IndexByte(line, 0) >= 0 {
			return At(i+1, "a byte that is not UTF-8 text")
		}
	}
	return nil
}

func size(n int) string {
	if n%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}

// document returns the top of the one document that the text holds.
func document(data []byte, file string) (top *yaml.Node, err *Error) {
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
		return nil, At(max(second.Line, 1), "a second document begins; %s holds one", file)
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
		return At(1+bytes.Count(before, []byte{'\n'}), "aliases are not supported; a text that begins with * needs quotes")
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
	return At(line, "no valid YAML: %s", message)
}

// plain refuses what makes one text stand for another.
func plain(n *yaml.Node) *Error {
	switch {
	case n.Kind == yaml.AliasNode:
		return At(n.Line, "aliases are not supported; a text that begins with * needs quotes")
	case n.Anchor != "":
		return At(n.Line, "anchors are not supported; a text that begins with & needs quotes")
	case n.Style&yaml.TaggedStyle != 0:
		return At(n.Line, "tags are not supported; a text that begins with ! needs quotes")
	case n.Tag == "!!merge":
		return At(n.Line, "merge keys (<<) are not supported")
	}
	return nil
}

// Line is where the value begins, counted from 1.
func (n Node) Line() int { return n.n.Line }

// Mapping is a mapping whose fields are known and stand once.
type Mapping struct {
	line   int
	what   string
	fields map[string]*yaml.Node
}

// Mapping reads the node as a mapping that may have the fields, each once. what
// is how messages call it: "a waiver".
func (n Node) Mapping(what string, fields ...string) (Mapping, *Error) {
	m := Mapping{n.n.Line, what, map[string]*yaml.Node{}}
	if err := plain(n.n); err != nil {
		return m, err
	}
	if n.n.Kind != yaml.MappingNode {
		return m, At(n.n.Line, "%s is no mapping of fields", what)
	}
	for i := 0; i+1 < len(n.n.Content); i += 2 {
		key, value := n.n.Content[i], n.n.Content[i+1]
		for _, part := range []*yaml.Node{key, value} {
			if err := plain(part); err != nil {
				return m, err
			}
		}
		switch first := m.fields[key.Value]; {
		case key.Kind != yaml.ScalarNode || !slices.Contains(fields, key.Value):
			return m, At(key.Line, "unknown field %s; %s", Quote(key.Value), otherFields(key.Value, fields))
		case first != nil:
			return m, At(key.Line, "field %s stands in line %d already", key.Value, first.Line)
		}
		m.fields[key.Value] = value
	}
	return m, nil
}

// otherFields names the fields that there are; of many, those that may have been
// meant.
func otherFields(typed string, fields []string) string {
	const few = 16
	if near := nearest.Of(typed, fields); len(fields) > few && len(near) > 0 {
		return "did you mean " + strings.Join(near, " or ") + "?"
	}
	return "fields are " + strings.Join(fields, ", ")
}

// Line is where the mapping begins, counted from 1.
func (m Mapping) Line() int { return m.line }

// Has reports whether the field stands there, be it empty.
func (m Mapping) Has(field string) bool { return m.fields[field] != nil }

// LineOf is the line of a field that stands there.
func (m Mapping) LineOf(field string) int { return m.fields[field].Line }

// Node returns the value of a field; ok is false where it does not stand.
func (m Mapping) Node(field string) (n Node, ok bool) { return Node{m.fields[field]}, m.Has(field) }

// Items returns the items of a list of at most max; none where the field does
// not stand.
func (m Mapping) Items(field string, max int) ([]Node, *Error) {
	n := m.fields[field]
	switch {
	case n == nil:
		return nil, nil
	case n.Kind != yaml.SequenceNode:
		return nil, At(n.Line, "%s is no list", field)
	case len(n.Content) > max:
		return nil, At(n.Content[max].Line, "there are more than %d %s", max, field)
	}
	items := make([]Node, len(n.Content))
	for i, c := range n.Content {
		if err := plain(c); err != nil {
			return nil, err
		}
		items[i] = Node{c}
	}
	return items, nil
}

// Text is the text of a field of at most max bytes, white space as it stands;
// empty where the field does not stand.
func (m Mapping) Text(field string, max int) (string, *Error) {
	n := m.fields[field]
	if n == nil {
		return "", nil
	}
	return Node{n}.Text(field, max)
}

// Need is Text of a field that must stand there.
func (m Mapping) Need(field string, max int) (string, *Error) {
	if !m.Has(field) {
		return "", At(m.line, "%s has no %s", m.what, field)
	}
	return m.Text(field, max)
}

// Text is the text of a scalar that is not empty.
func (n Node) Text(name string, max int) (string, *Error) {
	switch {
	case n.n.Kind != yaml.ScalarNode:
		return "", At(n.n.Line, "%s is no text", name)
	case isNull(n.n) || strings.TrimSpace(n.n.Value) == "":
		return "", At(n.n.Line, "%s is empty", name)
	case len(n.n.Value) > max:
		return "", At(n.n.Line, "%s is longer than %d bytes", name, max)
	}
	return n.n.Value, nil
}

// Texts are the texts of a list.
func (m Mapping) Texts(field string, items, max int) ([]string, *Error) {
	nodes, err := m.Items(field, items)
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, n := range nodes {
		text, err := n.Text("an item of "+field, max)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// Bool is true or false; false where the field does not stand.
func (m Mapping) Bool(field string) (bool, *Error) {
	n := m.fields[field]
	if n == nil {
		return false, nil
	}
	if n.Kind == yaml.ScalarNode && (n.Value == "true" || n.Value == "false") {
		return n.Value == "true", nil
	}
	return false, At(n.Line, "%s: %s is neither true nor false", field, Quote(n.Value))
}

// Int is a whole number from min to max; zero where the field does not stand.
func (m Mapping) Int(field string, min, max int64) (int64, *Error) {
	n := m.fields[field]
	if n == nil {
		return 0, nil
	}
	i, err := strconv.ParseInt(n.Value, 10, 64)
	if n.Kind != yaml.ScalarNode || err != nil || i < min || i > max {
		return 0, At(n.Line, "%s: %s is no whole number from %d to %d", field, Quote(n.Value), min, max)
	}
	return i, nil
}

// Time is an RFC 3339 time or a day, which stands for its beginning in UTC; the
// zero time where the field does not stand.
func (m Mapping) Time(field string) (time.Time, *Error) {
	n := m.fields[field]
	if n == nil {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, n.Value)
	if err != nil {
		t, err = time.Parse(time.RFC3339, n.Value)
	}
	if t = t.UTC(); n.Kind != yaml.ScalarNode || err != nil || t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, At(n.Line, "%s: %s is no date like 2026-12-31 and no time like 2026-12-31T18:00:00Z", field, Quote(n.Value))
	}
	return t, nil
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// Quote cuts and quotes text of the file for a sentence.
func Quote(text string) string {
	const most = 60
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return strconv.Quote(text)
}
