package report

import "stella-ops.org/doctor/sdk/wire"

// Exit codes of a report (doctor-domain §6.4). The codes of a run that made no
// report are the program's own.
const (
	ExitOK       = 0
	ExitFail     = 20
	ExitWarn     = 21
	ExitUnjudged = 22
)

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
