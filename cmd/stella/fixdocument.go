package main

import (
	"stella-ops.org/doctor/host/fix"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// fixSchema names the form of the JSON document.
const fixSchema = "stellaops.doctor.fix/v1"

// fixDocument tells what a fix would do, or did.
type fixDocument struct {
	Schema string `json:"schema"`
	// Applied tells a fix that was applied from a dry run.
	Applied bool `json:"applied"`
	// Runtime is null where none was found or asked for.
	Runtime  *string      `json:"runtime"`
	Problems []fixProblem `json:"problems"`
	// Notes say which settings of the fix itself still have the old value.
	Notes    []string `json:"notes"`
	ExitCode int      `json:"exit_code"`

	source string // how the runtime was found
}

// Outcomes of a problem.
const (
	fixPlanned = "planned" // in a dry run
	fixFixed   = "fixed"
	fixStill   = "still"   // the same problem
	fixChanged = "changed" // another problem
	fixWell    = "well"    // there was no problem any more
	fixLeft    = "left"    // nothing was run
)

// fixProblem is one problem, before and after.
type fixProblem struct {
	Check   string        `json:"check"`
	Name    string        `json:"name"`
	Outcome string        `json:"outcome"`
	Before  report.State  `json:"before"`
	After   *report.State `json:"after"` // null in a dry run, and where nothing was run
	Summary string        `json:"summary"`
	// Note says why nothing was run, or why the rest was not.
	Note  string    `json:"note"`
	Plans []fixPlan `json:"plans"` // one where a runtime was chosen
}

// fixPlan is the plan for one runtime.
type fixPlan struct {
	Runtime string    `json:"runtime"`
	Steps   []fixStep `json:"steps"`
	// asked is how many steps of a dry run are only run after a question.
	asked int
}

// Outcomes of a step.
const (
	stepDone        = "done"
	stepFailed      = "failed"
	stepInterrupted = "interrupted"
	stepNotRun      = "not_run"
)

// fixStep is a step, and what came of it.
type fixStep struct {
	fix.Step
	// Outcome is empty in a dry run.
	Outcome string `json:"outcome"`
	// Problem says what went wrong.
	Problem string `json:"problem"`
	// ExitCode is that of the command; null where none ended by itself.
	ExitCode *int `json:"exit_code"`
	// Output is what the command printed, secrets taken out and cut.
	Output string `json:"output"`
	// Diff is what changes, or changed, in a file.
	Diff []string `json:"diff"`
	// Kept are the copies of files as they were.
	Kept []string `json:"kept"`
}

func newFixDocument(q *fixRequest) *fixDocument {
	d := &fixDocument{Schema: fixSchema, Applied: q.apply, Problems: []fixProblem{}, Notes: []string{}, source: q.source}
	if q.runtime != "" {
		d.Runtime = &q.runtime
	}
	return d
}

func newFixProblem(r *report.Result) fixProblem {
	p := fixProblem{Check: r.Check, Name: r.Name, Outcome: fixPlanned, Before: resultState(r), Plans: []fixPlan{}}
	if r.Remediation != nil {
		p.Summary = r.Remediation.Summary
	}
	return p
}

func newFixPlan(p *fix.Plan) fixPlan {
	out := fixPlan{Runtime: p.Runtime, Steps: []fixStep{}}
	for _, s := range p.Steps {
		out.Steps = append(out.Steps, fixStep{Step: s, Diff: []string{}, Kept: []string{}})
	}
	return out
}

func resultState(r *report.Result) report.State {
	return report.State{Outcome: r.Outcome, Severity: r.Severity, Cause: r.Cause, Diagnosis: r.Diagnosis, SkipReason: r.SkipReason, Waiver: r.Waiver}
}

// isWell reports whether a result asks for no fix.
func isWell(r *report.Result) bool {
	return r.Severity != nil && (*r.Severity == wire.Pass && r.Cause == nil || *r.Severity == wire.Info)
}

// isProblem reports whether a result is a warning or a failure.
func isProblem(r *report.Result) bool {
	return r.Severity != nil && *r.Severity != wire.Skip && r.Severity.Rank() >= wire.Warn.Rank()
}

func (d *fixDocument) page() page {
	p := textPage(d, d.text)
	p.code = d.ExitCode
	return p
}
