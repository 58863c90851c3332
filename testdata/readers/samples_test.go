package readers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

const root = "../.."

// nasty are texts that would act in one format or another if they were not
// escaped. Each stands in every text of a report of its own.
var nasty = []string{
	"<script>alert(1)</script><img src=x onerror=alert(1)><!-- --><b>&amp;",
	"\"><a href=\"javascript:alert(1)\">x</a> ' onmouseover='x",
	"[a](javascript:alert(1)) ![i](http://evil.example.com/x.png) <http://evil.example.com> http://evil.example.com www.evil.example.com me@evil.example.com @everyone",
	"# heading", "- item", "+ item", "1. item", "12) item", "> quote", "    code", "\tcode", "---", "===", "***", "___", "```", "~~~", "| a | b |", "|---|---|", ":--", "[ref]: http://evil.example.com",
	"*a* _b_ **c** __d__ ~~e~~ `f` ``g`` ![ \\ \\\\ &lt; &#60; $x$ {0} {{.}} [0](1)",
	"ends with a backslash \\", "`", "``a", "a`", " ", "  padded  ",
	"first\nsecond\r\n\r\n# third\u2028fourth\u0085fifth",
	"]]> <![CDATA[ <?xml ?> &#0; \ufffe\uffff\x00\x0b\x1b[31m",
	"x\x1b]0;title\a\x1b[2J\r\u202e\u009b31m\u200b\U000e0041",
	"bad \xff\xc3 utf-8",
	"a | b=1;2;3 'c'=4 \\",
	"a=\"b\",c=\"d\"} 1\n# EOF\n",
	"漢字 🐳 ünïcödé",
}

// everything is the report of the golden files of host/report.
func everything(t *testing.T) *report.Report {
	t.Helper()
	var r report.Report
	if err := json.Unmarshal(golden(t, "everything.json"), &r); err != nil {
		t.Fatal(err)
	}
	return &r
}

func golden(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "host", "report", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// samples are the reports that every format is tried on.
func samples(t *testing.T) map[string]*report.Report {
	all := map[string]*report.Report{"everything": everything(t)}
	keep := func(name string, failOn wire.Severity, want func(r *report.Result) bool) {
		r := everything(t)
		var results []report.Result
		for _, res := range r.Results {
			if want(&res) {
				results = append(results, res)
			}
		}
		r.Results, r.Notes = append([]report.Result{}, results...), []report.Note{}
		r.Summary = report.Summarize(r.Results, failOn)
		all[name] = r
	}
	of := func(s wire.Severity) func(*report.Result) bool {
		return func(r *report.Result) bool { return r.Severity != nil && *r.Severity == s }
	}
	keep("nothing", wire.Fail, func(*report.Result) bool { return false })
	keep("passes", wire.Fail, of(wire.Pass))
	keep("warns", wire.Fail, of(wire.Warn))
	keep("warns that count", wire.Warn, of(wire.Warn))
	keep("skips", wire.Fail, of(wire.Skip))
	keep("unjudged", wire.Fail, func(r *report.Result) bool { return r.Severity == nil })
	keep("waived", wire.Fail, func(r *report.Result) bool { return r.Waiver != nil })
	for i, text := range nasty {
		all[fmt.Sprintf("nasty %d", i)] = poisoned(t, text)
	}
	// All of them in one report, a result each, for readers that take their time.
	medley := everything(t)
	medley.Results = nil
	for i, text := range nasty {
		res := poisoned(t, text).Results[0]
		res.Check = fmt.Sprintf("check.acme.nasty%02d", i)
		medley.Results = append(medley.Results, res)
	}
	medley.Summary = report.Summarize(medley.Results, wire.Fail)
	all["medley"] = medley
	many := everything(t)
	many.Results = nil
	for i := range 100 {
		res := everything(t).Results[i%7]
		res.Check = fmt.Sprintf("check.acme.many%03d", i)
		many.Results = append(many.Results, res)
	}
	many.Summary = report.Summarize(many.Results, wire.Fail)
	all["many"] = many
	return all
}

// poisoned is everything with text in the place of every text that is free.
func poisoned(t *testing.T, text string) *report.Report {
	r := everything(t)
	r.Host.Version = text
	for i := range r.Notes {
		r.Notes[i].Text = text
	}
	for i := range r.Results {
		res := &r.Results[i]
		res.Name, res.Question, res.Category, res.Diagnosis, res.Hint, res.Verification = text, text, text, text, text, text
		res.Tags, res.LikelyCauses = []string{text}, []string{text, text}
		res.Plugin.Version = text
		res.Evidence = wire.Evidence{"text": wire.String(text), "list": wire.Strings([]string{text}), "request_url": wire.String(text)}
		if res.Waiver != nil {
			res.Waiver.Reason, res.Waiver.Owner = text, text
		}
		if res.Remediation != nil {
			res.Remediation.Summary, res.Remediation.RunbookURL = text, text
			for n := range res.Remediation.Steps {
				s := &res.Remediation.Steps[n]
				s.Description, s.Command, s.Safety, s.Backup = text, text, text, text
			}
		}
		for n := range res.Requests {
			res.Requests[n].URL, res.Requests[n].Rule = text, text
		}
	}
	return r
}

// render writes a report in one format.
func render(t *testing.T, r *report.Report, write func(io.Writer, *report.Report) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// squeezed is text as a reader sees it who does not count white space.
func squeezed(s string) string { return strings.Join(strings.Fields(s), " ") }
