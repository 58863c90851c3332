package vet

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"
	"sync"

	"stella-ops.org/doctor/host/report"
)

//go:embed vet.css
var style string

//go:embed vet.tmpl
var page string

var pageTemplate = sync.OnceValue(func() *template.Template { return template.Must(template.New("vet").Parse(page)) })

// WriteHTML writes the report as one page that stands alone, for a change board to
// print and sign: it loads nothing, runs nothing, and its content security policy
// forbids both.
func WriteHTML(w io.Writer, r *Report) error {
	sum := sha256.Sum256([]byte(style))
	p := htmlPage{
		Policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'",
		Style:  template.CSS(style), Title: report.Escape(r.Subject.ID + " " + r.Subject.Version), State: r.Verdict, Heading: report.Escape(heading(r)),
		Reached: whatReached, Network: networkText(r), Canary: whatCanary,
	}
	for _, f := range facts(r) {
		p.Facts = append(p.Facts, htmlRow{f.name, report.Escape(f.value)})
	}
	for _, f := range r.Findings {
		p.Findings = append(p.Findings, htmlFinding{f.Level, f.Rule, report.Escape(findingText(f)), report.Escape(seenText(f))})
	}
	for _, l := range r.Limits {
		p.Limits = append(p.Limits, report.Escape(l))
	}
	for _, s := range summaries(r) {
		p.Summaries = append(p.Summaries, htmlSummary{report.Escape(s.id), report.Escape(s.class), report.Escape(s.verdicts), s.reached, s.unused})
	}
	for i := range r.Checks {
		p.Checks = append(p.Checks, newHTMLCheck(&r.Checks[i]))
	}
	var b bytes.Buffer
	if err := pageTemplate().Execute(&b, p); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// htmlPage is what the template shows. Its texts are escaped for people already;
// html/template escapes them for HTML.
type htmlPage struct {
	Policy                   string
	Style                    template.CSS
	Title, State, Heading    string
	Reached, Network, Canary string
	Facts                    []htmlRow
	Findings                 []htmlFinding
	Limits                   []string
	Summaries                []htmlSummary
	Checks                   []htmlCheck
}

type htmlRow struct{ Name, Value string }

type htmlFinding struct{ Level, Rule, Text, Seen string }

type htmlSummary struct{ ID, Class, Verdicts, Reached, Unused string }

type htmlCheck struct {
	ID, Name, Class, Runs string
	Reached, Unused       []string
	Declared              []htmlRow
	Tables                []htmlTable
	Adversaries           []htmlRow
}

type htmlTable struct {
	Call, Case string
	Rows       []htmlRow
}

func newHTMLCheck(c *Check) htmlCheck {
	out := htmlCheck{ID: report.Escape(c.ID), Name: report.Escape(c.Name), Class: report.Escape(c.Class), Runs: tally(c.Runs, "run")}
	for _, q := range c.Requests {
		out.Reached = append(out.Reached, report.Escape(requestText(q)))
	}
	for _, u := range unusedText(c) {
		out.Unused = append(out.Unused, report.Escape(u))
	}
	for _, a := range c.Access {
		out.Declared = append(out.Declared, htmlRow{report.Escape(a.Text), report.Escape(a.Reason)})
	}
	for _, t := range c.Table {
		table := htmlTable{Call: report.Escape(t.Call), Case: report.Escape(t.Case)}
		for _, row := range t.Rows {
			table.Rows = append(table.Rows, htmlRow{report.Escape(verdictText(row.Verdict, row.Cause)), report.Escape(strings.Join(row.When, ", "))})
		}
		out.Tables = append(out.Tables, table)
	}
	for _, g := range groups(c) {
		out.Adversaries = append(out.Adversaries, htmlRow{report.Escape(g.verdict), strings.Join(g.adversaries, ", ")})
	}
	return out
}
