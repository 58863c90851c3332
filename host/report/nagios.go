package report

import (
	"fmt"
	"io"
	"strings"
)

// WriteNagios writes the report in the form of a monitoring plugin (Nagios,
// Icinga, Naemon): a first line with the state and performance data, then a line
// for each problem.
//
// The exit code stays that of every format, so a monitoring system needs it
// mapped, and the state in the text is mapped in the same way:
//
//	stella doctor run --format nagios --fail-on warn
//	case $? in 0) exit 0 ;; 20) exit 2 ;; 21) exit 1 ;; *) exit 3 ;; esac
//
// Without --fail-on warn a run that only warned is OK, and says what warned.
func WriteNagios(w io.Writer, r *Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "DOCTOR %s - %s | %s\n", nagiosState(r.Summary.ExitCode), nagiosText(counts(r)), nagiosData(r))
	results, waits := worstFirst(r), waiters(r)
	for i := range results {
		res := &results[i]
		if !isProblem(res) && !isDoubt(res) {
			continue
		}
		fmt.Fprintf(&b, "%s %s: %s", verdict(res), nagiosText(res.Check), nagiosText(res.Diagnosis))
		if why := reason(res); why != "" {
			fmt.Fprintf(&b, " (%s)", nagiosText(why))
		}
		if res.Waiver != nil {
			fmt.Fprintf(&b, " waived: %s", nagiosText(waiverText(res.Waiver)))
		}
		if n := len(waits[res.Check]); n > 0 {
			fmt.Fprintf(&b, "; %s on it", waitCount(n))
		}
		b.WriteByte('\n')
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "note: %s\n", nagiosText(n.Text))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func nagiosState(exitCode int) string {
	switch exitCode {
	case ExitOK:
		return "OK"
	case ExitFail:
		return "CRITICAL"
	case ExitWarn:
		return "WARNING"
	}
	return "UNKNOWN"
}

// nagiosData is the performance data: label=value[unit];warn;crit;min;max.
func nagiosData(r *Report) string {
	s := r.Summary
	var parts []string
	for _, c := range []struct {
		name string
		n    int
	}{{"pass", s.Pass}, {"info", s.Info}, {"warn", s.Warn}, {"fail", s.Fail}, {"skip", s.Skip}, {"unjudged", s.Unjudged}, {"waived", s.Waived}} {
		parts = append(parts, fmt.Sprintf("%s=%d;;;0;%d", c.name, c.n, s.Total()))
	}
	return strings.Join(append(parts, "time="+seconds(r.DurationMS)+"s;;;0"), " ")
}

// nagiosText escapes text so that nothing in it begins performance data, or HTML
// in the pages that show it.
func nagiosText(s string) string {
	return strings.NewReplacer("|", `\x7c`, "<", `\x3c`, ">", `\x3e`).Replace(oneLine(s))
}
