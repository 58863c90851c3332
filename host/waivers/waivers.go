// Package waivers holds the operator's word that problems are known: which, why,
// who answers for it, and until when. It is pure.
//
// # The file
//
// A waiver file is YAML, or JSON, which is YAML too:
//
//	waivers:
//	  - check: check.integration.oci.registry
//	    cause: tls.expired
//	    target: https://registry.example.com/**
//	    reason: the renewal is ordered, CHG-1234
//	    owner: platform@example.com
//	    expires: 2026-12-31
//
// check and cause are exact or patterns of package glob over dotted segments,
// target over segments between slashes. cause and target may be left out: then
// any cause and any target will do. A date counts to its end in UTC; a time is
// RFC 3339.
//
// # What it covers
//
// A waiver covers a failure or a warning, never a check that could not judge: who
// knows a problem does not know what was not seen. The check still runs and its
// result still shows, with the waiver beside it, and counts as pass for the exit
// code.
//
// The target of a problem is the evidence request_url. Where a check has none,
// its targets are all other addresses of its evidence, or else those that it
// called, and a waiver must take every one: what is known of one target must not
// cover another.
package waivers

import (
	"fmt"
	"time"

	"stella-ops.org/doctor/host/glob"
	"stella-ops.org/doctor/host/report"
)

// Bounds of a file.
const (
	// MaxFile is the largest file, in bytes.
	MaxFile = 1 << 20
	// MaxWaivers is how many a file may hold.
	MaxWaivers = 1000

	maxText = 1000 // bytes of a reason or an owner
)

// Set is what one file holds. It is immutable and safe for concurrent use; nil
// is a set without waivers.
type Set struct {
	name    string
	entries []entry
}

// entry is one waiver.
type entry struct {
	line                 int
	check, cause, target matcher
	reason, owner        string
	expires              time.Time // the moment from which it counts no more
}

// matcher takes its own text and those that it is a pattern of; the zero value
// takes any.
type matcher struct {
	text    string
	pattern glob.Pattern
}

func newMatcher(text string, separator rune) (matcher, error) {
	if !glob.IsPattern(text) {
		return matcher{text: text}, nil
	}
	p, err := glob.Compile(text, separator)
	return matcher{text, p}, err
}

func (m matcher) match(text string) bool {
	return m.text == "" || m.text == text || m.pattern.Match(text)
}

// place names an entry for people.
func (s *Set) place(e *entry) string { return fmt.Sprintf("%s, line %d", s.name, e.line) }

// waiver is the entry as a report holds it.
func (e *entry) waiver() *report.Waiver {
	return &report.Waiver{Reason: e.reason, Owner: e.owner, Expires: e.until()}
}

func (e *entry) until() string { return e.expires.Format(time.RFC3339) }

// Error tells why a file holds no waivers that can be used.
type Error struct {
	// File is the name of the file.
	File string
	// Line counts from 1; zero when no line is at fault.
	Line int
	// Problem is a lower-case clause.
	Problem string
}

func (e *Error) Error() string {
	text := e.Problem
	if e.Line > 0 {
		text = fmt.Sprintf("line %d: %s", e.Line, text)
	}
	return "waiver file " + e.File + ": " + text
}

// at makes the error of one line.
func at(line int, format string, args ...any) *Error {
	return &Error{Line: line, Problem: fmt.Sprintf(format, args...)}
}
