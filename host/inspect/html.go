package inspect

import (
	"bytes"
	_ "embed"
	"html/template"
	"io"
	"sync"

	"stella-ops.org/doctor/host/report"
)

//go:embed html.tmpl
var htmlSource string

var htmlTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("inspection").Parse(htmlSource))
})

// htmlPage is what the template shows. Its texts are escaped for people already;
// html/template escapes them for HTML.
type htmlPage struct {
	Policy       string
	Style        template.CSS
	Title, State string
	Summary      string
	Parts        []htmlPart
}

type htmlPart struct {
	Title, Note string
	Head        []string
	Rows        [][]string
}

// WriteHTML writes the report as one page that stands alone: it loads nothing,
// runs nothing, and its content security policy forbids both.
func WriteHTML(w io.Writer, r *Report) error {
	page := htmlPage{Title: report.Escape(r.title()), State: "info", Summary: r.summary()}
	page.Policy, page.Style = report.HTMLStyle()
	if r.Refused != nil {
		page.State = "fail"
	}
	for _, p := range r.parts() {
		h := htmlPart{Title: report.Escape(p.title), Note: report.Escape(p.note), Head: p.head}
		if h.Title == "" {
			h.Title = "Identity"
		}
		for _, cells := range p.rows {
			escaped := make([]string, len(cells))
			for i, c := range cells {
				escaped[i] = report.Escape(c)
			}
			h.Rows = append(h.Rows, escaped)
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

// summary is the report in one line.
func (r *Report) summary() string {
	if r.Refused != nil {
		return "Refused: " + report.Escape(r.Refused.Text)
	}
	return "Accepted, " + plural(len(r.Findings), "finding")
}
