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
	members []member // decoding: the members of the object at hand
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
		if c.members[i].name == name {
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
	members, base, path := c.members, c.base, len(c.path)
	c.members, c.base = splitObject(c.raw), path
	d.walk(c)
	c.members, c.base = members, base
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

// part is a struct inside a document.
type part[T any] interface {
	*T
	Document
}

// optional visits a field that is a pointer to a struct and omitted when nil.
func optional[T any, P part[T]](c *codec, name string, p **T) {
	if !c.field(name, *p == nil) {
		return
	}
	if c.decode {
		*p = new(T)
	}
	c.object(P(*p))
}

// list visits a field that is a list of structs.
func list[T any, P part[T]](c *codec, name string, p *[]T, omit bool) {
	if c.field(name, omit && len(*p) == 0) {
		listValue(c, p, func(c *codec, v *T) { c.object(P(v)) })
		dropEmpty(c, p, omit)
	}
}

// dropEmpty makes an empty list nil where the encoding cannot tell the two
// apart, so that a document decodes to the same value after a round trip.
func dropEmpty[T any](c *codec, p *[]T, omit bool) {
	if c.decode && omit && len(*p) == 0 {
		*p = nil
	}
}

// listValue visits a list. What is generic here is stamped out once for every
// type, so it is kept small and the work is done in eachElement.
func listValue[T any](c *codec, p *[]T, visit func(*codec, *T)) {
	if c.decode {
		n := c.countElements()
		if n < 0 {
			return
		}
		*p = make([]T, n)
	}
	c.eachElement(len(*p), *p == nil, func(i int) { visit(c, &(*p)[i]) })
}

// countElements counts the elements of the list at hand, -1 if there is none.
// They are really there, but an empty object of three bytes can stand for a
// struct of hundreds: hence the limit for the whole document.
func (c *codec) countElements() int {
	if !c.want('[', "a list") {
		return -1
	}
	n := 0
	for elem, rest := nextElement(c.raw[1:]); elem != nil; elem, rest = nextElement(rest) {
		n++
	}
	if c.elements += n; c.elements > MaxElements {
		c.fail("the document has more than " + strconv.Itoa(MaxElements) + " elements in its lists")
		return -1
	}
	return n
}

// eachElement visits the n elements of a list; decoding, those that are not null.
func (c *codec) eachElement(n int, isNil bool, visit func(i int)) {
	if !c.decode {
		if isNil {
			c.out = append(c.out, "null"...)
			return
		}
		c.out = append(c.out, '[')
		for i := range n {
			c.next('[')
			visit(i)
		}
		c.out = append(c.out, ']')
		return
	}
	rest, path := c.raw[1:], len(c.path)
	for i := range n {
		if c.raw, rest = nextElement(rest); c.raw[0] == 'n' {
			continue
		}
		c.path = append(c.path[:path], '[')
		c.path = append(strconv.AppendInt(c.path, int64(i), 10), ']')
		if visit(i); c.problem != "" {
			return
		}
	}
	c.path = c.path[:path]
}

// mapValue visits a map. Its keys are data, not names of fields. Decoding, no
// members leave it nil when omit is set.
func mapValue[T any](c *codec, p *map[string]T, visit func(*codec, *T), omit bool) {
	if !c.decode {
		c.writeMembers(sortedKeys(*p), *p == nil, func(key string) {
			v := (*p)[key]
			visit(c, &v)
		})
		return
	}
	c.readMembers(func(n int) {
		if n > 0 || !omit {
			*p = make(map[string]T, n)
		}
	}, func(key string) {
		var v T
		if c.raw[0] != 'n' {
			visit(c, &v)
		}
		(*p)[key] = v
	})
}

func (c *codec) writeMembers(keys []string, isNil bool, visit func(key string)) {
	if isNil {
		c.out = append(c.out, "null"...)
		return
	}
	c.out = append(c.out, '{')
	for _, key := range keys {
		c.next('{')
		c.out = append(appendString(c.out, key), ':')
		visit(key)
	}
	c.out = append(c.out, '}')
}

// readMembers tells the number of members of the object at hand and visits each.
func (c *codec) readMembers(count func(n int), visit func(key string)) {
	if !c.want('{', "an object") {
		return
	}
	members, path := splitObject(c.raw), len(c.path)
	count(len(members))
	for i := range members {
		c.raw = members[i].value
		c.path = append(append(c.path[:path], '.'), printable(members[i].name)...)
		if visit(members[i].name); c.problem != "" {
			return
		}
	}
	c.path = c.path[:path]
}

// sortedKeys returns the keys of m in the order of their bytes.
func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sortStrings(keys)
	return keys
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
