package report

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// What the formats for documents and machines say in the same words. The text
// for terminals (text.go) is laid out by itself; only this file knows both.

// worstFirst returns the results in the order in which people read them. Of
// alike ones that for which the most others wait comes first.
func worstFirst(r *Report) []Result {
	results, waits := slices.Clone(r.Results), waiters(r)
	slices.SortStableFunc(results, func(x, y Result) int {
		return cmp.Or(urgency(y)-urgency(x), len(waits[y.Check])-len(waits[x.Check]))
	})
	return results
}

// verdict is the verdict in words, a waiver included. It carries the whole
// meaning, so that colour need not.
func verdict(r *Result) string {
	if r.Waiver != nil {
		return label(r) + " (waived)"
	}
	return label(r)
}

// state is the verdict as one lower-case word: a severity or unjudged.
func state(r *Result) string {
	if r.Severity == nil {
		return stateUnjudged
	}
	return string(*r.Severity)
}

const stateUnjudged = "unjudged"

// reason is the shortest word for why: the cause, the outcome of a check that
// could not judge, or the reason of a skip.
func reason(r *Result) string {
	switch {
	case r.Severity == nil:
		return r.Outcome
	case r.Cause != nil:
		return *r.Cause
	case r.SkipReason != nil:
		return *r.SkipReason
	}
	return ""
}

// isProblem holds for what somebody should look into: fail, warn and what could
// not be judged.
func isProblem(r *Result) bool { return r.Severity == nil || r.Severity.Rank() >= wire.Warn.Rank() }

// counts is the summary in one sentence without a line feed.
func counts(r *Report) string { return summaryLine(r, waiting(r)) }

// oneLine is Escape without space around it.
func oneLine(s string) string { return strings.TrimSpace(Escape(s)) }

// escapeLines is Escape for text of several lines, such as a command.
func escapeLines(s string) string {
	lines := strings.Split(strings.TrimRight(s, "\r\n"), "\n")
	for i, line := range lines {
		lines[i] = Escape(strings.TrimSuffix(line, "\r"))
	}
	return strings.Join(lines, "\n")
}

// seconds writes milliseconds as seconds.
func seconds(ms int64) string { return strconv.FormatFloat(float64(ms)/1000, 'f', -1, 64) }

// waiverText tells a waiver in one phrase.
func waiverText(w *Waiver) string {
	return fmt.Sprintf("%s (owner %s, until %s)", oneLine(w.Reason), oneLine(w.Owner), oneLine(w.Expires))
}

// StepGroup is the steps of one runtime, in their order.
type StepGroup struct {
	Runtime string
	Title   string // such as "fix with Docker Compose"
	Steps   []wire.Step
}

// StepGroups sorts steps by runtime, in printing order. A runtime limits them to
// its own and to those for any, unless it has none; empty takes all.
func StepGroups(steps []wire.Step, runtime string) []StepGroup {
	if !slices.ContainsFunc(steps, func(s wire.Step) bool { return s.Runtime == runtime }) {
		runtime = "" // better the steps for another place than none
	}
	var groups []StepGroup
	for _, t := range runtimeTitles {
		if runtime != "" && t.runtime != runtime && t.runtime != wire.RuntimeAny {
			continue
		}
		g := StepGroup{Runtime: t.runtime, Title: t.title}
		for _, s := range steps {
			if s.Runtime == t.runtime {
				g.Steps = append(g.Steps, s)
			}
		}
		if len(g.Steps) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// StepMarks says what a step does and how: "write, by hand".
func StepMarks(s *wire.Step) string {
	if s.Manual {
		return oneLine(s.Effect) + ", by hand"
	}
	return oneLine(s.Effect)
}

// fact is one piece of evidence, ready to print.
type fact struct{ name, value string }

// facts returns the evidence in the order of its names.
func facts(e wire.Evidence) []fact {
	out := make([]fact, 0, len(e))
	for name, value := range e {
		out = append(out, fact{oneLine(name), Escape(valueText(value))})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].name < out[j].name })
	return out
}

// prose tells one result in lines of plain text, for formats that hold text but
// no form. The diagnosis is not repeated.
func prose(r *Result) string {
	var b strings.Builder
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, oneLine(text))
		}
	}
	if r.Waiver != nil {
		line("waived", waiverText(r.Waiver))
	}
	line("question", r.Question)
	if r.Severity == nil {
		line("outcome", r.Outcome)
	}
	line("hint", r.Hint)
	if r.Cause != nil {
		line("cause", *r.Cause)
	}
	for _, f := range facts(r.Evidence) {
		line(f.name, f.value)
	}
	for i, c := range r.LikelyCauses {
		line(fmt.Sprintf("likely cause %d", i+1), c)
	}
	if r.Remediation != nil {
		line("remedy", r.Remediation.Summary)
		proseSteps(&b, r.Remediation)
		line("runbook", r.Remediation.RunbookURL)
	}
	line("verify", r.Verification)
	return b.String()
}

func proseSteps(b *strings.Builder, r *Remediation) {
	for _, g := range StepGroups(r.Steps, "") {
		fmt.Fprintf(b, "%s:\n", g.Title)
		for _, s := range g.Steps {
			fmt.Fprintf(b, "  %d. %s (%s)\n", s.Order, oneLine(s.Description), StepMarks(&s))
			if s.Command != "" {
				fmt.Fprintf(b, "     $ %s\n", strings.ReplaceAll(escapeLines(s.Command), "\n", "\n       "))
			}
			if s.Safety != "" {
				fmt.Fprintf(b, "     mind: %s\n", oneLine(s.Safety))
			}
			if s.Backup != "" {
				fmt.Fprintf(b, "     backup: %s\n", oneLine(s.Backup))
			}
		}
	}
}
