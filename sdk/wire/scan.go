package wire

import (
	"strconv"
	"unicode/utf8"
)

// checkText judges the whole text before anything is decoded: one JSON value
// with nothing after it, nested no deeper than [MaxDepth], no key twice in one
// object, UTF-8 throughout. It returns the value without the white space around
// it, or the problem.
func checkText(data []byte) (text []byte, problem string) {
	s := scanner{data: data}
	s.space()
	start := s.pos
	s.value(0)
	end := s.pos
	s.space()
	if s.problem == "" && s.pos < len(data) {
		s.fail("something stands after the document")
	}
	if s.problem != "" {
		return nil, "offset " + strconv.Itoa(s.pos) + ": " + s.problem
	}
	return data[start:end], ""
}

// scanner walks over JSON text. After a problem it moves no further.
type scanner struct {
	data    []byte
	pos     int
	keys    [][]byte // keys of the objects that are open, innermost last
	problem string
}

func (s *scanner) fail(problem string) bool {
	if s.problem == "" {
		s.problem = problem
	}
	return false
}

// peek is the byte at hand, zero at the end; a zero byte is valid nowhere in JSON.
func (s *scanner) peek() byte {
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

func (s *scanner) space() { s.pos = skipSpace(s.data, s.pos) }

func (s *scanner) value(depth int) bool {
	switch b := s.peek(); {
	case b == '{' || b == '[':
		if depth >= MaxDepth {
			return s.fail("nested deeper than " + strconv.Itoa(MaxDepth) + " levels")
		}
		if b == '{' {
			return s.object(depth + 1)
		}
		return s.list(depth + 1)
	case b == '"':
		return s.str()
	case b == 't':
		return s.word("true")
	case b == 'f':
		return s.word("false")
	case b == 'n':
		return s.word("null")
	case b == '-' || isDigit(b):
		return s.number()
	case s.pos >= len(s.data):
		return s.fail("the text ends too early")
	}
	return s.fail("a JSON value is wanted")
}

func (s *scanner) object(depth int) bool {
	first := len(s.keys)
	s.pos++
	s.space()
	if s.peek() == '}' {
		s.pos++
		return true
	}
	for {
		start := s.pos
		if s.peek() != '"' {
			return s.fail("a key in quotes is wanted")
		}
		if !s.str() {
			return false
		}
		s.keys = append(s.keys, unquoteBytes(s.data[start:s.pos]))
		s.space()
		if s.peek() != ':' {
			return s.fail("a colon is wanted")
		}
		s.pos++
		s.space()
		if !s.value(depth) {
			return false
		}
		s.space()
		switch s.peek() {
		case ',':
			s.pos++
			s.space()
		case '}':
			s.pos++
			return s.unique(first)
		default:
			return s.fail("a comma or } is wanted")
		}
	}
}

// unique closes an object: its keys are the last ones, from first on.
func (s *scanner) unique(first int) bool {
	keys := s.keys[first:]
	s.keys = s.keys[:first]
	if len(keys) > fewKeys {
		return s.uniqueMany(keys)
	}
	for i := range keys {
		for k := range i {
			if string(keys[i]) == string(keys[k]) {
				return s.twice(string(keys[i]))
			}
		}
	}
	return true
}

// fewKeys are compared each with each; more are sorted, which keeps the work
// small for an object of very many.
const fewKeys = 24

func (s *scanner) uniqueMany(keys [][]byte) bool {
	sorted := make([]string, len(keys))
	for i := range keys {
		sorted[i] = string(keys[i])
	}
	sortStrings(sorted)
	for i := 1; i < len(sorted); i++ {
		if sorted[i] == sorted[i-1] {
			return s.twice(sorted[i])
		}
	}
	return true
}

func (s *scanner) twice(key string) bool {
	return s.fail("key " + printable(key) + " stands twice in one object")
}

func (s *scanner) list(depth int) bool {
	s.pos++
	s.space()
	if s.peek() == ']' {
		s.pos++
		return true
	}
	for {
		if !s.value(depth) {
			return false
		}
		s.space()
		switch s.peek() {
		case ',':
			s.pos++
			s.space()
		case ']':
			s.pos++
			return true
		default:
			return s.fail("a comma or ] is wanted")
		}
	}
}

func (s *scanner) word(w string) bool {
	if len(s.data)-s.pos < len(w) || string(s.data[s.pos:s.pos+len(w)]) != w {
		return s.fail("a JSON value is wanted")
	}
	s.pos += len(w)
	return true
}

func (s *scanner) number() bool {
	if s.peek() == '-' {
		s.pos++
	}
	if s.peek() == '0' {
		s.pos++
	} else if !s.digits() {
		return false
	}
	if s.peek() == '.' {
		s.pos++
		if !s.digits() {
			return false
		}
	}
	if b := s.peek(); b == 'e' || b == 'E' {
		s.pos++
		if b = s.peek(); b == '+' || b == '-' {
			s.pos++
		}
		return s.digits()
	}
	return true
}

func (s *scanner) digits() bool {
	if !isDigit(s.peek()) {
		return s.fail("a digit is wanted")
	}
	for isDigit(s.peek()) {
		s.pos++
	}
	return true
}

func (s *scanner) str() bool {
	for s.pos++; s.pos < len(s.data); {
		switch b := s.data[s.pos]; {
		case b == '"':
			s.pos++
			return true
		case b == '\\':
			if !s.escape() {
				return false
			}
		case b < ' ':
			return s.fail("a control character stands in a string")
		case b < utf8.RuneSelf:
			s.pos++
		default:
			r, n := utf8.DecodeRune(s.data[s.pos:])
			if r == utf8.RuneError && n == 1 {
				return s.fail("the text is not valid UTF-8")
			}
			s.pos += n
		}
	}
	return s.fail("a string does not end")
}

func (s *scanner) escape() bool {
	s.pos++
	switch s.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.pos++
		return true
	case 'u':
		if hex4(s.data[s.pos+1:]) >= 0 {
			s.pos += 5
			return true
		}
	}
	return s.fail("a string has an unknown escape")
}

// printable makes text of strangers fit for an error message: short, and ASCII
// without control characters.
func printable(s string) string {
	const most = 60
	out := []byte(s[:min(len(s), most)])
	for i, b := range out {
		if b < ' ' || b > '~' {
			out[i] = '?'
		}
	}
	if len(s) > most {
		out = append(out, "..."...)
	}
	return string(out)
}

// sortStrings sorts in place, a heap sort: never quadratic, and a tenth of the
// size of package slices' sort in a guest.
func sortStrings(s []string) {
	for i := len(s)/2 - 1; i >= 0; i-- {
		sift(s, i)
	}
	for n := len(s) - 1; n > 0; n-- {
		s[0], s[n] = s[n], s[0]
		sift(s[:n], 0)
	}
}

// sift moves the string at i down to its place in a heap with the largest on top.
func sift(s []string, i int) {
	for {
		child := 2*i + 1
		if child >= len(s) {
			return
		}
		if child+1 < len(s) && s[child] < s[child+1] {
			child++
		}
		if s[i] >= s[child] {
			return
		}
		s[i], s[child] = s[child], s[i]
		i = child
	}
}
