package wire

// JSON is one value of a JSON text that a service answered with, read in place.
// The zero JSON is no value: what is looked for and not there. Every method is
// safe on it and on a value of another kind, so that a chain of fields needs no
// check between its links.
//
// It stands in this package because the reader of documents is here: a guest
// that reads the answers of services carries no second one.
type JSON struct{ raw []byte }

// ParseJSON judges a whole text by the rules for documents: one value with
// nothing after it, nested no deeper than [MaxDepth], no key twice in one
// object, UTF-8 throughout and no byte order mark. The problem is empty when the
// text is good; else it is a lower-case phrase and v is zero. A text that was cut off is not
// good. The work is bounded by len(text); v keeps a part of it.
func ParseJSON(text []byte) (v JSON, problem string) {
	raw, problem := checkText(text)
	return JSON{raw}, problem
}

// Kinds of a [JSON] value.
const (
	JSONObject = '{'
	JSONList   = '['
	JSONString = '"'
	JSONNumber = '0'
	JSONBool   = 't'
	JSONNull   = 'n'
)

// Kind is one of the kinds above, zero for no value.
func (v JSON) Kind() byte {
	if len(v.raw) == 0 {
		return 0
	}
	switch b := v.raw[0]; b {
	case '{', '[', '"', 'n', 't':
		return b
	case 'f':
		return JSONBool
	}
	return JSONNumber
}

// Field returns the field of an object, by its exact name. It is no value when
// there is none, or v is no object.
func (v JSON) Field(name string) JSON {
	if v.Kind() != JSONObject {
		return JSON{}
	}
	for pos := skipSpace(v.raw, 1); v.raw[pos] == '"'; {
		end := valueEnd(v.raw, pos)
		found := string(unquoteBytes(v.raw[pos:end])) == name
		pos = skipSpace(v.raw, skipSpace(v.raw, end)+1)
		end = valueEnd(v.raw, pos)
		if found {
			return JSON{v.raw[pos:end]}
		}
		if pos = skipSpace(v.raw, end); v.raw[pos] == ',' {
			pos = skipSpace(v.raw, pos+1)
		}
	}
	return JSON{}
}

// Elements yields the elements of a list in their order, none when v is no list.
func (v JSON) Elements(yield func(JSON) bool) {
	if v.Kind() != JSONList {
		return
	}
	for elem, rest := nextElement(v.raw[1:]); elem != nil; elem, rest = nextElement(rest) {
		if !yield(JSON{elem}) {
			return
		}
	}
}

// Text returns the text of a string with its escapes resolved, and whether v is
// a string. Half a surrogate pair becomes U+FFFD.
func (v JSON) Text() (string, bool) {
	if v.Kind() != JSONString {
		return "", false
	}
	return unquote(v.raw), true
}

// Int returns the integer, and whether v is a number without fraction and
// exponent that fits.
func (v JSON) Int() (int64, bool) {
	if v.Kind() != JSONNumber {
		return 0, false
	}
	return parseInteger(v.raw)
}

// Bool returns the bool, and whether v is one.
func (v JSON) Bool() (b, ok bool) {
	return v.Kind() == JSONBool && v.raw[0] == 't', v.Kind() == JSONBool
}

// Raw is the text of the value as it stands in the whole, nil for no value. The
// caller must not change it.
func (v JSON) Raw() []byte { return v.raw }
