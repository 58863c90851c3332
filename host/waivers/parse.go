package waivers

import (
	"slices"
	"strings"
	"time"

	"stella-ops.org/doctor/host/glob"
	"stella-ops.org/doctor/host/strictyaml"
)

// Parse reads a waiver file; name is how messages and notes call it. It is
// strict, because a waiver that is read wrongly hides a problem or hides none.
//
// The error is an *Error: for a text that is no YAML or not UTF-8, too large or
// empty, of several documents, with anchors, aliases, merge keys or tags, with
// unknown or repeated fields, without waivers or with too many, and for a waiver
// without check, reason, owner or expires or with one that cannot be read.
func Parse(data []byte, name string) (*Set, error) {
	entries, err := parse(data)
	if err != nil {
		err.File = name
		return nil, err
	}
	return &Set{name: name, entries: entries}, nil
}

func parse(data []byte) ([]entry, *Error) {
	top, err := strictyaml.Document(data, "a waiver file", MaxFile)
	if err != nil {
		return nil, own(err)
	}
	file, err := top.Mapping("the file", "waivers")
	if err != nil {
		return nil, own(err)
	}
	if !file.Has("waivers") {
		return nil, at(file.Line(), "it has no list called waivers")
	}
	list, err := file.Items("waivers", MaxWaivers)
	switch {
	case err != nil:
		return nil, own(err)
	case len(list) == 0:
		return nil, at(file.LineOf("waivers"), "the list of waivers is empty")
	}
	entries := make([]entry, len(list))
	for i, n := range list {
		var failed *Error
		if entries[i], failed = readEntry(n); failed != nil {
			return nil, failed
		}
	}
	return entries, nil
}

// own brings an error of the reader into the form of this package.
func own(err *strictyaml.Error) *Error { return &Error{Line: err.Line, Problem: err.Problem} }

func readEntry(n strictyaml.Node) (entry, *Error) {
	e := entry{line: n.Line()}
	members, failed := n.Mapping("a waiver", "check", "cause", "target", "reason", "owner", "expires")
	if failed != nil {
		return e, own(failed)
	}
	for _, field := range []struct {
		name      string
		required  bool
		separator rune // of a matcher
		matcher   *matcher
		text      *string
	}{
		{"check", true, '.', &e.check, nil},
		{"cause", false, '.', &e.cause, nil},
		{"target", false, '/', &e.target, nil},
		{"reason", true, 0, nil, &e.reason},
		{"owner", true, 0, nil, &e.owner},
		{"expires", true, 0, nil, nil},
	} {
		if !members.Has(field.name) {
			if field.required {
				return e, at(e.line, "the waiver has no %s", field.name)
			}
			continue
		}
		text, failed := members.Text(field.name, maxText)
		if failed != nil {
			return e, own(failed)
		}
		text = strings.Join(strings.Fields(text), " ")
		var err *Error
		switch {
		case field.text != nil:
			*field.text = text
		case field.matcher == nil:
			if e.expires, err = parseExpires(members.LineOf(field.name), text); err != nil {
				return e, err
			}
		default:
			if *field.matcher, err = readMatcher(members.LineOf(field.name), field.name, text, field.separator); err != nil {
				return e, err
			}
		}
	}
	return e, nil
}

// examples are ids as they look, by field: an id that can be none matches nothing,
// and nobody would be told.
var examples = map[string]string{"check": "check.integration.oci.registry", "cause": "tls.expired"}

func readMatcher(line int, name, text string, separator rune) (matcher, *Error) {
	m, err := newMatcher(text, separator)
	if err != nil {
		return m, at(line, "%s: %v", name, err)
	}
	example, isID := examples[name]
	if isID && !glob.IsPattern(text) && (!isDotted(text) || name == "check" && !strings.HasPrefix(text, "check.")) {
		return m, at(line, "%s: %s is no id like %s, and no pattern", name, strictyaml.Quote(text), example)
	}
	return m, nil
}

// isDotted holds for lower-case segments with dots between them.
func isDotted(text string) bool {
	segments := strings.Split(text, ".")
	return len(segments) > 1 && !slices.ContainsFunc(segments, func(s string) bool {
		return s == "" || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") != ""
	})
}

// parseExpires reads the moment from which a waiver counts no more: the end of a
// day in UTC, or a time.
func parseExpires(line int, text string) (time.Time, *Error) {
	t, err := time.Parse(time.DateOnly, text)
	if err == nil {
		t = t.AddDate(0, 0, 1).Add(-time.Second) // so that it shows the day that was written
	} else if t, err = time.Parse(time.RFC3339, text); err == nil {
		t = t.UTC()
	}
	if err != nil || t.Year() < 1 || t.Year() > 9999 {
		return t, at(line, "expires: %s is no date like 2026-12-31 and no time like 2026-12-31T18:00:00Z", strictyaml.Quote(text))
	}
	return t, nil
}
