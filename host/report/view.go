package report

import (
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// View says how a renderer shows a report. The zero value shows the remedies
// for every runtime, without detailed evidence, in plain text of any width.
// Renderers for machines take no notice of it.
type View struct {
	// Verbose shows all evidence and the ledger of requests.
	Verbose bool
	// Runtime limits the steps to those of one runtime, wire.RuntimeCompose for
	// example, and those for any; empty shows all. RuntimeSource tells how it
	// was found, such as "compose.yaml is here"; empty when it was asked for.
	Runtime, RuntimeSource string
	// Width is the number of columns to wrap at; zero wraps nothing. Text for
	// reading takes 100 at most.
	Width int
	// Color permits colour, which never carries meaning of its own.
	Color bool
	// ASCII escapes every other character, for terminals that cannot show them.
	ASCII bool
}

// Select returns the report with the results that severities name, or all when
// it is empty; results without a severity always stay. With noRemediation their
// remedies are left out. The summary stays that of the whole run.
func (r *Report) Select(severities []wire.Severity, noRemediation bool) *Report {
	out := *r
	out.Results, out.whole = []Result{}, r.all()
	for _, res := range r.Results {
		if !shows(severities, &res) {
			continue
		}
		if noRemediation {
			res.Remediation = nil
		}
		out.Results = append(out.Results, res)
	}
	return &out
}

// shows reports whether a result is among the severities to show.
func shows(severities []wire.Severity, res *Result) bool {
	return res.Severity == nil || len(severities) == 0 || slices.Contains(severities, *res.Severity)
}

// Total is the number of checks that the summary counts.
func (s Summary) Total() int { return s.Pass + s.Info + s.Warn + s.Fail + s.Skip + s.Unjudged }
