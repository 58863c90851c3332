package main

import (
	"io"
	"strings"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// text is the page of a check for a terminal, with the steps of one runtime or
// of all.
func (e *explanation) text(runtime string) writer {
	return func(w io.Writer) error {
		s := sheet{w}
		s.line(0, e.ID+"  "+e.Name)
		s.line(0, e.Description)
		s.heading("in short")
		var rows [][]string
		for _, f := range e.facts() {
			rows = append(rows, []string{f.name, f.text})
		}
		s.columns(2, rows)
		s.part("deprecated", e.deprecation())
		if x := e.Explain; x != nil {
			s.part("what it does", x.What)
			s.part("why it matters", x.Why)
		}
		e.textSettings(s)
		e.textAccess(s)
		if x := e.Explain; x != nil {
			textVerdicts(s, x)
			textTruth(s, e.Truth)
			s.list("fixes", x.Fixes)
			textSteps(s, x.Steps, runtime)
		}
		e.textOthers(s)
		return nil
	}
}

func (e *explanation) textSettings(s sheet) {
	if len(e.Settings) == 0 {
		return
	}
	s.heading("settings")
	for i := range e.Settings {
		set := &e.Settings[i]
		names := strings.Join(settingNames(set), ", ")
		values := e.valuesOf(set.Key)
		switch {
		case len(values) == 0:
			s.line(2, names+"  (unset)")
		case len(values) == 1 && values[0].Key == set.Key:
			s.line(2, names+"  "+values[0].Value+"  from "+values[0].Origin)
		default:
			s.line(2, names)
			for _, v := range values {
				s.line(6, v.Key+"  "+v.Value+"  from "+v.Origin)
			}
		}
		s.line(6, settingKind(set))
		if set.Description != "" {
			s.line(6, set.Description)
		}
	}
}

func (e *explanation) textAccess(s sheet) {
	if len(e.Access) == 0 {
		return
	}
	s.heading("it asks to reach")
	for i := range e.Access {
		a := &e.Access[i]
		s.line(2, accessTarget(a))
		s.line(6, a.Reason)
		if limits := accessLimits(a); len(limits) > 0 {
			s.line(6, strings.Join(limits, "; "))
		}
	}
}

func textVerdicts(s sheet, x *wire.Explain) {
	if len(x.Verdicts) > 0 {
		s.heading("verdicts, the first that matches")
		var rows [][]string
		for _, v := range x.Verdicts {
			rows = append(rows, []string{string(v.Severity), v.Cause, v.When})
		}
		s.columns(2, rows)
	}
	if len(x.Causes) > 0 {
		s.heading("causes")
		var rows [][]string
		for _, c := range x.Causes {
			rows = append(rows, []string{c.ID, c.Text})
		}
		s.columns(2, rows)
	}
}

// textOthers names the other checks that this one does.
func (e *explanation) textOthers(s sheet) {
	if len(e.DependsOn) > 0 {
		s.heading("makes sense once these pass")
		for _, id := range e.DependsOn {
			s.line(2, id+e.presence(id))
		}
	}
	if len(e.Related) > 0 {
		s.heading("related checks")
		for _, r := range e.Related {
			s.line(2, r.ID+": "+r.Reason+e.presence(r.ID))
		}
	}
}

// textSteps writes the usual change for a runtime. A result chooses its steps by
// what was observed; these are the ones that are known before.
func textSteps(s sheet, steps []wire.Step, runtime string) {
	for _, g := range report.StepGroups(steps, runtime) {
		s.heading(usualChange(g))
		for _, step := range g.Steps {
			s.line(2, stepTitle(step))
			if step.Command != "" {
				s.line(5, "$ "+step.Command)
			}
			for _, f := range stepNotes(step) {
				s.line(5, f.name+": "+f.text)
			}
		}
	}
}
