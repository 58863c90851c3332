package readers

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// sarifSchema is the schema that OASIS publishes, which go-sarif holds in a
// constant of its own.
func sarifSchema(t *testing.T) string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif").Output()
	if err != nil {
		t.Fatal(err)
	}
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(dir)), "schema.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	ast.Inspect(f, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil && len(s) > len(text) {
				text = s
			}
		}
		return true
	})
	if !strings.Contains(text, "SARIF") {
		t.Fatal("go-sarif holds no schema")
	}
	return text
}

func TestSARIF(t *testing.T) {
	schema := compileText(t, "sarif.json", sarifSchema(t))
	for name, r := range samples(t) {
		doc := render(t, r, report.WriteSARIF)
		if err := validate(t, schema, doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		log, err := sarif.FromBytes(doc)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		checkSARIF(t, name, r, log.Runs[0])
	}
	if err := validate(t, schema, bytes.Replace(render(t, everything(t), report.WriteSARIF), []byte(`"level": "error"`), []byte(`"level": "fail"`), 1)); err == nil {
		t.Error("the schema admits an unknown level")
	}
}

// checkSARIF holds the run against the report.
func checkSARIF(t *testing.T, name string, r *report.Report, run *sarif.Run) {
	t.Helper()
	want := map[string]string{}
	unjudged := 0
	for _, res := range r.Results {
		switch {
		case res.Severity == nil:
			unjudged++
		case *res.Severity == wire.Fail:
			want[res.Check] = "error"
		case *res.Severity == wire.Warn:
			want[res.Check] = "warning"
		case *res.Severity == wire.Info, *res.Severity == wire.Pass && res.Cause != nil:
			want[res.Check] = "note"
		}
	}
	if len(run.Results) != len(want) || len(run.Tool.Driver.Rules) != len(r.Results) {
		t.Errorf("%s: %d results of %d rules, want %d of %d", name, len(run.Results), len(run.Tool.Driver.Rules), len(want), len(r.Results))
	}
	for _, res := range run.Results {
		id := *res.RuleID
		if res.Level != want[id] {
			t.Errorf("%s: %s is of level %s, want %s", name, id, res.Level, want[id])
		}
		if *run.Tool.Driver.Rules[res.RuleIndex].ID != id {
			t.Errorf("%s: the rule index of %s names another rule", name, id)
		}
		original := r.Results[res.RuleIndex]
		if got := len(res.Suppressions) > 0; got != (original.Waiver != nil) {
			t.Errorf("%s: %s suppressed: %t", name, id, got)
		}
		if text := *res.Message.Text; strings.Contains(strings.ReplaceAll(text, `\](`, ""), "](") {
			t.Errorf("%s: %s: the message holds a link: %s", name, id, text)
		}
	}
	errors := 0
	for _, n := range run.Invocations[0].ToolExecutionNotifications {
		if n.Level == "error" {
			errors++
		}
	}
	if ok := *run.Invocations[0].ExecutionSuccessful; errors != unjudged || ok != (unjudged == 0) || *run.Invocations[0].ExitCode != r.Summary.ExitCode {
		t.Errorf("%s: %d notifications of level error for %d checks without verdict, successful %t", name, errors, unjudged, ok)
	}
}

// TestSARIFMarkdown holds that the Markdown of messages keeps hostile text inert,
// as the Markdown report does.
func TestSARIFMarkdown(t *testing.T) {
	for name, r := range samples(t) {
		var log struct {
			Runs []struct {
				Results []struct{ Message struct{ Markdown string } }
			}
		}
		if err := json.Unmarshal(render(t, r, report.WriteSARIF), &log); err != nil {
			t.Fatal(err)
		}
		for _, res := range log.Runs[0].Results {
			inert(t, name, []byte(res.Message.Markdown))
		}
	}
}
