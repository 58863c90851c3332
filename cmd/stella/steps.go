package main

import (
	"strconv"
	"strings"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// usualChange titles the steps of a check that are known before anything was
// observed.
func usualChange(g report.StepGroup) string {
	return "the usual change" + strings.TrimPrefix(g.Title, "fix")
}

// stepTitle numbers a step and says what it does to the system.
func stepTitle(s wire.Step) string {
	return strconv.Itoa(s.Order) + ". " + s.Description + " (" + report.StepMarks(&s) + ")"
}

// stepNotes are what to mind about a step.
func stepNotes(s wire.Step) []fact {
	var notes []fact
	if s.Safety != "" {
		notes = append(notes, fact{"mind", s.Safety})
	}
	if s.Backup != "" {
		notes = append(notes, fact{"backup", s.Backup})
	}
	return notes
}
