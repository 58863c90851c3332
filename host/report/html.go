package report

import (
	"bytes"
	_ "embed"
	"html/template"
	"io"
	"sync"

	"stella-ops.org/doctor/sdk/wire"
)

//go:embed html.css
var htmlStyle string

//go:embed html.tmpl
var htmlSource string

// htmlTemplate is parsed by the first run that needs it: a run in another format
// does not pay for it.
var htmlTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("report").Parse(htmlSource))
})

// WriteHTML writes the report as one page that stands alone: it loads nothing,
// runs nothing, and its content security policy forbids both. Problems come
// first; evidence, requests and the steps for each runtime unfold.
func WriteHTML(w io.Writer, r *Report, v View) error {
	policy, style := HTMLStyle()
	page := htmlPage{
		Policy: policy, Style: style, Summary: counts(r), Started: Escape(r.StartedAt), Took: seconds(r.DurationMS),
		Version: Escape(r.Host.Version), ExitCode: r.Summary.ExitCode, State: htmlState(r),
	}
	for _, n := range r.Notes {
		page.Notes = append(page.Notes, oneLine(n.Text))
	}
	results, waits := worstFirst(r), waiters(r)
	for i := range results {
		res := newHTMLResult(&results[i], v)
		res.Waiters = escapeAll(waits[results[i].Check])
		if isProblem(&results[i]) {
			page.Problems = append(page.Problems, res)
		} else {
			page.Others = append(page.Others, res)
		}
	}
	var b bytes.Buffer
	if err := htmlTemplate().Execute(&b, page); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// htmlPage is what the template shows. Its texts are escaped for people already;
// html/template escapes them for HTML.
type htmlPage struct {
	Policy           string
	Style            template.CSS
	Summary, State   string
	Started, Took    string
	Version          string
	ExitCode         int
	Notes            []string
	Problems, Others []htmlResult
}

type htmlResult struct {
	Check, Name, Question, Plugin string
	State, Verdict, Reason        string
	Diagnosis, Hint, Waiver, Took string
	Causes, Waiters               []string
	Remedy, Runbook               string
	RunbookIsLink                 bool
	Groups                        []htmlGroup
	Verification                  string
	Facts                         []htmlFact
	Requests                      []string
}

type htmlGroup struct {
	Title string
	Open  bool
	Steps []htmlStep
}

type htmlStep struct {
	Description, Marks, Command, Safety, Backup string
	Order                                       int
}

type htmlFact struct{ Name, Value string }

// htmlState is the verdict that the heading shows: that of the exit code.
func htmlState(r *Report) string {
	switch r.Summary.ExitCode {
	case ExitFail:
		return string(wire.Fail)
	case ExitWarn:
		return string(wire.Warn)
	case ExitUnjudged, ExitRefused:
		return stateUnjudged
	}
	return string(wire.Pass)
}

func newHTMLResult(r *Result, v View) htmlResult {
	out := htmlResult{
		Check: oneLine(r.Check), Name: oneLine(r.Name), Question: oneLine(r.Question), Plugin: oneLine(r.Plugin.ID + " " + r.Plugin.Version),
		State: state(r), Verdict: verdict(r), Reason: oneLine(reason(r)),
		Diagnosis: oneLine(r.Diagnosis), Hint: oneLine(r.Hint), Took: seconds(r.DurationMS),
		Causes: escapeAll(r.LikelyCauses), Verification: escapeLines(r.Verification),
	}
	if r.Waiver != nil {
		out.Waiver = waiverText(r.Waiver)
	}
	if r.Remediation != nil {
		out.Remedy, out.Runbook = oneLine(r.Remediation.Summary), Escape(r.Remediation.RunbookURL)
		out.RunbookIsLink = isWebAddress(r.Remediation.RunbookURL)
		out.Groups = htmlGroups(r.Remediation, v.Runtime)
	}
	for _, f := range facts(r.Evidence) {
		out.Facts = append(out.Facts, htmlFact{f.name, f.value})
	}
	for _, q := range r.Requests {
		out.Requests = append(out.Requests, ledgerLine(q))
	}
	return out
}

// htmlGroups makes the groups of steps. Those for any runtime are open, and so is
// one that has no other beside it.
func htmlGroups(r *Remediation, runtime string) []htmlGroup {
	var out []htmlGroup
	groups := StepGroups(r.Steps, runtime)
	for _, g := range groups {
		h := htmlGroup{Title: sentenceCase(g.Title), Open: g.Runtime == wire.RuntimeAny || g.Runtime == runtime || len(groups) == 1}
		for _, s := range g.Steps {
			h.Steps = append(h.Steps, htmlStep{
				Order: s.Order, Description: oneLine(s.Description), Marks: StepMarks(&s), Command: escapeLines(s.Command),
				Safety: oneLine(s.Safety), Backup: oneLine(s.Backup),
			})
		}
		out = append(out, h)
	}
	return out
}
