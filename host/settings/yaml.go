package settings

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

func parseYAML(text string) (*document, error) {
	first, second, err := yamlNodes(text)
	if err != nil {
		return nil, err
	}
	if second != nil {
		return nil, at(max(second.Line, 1), "a second document begins; a configuration file holds one")
	}
	doc := &document{}
	if first == nil || len(first.Content) == 0 {
		return doc, nil
	}
	switch top := first.Content[0]; {
	case top.Kind == yaml.MappingNode:
		return doc, doc.addNode("", top, 0)
	case top.Kind == yaml.SequenceNode:
		return nil, at(top.Line, "the top level is a list; settings are a mapping of sections")
	case top.Kind == yaml.ScalarNode && top.Value == "" && top.Style == 0 && top.Anchor == "":
		return doc, nil // nothing but comments
	default:
		return nil, at(top.Line, "the top level is no mapping; settings are a mapping of sections")
	}
}

// yamlNodes reads the first document and looks for a second.
func yamlNodes(text string) (first, second *yaml.Node, err error) {
	// The library panics on its own mistakes; an operator's file must not end
	// the program through them.
	defer func() {
		if recover() != nil {
			err = &Error{Problem: "the file cannot be read as YAML"}
		}
	}()
	decoder := yaml.NewDecoder(strings.NewReader(text))
	var nodes [2]yaml.Node
	for i := range nodes {
		switch err := decoder.Decode(&nodes[i]); {
		case errors.Is(err, io.EOF) && i == 0:
			return nil, nil, nil
		case errors.Is(err, io.EOF):
			return &nodes[0], nil, nil
		case err != nil:
			return nil, nil, yamlError(text, err)
		}
	}
	return &nodes[0], &nodes[1], nil
}

// yamlError brings the library's message into our form. All its messages are
// fixed texts but one, which quotes the document: a password that begins with
// an asterisk reads as an alias.
func yamlError(text string, err error) *Error {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(message, "unknown anchor '"); ok {
		name, _, _ := strings.Cut(rest, "'")
		before, _, _ := strings.Cut(text, "*"+name)
		return at(1+strings.Count(before, "\n"), "an alias has no anchor; a text that begins with * needs quotes")
	}
	line := 1
	if rest, ok := strings.CutPrefix(message, "line "); ok {
		number, what, _ := strings.Cut(rest, ": ")
		if n, err := strconv.Atoi(number); err == nil {
			line, message = n, what
		}
	}
	switch {
	case message == "found character that cannot start any token":
		message = "no text begins with @, % or ` unless in quotes, and tabs do not indent"
	case strings.Contains(message, "`"):
		message = "a value does not fit"
	}
	return at(line, "no valid YAML: %s", message)
}

// addNode adds the values below one node. Aliases are followed and counted each
// time, so that a document which unfolds without end stops at the bounds.
func (d *document) addNode(key string, n *yaml.Node, depth int) error {
	if err := d.enter(n.Line, depth); err != nil {
		return err
	}
	if err := screenNode(n); err != nil {
		return err
	}
	switch n.Kind {
	case yaml.AliasNode:
		return d.addNode(key, n.Alias, depth+1)
	case yaml.ScalarNode:
		value := n.Value
		if n.ShortTag() == "!!null" {
			if n.Anchor != "" {
				return at(n.Line, "an anchor has no value; a text that begins with & needs quotes")
			}
			value = ""
		}
		return d.add(key, value, n.Line)
	case yaml.SequenceNode:
		for i, item := range n.Content {
			child, err := d.child(key, strconv.Itoa(i), item.Line)
			if err != nil {
				return err
			}
			if err := d.addNode(child, item, depth+1); err != nil {
				return err
			}
		}
		return nil
	case yaml.MappingNode:
		return d.addMapping(key, n, depth)
	}
	return at(n.Line, "no valid YAML")
}

func (d *document) addMapping(key string, n *yaml.Node, depth int) error {
	names := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		if name.Kind != yaml.ScalarNode {
			return at(name.Line, "a key is no plain text")
		}
		if name.Tag == "!!merge" {
			return at(name.Line, "merge keys (<<) are not supported")
		}
		if err := screenNode(name); err != nil {
			return err
		}
		child, err := d.child(key, name.Value, name.Line)
		if err != nil {
			return err
		}
		if err := claim(names, name.Value, child, name.Line); err != nil {
			return err
		}
		if err := d.addNode(child, value, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// screenNode refuses tags other than YAML's own. The tag is not repeated: a
// password that begins with an exclamation mark reads as one.
func screenNode(n *yaml.Node) error {
	if n.Style&yaml.TaggedStyle == 0 {
		return nil
	}
	switch n.Tag {
	case "!!str", "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq":
		return nil
	}
	return at(n.Line, "tags are not supported; a text that begins with ! needs quotes")
}
