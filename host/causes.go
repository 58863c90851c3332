package host

import (
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// Causes returns the ids of all causes that checks of the catalog declare,
// sorted, each once.
func (h *Host) Causes() []string {
	var ids []string
	for _, e := range h.catalog.checks {
		if x := e.info.Explain; x != nil {
			for _, c := range x.Causes {
				ids = append(ids, c.ID)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Reporting returns the checks that declare the cause, sorted by id.
//
// It returns an *UnknownError when none does. Its suggestions are causes and
// checks: who asks for a cause may have meant either.
func (h *Host) Reporting(cause string) ([]Check, error) {
	var out []Check
	for _, e := range h.catalog.checks {
		if x := e.info.Explain; x != nil && slices.ContainsFunc(x.Causes, func(c wire.CauseInfo) bool { return c.ID == cause }) {
			out = append(out, e.describe())
		}
	}
	if out == nil {
		return nil, h.catalog.unknownCause(cause, h.Causes())
	}
	return out, nil
}

// unknownCause says that cause is neither; an older check id is named as such.
func (c *catalog) unknownCause(cause string, causes []string) *UnknownError {
	e := c.unknown(cause)
	known := causes
	for _, entry := range c.checks {
		known = append(known, entry.info.ID)
	}
	e.Kind, e.Suggestions = "check or cause", Nearest(cause, known)
	return e
}
