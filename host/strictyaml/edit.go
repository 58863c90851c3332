package strictyaml

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Field is one field of a mapping that is written: a string, bool, int64,
// time.Time, list of strings, or list of fields, which is a mapping in turn.
type Field struct {
	Name  string
	Value any
}

// Edit changes a document for its author: comments and blank lines stay, and what
// is not touched keeps its order and its style. So do ends of lines: a text that has
// CR LF anywhere has it everywhere then.
type Edit struct {
	source []byte
	doc    *yaml.Node
	top    *yaml.Node
	gone   string // comments of what was removed
	crlf   bool   // the lines of the text end so
}

// NewEdit begins to edit a text that [Document] reads as a mapping.
func NewEdit(data []byte, file string, max int) (*Edit, *Error) {
	top, err := Document(data, file, max)
	if err != nil {
		return nil, err
	}
	if top.n.Kind != yaml.MappingNode {
		return nil, At(top.Line(), "%s is no mapping of fields", file)
	}
	// The library takes the CR of a comment for a part of it.
	crlf := bytes.Contains(data, []byte("\r\n"))
	if crlf {
		data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(markBlanks(data, top.n), &doc); err != nil || len(doc.Content) != 1 {
		return nil, &Error{Problem: "it cannot be read as YAML"}
	}
	return &Edit{source: data, doc: &doc, top: doc.Content[0], crlf: crlf}, nil
}

// blank stands for a blank line while the document is in the hands of the
// library, which keeps comments and no blank lines.
const blank = "#\u2060"

// markBlanks marks the blank lines of a text but for those within texts of
// several lines.
func markBlanks(data []byte, top *yaml.Node) []byte {
	inside, rest := map[int]bool{}, 0
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		if n.Kind == yaml.ScalarNode && strings.Contains(n.Value, "\n") {
			for i := range strings.Count(n.Value, "\n") + 1 {
				inside[n.Line+i] = true
			}
			if n.Style&yaml.LiteralStyle == 0 && (rest == 0 || n.Line < rest) {
				rest = n.Line // where such a text ends is not known
			}
		}
		for _, c := range n.Content {
			walk(c)
		}
	}
	walk(top)
	lines := strings.Split(string(data), "\n")
	for i, line := range lines {
		if strings.TrimSpace(line) == "" && i < len(lines)-1 && !inside[i+1] && (rest == 0 || i+1 < rest) {
			lines[i] = blank
		}
	}
	return []byte(strings.Join(lines, "\n"))
}

// unmarkBlanks takes the marks away.
func unmarkBlanks(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.TrimSpace(line) == blank {
			lines[i] = ""
		}
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"
}

// Set sets a field of the document.
func (e *Edit) Set(f Field) { setField(e.top, f) }

// SetUnder sets a field of the mapping that a field of the document is, and makes
// that where it is missing.
func (e *Edit) SetUnder(name string, f Field) {
	if under := valueOf(e.top, name); under != nil && under.Kind == yaml.MappingNode {
		setField(under, f)
		return
	}
	e.Set(Field{name, []Field{f}})
}

// Add adds a mapping to a list of mappings, before the first item whose value of
// the first field is greater; a list that is not there is made.
func (e *Edit) Add(list string, fields []Field) {
	n := e.list(list)
	if n == nil {
		n = &yaml.Node{Kind: yaml.SequenceNode}
		e.top.Content = append(e.top.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: list}, n)
	}
	n.Style &^= yaml.FlowStyle
	at := slices.IndexFunc(n.Content, func(item *yaml.Node) bool {
		v := valueOf(item, fields[0].Name)
		return v != nil && v.Value > fmt.Sprint(fields[0].Value)
	})
	if at < 0 {
		at = len(n.Content)
	}
	n.Content = slices.Insert(n.Content, at, mappingNode(fields))
}

