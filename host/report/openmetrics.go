package report

import (
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// WriteOpenMetrics writes the report as OpenMetrics 1.0 text. Every family is a
// gauge, so that the textfile collector of a node exporter, which reads the older
// text format of Prometheus, reads it too:
//
//	stella_doctor_check_verdict{check,plugin,verdict}   1 for the verdict that the check gave, 0 for
//	        the others of fail, info, pass, skip, unjudged, warn
//	stella_doctor_check_waived{check,plugin}            1 while a waiver covers the problem
//	stella_doctor_check_duration_seconds{check,plugin}  time that the check took
//	stella_doctor_check_info{check,plugin,version,category,reason}  always 1; reason is the cause,
//	        the outcome of a check that could not judge, or the reason of a skip
//	stella_doctor_checks{verdict}                       number of checks of the run by verdict
//	stella_doctor_notes{code}                           number of notes on the run by code, such as
//	        unsigned or insecure_tls; none of those that there are none of
//	stella_doctor_exit_code                             what the program exits with
//	stella_doctor_run_duration_seconds                  time that the run took
//	stella_doctor_run_start_timestamp_seconds           when it started; alert on its age
//	stella_doctor_build_info{version}                   always 1
//
// Samples carry no time of their own.
func WriteOpenMetrics(w io.Writer, r *Report) error {
	m := metrics{report: r}
	m.perCheck()
	s := r.Summary
	m.family("stella_doctor_checks", "", "Number of checks of the run by verdict.")
	for _, c := range []struct {
		verdict string
		n       int
	}{{"fail", s.Fail}, {"info", s.Info}, {"pass", s.Pass}, {"skip", s.Skip}, {stateUnjudged, s.Unjudged}, {"warn", s.Warn}} {
		m.sample("stella_doctor_checks", strconv.Itoa(c.n), "verdict", c.verdict)
	}
	m.notes()
	m.family("stella_doctor_exit_code", "", "Exit code of the run.")
	m.sample("stella_doctor_exit_code", strconv.Itoa(s.ExitCode))
	m.family("stella_doctor_run_duration_seconds", "seconds", "Time that the run took.")
	m.sample("stella_doctor_run_duration_seconds", seconds(r.DurationMS))
	if at, ok := unixSeconds(r.StartedAt); ok {
		m.family("stella_doctor_run_start_timestamp_seconds", "seconds", "When the run started, in seconds since 1970 in UTC.")
		m.sample("stella_doctor_run_start_timestamp_seconds", strconv.FormatInt(at, 10))
	}
	m.family("stella_doctor_build_info", "", "Version of the program.")
	m.sample("stella_doctor_build_info", "1", "version", r.Host.Version)
	m.out.WriteString("# EOF\n")
	_, err := io.WriteString(w, m.out.String())
	return err
}

// metrics writes families. Samples of one family stand together, as the format
// demands.
type metrics struct {
	out    strings.Builder
	report *Report
}

func (m *metrics) perCheck() {
	if len(m.report.Results) == 0 {
		return
	}
	m.family("stella_doctor_check_verdict", "", "Verdict of the check.")
	states := []string{string(wire.Fail), string(wire.Info), string(wire.Pass), string(wire.Skip), stateUnjudged, string(wire.Warn)}
	m.each(func(r *Result, labels []string) {
		for _, s := range states {
			m.sample("stella_doctor_check_verdict", number(s == state(r)), append(labels, "verdict", s)...)
		}
	})
	m.family("stella_doctor_check_waived", "", "Whether a waiver covers the problem.")
	m.each(func(r *Result, labels []string) {
		m.sample("stella_doctor_check_waived", number(r.Waiver != nil), labels...)
	})
	m.family("stella_doctor_check_duration_seconds", "seconds", "Time that the check took.")
	m.each(func(r *Result, labels []string) {
		m.sample("stella_doctor_check_duration_seconds", seconds(r.DurationMS), labels...)
	})
	m.family("stella_doctor_check_info", "", "What the check is, and why it said so.")
	m.each(func(r *Result, labels []string) {
		m.sample("stella_doctor_check_info", "1", append(labels, "version", r.Plugin.Version, "category", r.Category, "reason", reason(r))...)
	})
}

// notes counts the remarks on the run, among them what an operator let pass.
func (m *metrics) notes() {
	counts := map[string]int{}
	for _, n := range m.report.Notes {
		counts[n.Code]++
	}
	if len(counts) == 0 {
		return
	}
	m.family("stella_doctor_notes", "", "Number of notes on the run by code.")
	for _, code := range slices.Sorted(maps.Keys(counts)) {
		m.sample("stella_doctor_notes", strconv.Itoa(counts[code]), "code", code)
	}
}

func (m *metrics) each(visit func(r *Result, labels []string)) {
	for i := range m.report.Results {
		r := &m.report.Results[i]
		visit(r, []string{"check", r.Check, "plugin", r.Plugin.ID})
	}
}

func (m *metrics) family(name, unit, help string) {
	m.out.WriteString("# TYPE " + name + " gauge\n")
	if unit != "" {
		m.out.WriteString("# UNIT " + name + " " + unit + "\n")
	}
	m.out.WriteString("# HELP " + name + " " + help + "\n")
}

// sample writes one line; labels are names and values in turn.
func (m *metrics) sample(name, value string, labels ...string) {
	m.out.WriteString(name)
	for i := 0; i < len(labels); i += 2 {
		m.out.WriteString(string("{,"[min(i, 1)]) + labels[i] + `="` + metricLabel(labels[i+1]) + `"`)
	}
	if len(labels) > 0 {
		m.out.WriteByte('}')
	}
	m.out.WriteString(" " + value + "\n")
}

func number(yes bool) string {
	if yes {
		return "1"
	}
	return "0"
}

// metricLabel escapes the value of a label: no control character is left, and
// backslash and quote are escaped as the format wants.
func metricLabel(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(oneLine(s))
}

// unixSeconds reads the form of [Report.StartedAt], 2026-01-02T03:04:05Z, which
// this package, being pure of time, reads itself.
func unixSeconds(s string) (int64, bool) {
	const form = "dddd-dd-ddTdd:dd:ddZ"
	if len(s) != len(form) {
		return 0, false
	}
	for i := range len(form) {
		if digit := s[i] >= '0' && s[i] <= '9'; form[i] == 'd' && !digit || form[i] != 'd' && s[i] != form[i] {
			return 0, false
		}
	}
	field := func(from, to int) int64 { n, _ := strconv.ParseInt(s[from:to], 10, 64); return n }
	year, month, day := field(0, 4), field(5, 7), field(8, 10)
	if month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, false
	}
	// Days since 1970, counted in years that begin in March, so that the leap day
	// is the last of its year.
	month = (month + 9) % 12
	if month > 9 {
		year--
	}
	days := year*365 + year/4 - year/100 + year/400 + (month*306+5)/10 + day - 1 - 719468
	return days*86400 + field(11, 13)*3600 + field(14, 16)*60 + field(17, 19), true
}
