package main

import (
	"slices"
	"time"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// live writes the ndjson that goes to standard output while the run goes on. A
// nil live writes nothing.
type live struct {
	stream        *report.Stream
	severities    []wire.Severity
	noRemediation bool
}

// newLive takes the target that it serves off out; it returns nil when there is
// none. ndjson to a file is written at the end, whole, like every format.
func newLive(out *output, severities []wire.Severity, noRemediation bool) *live {
	i := slices.Index(out.targets, target{format: "ndjson"})
	if i < 0 {
		return nil
	}
	out.targets = slices.Delete(out.targets, i, i+1)
	return &live{stream: report.NewStream(out.stdout), severities: severities, noRemediation: noRemediation}
}

// observe writes what the report will show too.
func (l *live) observe(e host.Event) {
	if l == nil {
		return
	}
	switch e.Kind {
	case host.RunStarted:
		l.stream.Start(e.StartedAt.UTC().Format(time.RFC3339), report.HostInfo{Version: version()}, e.Checks)
	case host.CheckEnded:
		one := (&report.Report{Results: []report.Result{*e.Result}}).Select(l.severities, l.noRemediation)
		for i := range one.Results {
			l.stream.Check(&one.Results[i])
		}
	}
}

// end writes the last line. A failure of standard output is judged as for every
// format.
func (l *live) end(rep *report.Report) error {
	if l == nil {
		return nil
	}
	return stdoutError(l.stream.End(rep))
}
