package host

import (
	"slices"
	"strings"

	"stella-ops.org/doctor/host/glob"
)

// Unmatched is a part of a selection that takes no check of the catalog
// whatever the other parts say: most likely it is mistyped.
type Unmatched struct {
	Kind  string // pattern, category or tag
	Value string
	// Suggestions are values that look like it, the nearest first, at most three.
	Suggestions []string
	// Slow says that the pattern does match, but only checks tagged slow, which
	// Selection.Full takes.
	Slow bool
}

// Unmatched returns the parts of sel that match nothing, in the order patterns,
// categories, tags. What is unknown or malformed is for Checks to say.
func (h *Host) Unmatched(sel Selection) []Unmatched {
	s, err := h.catalog.selector(sel)
	if err != nil || len(h.catalog.checks) == 0 {
		return nil
	}
	var out []Unmatched
	for _, p := range s.globs {
		if u, ok := h.catalog.unmatchedPattern(s, p); ok {
			out = append(out, u)
		}
	}
	for _, p := range s.notGlob {
		if !slices.ContainsFunc(h.catalog.checks, func(e checkEntry) bool { return p.Match(e.info.ID) }) {
			out = append(out, Unmatched{Kind: "pattern", Value: "!" + p.String(), Suggestions: []string{}})
		}
	}
	out = append(out, h.catalog.unmatchedValues("category", sel.Categories, func(e checkEntry) []string { return []string{e.category()} })...)
	return append(out, h.catalog.unmatchedValues("tag", sel.Tags, func(e checkEntry) []string { return e.info.Tags })...)
}

// unmatchedPattern reports a pattern without ! that takes nothing.
func (c *catalog) unmatchedPattern(s *selector, p glob.Pattern) (Unmatched, bool) {
	u := Unmatched{Kind: "pattern", Value: p.String(), Suggestions: []string{}}
	for _, e := range c.checks {
		if !p.Match(e.info.ID) {
			continue
		}
		if !s.leavesOut(e) {
			return Unmatched{}, false
		}
		u.Slow = true
	}
	return u, true
}

// unmatchedValues reports the values that no check has.
func (c *catalog) unmatchedValues(kind string, values []string, of func(checkEntry) []string) []Unmatched {
	if len(values) == 0 {
		return nil
	}
	has := map[string]bool{}
	var known []string
	for _, e := range c.checks {
		for _, v := range of(e) {
			if !has[v] {
				has[v] = true
				known = append(known, v)
			}
		}
	}
	slices.SortFunc(known, strings.Compare)
	var out []Unmatched
	for _, v := range values {
		if !has[v] {
			out = append(out, Unmatched{Kind: kind, Value: v, Suggestions: Nearest(v, known)})
		}
	}
	return out
}
