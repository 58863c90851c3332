package wire

import "strconv"

// The functions of this file visit parts, lists and maps.

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
	path, open := len(c.path), len(c.stack)
	c.stack = splitObject(c.stack, c.raw)
	members := c.stack[open:]
	count(len(members))
	for i := range members {
		c.raw = members[i].value
		name := string(members[i].name)
		c.path = append(append(c.path[:path], '.'), printable(name)...)
		if visit(name); c.problem != "" {
			return
		}
	}
	c.path, c.stack = c.path[:path], c.stack[:open]
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
