package wire

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// ValidationError tells which rule of the contract a document breaks: the first
// one, in the order of the fields.
type ValidationError struct {
	// Document is request, result, plugin info, http request or tcp request.
	Document string
	// Path is the place in it, such as checks[0].access[1].target. It may be empty.
	Path string
	// Problem is a lower-case phrase.
	Problem string
}

// Error returns "document: path: problem".
func (e *ValidationError) Error() string {
	if e.Path == "" {
		return e.Document + ": " + e.Problem
	}
	return e.Document + ": " + e.Path + ": " + e.Problem
}

// ABIError says that a plugin was built for a newer contract than this side
// speaks: a newer host would run it.
type ABIError struct {
	// Have is the plugin's version of the contract, Max the newest that is
	// understood here: [Version].
	Have, Max int
}

// Error says so in a sentence.
func (e *ABIError) Error() string {
	return "plugin info: abi: the plugin needs contract version " + strconv.Itoa(e.Have) +
		", the newest understood here is " + strconv.Itoa(e.Max)
}

// Lengths that Validate bounds, in bytes. The documents as a whole are bounded
// by the limits input, output and host_call.
const (
	maxID     = 200  // plugin and check ids, setting keys, causes
	maxName   = 100  // names for people, in characters
	maxText   = 4096 // a description, diagnosis or command
	maxSteps  = 100
	maxValues = 512  // evidence names; elements of one list
	maxFields = 64   // fields of one item
	maxValue  = 8192 // one evidence text
)

// place is a position in a document, for the path of an error.
type place string

// nowhere is a place whose parts are nowhere too, for documents that are judged
// by the thousand: the places of one that keeps the rules are never written.
const nowhere place = "?"

func (p place) at(name string) place {
	switch p {
	case "":
		return place(name)
	case nowhere:
		return nowhere
	}
	return p + "." + place(name)
}

func (p place) index(i int) place {
	if p == nowhere {
		return nowhere
	}
	return p + "[" + place(strconv.Itoa(i)) + "]"
}

// judge keeps the first problem of a document.
type judge struct {
	document string
	err      *ValidationError
}

// want notes a problem at p unless ok.
func (j *judge) want(ok bool, p place, problem string) {
	if !ok && j.err == nil {
		j.err = &ValidationError{j.document, string(p), problem}
	}
}

// wantOf is want with a problem that begins with the text at fault.
func (j *judge) wantOf(ok bool, p place, fault, problem string) {
	if !ok {
		j.want(false, p, printable(fault)+problem)
	}
}

// result is the error to return; a nil *ValidationError must not become an error.
func (j *judge) result() error {
	if j.err == nil {
		return nil
	}
	return j.err
}

// text wants text for people: there unless optional, bounded, and fit for one
// line of a terminal.
func (j *judge) text(s string, p place, optional bool) {
	j.want(optional || s != "", p, "text is wanted")
	if len(s) > maxText {
		j.want(false, p, "is longer than "+strconv.Itoa(maxText)+" bytes")
	}
	j.want(isPlainText(s), p, "holds a control character")
}

// name wants a name for people.
func (j *judge) name(s string, p place) {
	if n := utf8.RuneCountInString(s); n < 1 || n > maxName {
		j.want(false, p, "1 to "+strconv.Itoa(maxName)+" characters are wanted")
	}
	j.want(isPlainText(s) && strings.TrimSpace(s) == s, p, "holds a control character or outer white space")
}

// oneOf wants one of the words of a closed list.
func (j *judge) oneOf(s string, p place, words ...string) {
	for _, w := range words {
		if s == w {
			return
		}
	}
	if s == "" {
		j.want(false, p, "one of "+strings.Join(words, ", ")+" is wanted")
	}
	j.want(false, p, printable(s)+" is none of "+strings.Join(words, ", "))
}

// distinct wants no text twice.
func (j *judge) distinct(list []string, p place) {
	if len(list) < 2 {
		return
	}
	seen := make(map[string]bool, len(list))
	for i, s := range list {
		j.wantOf(!seen[s], p.index(i), s, " stands there twice")
		seen[s] = true
	}
}

func (j *judge) checkID(id string, p place) {
	j.wantOf(isCheckID(id), p, id, " is not of the form check.<area>.<thing>, lower-case letters, digits and hyphens")
}

func (j *judge) cause(id string, p place) {
	j.wantOf(isCause(id), p, id, " is no cause id such as tls.unknown-ca")
}

// runbook wants the address of a page for people: https, a fragment allowed.
func (j *judge) runbook(address string, p place) {
	if address == "" {
		return
	}
	page, fragment, _ := strings.Cut(address, "#")
	u, rule := ScreenURL(page)
	j.wantOf(rule == "" && u.Scheme == "https" && !hasForbiddenByte(fragment), p, address, " is no https address")
}

// isPlainText refuses invalid UTF-8, controls, line breaks included, and the
// characters that hide text or change its reading order: what is read must be
// what stands there, above all in a command, which is one line.
func isPlainText(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		switch {
		case r < ' ', r >= 0x7f && r < 0xa0,
			r == 0xad,                                 // soft hyphen
			r == 0x61c,                                // direction mark
			r >= 0x200b && r <= 0x200f,                // zero width, direction marks
			r >= 0x2028 && r <= 0x202e,                // separators, embeddings and overrides
			r >= 0x2060 && r <= 0x206f,                // invisible operators, isolates
			r == 0xfeff, r >= 0xe0000 && r <= 0xe007f: // byte order mark, invisible tags
			return false
		}
	}
	return true
}

// isDotted checks for at least least dotted segments of lower-case letters,
// digits and inner hyphens.
func isDotted(id string, least int) bool {
	if len(id) > maxID || strings.Count(id, ".")+1 < least {
		return false
	}
	for segment := range strings.SplitSeq(id, ".") {
		if !isLabel(segment) {
			return false
		}
	}
	return true
}

func isCheckID(id string) bool { return strings.HasPrefix(id, "check.") && isDotted(id, 3) }

// isCause checks for ^[a-z0-9]+(\.[a-z0-9-]+)+$.
func isCause(id string) bool {
	family, rest, ok := strings.Cut(id, ".")
	if !ok || len(id) > maxID || !isWord(family, "") {
		return false
	}
	for segment := range strings.SplitSeq(rest, ".") {
		if !isWord(segment, "-") {
			return false
		}
	}
	return true
}

// isSnake checks for snake_case: a letter first, then letters, digits and
// underscores.
func isSnake(s string) bool {
	return s != "" && len(s) <= maxName && !isDigit(s[0]) && s[0] != '_' && isWord(s, "_")
}

// isWord checks for lower-case letters, digits and the bytes of extra, at least one.
func isWord(s, extra string) bool {
	for i := range len(s) {
		if b := s[i]; !isDigit(b) && (b < 'a' || b > 'z') && strings.IndexByte(extra, b) < 0 {
			return false
		}
	}
	return s != ""
}

// MethodClass is the class of an HTTP method: [ClassRead] for GET, HEAD and
// OPTIONS, [ClassWrite] for POST, PUT, PATCH and DELETE, empty for any other
// text; methods are upper-case.
func MethodClass(method string) string {
	switch method {
	case "GET", "HEAD", "OPTIONS":
		return ClassRead
	case "POST", "PUT", "PATCH", "DELETE":
		return ClassWrite
	}
	return ""
}
