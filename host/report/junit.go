package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"stella-ops.org/doctor/sdk/wire"
)

// WriteJUnit writes the report as JUnit XML, for CI systems: a suite for each
// plugin, a case for each check. A fail is a failure, a check that could not
// judge an error, a skip is skipped with its reason. A warning passes with its
// text in system-out, or is a failure when warnings failed the run (exit code
// 21). What a waiver covers passes, and system-out holds the waiver.
func WriteJUnit(w io.Writer, r *Report) error {
	doc := junitSuites{Name: "stella doctor", Time: seconds(r.DurationMS), Suites: junitBySuite(r)}
	for i := range doc.Suites {
		s := &doc.Suites[i]
		var ms int64
		for _, c := range s.Cases {
			s.Tests++
			ms += c.ms
			switch {
			case c.Failure != nil:
				s.Failures++
			case c.Error != nil:
				s.Errors++
			case c.Skipped != nil:
				s.Skipped++
			}
		}
		s.Time, s.Timestamp = seconds(ms), xmlText(r.StartedAt)
		doc.Tests += s.Tests
		doc.Failures += s.Failures
		doc.Errors += s.Errors
		doc.Skipped += s.Skipped
	}
	b := bytes.NewBufferString(xml.Header)
	enc := xml.NewEncoder(b)
	enc.Indent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err := w.Write(b.Bytes())
	return err
}

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Properties []junitProperty `xml:"properties>property,omitempty"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name      string        `xml:"name,attr"`
	Classname string        `xml:"classname,attr"`
	Time      string        `xml:"time,attr"`
	Skipped   *junitSkipped `xml:"skipped"`
	Error     *junitProblem `xml:"error"`
	Failure   *junitProblem `xml:"failure"`
	SystemOut *junitText    `xml:"system-out"`

	ms int64
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

type junitProblem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",cdata"`
}

type junitText struct {
	Text string `xml:",cdata"`
}

// junitBySuite makes the suites without their counts, in the order in which their
// plugins first appear.
func junitBySuite(r *Report) []junitSuite {
	var suites []junitSuite
	index := map[PluginRef]int{}
	for i := range r.Results {
		res := &r.Results[i]
		n, ok := index[res.Plugin]
		if !ok {
			n = len(suites)
			index[res.Plugin] = n
			suites = append(suites, newJUnitSuite(r, res.Plugin))
		}
		suites[n].Cases = append(suites[n].Cases, newJUnitCase(res, r.Summary.ExitCode == ExitWarn))
	}
	return suites
}

func newJUnitSuite(r *Report, p PluginRef) junitSuite {
	s := junitSuite{Name: junitPlugin(p)}
	property := func(name, value string) {
		if value != "" {
			s.Properties = append(s.Properties, junitProperty{name, xmlText(value)})
		}
	}
	property("plugin.version", p.Version)
	property("plugin.digest", p.Digest)
	property("stella.version", r.Host.Version)
	for _, n := range r.Notes {
		property("note."+xmlText(n.Code), n.Text)
	}
	return s
}

// junitPlugin names a suite and the class of its cases, which must have a name.
func junitPlugin(p PluginRef) string {
	if p.ID == "" {
		return "unknown plugin"
	}
	return xmlText(p.ID)
}

// newJUnitCase makes a case. warnFails says whether warnings failed the run.
func newJUnitCase(r *Result, warnFails bool) junitCase {
	c := junitCase{Name: xmlText(r.Check), Classname: junitPlugin(r.Plugin), Time: seconds(r.DurationMS), ms: r.DurationMS}
	problem := &junitProblem{Message: xmlText(r.Diagnosis), Type: xmlText(reason(r)), Text: xmlLines(prose(r))}
	switch {
	case r.Severity == nil:
		c.Error = problem
	case *r.Severity == wire.Skip:
		c.Skipped = &junitSkipped{xmlText(strings.Trim(reason(r)+": "+r.Diagnosis, ": "))}
	case r.Waiver == nil && (*r.Severity == wire.Fail || *r.Severity == wire.Warn && warnFails):
		c.Failure = problem
	default:
		c.SystemOut = &junitText{fmt.Sprintf("%s: %s\n%s", verdict(r), problem.Message, problem.Text)}
	}
	return c
}

// xmlText is Escape for XML, which also has no place for the last two characters
// of the basic plane.
func xmlText(s string) string {
	s = oneLine(s)
	if !strings.ContainsAny(s, "\ufffe\uffff") && utf8.ValidString(s) {
		return s
	}
	return strings.NewReplacer("\ufffe", `\ufffe`, "\uffff", `\uffff`).Replace(s)
}

func xmlLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
		lines[i] = indent + xmlText(line)
	}
	return strings.Join(lines, "\n")
}
