package host

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// graph makes the checks of a run: "a", or "a<b,c" for one that depends on
// others. They come sorted, as a catalog has them.
func graph(text string) []checkEntry {
	var entries []checkEntry
	for _, word := range strings.Fields(text) {
		id, after, _ := strings.Cut(word, "<")
		info := &wire.CheckInfo{ID: id}
		if after != "" {
			info.DependsOn = strings.Split(after, ",")
		}
		entries = append(entries, checkEntry{info, nil})
	}
	return entries
}

// TestOrder holds who waits for whom, and that there is no circle left.
func TestOrder(t *testing.T) {
	for name, c := range map[string]struct {
		checks, want string
		circles      int
		// rest are the checks of the catalog that the run leaves out.
		rest string
	}{
		"none":                 {"a b", "", 0, ""},
		"chain":                {"a b<a c<b", "b<a c<b", 0, ""},
		"against the ids":      {"a<b b<c c", "a<b b<c", 0, ""},
		"diamond":              {"a b<a c<a d<b,c", "b<a c<a d<b,c", 0, ""},
		"not in the run":       {"b<a,zz c<b", "c<b", 0, ""},
		"not through others":   {"a c<b", "", 0, ""},
		"two in a circle":      {"a<b b<a", "a<b", 1, ""},
		"circle with a tail":   {"a<b b<c c<b,d d e<c", "a<b b<c c<d e<c", 1, ""},
		"two circles, shared":  {"a<b,c b<a c<a", "a<b,c", 2, ""},
		"itself":               {"a<a", "", 1, ""},
		"through one left out": {"a c<b", "c<a", 0, "b<a"},
		"through two":          {"a d<c", "d<a", 0, "b<a c<b"},
		"by several ways":      {"a e<b,c,d z", "e<a,z", 0, "b<a c<a,z d<b,c"},
		"left out and not":     {"a c<b,a", "c<a", 0, "b<a"},
		"to one left out":      {"a c<b", "", 0, "b<zz"},
		"circle left out":      {"a d<b", "d<a", 0, "b<c c<b,a"},
		"back to itself":       {"a<b", "", 0, "b<a"},
		"circle by one out":    {"a<b c<a", "a<c", 1, "b<c"},
	} {
		t.Run(name, func(t *testing.T) {
			entries := graph(c.checks)
			o := newOrder(entries, slices.Concat(entries, graph(c.rest)), false)
			var got []string
			for i, e := range entries {
				if ids := o.ids(i); len(ids) > 0 {
					got = append(got, e.info.ID+"<"+strings.Join(ids, ","))
				}
			}
			if text := strings.Join(got, " "); text != c.want {
				t.Errorf("got %s, want %s", text, c.want)
			}
			if notes := o.notes(); len(notes) != c.circles || len(notes) > 0 && notes[0].Code != "order_circle" {
				t.Errorf("notes %v", notes)
			}
			if none := newOrder(entries, entries, true); fmt.Sprint(none.after) != fmt.Sprint(make([][]int, len(entries))) || none.notes() != nil {
				t.Errorf("without dependencies there is an order: %v", none.after)
			}
		})
	}
}

// TestOrderOfManyChecks: a chain as long as a large catalog is walked, from its
// wrong end.
func TestOrderOfManyChecks(t *testing.T) {
	const n = 20_000
	entries := make([]checkEntry, n)
	for i := range entries {
		entries[i] = checkEntry{&wire.CheckInfo{ID: fmt.Sprintf("c%05d", i), DependsOn: []string{fmt.Sprintf("c%05d", i+1)}}, nil}
	}
	o := newOrder(entries, entries, false)
	if len(o.after[0]) != 1 || o.after[0][0] != 1 || len(o.after[n-1]) != 0 || o.cut != nil {
		t.Errorf("the first waits for %v, the last for %v", o.after[0], o.after[n-1])
	}
}

// TestRoots holds which results of prerequisites keep a check from running, and
// what it says of them.
func TestRoots(t *testing.T) {
	result := func(id string, s wire.Severity, blockedBy ...string) *report.Result {
		return &report.Result{Check: id, Outcome: report.Judged, Severity: &s, BlockedBy: blockedBy}
	}
	reason, cause := wire.SkipPrerequisite, "tcp.refused"
	said := result("said", wire.Skip)
	said.SkipReason = &reason
	waived := result("waived", wire.Fail)
	waived.Waiver, waived.Cause = &report.Waiver{}, &cause
	for name, c := range map[string]struct {
		before []*report.Result
		want   string
	}{
		"none":                        {nil, ""},
		"well, warned, skipped":       {[]*report.Result{result("a", wire.Pass), result("b", wire.Info), result("c", wire.Warn), result("d", wire.Skip)}, ""},
		"not judged":                  {[]*report.Result{{Check: "a", Outcome: report.Timeout}}, ""},
		"a guest's own prerequisite":  {[]*report.Result{said}, ""},
		"failed":                      {[]*report.Result{result("a", wire.Pass), result("b", wire.Fail)}, "b"},
		"failed, waived":              {[]*report.Result{waived}, "waived"},
		"kept from running":           {[]*report.Result{result("b", wire.Skip, "a")}, "a"},
		"several, by several ways":    {[]*report.Result{result("z", wire.Skip, "a", "c"), result("c", wire.Fail), result("b", wire.Skip, "a")}, "a c"},
		"failed beside kept from run": {[]*report.Result{result("b", wire.Fail), result("c", wire.Skip, "a")}, "a b"},
	} {
		if got := strings.Join(roots(c.before), " "); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	few := []*report.Result{waived, result("b", wire.Fail)}
	for _, c := range []struct {
		failures []*report.Result
		want     string
	}{
		{few[:1], "nothing was asked: it needs waived (tcp.refused), which failed"},
		{few, "nothing was asked: checks that it needs failed: waived (tcp.refused), b"},
		{append(few, few...), "nothing was asked: checks that it needs failed: waived (tcp.refused), b, waived (tcp.refused) and 1 more"},
	} {
		if got := blockedText(c.failures); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
