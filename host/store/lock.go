package store

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"stella-ops.org/doctor/host/access"
)

// Schema names the form of the lock. A lock of a later one is refused.
const Schema = "stellaops.doctor.lock/v1"

// LockName is the name of the file, wherever it is kept.
const LockName = "doctor.lock"

// Bounds of a lock.
const (
	MaxLock    = 8 << 20 // bytes
	MaxPlugins = 4096

	maxAccess   = 2048
	maxSettings = 8192
	maxSigners  = 16
	maxSeen     = 4 * MaxPlugins
	maxSeenOf   = 16   // of one plugin, the highest versions
	maxText     = 1000 // bytes of a name, a reason, an approver
	maxKey      = 512
)

// Engines. A plugin is interpreted unless its approval says otherwise.
const (
	Interpreter = "interpreter"
	Compiler    = "compiler"
)

// Lock is the document: which plugins may run here, and what each may do. It is
// immutable.
type Lock struct {
	// Entries are sorted by id, each once.
	Entries []Entry
	// Seen are releases that were here and that no entry names any more, sorted by id
	// and version: what was published once comes back neither older nor in other
	// bytes without a word, even after the plugin was removed.
	Seen []Seen
}

// Seen is a release that was here.
type Seen struct{ ID, Version, Digest string }

// Entry is one plugin.
type Entry struct {
	ID string
	Approved
	// Hold says why no other version may take its place; empty for no hold.
	Hold string
	// Pending is a version that waits for its approval; nil for none.
	Pending *Pending
	// Previous is what ran before; nil for nothing.
	Previous *Approved
}

// Release is one file of a plugin.
type Release struct {
	Version string
	Digest  string // sha256:<hex> of the whole file
	Bytes   int64
	// Signers are those whose signatures counted, sorted by name. Unsigned says
	// that there were none and that an operator let it in all the same.
	Signers  []Signer
	Unsigned bool
	// UnsignedBy is that operator; empty when nobody said.
	UnsignedBy string
	// Vet is the digest of the report of its vetting; empty for none.
	Vet string
}

// Signer is a key of the operator's trust file.
type Signer struct {
	Name string `json:"name"`
	Key  string `json:"key"` // sha256:<hex> of its public key
}

// Approved is a release with what was approved for it.
type Approved struct {
	Release
	access.Scope
	Engine  string
	By      string
	At      time.Time
	Expires time.Time // zero for never
}

// Pending is a release that waits.
type Pending struct {
	Release
	Since time.Time
}

// Find returns the entry of a plugin; nil where it has none.
func (l *Lock) Find(id string) *Entry {
	i, found := l.search(id)
	if !found {
		return nil
	}
	return &l.Entries[i]
}

// IDs are the plugins that it names.
func (l *Lock) IDs() []string {
	var ids []string
	for i := range l.Entries {
		ids = append(ids, l.Entries[i].ID)
	}
	return ids
}

// Holds says whether a file is the one that runs as some plugin.
func (l *Lock) Holds(digest string) *Entry {
	i := slices.IndexFunc(l.Entries, func(e Entry) bool { return e.Digest == digest })
	if i < 0 {
		return nil
	}
	return &l.Entries[i]
}

func (l *Lock) search(id string) (int, bool) {
	return slices.BinarySearchFunc(l.Entries, id, func(e Entry, id string) int { return strings.Compare(e.ID, id) })
}

// with returns a lock in which e takes the place of the entry of its id; nil
// takes it away.
func (l *Lock) with(id string, e *Entry) *Lock {
	i, found := l.search(id)
	entries := slices.Clone(l.Entries)
	switch {
	case found && e == nil:
		entries = slices.Delete(entries, i, i+1)
	case found:
		entries[i] = *e
	case e != nil:
		entries = slices.Insert(entries, i, *e)
	}
	return &Lock{Entries: entries, Seen: l.seenWith(id, e)}
}

// seenWith is what was seen when e takes the place of the entry of its id: also what
// that entry names and e does not.
func (l *Lock) seenWith(id string, e *Entry) []Seen {
	var others, own []Seen
	for _, s := range l.Seen {
		if s.ID == id {
			own = append(own, s)
		} else {
			others = append(others, s)
		}
	}
	if before := l.Find(id); before != nil {
		own = append(own, before.releases()...)
	}
	if e != nil {
		named := e.releases()
		own = slices.DeleteFunc(own, func(s Seen) bool { return slices.Contains(named, s) })
	}
	slices.SortFunc(own, compareSeen)
	own = slices.Compact(own)
	own = own[max(0, len(own)-maxSeenOf):]
	all := append(others, own...)
	slices.SortFunc(all, compareSeen)
	return l.bounded(all, id)
}

// bounded takes away what a lock has no room for: first lower versions of every
// plugin but the one that changes now, then plugins that are not installed. A lock
// that is full must not keep anything from being changed.
func (l *Lock) bounded(all []Seen, changing string) []Seen {
	for most := maxSeenOf - 1; len(all) > maxSeen && most > 0; most-- {
		var kept []Seen
		for i, s := range all {
			if s.ID == changing || i+most >= len(all) || all[i+most].ID != s.ID {
				kept = append(kept, s)
			}
		}
		all = kept
	}
	over := len(all) - maxSeen
	return slices.DeleteFunc(all, func(s Seen) bool {
		if over <= 0 || s.ID == changing || l.Find(s.ID) != nil {
			return false
		}
		over--
		return true
	})
}

// releases are what an entry names.
func (e *Entry) releases() []Seen {
	all := []Seen{{e.ID, e.Version, e.Digest}}
	if e.Pending != nil {
		all = append(all, Seen{e.ID, e.Pending.Version, e.Pending.Digest})
	}
	if e.Previous != nil {
		all = append(all, Seen{e.ID, e.Previous.Version, e.Previous.Digest})
	}
	return all
}

// compareSeen orders by id, then by version, and has one order for all.
func compareSeen(a, b Seen) int {
	return cmp.Or(strings.Compare(a.ID, b.ID), compareVersions(a.Version, b.Version), strings.Compare(a.Version, b.Version), strings.Compare(a.Digest, b.Digest))
}

// digests are the files that the lock names.
func (l *Lock) digests() map[string]bool {
	all := map[string]bool{}
	for _, e := range l.Entries {
		all[e.Digest] = true
		if e.Pending != nil {
			all[e.Pending.Digest] = true
		}
		if e.Previous != nil {
			all[e.Previous.Digest] = true
		}
	}
	return all
}

// Expired says whether the approval counts no more.
func (a *Approved) Expired(now time.Time) bool { return !a.Expires.IsZero() && !now.Before(a.Expires) }

// Error tells why a lock, or an approval file, cannot be used.
type Error struct {
	// What kind of file it is; a lock when empty.
	What string
	// File is its name.
	File string
	// Line counts from 1; zero when no line is at fault.
	Line int
	// Problem is a lower-case clause, Hint what to do about it; it may be empty.
	Problem, Hint string
}

func (e *Error) Error() string {
	text := e.Problem
	if e.Line > 0 {
		text = fmt.Sprintf("line %d: %s", e.Line, text)
	}
	return cmp.Or(e.What, "lock") + " " + e.File + ": " + text
}
