package strictyaml

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"stella-ops.org/doctor/host/nearest"
)

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
