package main

import (
	"strings"

	"stella-ops.org/doctor/host"
)

// selectChecks returns the checks that sel selects, and tells of every part of
// it that matches nothing.
func selectChecks(s *streams, h *host.Host, sel host.Selection) ([]host.Check, error) {
	checks, err := h.Checks(sel)
	if err != nil || len(h.Plugins()) == 0 {
		return checks, err
	}
	for _, u := range h.Unmatched(sel) {
		notice(s, unmatchedText(u))
	}
	if len(checks) == 0 {
		notice(s, "the selection matches no check")
	}
	return checks, nil
}

// noPlugin says why there is no check at all.
func noPlugin(h *host.Host, to string) error {
	if refused := h.Refused(); len(refused) > 0 {
		return refused[0]
	}
	return usagef(noPluginHint, "there is no plugin and so no check to %s", to)
}

func unmatchedText(u host.Unmatched) string {
	text := "no check has the " + u.Kind + " " + u.Value
	switch {
	case u.Slow:
		return "the pattern " + u.Value + " matches only checks tagged slow; --full takes them"
	case u.Kind == "pattern":
		text = "the pattern " + u.Value + " matches no check"
	}
	if len(u.Suggestions) > 0 {
		text += "; did you mean " + strings.Join(u.Suggestions, " or ") + "?"
	}
	return text
}
