package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// A check that was kept from running waits for the failures that kept it. It is
// no problem of its own: what to do about it is to do away with those.

// isWaiting holds for a check that was not run because others failed.
func isWaiting(r *Result) bool {
	return r.Severity != nil && *r.Severity == wire.Skip && len(r.BlockedBy) > 0
}

// waiters are the checks that wait for another, by its id; each list is in the
// order of ids. Checks that are not shown wait too.
func waiters(r *Report) map[string][]string {
	m := map[string][]string{}
	for i := range r.all() {
		res := &r.all()[i]
		if !isWaiting(res) {
			continue
		}
		for _, id := range res.BlockedBy {
			m[id] = append(m[id], res.Check)
		}
	}
	return m
}

// waiting is how many checks wait for any other.
func waiting(r *Report) int {
	n := 0
	for i := range r.all() {
		if isWaiting(&r.all()[i]) {
			n++
		}
	}
	return n
}

// waitText says how many checks wait, and for what; it names the one problem that
// a sentence is about. Empty when none waits.
func waitText(r *Report, it string) string {
	n := waiting(r)
	if n == 0 {
		return ""
	}
	waits := waiters(r)
	ids := slices.SortedFunc(maps.Keys(waits), func(a, b string) int {
		return cmp.Or(len(waits[b])-len(waits[a]), strings.Compare(a, b))
	})
	if len(ids) == 1 && ids[0] == it {
		return waitCount(n) + " on it"
	}
	return waitCount(n) + " on " + listed(ids)
}

func waitCount(n int) string {
	if n == 1 {
		return "1 check waits"
	}
	return fmt.Sprintf("%d checks wait", n)
}

// listed names the first of several checks and counts the others.
func listed(ids []string) string {
	const most = 3
	if n := len(ids) - most; n > 0 {
		return strings.Join(ids[:most], ", ") + fmt.Sprintf(" and %d more", n)
	}
	return strings.Join(ids, ", ")
}
