package readers

import (
	"io"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"stella-ops.org/doctor/host/report"
)

// forge reads Markdown as forges do: links from bare addresses, tables, task lists,
// strikethrough, footnotes and definition lists too.
var forge = goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList))

// inert reads Markdown and fails when a node could do anything but show text. It
// returns the text of the page and the number of nodes of each kind.
func inert(t *testing.T, name string, source []byte) (page string, kinds map[string]int) {
	t.Helper()
	var b strings.Builder
	kinds = map[string]int{}
	allowed := map[string]bool{"Document": true, "Heading": true, "Paragraph": true, "TextBlock": true, "Text": true, "String": true, "CodeSpan": true, "Emphasis": true,
		"FencedCodeBlock": true, "List": true, "ListItem": true, "Table": true, "TableHeader": true, "TableRow": true, "TableCell": true}
	err := ast.Walk(forge.Parser().Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			if n.Type() == ast.TypeBlock {
				b.WriteByte('\n')
			}
			return ast.WalkContinue, nil
		}
		kind := n.Kind().String()
		kinds[kind]++
		if !allowed[kind] {
			t.Errorf("%s: a %s at\n%s", name, kind, b.String())
		}
		switch x := n.(type) {
		case *ast.Text:
			value := string(x.Segment.Value(source))
			if _, code := n.Parent().(*ast.CodeSpan); !code {
				if strings.Contains(value, "@") {
					t.Errorf("%s: %q may notify somebody", name, value)
				}
				value = unescape(value)
			}
			b.WriteString(value)
		case *ast.FencedCodeBlock:
			for i := range x.Lines().Len() {
				line := x.Lines().At(i)
				b.Write(line.Value(source))
			}
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), kinds
}

// unescape undoes what the parser leaves to the renderer.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", s[i+1]) >= 0 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func TestMarkdown(t *testing.T) {
	for _, view := range []report.View{{}, {Verbose: true}, {Runtime: "kubernetes"}} {
		for name, r := range samples(t) {
			source := render(t, r, func(w io.Writer, r *report.Report) error { return report.WriteMarkdown(w, r, view) })
			page, kinds := inert(t, name, source)
			if want := min(len(r.Results), 1); kinds["Table"] != want || kinds["TableRow"] != len(r.Results) {
				t.Errorf("%s: %d tables with %d rows for %d results", name, kinds["Table"], kinds["TableRow"], len(r.Results))
			}
			if len(r.Results) > 0 && kinds["TableCell"] != 4*(len(r.Results)+1) {
				t.Errorf("%s: %d cells", name, kinds["TableCell"])
			}
			for _, res := range r.Results {
				if !strings.Contains(page, res.Check) {
					t.Errorf("%s: %s is not on the page", name, res.Check)
				}
				if problem := res.Severity == nil || res.Severity.Rank() >= 3; problem && !strings.Contains(squeezed(page), squeezed(report.Escape(res.Diagnosis))) {
					t.Errorf("%s: the page does not show %q:\n%s", name, res.Diagnosis, page)
				}
			}
		}
	}
}

// TestMarkdownCommands holds that the commands come back as they were.
func TestMarkdownCommands(t *testing.T) {
	for _, command := range []string{"true", "echo `date`", "cat <<'EOF'\n```\n~~~\n`````\n</code>\nEOF", "    indented", "```", "# comment", "a\n\n\nb"} {
		r := everything(t)
		for i := range r.Results {
			if r.Results[i].Remediation != nil {
				for n := range r.Results[i].Remediation.Steps {
					r.Results[i].Remediation.Steps[n].Command = command
				}
			}
		}
		source := render(t, r, func(w io.Writer, r *report.Report) error { return report.WriteMarkdown(w, r, report.View{}) })
		found := 0
		err := ast.Walk(forge.Parser().Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			if code, ok := n.(*ast.FencedCodeBlock); ok && entering {
				var b strings.Builder
				for i := range code.Lines().Len() {
					line := code.Lines().At(i)
					b.Write(line.Value(source))
				}
				if strings.TrimSuffix(b.String(), "\n") == command {
					found++
				}
			}
			return ast.WalkContinue, nil
		})
		if err != nil || found != 4 {
			t.Errorf("%q is found %d times, want 4 (%v)\n%s", command, found, err, source)
		}
	}
}

// TestForgeSees holds that the reader would see what the writer must avoid.
func TestForgeSees(t *testing.T) {
	for source, want := range map[string]ast.NodeKind{
		"see http://a.example.com": ast.KindAutoLink, "see www.a.example.com": ast.KindAutoLink, "[a](b)": ast.KindLink, "![a](b)": ast.KindImage,
		"a <b>c</b>": ast.KindRawHTML, "<div>": ast.KindHTMLBlock, "~~a~~": extast.KindStrikethrough,
	} {
		seen := false
		ast.Walk(forge.Parser().Parse(text.NewReader([]byte(source))), func(n ast.Node, _ bool) (ast.WalkStatus, error) {
			seen = seen || n.Kind() == want
			return ast.WalkContinue, nil
		})
		if !seen {
			t.Errorf("%q is read without a %s", source, want)
		}
	}
}
