package host

import (
	"fmt"
	"slices"
	"strings"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// order says which checks of a run wait for which others.
type order struct {
	entries []checkEntry
	at      map[string]int // number of a check in the run, by id
	// beyond is depends_on of the checks of the catalog that are not in the run.
	beyond map[string][]string
	// after holds, for each check, the numbers of those that it waits for.
	after [][]int
	// cut are the dependencies that count for nothing because they close a
	// circle: the check and the one that it would wait for.
	cut [][2]string
}

// newOrder reads depends_on of the checks of a run. What is not in the run is not
// waited for, but what it depends on in its turn: that a link of the chain was not
// asked for makes no check independent of the chain's beginning. A check that no
// plugin here has holds nobody up.
//
// Only checks of several plugins can wait for each other in a circle: within one
// plugin it is refused. Refusing here would let one plugin keep another from
// running, so a circle is cut: the dependency that closes it, walking in the
// order of ids, counts for nothing.
func newOrder(entries, catalog []checkEntry, noDeps bool) *order {
	o := &order{entries: entries, at: make(map[string]int, len(entries)), beyond: map[string][]string{}, after: make([][]int, len(entries))}
	if noDeps {
		return o
	}
	for i, e := range entries {
		o.at[e.info.ID] = i
	}
	for _, e := range catalog {
		if _, here := o.at[e.info.ID]; !here {
			o.beyond[e.info.ID] = e.info.DependsOn
		}
	}
	state := make([]walkState, len(entries))
	for i := range entries {
		o.walk(i, state)
	}
	return o
}

// walkState tells how far the walk from a check has come.
type walkState uint8

const (
	walkAhead walkState = iota
	walkBegun
	walkDone
)

// walk fills after for a check and all that it waits for.
func (o *order) walk(i int, state []walkState) {
	if state[i] != walkAhead {
		return
	}
	state[i] = walkBegun
	for _, n := range o.needs(i) {
		if state[n] == walkBegun {
			o.cut = append(o.cut, [2]string{o.entries[i].info.ID, o.entries[n].info.ID})
			continue
		}
		o.walk(n, state)
		o.after[i] = append(o.after[i], n)
	}
	state[i] = walkDone
}

// needs are the numbers of the checks of the run that check i depends on, each
// once: those that it names, and past one that is not in the run those that this
// one names. That it comes back to itself there is no circle of the run.
func (o *order) needs(i int) []int {
	var found []int
	self := o.entries[i].info.ID
	ahead, seen := slices.Clone(o.entries[i].info.DependsOn), map[string]bool{}
	for direct := len(ahead); len(ahead) > 0; direct-- {
		id := ahead[0]
		ahead = ahead[1:]
		n, here := o.at[id]
		switch {
		case seen[id], id == self && direct <= 0:
		case here:
			found = append(found, n)
		default:
			ahead = append(ahead, o.beyond[id]...)
		}
		seen[id] = true
	}
	return found
}

// ids are the checks that check i waits for, sorted.
func (o *order) ids(i int) []string {
	ids := make([]string, 0, len(o.after[i]))
	for _, n := range o.after[i] {
		ids = append(ids, o.entries[n].info.ID)
	}
	slices.Sort(ids)
	return ids
}

// notes tell of circles that were cut.
func (o *order) notes() []report.Note {
	var notes []report.Note
	for _, c := range o.cut {
		notes = append(notes, report.Note{Code: "order_circle",
			Text: fmt.Sprintf("checks wait for each other in a circle: %s does not wait for %s, which waits for it already", c[0], c[1])})
	}
	return notes
}

// roots are the failures that keep a check from running: those among the results
// of its prerequisites, and for one of these that was kept from running in its
// turn, those that kept it. A prerequisite that warns, was skipped for another
// reason or could not be judged keeps nobody; a failure that a waiver covers is a
// failure. The ids are sorted, each once.
func roots(prerequisites []*report.Result) []string {
	var ids []string
	for _, r := range prerequisites {
		switch {
		case failed(r):
			ids = append(ids, r.Check)
		case isBlocked(r):
			ids = append(ids, r.BlockedBy...)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func failed(r *report.Result) bool { return r.Severity != nil && *r.Severity == wire.Fail }

// isBlocked tells a check that was kept from running by the failure of others. A
// guest may skip for the same reason, on account of something else than a check.
func isBlocked(r *report.Result) bool { return len(r.BlockedBy) > 0 }

// blockedText names the failures behind a check that was not run. A long list is
// whole in blocked_by.
func blockedText(failures []*report.Result) string {
	const most = 3
	var names []string
	for _, r := range failures[:min(len(failures), most)] {
		name := r.Check
		if r.Cause != nil {
			name += " (" + *r.Cause + ")"
		}
		names = append(names, name)
	}
	if len(failures) == 1 {
		return "nothing was asked: it needs " + names[0] + ", which failed"
	}
	text := "nothing was asked: checks that it needs failed: " + strings.Join(names, ", ")
	if n := len(failures) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}
