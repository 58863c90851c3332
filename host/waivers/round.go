package waivers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// Codes of the notes that a Round makes.
const (
	NoteExpired = "waiver_expired" // it would cover a problem, and its time is over
	NoteOverlap = "waiver_overlap" // several cover one problem
	NoteSoon    = "waiver_expires_soon"
	NoteWaived  = "waived"
	NoteUnused  = "waiver_unused" // its check was asked, and it covers nothing
)

// soon is how long before its end a waiver is mentioned.
const soon = 14 * 24 * time.Hour

// Round applies a set to the results of one run, at one time. It is safe for
// concurrent use.
type Round struct {
	set *Set
	now time.Time

	mu      sync.Mutex
	asked   []bool // by entry: a result was there that it might have covered
	used    []bool // by entry: it covers one, or would
	remarks []remark
}

// remark is a note and what sorts it.
type remark struct {
	check string
	line  int
	note  report.Note
}

// Start begins a round. A nil set gives one that does nothing.
func (s *Set) Start(now time.Time) *Round {
	if s == nil {
		s = &Set{}
	}
	return &Round{set: s, now: now, asked: make([]bool, len(s.entries)), used: make([]bool, len(s.entries))}
}

// Apply sets the waiver of a result that one covers: the one that expires last,
// and of several the first in the file. A waiver that is there already is
// replaced.
func (r *Round) Apply(res *report.Result) {
	res.Waiver = nil
	if res.Severity == nil || *res.Severity == wire.Skip {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	isProblem := res.Severity.Rank() >= wire.Warn.Rank()
	var covering, expired []int
	for i := range r.set.entries {
		e := &r.set.entries[i]
		if !e.check.match(res.Check) {
			continue
		}
		r.asked[i] = true
		switch {
		case !isProblem || !e.takes(res):
		case r.now.Before(e.expires):
			covering = append(covering, i)
		default:
			expired = append(expired, i)
		}
	}
	r.cover(res, covering)
	for _, i := range expired {
		r.expire(res, i)
	}
}

// cover applies the entries that cover a result and have time left.
func (r *Round) cover(res *report.Result, covering []int) {
	if len(covering) == 0 {
		return
	}
	best := slices.MaxFunc(covering, func(a, b int) int {
		return cmp.Or(r.set.entries[a].expires.Compare(r.set.entries[b].expires), b-a)
	})
	e := &r.set.entries[best]
	res.Waiver = e.waiver()
	r.remark(NoteWaived, res.Check, e, "%s is waived until %s, %s: %s (%s)", problem(res), e.until(), e.owner, e.reason, r.set.place(e))
	if left := e.expires.Sub(r.now); left <= soon {
		r.remark(NoteSoon, res.Check, e, "the waiver of %s ends in %s, at %s (%s)", problem(res), days(left), e.until(), r.set.place(e))
	}
	places := []string{}
	for _, i := range covering {
		r.used[i] = true
		places = append(places, fmt.Sprintf("line %d", r.set.entries[i].line))
	}
	if len(covering) > 1 {
		r.remark(NoteOverlap, res.Check, e, "%d waivers cover %s: %s of %s; the one of line %d counts, which ends last",
			len(covering), problem(res), strings.Join(places, ", "), r.set.name, e.line)
	}
}

// expire tells of an entry that would cover a result.
func (r *Round) expire(res *report.Result, i int) {
	e := &r.set.entries[i]
	r.used[i] = true
	what := "and the problem counts again"
	if res.Waiver != nil {
		what = "and another covers the problem"
	}
	r.remark(NoteExpired, res.Check, e, "the waiver of %s expired at %s %s; owner %s, reason: %s (%s)", problem(res), e.until(), what, e.owner, e.reason, r.set.place(e))
}

func (r *Round) remark(code, check string, e *entry, format string, args ...any) {
	r.remarks = append(r.remarks, remark{check, e.line, report.Note{Code: code, Text: fmt.Sprintf(format, args...)}})
}

// Notes are the remarks on all results that were applied, what is expired first,
// sorted by check. They do not depend on the order of the results.
func (r *Round) Notes() []report.Note {
	r.mu.Lock()
	defer r.mu.Unlock()
	remarks := slices.Clone(r.remarks)
	for i, e := range r.set.entries {
		if !r.asked[i] && !r.now.Before(e.expires) {
			remarks = append(remarks, remark{e.check.text, e.line, report.Note{Code: NoteExpired, Text: fmt.Sprintf(
				"the waiver for %s expired at %s, and no such check ran; owner %s, reason: %s (%s)", e.scope(), e.until(), e.owner, e.reason, r.set.place(&e))}})
		}
		if r.asked[i] && !r.used[i] {
			remarks = append(remarks, remark{e.check.text, e.line, report.Note{Code: NoteUnused, Text: fmt.Sprintf(
				"the waiver for %s covers nothing%s (%s)", e.scope(), e.over(r.now), r.set.place(&e))}})
		}
	}
	order := []string{NoteExpired, NoteOverlap, NoteSoon, NoteWaived, NoteUnused}
	slices.SortFunc(remarks, func(a, b remark) int {
		return cmp.Or(slices.Index(order, a.note.Code)-slices.Index(order, b.note.Code), cmp.Compare(a.check, b.check), a.line-b.line)
	})
	notes := make([]report.Note, 0, len(remarks))
	for _, m := range remarks {
		notes = append(notes, m.note)
	}
	return notes
}

// Unknown tells of the entries that no check of the catalog can ever meet: ids
// are those of all checks, and near returns the ones that look like another.
func (r *Round) Unknown(ids []string, near func(id string) []string) []report.Note {
	var notes []report.Note
	for _, e := range r.set.entries {
		if slices.ContainsFunc(ids, e.check.match) {
			continue
		}
		text := fmt.Sprintf("the waiver for %s covers nothing, as no plugin here has such a check", e.scope())
		if like := near(e.check.text); len(like) > 0 {
			text += "; did you mean " + strings.Join(like, " or ") + "?"
		}
		notes = append(notes, report.Note{Code: NoteUnused, Text: text + " (" + r.set.place(&e) + ")"})
	}
	return notes
}

// problem names a problem for people.
func problem(res *report.Result) string {
	text := fmt.Sprintf("%s (%s", res.Check, *res.Severity)
	if res.Cause != nil {
		text += ", " + *res.Cause
	}
	return text + ")"
}

// scope is what an entry is about, as it is written.
func (e *entry) scope() string {
	text := e.check.text
	if e.cause.text != "" {
		text += ", cause " + e.cause.text
	}
	if e.target.text != "" {
		text += ", target " + e.target.text
	}
	return text
}

// over adds to a sentence that the time of an entry is over.
func (e *entry) over(now time.Time) string {
	if now.Before(e.expires) {
		return ""
	}
	return ", and expired at " + e.until()
}

// days rounds up, so that a waiver with an hour left ends in 1 day.
func days(left time.Duration) string {
	n := int((left + 24*time.Hour - 1) / (24 * time.Hour))
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}
