package readers

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// The grammar of the Nagios plugin development guidelines: one line of status
// text, a bar, performance data; then lines of long text without a bar.
var (
	nagiosFirst = regexp.MustCompile(`^DOCTOR (OK|WARNING|CRITICAL|UNKNOWN) - ([^|]+) \| (.+)$`)
	nagiosDatum = regexp.MustCompile(`^([a-z]+)=(-?[0-9.]+)(us|ms|s|%|[KMGT]?B|c)?(?:;([-0-9.:~@]*))?(?:;([-0-9.:~@]*))?(?:;([-0-9.]*))?(?:;([-0-9.]*))?$`)
)

func TestNagios(t *testing.T) {
	states := map[int]string{report.ExitOK: "OK", report.ExitWarn: "WARNING", report.ExitFail: "CRITICAL", report.ExitUnjudged: "UNKNOWN"}
	for name, r := range samples(t) {
		doc := render(t, r, report.WriteNagios)
		lines := strings.Split(strings.TrimSuffix(string(doc), "\n"), "\n")
		m := nagiosFirst.FindStringSubmatch(lines[0])
		if m == nil {
			t.Errorf("%s: %q is no line of a monitoring plugin", name, lines[0])
			continue
		}
		if m[1] != states[r.Summary.ExitCode] {
			t.Errorf("%s: state %s with exit code %d", name, m[1], r.Summary.ExitCode)
		}
		values := map[string]float64{}
		for _, datum := range strings.Fields(m[3]) {
			d := nagiosDatum.FindStringSubmatch(datum)
			if d == nil {
				t.Errorf("%s: %q is no performance datum", name, datum)
				continue
			}
			value, err := strconv.ParseFloat(d[2], 64)
			if err != nil {
				t.Errorf("%s: %q: %v", name, datum, err)
			}
			values[d[1]] = value
		}
		s := r.Summary
		for label, want := range map[string]int{"pass": s.Pass, "info": s.Info, "warn": s.Warn, "fail": s.Fail, "skip": s.Skip, "unjudged": s.Unjudged, "waived": s.Waived} {
			if got, ok := values[label]; !ok || got != float64(want) {
				t.Errorf("%s: %s=%v, want %d", name, label, got, want)
			}
		}
		problems := 0
		for _, res := range r.Results {
			doubt := res.Severity != nil && *res.Severity == wire.Pass && res.Cause != nil
			if res.Severity == nil || res.Severity.Rank() >= 3 || doubt {
				problems++
			}
		}
		if len(lines) != 1+problems+len(r.Notes) {
			t.Errorf("%s: %d lines for %d problems and %d notes", name, len(lines), problems, len(r.Notes))
		}
		if bytes.Count(doc, []byte("|")) != 1 || bytes.ContainsAny(doc, "<>") {
			t.Errorf("%s: a bar too many, or HTML:\n%s", name, doc)
		}
	}
}
