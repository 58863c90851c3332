package settings

import (
	"encoding/json"
	"strconv"
	"strings"
)

// jsonReader reads JSON with comments and trailing commas.
type jsonReader struct {
	text string
	pos  int
	line int // of pos
	doc  document
}

func parseJSON(text string) (*document, error) {
	r := &jsonReader{text: text, line: 1}
	if err := r.skip(); err != nil {
		return nil, err
	}
	switch {
	case r.pos == len(r.text):
		return nil, at(r.line, "the file is empty; settings are an object in { }")
	case r.text[r.pos] == '[':
		return nil, at(r.line, "the top level is a list; settings are an object in { }")
	case r.text[r.pos] != '{':
		return nil, at(r.line, "the top level is no object; settings are an object in { }")
	}
	if err := r.value("", 0); err != nil {
		return nil, err
	}
	if err := r.skip(); err != nil {
		return nil, err
	}
	if r.pos < len(r.text) {
		return nil, at(r.line, "text after the end of the object")
	}
	return &r.doc, nil
}

// skip moves over white space and comments.
func (r *jsonReader) skip() error {
	for r.pos < len(r.text) {
		switch rest := r.text[r.pos:]; {
		case rest[0] == '\n':
			r.line++
			r.pos++
		case rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\r':
			r.pos++
		case strings.HasPrefix(rest, "//"):
			end := strings.IndexByte(rest, '\n')
			if end < 0 {
				end = len(rest)
			}
			r.pos += end
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				return at(r.line, "the comment that begins here has no end")
			}
			r.line += strings.Count(rest[:end], "\n")
			r.pos += end + 4
		default:
			return nil
		}
	}
	return nil
}

// next skips to the next byte that counts; zero at the end, which no text has.
func (r *jsonReader) next() (byte, error) {
	if err := r.skip(); err != nil || r.pos == len(r.text) {
		return 0, err
	}
	return r.text[r.pos], nil
}

// value reads the value at pos, which is not white space.
func (r *jsonReader) value(key string, depth int) error {
	line := r.line
	if err := r.doc.enter(line, depth); err != nil {
		return err
	}
	var c byte
	if r.pos < len(r.text) {
		c = r.text[r.pos]
	}
	switch c {
	case '{':
		return r.object(key, depth)
	case '[':
		return r.list(key, depth)
	case '"':
		text, err := r.str()
		if err != nil {
			return err
		}
		return r.doc.add(key, text, line)
	}
	word := r.text[r.pos:]
	if end := strings.IndexFunc(word, notInWord); end >= 0 {
		word = word[:end]
	}
	// All that is left of JSON is numbers and three words.
	if !json.Valid([]byte(word)) {
		return at(line, "a value is expected: text in double quotes, a number, true, false, null, an object or a list")
	}
	r.pos += len(word)
	if word == "null" {
		word = ""
	}
	return r.doc.add(key, word, line)
}

func notInWord(c rune) bool { return notInName(c) && c != '+' }

func (r *jsonReader) object(key string, depth int) error {
	begin := r.line
	names := map[string]int{}
	r.pos++
	for {
		c, err := r.next()
		switch {
		case err != nil:
			return err
		case c == 0:
			return at(begin, "the object that begins here has no end")
		case c == '}':
			r.pos++
			return nil
		case c != '"':
			return at(r.line, "a key in double quotes is expected")
		}
		line := r.line
		name, err := r.str()
		if err != nil {
			return err
		}
		child, err := r.doc.child(key, name, line)
		if err != nil {
			return err
		}
		if err := claim(names, name, child, line); err != nil {
			return err
		}
		if c, err = r.next(); err != nil {
			return err
		} else if c != ':' {
			return at(r.line, "a colon is expected after a key")
		}
		r.pos++
		if _, err := r.next(); err != nil {
			return err
		}
		if err := r.value(child, depth+1); err != nil {
			return err
		}
		if err := r.separator('}', begin, "object"); err != nil {
			return err
		}
	}
}

func (r *jsonReader) list(key string, depth int) error {
	begin := r.line
	r.pos++
	for i := 0; ; i++ {
		c, err := r.next()
		switch {
		case err != nil:
			return err
		case c == 0:
			return at(begin, "the list that begins here has no end")
		case c == ']':
			r.pos++
			return nil
		}
		child, err := r.doc.child(key, strconv.Itoa(i), r.line)
		if err != nil {
			return err
		}
		if err := r.value(child, depth+1); err != nil {
			return err
		}
		if err := r.separator(']', begin, "list"); err != nil {
			return err
		}
	}
}

// separator takes the comma after a value, which the last one may have or not.
func (r *jsonReader) separator(end byte, begin int, what string) error {
	c, err := r.next()
	switch {
	case err != nil:
		return err
	case c == ',':
		r.pos++
		return nil
	case c == end:
		return nil
	case c == 0:
		return at(begin, "the %s that begins here has no end", what)
	}
	return at(r.line, "a comma or %c is expected after a value", end)
}

// str reads the text in quotes at pos.
func (r *jsonReader) str() (string, error) {
	for i := r.pos + 1; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '\\':
			i++
		case c == '"':
			var s string
			if json.Unmarshal([]byte(r.text[r.pos:i+1]), &s) != nil {
				return "", at(r.line, "an escape in a text that JSON does not have")
			}
			r.pos = i + 1
			return s, nil
		case c == '\n' || c == '\r':
			return "", at(r.line, "a text has no closing quote in its line")
		case c < ' ':
			return "", at(r.line, "a control character in a text; write it as \\u%04x", c)
		}
	}
	return "", at(r.line, "a text has no closing quote in its line")
}