// Find returns the place of the item of a list whose field has a value; -1 when
// there is none.
func (e *Edit) Find(list, field, value string) int {
	n := e.list(list)
	if n == nil {
		return -1
	}
	return slices.IndexFunc(n.Content, func(item *yaml.Node) bool {
		v := valueOf(item, field)
		return v != nil && v.Value == value
	})
}

// Remove takes an item out of a list, and returns the comments that go with it.
func (e *Edit) Remove(list string, at int) []string {
	n := e.list(list)
	gone := comments(n.Content[at])
	e.gone += strings.Join(append(gone, texts(n.Content[at])...), "\n") + "\n"
	n.Content = slices.Delete(n.Content, at, at+1)
	if len(n.Content) == 0 {
		n.Style |= yaml.FlowStyle // [] and not the empty text
	}
	return gone
}

// SetIn sets a field of an item of a list.
func (e *Edit) SetIn(list string, at int, f Field) { setField(e.list(list).Content[at], f) }

// Bytes writes the document. The error is for a comment that would be lost, with
// its line.
func (e *Edit) Bytes() ([]byte, *Error) {
	var b bytes.Buffer
	w := yaml.NewEncoder(&b)
	w.SetIndent(2)
	if err := w.Encode(e.doc); err != nil {
		return nil, &Error{Problem: "it cannot be written as YAML"}
	}
	if err := w.Close(); err != nil {
		return nil, &Error{Problem: "it cannot be written as YAML"}
	}
	left := unmarkBlanks(b.String())
	kept := map[string]bool{}
	for line := range strings.Lines(left + e.gone) {
		kept[strings.TrimSpace(line)] = true
	}
	for i, line := range strings.Split(string(e.source), "\n") {
		if comment := strings.TrimSpace(line); strings.HasPrefix(comment, "#") && !kept[comment] {
			return nil, At(i+1, "the comment here would be lost; edit the file by hand")
		}
	}
	if e.crlf {
		left = strings.ReplaceAll(left, "\n", "\r\n")
	}
	return []byte(left), nil
}

func (e *Edit) list(name string) *yaml.Node {
	n := valueOf(e.top, name)
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n
}

func valueOf(mapping *yaml.Node, field string) *yaml.Node {
	if mapping.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == field {
			return mapping.Content[i+1]
		}
	}
	return nil
}

func setField(mapping *yaml.Node, f Field) {
	if old := valueOf(mapping, f.Name); old != nil {
		value := valueNode(f.Value)
		value.HeadComment, value.LineComment, value.FootComment = old.HeadComment, old.LineComment, old.FootComment
		*old = *value
		return
	}
	mapping.Content = append(mapping.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: f.Name}, valueNode(f.Value))
}

func mappingNode(fields []Field) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, f := range fields {
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: f.Name}, valueNode(f.Value))
	}
	return n
}

func valueNode(value any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode}
	switch v := value.(type) {
	case string:
		n.SetString(v)
	case []string:
		n.Kind, n.Style = yaml.SequenceNode, yaml.FlowStyle
		for _, text := range v {
			item := valueNode(text)
			item.Style = yaml.DoubleQuotedStyle
			n.Content = append(n.Content, item)
		}
	case []Field:
		return mappingNode(v)
	case time.Time:
		n.Value = v.UTC().Format(time.RFC3339)
	default:
		n.Value = fmt.Sprint(v)
	}
	return n
}

// comments are those of a node and of all below it.
func comments(n *yaml.Node) []string {
	var all []string
	for _, text := range []string{n.HeadComment, n.LineComment, n.FootComment} {
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" && line != blank {
				all = append(all, line)
			}
		}
	}
	for _, c := range n.Content {
		all = append(all, comments(c)...)
	}
	return all
}

// texts are the scalars of a node and of all below it.
func texts(n *yaml.Node) []string {
	var all []string
	if n.Kind == yaml.ScalarNode {
		all = append(all, n.Value)
	}
	for _, c := range n.Content {
		all = append(all, texts(c)...)
	}
	return all
}
