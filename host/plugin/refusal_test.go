package plugin

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host/plugin/plugintest"
	"stella-ops.org/doctor/sdk/wire"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestRefusals(t *testing.T) {
	golden := &strings.Builder{}
	seen := make(map[string]bool)
	rules := make(map[string]bool)
	for _, c := range plugintest.Hostile() {
		if seen[c.ID] {
			t.Fatalf("case %q stands twice", c.ID)
		}
		seen[c.ID], rules[c.Rule] = true, true
		t.Run(strings.ReplaceAll(c.ID, " ", "_"), func(t *testing.T) {
			data := c.Data()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := Open(data)
			took := time.Since(start)
			runtime.ReadMemStats(&after)

			if err == nil {
				t.Fatalf("%d bytes are accepted, want rule %s", len(data), c.Rule)
			}
			isRefusal(t, err)
			if RuleOf(err) != c.Rule {
				t.Errorf("got %v, want rule %s", err, c.Rule)
			}
			// A few milliseconds are usual; the bound leaves room for a busy machine
			// and none for work that a count drives.
			if took > time.Second {
				t.Errorf("%d bytes took %v", len(data), took)
			}
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 4<<20 {
				t.Errorf("%d bytes made the scanner allocate %d", len(data), grown)
			}
			r := err.(*Refusal)
			golden.WriteString(c.ID + "\n    " + r.Error() + "\n")
			if r.Hint != "" {
				golden.WriteString("    hint: " + r.Hint + "\n")
			}
		})
	}
	compareGolden(t, filepath.Join("testdata", "refusals.golden"), golden.String())
	for _, rule := range declaredRules(t) {
		if !rules[rule] && rule != RuleSealPresent && rule != RuleSectionCount {
			t.Errorf("no case is refused by rule %s", rule)
		}
	}
}

func compareGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range min(len(gotLines), len(wantLines)) {
		if gotLines[i] != wantLines[i] {
			t.Fatalf("%s:%d differs (run with -update to rewrite it)\n got %s\nwant %s", path, i+1, gotLines[i], wantLines[i])
		}
	}
	t.Fatalf("%s has %d lines, want %d (run with -update to rewrite it)", path, len(gotLines), len(wantLines))
}

// declaredRules returns the values of the Rule constants of the package.
func declaredRules(t *testing.T) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), "refusal.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var rules []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "Rule") {
			rules = append(rules, strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`))
		}
		return true
	})
	if len(rules) < 50 {
		t.Fatalf("found only %d rules", len(rules))
	}
	return rules
}

// The names of the ABI in the sentences come from the contract.
func TestHostFunctions(t *testing.T) {
	if got := HostFunctions(); !slices.Equal(got, []string{wire.FuncHTTPRead, wire.FuncHTTPWrite, wire.FuncTCPProbe}) {
		t.Errorf("host functions are %v", got)
	}
}
