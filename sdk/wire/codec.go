package wire

import "strconv"

// Marshal encodes d: fields in declared order, keys of maps sorted, byte for
// byte what encoding/json writes for the same value. It cannot fail; whether
// the document keeps the rules of the contract is for Validate to say.
func Marshal(d Document) []byte {
	c := codec{out: make([]byte, 0, 512)}
	c.object(d)
	return c.out
}

// Unmarshal decodes data into d, which should be a zero value: a field that the
// text does not name, or names as null, is left as it is.
//
// It returns a [*DecodeError] when data is not strict JSON (not even one byte
// after the document is allowed), nests deeper than [MaxDepth], has a key twice
// in one object, holds invalid UTF-8, is no object, or gives a field a value of
// the wrong type. Names are matched by case; unknown ones are ignored. An escape
// of half a surrogate pair becomes U+FFFD, as in encoding/json. After an error
// d holds what was decoded before it. The work and the memory are bounded by
// len(data), never by a number that the text claims.
//
// A guest writes evidence and never reads it: built for wasip1, Unmarshal refuses
// a result that has any.
func Unmarshal(data []byte, d Document) error {
	c := codec{decode: true}
	text, problem := checkText(data)
	if problem == "" && text[0] != '{' {
		problem = "an object is wanted, not " + kindOf(text[0])
	}
	if problem != "" {
		// A walk over no members changes nothing and tells the document's name.
		d.walk(&c)
		return &DecodeError{Path: string(c.path), Problem: problem}
	}
	c.raw = text
	c.object(d)
	if c.problem != "" {
		return &DecodeError{Path: string(c.path), Problem: c.problem}
	}
	return nil
}

// DecodeError tells why a text is not the document that it should be.
type DecodeError struct {
	// Path is the document and the place in it: result.remediation.steps[0].order.
	Path string
	// Problem is a lower-case phrase.
	Problem string
}

// Error returns "path: problem".
func (e *DecodeError) Error() string {
	if e.Path == "" {
		return e.Problem
	}
	return e.Path + ": " + e.Problem
}

// codec visits the fields of a document in declared order. Each type lists its
// fields once, in its walk method, and that list serves both directions: a
// guest carries one list per type and the two can never disagree.
type codec struct {
	decode bool

	out []byte // encoding: the text so far

	raw     []byte   // decoding: the text of the value at hand, known to be strict JSON
	stack   []member // decoding: the members of the objects that are open, innermost last
	members []member // decoding: the members of the object at hand, on the stack
	path    []byte   // decoding: where we are, for the error
	base    int      // decoding: length of path at the object at hand
	problem string   // decoding: the first error; nothing is decoded after it

	elements int // decoding: elements of lists so far
}

// Arguments of the field methods, so that a walk reads like the struct tags.
const (
	always    = false
	omitEmpty = true
)

// root names the document for error paths.
func (c *codec) root(name string) {
	if len(c.path) == 0 {
		c.path = append(c.path, name...)
		c.base = len(c.path)
	}
}

// field turns to the field called name and tells whether its value is to be
// visited. Encoding, that is unless skip is set; decoding, when the text has
// the field and it is not null.
func (c *codec) field(name string, skip bool) bool {
	if !c.decode {
		if skip {
			return false
		}
		c.next('{')
		c.out = append(c.out, '"')
		c.out = append(c.out, name...) // names are plain ASCII
		c.out = append(c.out, '"', ':')
		return true
	}
	if c.problem != "" {
		return false
	}
	for i := range c.members {
		if string(c.members[i].name) == name {
			c.raw = c.members[i].value
			c.path = append(append(c.path[:c.base], '.'), name...)
			return c.raw[0] != 'n'
		}
	}
	return false
}

// next writes the comma between members or elements.
func (c *codec) next(open byte) {
	if c.out[len(c.out)-1] != open {
		c.out = append(c.out, ',')
	}
}

func (c *codec) fail(problem string) {
	if c.problem == "" {
		c.problem = problem
	}
}

// want reports whether the value at hand begins like a value of the kind named
// what.
func (c *codec) want(first byte, what string) bool {
	if c.raw[0] == first {
		return true
	}
	c.fail(what + " is wanted, not " + kindOf(c.raw[0]))
	return false
}

// object visits the value at hand as d.
func (c *codec) object(d Document) {
	if !c.decode {
		c.out = append(c.out, '{')
		d.walk(c)
		c.out = append(c.out, '}')
		return
	}
	if !c.want('{', "an object") {
		return
	}
	members, base, path, open := c.members, c.base, len(c.path), len(c.stack)
	c.stack = splitObject(c.stack, c.raw)
	c.members, c.base = c.stack[open:], path
	d.walk(c)
	c.members, c.base, c.stack = members, base, c.stack[:open]
	if c.problem == "" {
		c.path = c.path[:path]
	}
}

// The methods below visit one field each. The value methods, which do not take
// a name, visit the value at hand.

func (c *codec) str(name string, p *string, omit bool) {
	if c.field(name, omit && *p == "") {
		c.stringValue(p)
	}
}

func (c *codec) bool(name string, p *bool, omit bool) {
	if c.field(name, omit && !*p) {
		c.boolValue(p)
	}
}

func (c *codec) int64(name string, p *int64, omit bool) {
	if c.field(name, omit && *p == 0) {
		c.int64Value(p)
	}
}

func (c *codec) int(name string, p *int, omit bool) {
	if c.field(name, omit && *p == 0) {
		c.intValue(p)
	}
}

func (c *codec) strs(name string, p *[]string, omit bool) {
	if c.field(name, omit && len(*p) == 0) {
		listValue(c, p, (*codec).stringValue)
		dropEmpty(c, p, omit)
	}
}

func (c *codec) bytes(name string, p *[]byte, omit bool) {
	if c.field(name, omit && len(*p) == 0) {
		c.bytesValue(p)
	}
}

func (c *codec) header(name string, p *map[string][]string, omit bool) {
	if c.field(name, omit && len(*p) == 0) {
		mapValue(c, p, func(c *codec, v *[]string) { listValue(c, v, (*codec).stringValue) }, omit)
	}
}

func (c *codec) stringValue(p *string) {
	if !c.decode {
		c.out = appendString(c.out, *p)
	} else if c.want('"', "a string") {
		*p = unquote(c.raw)
	}
}

func (c *codec) boolValue(p *bool) {
	switch {
	case !c.decode:
		c.out = strconv.AppendBool(c.out, *p)
	case c.raw[0] == 't' || c.raw[0] == 'f':
		*p = c.raw[0] == 't'
	default:
		c.want('t', "true or false")
	}
}

func (c *codec) int64Value(p *int64) {
	if !c.decode {
		c.out = strconv.AppendInt(c.out, *p, 10)
		return
	}
	if kindOf(c.raw[0]) != kindOf('0') {
		c.want('0', "an integer")
		return
	}
	n, ok := parseInteger(c.raw)
	if !ok {
		c.fail("an integer within 64 bits is wanted, without fraction and exponent")
		return
	}
	*p = n
}

func (c *codec) intValue(p *int) {
	n := int64(*p)
	c.int64Value(&n)
	if c.decode && c.problem == "" {
		if *p = int(n); int64(*p) != n {
			c.fail("the integer is too large")
		}
	}
}

func (c *codec) bytesValue(p *[]byte) {
	if !c.decode {
		c.out = appendBase64(c.out, *p)
		return
	}
	if !c.want('"', "a string of base64") {
		return
	}
	b, ok := decodeBase64(c.raw)
	if !ok {
		c.fail("standard base64 with padding is wanted")
	}
	*p = b
}
