package diff

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"sync"

	"stella-ops.org/doctor/host/report"
)

//go:embed html.tmpl
var htmlSource string

var htmlTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("diff").Parse(htmlSource))
})

// htmlPage is what the template shows. Its texts are escaped for people already;
// html/template escapes them for HTML.
type htmlPage struct {
	Policy                string
	Style                 template.CSS
	Title, State, Verdict string
	Reasons, Meta         []string
	Parts                 []htmlPart
}

type htmlPart struct {
	Title, Left string
	Rows        []htmlRow
}

type htmlRow struct{ Word, What, Old, New string }

// WriteHTML writes the page as one file that stands alone: it loads nothing, runs
// nothing, and its content security policy forbids both.
func WriteHTML(w io.Writer, d *Diff) error {
	page := htmlPage{Title: report.Escape(d.title()), State: "pass", Verdict: sentence(d.verdict()), Reasons: escaped(d.reasons())}
	page.Policy, page.Style = report.HTMLStyle()
	if d.Wider() {
		page.State = "warn"
	}
	if d.Old != nil {
		page.Meta = append(page.Meta, "old: "+d.Old.File+", "+d.Old.Digest)
	}
	page.Meta = append(append(page.Meta, "new: "+d.New.File+", "+d.New.Digest), d.Notes...)
	if same := d.unchanged(); same != "" {
		page.Meta = append(page.Meta, "without a change: "+same)
	}
	page.Meta = escaped(append(page.Meta, "requests and verdicts: "+d.behaviourText()))
	for _, p := range d.parts() {
		rows, left := p.shown()
		if len(rows) == 0 {
			continue
		}
		h := htmlPart{Title: sentence(p.title)}
		for _, c := range rows {
			word := c.Kind
			if c.Wider {
				word += ", wider"
			}
			h.Rows = append(h.Rows, htmlRow{word, report.Escape(c.What), report.Escape(c.Old), report.Escape(c.New)})
		}
		if left > 0 {
			h.Left = fmt.Sprintf("And %d more.", left)
		}
		page.Parts = append(page.Parts, h)
	}
	var b bytes.Buffer
	if err := htmlTemplate().Execute(&b, page); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

func escaped(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = report.Escape(t)
	}
	return out
}
