package wire

import (
	"math"
	"strconv"
)

// Evidence maps snake_case names to the facts behind a verdict. Every key that
// a check documents is present; it is [Null] where it does not apply.
type Evidence map[string]Value

// Value is one evidence value: null, a bool, an int64, a float64, a string, a
// list of these scalars, or a list of flat objects. The zero Value is null.
// Make one with [Null], [Bool], [Int], [Float], [String], [List], [Strings] or
// [Items]. A Value is immutable and safe for concurrent use.
type Value struct {
	kind  valueKind
	bits  int64 // bool and int
	float float64
	text  string
	list  []Value
	items []Item
}

// Item is one flat object in a list of objects. Its first field is called item.
type Item []Field

// Field is one named scalar of an [Item].
type Field struct {
	Name  string
	Value Value
}

type valueKind uint8

const (
	kindNull valueKind = iota
	kindBool
	kindInt
	kindFloat
	kindString
	kindList
	kindItems
)

// Null is the value of evidence that does not apply.
func Null() Value { return Value{} }

// Bool makes a bool.
func Bool(b bool) Value {
	v := Value{kind: kindBool}
	if b {
		v.bits = 1
	}
	return v
}

// Int makes a 64-bit integer.
func Int(n int64) Value { return Value{kind: kindInt, bits: n} }

// Float makes a number. NaN and the infinities, which JSON has no word for, give
// null. A whole number within 64 bits gives the same value as [Int]: JSON does
// not tell 5 from 5.0, and a result must look the same on both sides of the
// boundary.
func Float(f float64) Value {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Value{}
	}
	if f >= -(1<<63) && f < 1<<63 && f == math.Trunc(f) {
		return Int(int64(f))
	}
	return Value{kind: kindFloat, float: f}
}

// String makes a text.
func String(s string) Value { return Value{kind: kindString, text: s} }

// List makes a list of scalars. Validate refuses a result whose list holds
// anything else.
func List(values ...Value) Value { return Value{kind: kindList, list: append([]Value{}, values...)} }

// Strings makes a list of texts.
func Strings(texts []string) Value {
	list := make([]Value, len(texts))
	for i, s := range texts {
		list[i] = String(s)
	}
	return Value{kind: kindList, list: list}
}

// Items makes a list of flat objects. The first field of each is called item.
// No items at all give the same value as an empty [List].
func Items(items ...Item) Value {
	if len(items) == 0 {
		return List()
	}
	return Value{kind: kindItems, items: append([]Item{}, items...)}
}

// IsNull reports whether v is null.
func (v Value) IsNull() bool { return v.kind == kindNull }

// AsBool returns the bool and whether v is one.
func (v Value) AsBool() (b, ok bool) { return v.bits != 0 && v.kind == kindBool, v.kind == kindBool }

// AsInt returns the integer and whether v is one.
func (v Value) AsInt() (int64, bool) {
	if v.kind != kindInt {
		return 0, false
	}
	return v.bits, true
}

// AsFloat returns the number and whether v is one, integer or not.
func (v Value) AsFloat() (float64, bool) {
	if v.kind == kindInt {
		return float64(v.bits), true
	}
	return v.float, v.kind == kindFloat
}

// AsString returns the text and whether v is one.
func (v Value) AsString() (string, bool) { return v.text, v.kind == kindString }

// AsList returns the scalars and whether v is a list of them; an empty list is one.
// The caller must not change the slice.
func (v Value) AsList() ([]Value, bool) { return v.list, v.kind == kindList }

// AsItems returns the objects and whether v is a list of objects. The caller must
// not change the slice.
func (v Value) AsItems() ([]Item, bool) { return v.items, v.kind == kindItems }

// Any returns v as nil, bool, int64, float64, string, []any of these, or []Item.
func (v Value) Any() any {
	switch v.kind {
	case kindBool:
		return v.bits != 0
	case kindInt:
		return v.bits
	case kindFloat:
		return v.float
	case kindString:
		return v.text
	case kindList:
		list := make([]any, len(v.list))
		for i := range v.list {
			list[i] = v.list[i].Any()
		}
		return list
	case kindItems:
		return v.items
	}
	return nil
}

// MarshalJSON lets encoding/json write v as [Marshal] does.
func (v Value) MarshalJSON() ([]byte, error) {
	return appendValue(nil, v), nil
}

// UnmarshalJSON lets encoding/json read v as [Unmarshal] does.
func (v *Value) UnmarshalJSON(data []byte) error {
	return unmarshalPart(data, func(c *codec) { c.readValue(v) })
}

// MarshalJSON lets encoding/json write the item as a flat object in its own order.
func (i Item) MarshalJSON() ([]byte, error) {
	return appendItem(nil, i), nil
}

// UnmarshalJSON lets encoding/json read a flat object, keeping its order.
func (i *Item) UnmarshalJSON(data []byte) error {
	return unmarshalPart(data, func(c *codec) { c.readItem(i) })
}

func unmarshalPart(data []byte, visit func(*codec)) error {
	text, problem := checkText(data)
	c := codec{decode: true, raw: text, path: []byte("evidence")}
	if problem == "" {
		visit(&c)
		problem = c.problem
	}
	if problem != "" {
		return &DecodeError{Path: string(c.path), Problem: problem}
	}
	return nil
}

func appendValue(out []byte, v Value) []byte {
	switch v.kind {
	case kindBool:
		return strconv.AppendBool(out, v.bits != 0)
	case kindInt:
		return strconv.AppendInt(out, v.bits, 10)
	case kindFloat:
		return appendFloat(out, v.float)
	case kindString:
		return appendString(out, v.text)
	case kindList:
		out = append(out, '[')
		for i, e := range v.list {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendValue(out, e)
		}
		return append(out, ']')
	case kindItems:
		out = append(out, '[')
		for i, item := range v.items {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendItem(out, item)
		}
		return append(out, ']')
	}
	return append(out, "null"...)
}

func appendItem(out []byte, item Item) []byte {
	out = append(out, '{')
	for i, f := range item {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendString(out, f.Name), ':')
		out = appendValue(out, f.Value)
	}
	return append(out, '}')
}

// evidenceValue visits the value at hand.
func (c *codec) evidenceValue(v *Value) {
	if c.decode {
		c.readValue(v)
	} else {
		c.out = appendValue(c.out, *v)
	}
}
