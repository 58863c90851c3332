// Package challenge reads what a registry says about authentication: the
// challenges of an answer (RFC 9110 §11), the address at which a token is asked
// for, and the answer of the token server. It is pure, and all that it reads is
// hostile.
package challenge

import "strings"

// Challenge is one challenge of a WWW-Authenticate field.
type Challenge struct {
	// Scheme is in lower case, and so are the names of Params.
	Scheme string
	Params map[string]string
	// Malformed tells that a parameter stands there twice or has no end. What
	// stands before it was read.
	Malformed bool
}

// most bounds how many challenges are read: a registry has a reason for two or
// three.
const most = 16

// Parse reads the values of all WWW-Authenticate lines of one answer, in their
// order. It takes time in proportion to their length. What is no challenge is
// left out.
func Parse(lines []string) []Challenge {
	var all []Challenge
	for _, line := range lines {
		// A quoted string does not go on in the next line.
		for r := (reader{rest: line}); len(all) < most; {
			c, ok := r.challenge()
			if !ok {
				break
			}
			if c.Scheme != "" {
				all = append(all, c)
			}
		}
	}
	return all
}

// Bearer returns the first Bearer challenge that names a realm, or would if it
// were not malformed.
func Bearer(all []Challenge) (Challenge, bool) {
	for _, c := range all {
		if c.Scheme == "bearer" && (c.Params["realm"] != "" || c.Malformed) {
			return c, true
		}
	}
	return Challenge{}, false
}

// Error returns the first error parameter of the challenges (RFC 6750 §3.1),
// such as insufficient_scope.
func Error(all []Challenge) string {
	for _, c := range all {
		if c.Params["error"] != "" {
			return c.Params["error"]
		}
	}
	return ""
}

// reader reads one line from its beginning.
type reader struct{ rest string }

// challenge reads one challenge; ok is false at the end. What it returns without
// a scheme was none.
func (r *reader) challenge() (c Challenge, ok bool) {
	r.skip(" \t,")
	if r.rest == "" {
		return c, false
	}
	c.Scheme = strings.ToLower(r.token())
	if c.Scheme == "" {
		r.skipBroken()
		return c, true
	}
	if r.skip(" \t"); r.token68() {
		return c, true
	}
	for {
		r.skip(" \t,")
		before := r.rest
		name := strings.ToLower(r.token())
		r.skip(" \t")
		if name == "" || !r.take('=') {
			// It is the scheme of the next challenge, or no parameter at all.
			r.rest = before
			if name == "" && r.rest != "" {
				r.skipBroken()
			}
			return c, true
		}
		r.skip(" \t")
		value, whole := r.value()
		if _, twice := c.Params[name]; twice || !whole {
			c.Malformed = true
			continue
		}
		if c.Params == nil {
			c.Params = map[string]string{}
		}
		c.Params[name] = value
	}
}

// token reads a token (RFC 9110 §5.6.2), possibly empty.
func (r *reader) token() string {
	n := 0
	for n < len(r.rest) && isTokenByte(r.rest[n]) {
		n++
	}
	word := r.rest[:n]
	r.rest = r.rest[n:]
	return word
}

// token68 passes over a token68 (RFC 9110 §11.2), which stands in the place of
// all parameters. It ends in nothing but equals signs, a parameter has a value.
func (r *reader) token68() bool {
	n := 0
	for n < len(r.rest) && (isTokenByte(r.rest[n]) || r.rest[n] == '/') {
		n++
	}
	after := strings.TrimLeft(strings.TrimLeft(r.rest[n:], "="), " \t")
	if n == 0 || after != "" && after[0] != ',' {
		return false
	}
	r.rest = after
	return true
}

// value reads a quoted string or a word; whole is false for a quoted string
// without an end. Words may hold what tokens do not, such as an address.
func (r *reader) value() (value string, whole bool) {
	if !r.take('"') {
		n := strings.IndexAny(r.rest, " \t,")
		if n < 0 {
			n = len(r.rest)
		}
		value, r.rest = r.rest[:n], r.rest[n:]
		return value, true
	}
	var text strings.Builder
	for i := 0; i < len(r.rest); i++ {
		switch b := r.rest[i]; {
		case b == '"':
			r.rest = r.rest[i+1:]
			return text.String(), true
		case b == '\\' && i+1 < len(r.rest):
			i++
			text.WriteByte(r.rest[i])
		default:
			text.WriteByte(b)
		}
	}
	r.rest = ""
	return "", false
}

// skipBroken passes over what is neither a scheme nor a parameter, up to the next
// comma. It always passes over something.
func (r *reader) skipBroken() {
	r.rest = r.rest[1:]
	if n := strings.IndexByte(r.rest, ','); n >= 0 {
		r.rest = r.rest[n:]
	} else {
		r.rest = ""
	}
}

func (r *reader) skip(bytes string) { r.rest = strings.TrimLeft(r.rest, bytes) }

func (r *reader) take(b byte) bool {
	if r.rest == "" || r.rest[0] != b {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

func isTokenByte(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", b) >= 0
}
