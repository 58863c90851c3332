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
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
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

// Quote cuts and quotes text of the file for a sentence.
func Quote(text string) string {
	const most = 60
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return strconv.Quote(text)
}
