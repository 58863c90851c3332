package report

import (
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// Exit codes of a report (doctor-domain §6.4). The codes of a run that made no
// report are the program's own.
const (
	ExitOK = 0
	// ExitRefused is of a run that had to leave checks out because their plugin was
	// refused: see [NoteRefused].
	ExitRefused  = 3
	ExitFail     = 20
	ExitWarn     = 21
	ExitUnjudged = 22
)

// NoteRefused is the code of the note that tells of a plugin which was refused,
// and whose checks did not run on that account.
const NoteRefused = "plugin_refused"

// Summarize makes the summary of a report with its results and notes: a plugin
// that was refused outweighs what the other checks found, because nobody knows what
// its own would have.
func (r *Report) Summarize(failOn wire.Severity) {
	r.Summary = Summarize(r.Results, failOn)
	if slices.ContainsFunc(r.Notes, func(n Note) bool { return n.Code == NoteRefused }) {
		r.Summary.ExitCode = ExitRefused
	}
}

// Summarize counts results and computes the exit code: a fail outweighs an
// unjudged check, which outweighs a warning, which counts only when failOn is
// wire.Warn. Info, skip and what a waiver covers never raise the code.
func Summarize(results []Result, failOn wire.Severity) Summary {
	var s Summary
	fails, warns := 0, 0 // those that no waiver covers
	worst := wire.Severity("")
	for _, r := range results {
		if r.Severity == nil {
			s.Unjudged++
			continue
		}
		switch *r.Severity {
		case wire.Pass:
			s.Pass++
		case wire.Info:
			s.Info++
		case wire.Warn:
			s.Warn++
			if r.Waiver == nil {
				warns++
			}
		case wire.Fail:
			s.Fail++
			if r.Waiver == nil {
				fails++
			}
		case wire.Skip:
			s.Skip++
		}
		if r.Waiver != nil {
			s.Waived++
		}
		if r.Severity.Rank() > worst.Rank() {
			worst = *r.Severity
		}
	}
	if worst != "" {
		s.Worst = &worst
	}
	switch {
	case fails > 0:
		s.ExitCode = ExitFail
	case s.Unjudged > 0:
		s.ExitCode = ExitUnjudged
	case warns > 0 && failOn == wire.Warn:
		s.ExitCode = ExitWarn
	}
	return s
}
