package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// changeKinds are the kinds in reading order, each with its label and what the
// last line says of one and of several.
var changeKinds = []struct{ kind, label, one, many string }{
	{ChangeNew, "NEW", "1 new problem", "%d new problems"},
	{ChangeWorse, "WORSE", "1 problem got worse", "%d problems got worse"},
	{ChangeUnjudged, "UNJUDGED", "1 check cannot be judged any longer", "%d checks cannot be judged any longer"},
	{ChangeCause, "CAUSE", "1 problem has another cause", "%d problems have another cause"},
	{ChangeStill, "STILL", "1 problem is still there", "%d problems are still there"},
	{ChangeWaived, "WAIVED", "1 problem is waived", "%d problems are waived"},
	{ChangeBetter, "BETTER", "1 problem got better", "%d problems got better"},
	{ChangeFixed, "FIXED", "1 problem was fixed", "%d problems were fixed"},
	{ChangeSkipped, "SKIPPED", "1 check is no longer asked", "%d checks are no longer asked"},
	{ChangeRemoved, "REMOVED", "1 check is gone", "%d checks are gone"},
	{ChangeAdded, "ADDED", "1 check was added", "%d checks were added"},
	{ChangeChanged, "CHANGED", "1 check has another verdict", "%d checks have another verdict"},
	{ChangeEvidence, "FACTS", "1 check has other facts", "%d checks have other facts"},
}

// WriteComparisonText writes the comparison for people: what is new first, then
// one line that sums up.
func WriteComparisonText(w io.Writer, c *Comparison) error {
	var b strings.Builder
	for _, k := range changeKinds {
		for _, ch := range c.Changes {
			if ch.Kind == k.kind {
				writeChange(&b, k.label, ch)
			}
		}
	}
	for _, p := range c.Plugins {
		fmt.Fprintf(&b, "plugin %s: %s -> %s\n", Escape(p.ID), Escape(fileText(p.Old)), Escape(fileText(p.New)))
	}
	for _, n := range c.Notes {
		fmt.Fprintf(&b, "note: %s\n", Escape(n.Text))
	}
	fmt.Fprintf(&b, "%s\n", c.sentence())
	_, err := io.WriteString(w, b.String())
	return err
}

func writeChange(b *strings.Builder, label string, ch Change) {
	fmt.Fprintf(b, "%-8s  %s  %s\n", label, Escape(ch.Check), Escape(ch.Name))
	line := func(text string) { fmt.Fprintf(b, "          %s\n", Escape(text)) }
	line(ch.verdicts())
	if s := ch.New; s != nil && s.Diagnosis != "" {
		line(s.Diagnosis)
	}
	if s := ch.New; s != nil && s.Waiver != nil {
		line("waived: " + waiverText(s.Waiver))
	}
	for _, d := range ch.Evidence {
		line(fmt.Sprintf("%s: %s -> %s", d.Key, valueText(d.Old), valueText(d.New)))
	}
	b.WriteByte('\n')
}

// verdicts is both verdicts, or the one that they are.
func (ch Change) verdicts() string {
	was, is := ch.Old.text(), ch.New.text()
	if was == is {
		return is
	}
	return was + " -> " + is
}

// text is a verdict and its reason.
func (s *State) text() string {
	if s == nil {
		return "not there"
	}
	text := "unjudged (" + s.Outcome + ")"
	if s.Severity != nil {
		text = string(*s.Severity)
		if s.Cause != nil {
			text += " (" + *s.Cause + ")"
		} else if s.SkipReason != nil {
			text += " (" + *s.SkipReason + ")"
		}
	}
	if s.Waiver != nil {
		text += ", waived"
	}
	return text
}

// fileText names the file of a plugin.
func fileText(p PluginRef) string { return strings.TrimSpace(p.Version + " " + p.Digest) }

// quiet holds where no check and no plugin changed.
func (c *Comparison) quiet() bool {
	return len(c.Plugins) == 0 && !slices.ContainsFunc(c.Changes, func(ch Change) bool {
		return ch.Kind != ChangeStill && (ch.Kind != ChangeWaived || ch.Old.text() != ch.New.text()) || len(ch.Evidence) > 0
	})
}

// sentence sums up: calm where nothing changed, counts otherwise.
func (c *Comparison) sentence() string {
	var parts []string
	for _, k := range changeKinds {
		switch n := *c.Summary.counter(k.kind); n {
		case 0:
		case 1:
			parts = append(parts, k.one)
		default:
			parts = append(parts, fmt.Sprintf(k.many, n))
		}
	}
	counts := strings.Join(parts, ", ")
	switch {
	case c.Old.Checks+c.New.Checks == 0:
		return "nothing to compare: neither report holds a result"
	case c.quiet() && counts == "" && c.New.Checks == 1:
		return "nothing changed: the check is as it was"
	case c.quiet() && counts == "":
		return fmt.Sprintf("nothing changed: %d checks are as they were", c.New.Checks)
	case c.quiet():
		return "nothing changed: " + counts
	case counts == "":
		return "no check changed"
	case c.Summary.Same > 0:
		return fmt.Sprintf("%s, %d unchanged", counts, c.Summary.Same)
	}
	return counts
}
