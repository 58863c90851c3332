package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/fix"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

var runtimeTitle = map[string]string{
	wire.RuntimeCompose: "Docker Compose", wire.RuntimeSystemd: "systemd", wire.RuntimeKubernetes: "Kubernetes", wire.RuntimeAny: "any runtime",
}

// decisionText is what a dry run says of a decision.
var decisionText = map[fix.Decision]string{
	fix.Run: "would run", fix.Edit: "would edit", fix.Verify: "left out", fix.Manual: "by hand",
	fix.Destructive: "never run", fix.Open: "left open", fix.Waits: "held back",
}

var outcomeText = map[string]string{
	stepDone: "done", stepFailed: "FAILED", stepInterrupted: "INTERRUPTED", stepNotRun: "not run",
}

// text writes the document for people.
func (d *fixDocument) text(w io.Writer) error {
	t := sheet{w}
	for i := range d.Problems {
		d.problem(t, &d.Problems[i])
		fmt.Fprintln(w)
	}
	for _, note := range d.Notes {
		t.line(0, "note: "+note)
	}
	t.line(0, d.closing())
	return nil
}

func (d *fixDocument) problem(t sheet, p *fixProblem) {
	t.line(0, fmt.Sprintf("%-8s  %s  %s", strings.ToUpper(p.Outcome), p.Check, p.Name))
	before := stateText(&p.Before)
	if d.Applied {
		before = "before: " + before
	}
	t.line(2, before)
	if p.After != nil {
		t.line(2, "after:  "+stateText(p.After))
	}
	if p.Note != "" {
		t.line(2, p.Note)
	}
	if p.Summary != "" && !d.Applied {
		t.line(2, "remedy: "+p.Summary)
	}
	for i := range p.Plans {
		d.plan(t, &p.Plans[i])
	}
}

func (d *fixDocument) plan(t sheet, p *fixPlan) {
	title := runtimeTitle[p.Runtime]
	if d.source != "" {
		title += " (" + d.source + ")"
	}
	t.line(2, title+":")
	if len(p.Steps) == 0 {
		t.line(4, "there are no steps for it")
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		if d.Applied {
			s.result(t)
		} else {
			s.prospect(t)
		}
	}
}

// prospect writes what would become of a step.
func (s *fixStep) prospect(t sheet) {
	t.line(4, fmt.Sprintf("%d. %s: %s (%s)", s.Order, decisionText[s.Decision], s.Description, report.StepMarks(&s.Step.Step)))
	if s.Command != "" {
		t.line(7, "$ "+s.Command)
	}
	s.reasons(t)
	for _, f := range s.Filled {
		text := "<" + f.Name + "> is " + f.Value
		if f.Evidence != "" {
			text += ", from the evidence (" + f.Evidence + "): the server said so; --yes takes it only from " + valueFlag(f)
		}
		t.line(7, text)
	}
	for _, n := range stepNotes(s.Step.Step) {
		t.line(7, n.name+": "+n.text)
	}
	s.diff(t)
}

// result writes what became of a step.
func (s *fixStep) result(t sheet) {
	word := outcomeText[s.Outcome]
	if s.Outcome == stepNotRun && s.Decision != fix.Run && s.Decision != fix.Edit {
		word = decisionText[s.Decision]
	}
	t.line(4, fmt.Sprintf("%d. %s: %s (%s)", s.Order, word, s.Description, report.StepMarks(&s.Step.Step)))
	if s.Problem != "" {
		t.line(7, s.Problem)
	}
	if s.Outcome == stepNotRun && s.Decision != fix.Verify {
		if s.Command != "" {
			t.line(7, "$ "+s.Command)
		}
		s.reasons(t)
	}
	s.diff(t)
	for _, k := range s.Kept {
		t.line(7, "the file as it was: "+k)
	}
}

// reasons says why a step is left out, and what would change that.
func (s *fixStep) reasons(t sheet) {
	if s.Why != "" && s.Decision != fix.Manual {
		t.line(7, s.Why)
	}
	offered := map[string]bool{}
	for _, f := range s.Offers {
		offered[f.Name] = true
		t.line(7, "give it with "+valueFlag(f)+", which the server said ("+f.Evidence+")")
	}
	for _, name := range s.Open {
		if !offered[name] {
			t.line(7, "give it with --value "+name+"=VALUE")
		}
	}
}

func valueFlag(f fix.Filled) string { return host.Command("--value", f.Name+"="+f.Value) }

func (s *fixStep) diff(t sheet) {
	for _, line := range s.Diff {
		t.line(7, line)
	}
}

// stateText is a verdict in one line.
func stateText(s *report.State) string {
	text := s.Outcome
	if s.Severity != nil {
		text = string(*s.Severity)
	}
	if s.Cause != nil {
		text += ", " + *s.Cause
	}
	if s.Diagnosis != "" {
		text += ": " + s.Diagnosis
	}
	return text
}

// closing is the last line of the document.
func (d *fixDocument) closing() string {
	if len(d.Problems) == 0 {
		return "there is nothing to fix"
	}
	if d.Applied {
		return d.outcomes()
	}
	count, writes, asked := map[fix.Decision]int{}, 0, 0
	for _, p := range d.Problems {
		for _, plan := range p.Plans {
			asked += plan.asked
			for i := range plan.Steps {
				s := &plan.Steps[i]
				count[s.Decision]++
				if s.Effect != wire.EffectRead && (s.Decision == fix.Run || s.Decision == fix.Edit) {
					writes++
				}
			}
		}
	}
	text := "dry run: nothing was run; "
	if d.Runtime == nil {
		return text + "--runtime chooses among " + strings.Join(runtimeNames()[:3], ", ")
	}
	text += "with --apply " + plural(count[fix.Run]+count[fix.Edit], "step") + " to run, changes among them: " + strconv.Itoa(writes)
	if asked > 0 {
		text += ", not with --yes: " + strconv.Itoa(asked)
	}
	for _, part := range []struct {
		d    fix.Decision
		text string
	}{{fix.Open, "left open"}, {fix.Manual, "by hand"}, {fix.Waits, "held back"}, {fix.Destructive, "destructive"}} {
		if n := count[part.d]; n > 0 {
			text += ", " + strconv.Itoa(n) + " " + part.text
		}
	}
	return text
}

// outcomes counts what became of the problems.
func (d *fixDocument) outcomes() string {
	count := map[string]int{}
	for _, p := range d.Problems {
		count[p.Outcome]++
	}
	var parts []string
	for _, part := range []struct{ outcome, text string }{
		{fixFixed, "fixed"}, {fixWell, "well before anything was run"}, {fixChanged, "another problem now"}, {fixStill, "still there"}, {fixLeft, "left alone"},
	} {
		if n := count[part.outcome]; n > 0 {
			parts = append(parts, strconv.Itoa(n)+" "+part.text)
		}
	}
	return plural(len(d.Problems), "problem") + ": " + strings.Join(parts, ", ")
}
