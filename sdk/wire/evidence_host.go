//go:build !wasip1

package wire

import "strconv"

// Guests write evidence and hosts read it: the functions of this file, and
// strconv.ParseFloat with them, would put sixty kilobytes into every plugin.

// readValue decodes the value at hand.
func (c *codec) readValue(v *Value) {
	if c.raw[0] != '[' {
		c.readScalar(v)
		return
	}
	elem, _ := nextElement(c.raw[1:])
	if elem == nil || elem[0] != '{' {
		*v = Value{kind: kindList}
		listValue(c, &v.list, (*codec).readScalar)
		return
	}
	*v = Value{kind: kindItems}
	listValue(c, &v.items, (*codec).readItem)
	for _, item := range v.items {
		if item == nil { // null, which listValue passes over
			c.fail("a flat object is wanted, not null")
		}
	}
}

// readItem decodes a flat object.
func (c *codec) readItem(item *Item) {
	if !c.want('{', "a flat object") {
		return
	}
	path := len(c.path)
	members := splitObject(nil, c.raw)
	fields := make(Item, len(members))
	for i, m := range members {
		c.raw = m.value
		fields[i].Name = string(m.name)
		c.path = append(append(c.path[:path], '.'), printable(fields[i].Name)...)
		if c.readScalar(&fields[i].Value); c.problem != "" {
			return
		}
	}
	c.path = c.path[:path]
	*item = fields
}

// readScalar decodes null, a bool, a number or a string.
func (c *codec) readScalar(v *Value) {
	switch c.raw[0] {
	case '{', '[':
		c.fail("a scalar is wanted, not " + kindOf(c.raw[0]))
	case '"':
		*v = String(unquote(c.raw))
	case 't', 'f':
		*v = Bool(c.raw[0] == 't')
	case 'n':
		*v = Value{}
	default:
		if n, ok := parseInteger(c.raw); ok {
			*v = Int(n)
		} else if f, err := strconv.ParseFloat(string(c.raw), 64); err == nil {
			*v = Float(f)
		} else {
			c.fail("the number is too large")
		}
	}
}
