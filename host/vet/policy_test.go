package vet_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"stella-ops.org/doctor/host/vet"
)

// TestBadPolicies: each broken policy is refused as a whole, with its sentence and
// the line that is at fault.
func TestBadPolicies(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.txtar")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d broken policies: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil || len(a.Files) != 2 {
				t.Fatalf("%d files: %v", len(a.Files), err)
			}
			p, err := vet.ParsePolicy(a.Files[0].Data, "policy.yaml")
			var broken *vet.PolicyError
			if !errors.As(err, &broken) || p != nil {
				t.Fatalf("policy %+v, error %v", p, err)
			}
			want := "policy policy.yaml: " + strings.TrimSpace(string(a.Files[1].Data))
			if got := err.Error(); got != want && !(strings.HasSuffix(want, ",") && strings.HasPrefix(got, want)) {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func policy(t *testing.T, text string) *vet.Policy {
	t.Helper()
	p, err := vet.ParsePolicy([]byte("schema: stellaops.doctor.vet-policy/v1\n"+text), "test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// facts are those of a file that most policies could object to.
func facts() *vet.Report {
	return &vet.Report{
		Subject: vet.Subject{Bytes: 3_000_000},
		Facts: vet.Facts{
			Imports: []string{"stella:doctor/v1 http_read", "stella:doctor/v1 http_write"}, Toolchain: []string{"Go go1.25.3"}, MemoryBytes: 8 << 20,
			LiteralHosts: []string{"api.github.com", "collector.example.net"}, Methods: []string{"GET", "POST"},
			ModulesTold: true, SBOMBy: []string{},
			Dependencies: []vet.Dependency{{Path: "golang.org/x/net", Version: "v0.37.0"}, {Path: "github.com/evil/kit", Version: "v0.0.0-20260101000000-abcdefabcdef"}},
			Signers:      []string{"acme-release", "jane"},
		},
	}
}

// TestPolicy: each field of a policy has a sentence for what breaks it, and none
// for what keeps it.
func TestPolicy(t *testing.T) {
	tests := []struct{ breaks, want, keeps string }{
		{"max_bytes: 2999999", "max-bytes: the file has 3000000 bytes, the policy allows 2999999", "max_bytes: 3000000"},
		{"max_memory: 8388607", "max-memory: the module may take 8388608 bytes of memory, the policy allows 8388607", "max_memory: 8388608"},
		{`forbidden_imports: ["stella:doctor/v1 http_w*"]`, "forbidden-import: the module imports stella:doctor/v1 http_write, which the policy forbids", `forbidden_imports: ["stella:doctor/v1 tcp_probe"]`},
		{"allowed_hosts: [api.github.com]", "literal-host: the access names collector.example.net, which is not among the allowed hosts of the policy", `allowed_hosts: [api.github.com, "*.example.net"]`},
		{"allowed_methods: [GET]", "method: the access names POST, which is not among the allowed methods of the policy", "allowed_methods: [GET, POST]"},
		{"allow_write: false", "write: the access names POST, and the policy allows no check to write", "allow_write: true"},
		{"required_signers: {names: [bob], threshold: 1}", "signer: none of those whom the policy names signed, it wants 1", `required_signers: {names: ["acme-*"]}`},
		{"required_signers: {threshold: 3}", "signer: 2 of those whom the policy names signed, it wants 3", "required_signers: {threshold: 2}"},
		{"require_sbom: true", "sbom: no bill of materials came with the file that is about these bytes and names all its modules, and the policy wants one", "require_sbom: false"},
		{`forbidden_dependencies: [{path: "github.com/evil/**"}]`, "forbidden-dependency: the plugin was built from github.com/evil/kit v0.0.0-20260101000000-abcdefabcdef, and the policy forbids github.com/evil/**", "forbidden_dependencies: [{path: github.com/evil}]"},
		{"forbidden_dependencies: [{path: golang.org/x/net, below: v0.38.0}]", "forbidden-dependency: the plugin was built from golang.org/x/net v0.37.0, and the policy forbids golang.org/x/net below v0.38.0", "forbidden_dependencies: [{path: golang.org/x/net, below: v0.37.0}]"},
		{`allowed_toolchains: ["Go* go1.26*"]`, "toolchain: the file was made with Go go1.25.3, which is not among the allowed toolchains of the policy", `allowed_toolchains: ["Go* go1.25*"]`},
	}
	judge := func(text string) []string {
		p := policy(t, text+"\n")
		var found vet.Findings
		p.Judge(facts(), &found)
		var all []string
		sorted, _ := found.Sorted(p.Levels)
		for _, f := range sorted {
			all = append(all, f.Rule+": "+f.Text)
			if f.Level != vet.Error {
				t.Errorf("%s has level %s", f.Rule, f.Level)
			}
		}
		return all
	}
	for _, tt := range tests {
		if got := judge(tt.breaks); len(got) != 1 || got[0] != tt.want {
			t.Errorf("%s: %q, want %q", tt.breaks, got, tt.want)
		}
		if got := judge(tt.keeps); len(got) != 0 {
			t.Errorf("%s: %q", tt.keeps, got)
		}
	}
	if got := judge("allowed_hosts: []"); len(got) != 2 {
		t.Errorf("an empty list of hosts allows some: %q", got)
	}
	if got := judge(""); len(got) != 0 {
		t.Errorf("a policy without fields: %q", got)
	}
}

// TestPolicyUnknownOrigin: a file that does not tell its origin passes no policy
// that asks for it.
func TestPolicyUnknownOrigin(t *testing.T) {
	for text, rule := range map[string]string{
		"require_origin: true": vet.RuleUnprovenOrigin, `allowed_toolchains: ["Go*"]`: vet.RuleToolchain, "required_signers: {threshold: 1}": vet.RuleSigner,
	} {
		r := facts()
		r.Facts.ModulesTold, r.Facts.Toolchain, r.Facts.Dependencies, r.Facts.Signers, r.Facts.Unsigned = false, nil, nil, nil, "there is no signature"
		var found vet.Findings
		policy(t, text+"\n").Judge(r, &found)
		sorted, _ := found.Sorted(nil)
		if len(sorted) != 1 || sorted[0].Rule != rule {
			t.Errorf("%s: %+v", text, sorted)
		}
		if rule == vet.RuleSigner && !strings.HasSuffix(sorted[0].Text, ": there is no signature") {
			t.Errorf("text %q", sorted[0].Text)
		}
	}
}

// TestLevels: a policy makes more of a rule, less, or nothing; many findings of one
// kind do not drown the others.
func TestLevels(t *testing.T) {
	p := policy(t, "levels: {unused-access: error, trap: note, clock: \"off\"}\n")
	var found vet.Findings
	found.Add(vet.RuleClock, "check.a.b", "differs", "")
	found.Add(vet.RuleTrap, "check.a.b", "crashes", "with a")
	found.Add(vet.RuleTrap, "check.a.b", "crashes", "with b")
	found.Add(vet.RuleUnusedAccess, "check.a.b", "is greedy", "")
	found.Add("unheard-of", "", "is new", "")
	got, dropped := found.Sorted(p.Levels)
	want := []vet.Finding{
		{Rule: vet.RuleUnusedAccess, Level: vet.Error, Check: "check.a.b", Text: "is greedy"},
		{Rule: "unheard-of", Level: vet.Error, Text: "is new"},
		{Rule: vet.RuleTrap, Level: vet.Note, Check: "check.a.b", Text: "crashes", Scenario: "with a", Seen: 2},
	}
	if !slices.Equal(got, want) || dropped != 0 {
		t.Errorf("findings %+v, %d dropped, want %+v", got, dropped, want)
	}
	for i := range 20 {
		found.Add(vet.RuleTrap, "check.a.b", strings.Repeat("x", i), "")
	}
	if got, dropped := found.Sorted(nil); dropped != 13 || len(got) != 8+3 {
		t.Errorf("%d findings, %d dropped", len(got), dropped)
	}
}

// TestDefaultPolicy: the built-in policy can be read, also where its comments become
// fields.
func TestDefaultPolicy(t *testing.T) {
	if p := vet.DefaultPolicy(); p.Name != "default" || len(p.SHA256()) != 64 {
		t.Errorf("policy %+v", p)
	}
	uncommented := ""
	for line := range strings.Lines(string(vet.DefaultPolicyText())) {
		if rest, ok := strings.CutPrefix(line, "# "); ok && (strings.Contains(rest, "_") || strings.HasPrefix(rest, "  - {")) && !strings.HasSuffix(rest, ".\n") {
			line = rest
		}
		uncommented += line
	}
	p, err := vet.ParsePolicy([]byte(uncommented), "policy.yaml")
	if err != nil {
		t.Fatalf("%v\n%s", err, uncommented)
	}
	if len(p.AllowedHosts) != 3 || len(p.Forbidden) != 2 || p.Signers == nil || !p.RequireSBOM || len(p.Toolchains) != 1 || len(p.ForbiddenImports) != 1 {
		t.Errorf("policy %+v", p)
	}
}

func FuzzParsePolicy(f *testing.F) {
	f.Add(vet.DefaultPolicyText())
	files, _ := filepath.Glob("testdata/bad/*.txtar")
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil {
			f.Add(txtar.Parse(data).Files[0].Data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := vet.ParsePolicy(data, "fuzzed")
		if (p == nil) != (err != nil) {
			t.Fatalf("policy %v, error %v", p, err)
		}
		if p != nil {
			p.Judge(facts(), new(vet.Findings))
		}
	})
}

// TestLowered: no policy switches off what guards the access and the secrets, or that
// a vetting came to its end, and
// every form of the report tells which rules one lowers.
func TestLowered(t *testing.T) {
	for _, rule := range []string{vet.RuleDescribe, vet.RuleOutsideAccess, vet.RuleStray, vet.RuleSecretMisdirected, vet.RuleSecretInRequest, vet.RuleSecretInOutput, vet.RuleSecretInLog, vet.RuleCutShort, vet.RuleEngine} {
		text := "schema: " + vet.PolicySchema + "\nlevels: {" + rule + ": \"off\"}\n"
		if _, err := vet.ParsePolicy([]byte(text), "p"); err == nil || !strings.Contains(err.Error(), "cannot be switched off") {
			t.Errorf("%s: error %v", rule, err)
		}
	}
	p := policy(t, "levels: {unused-access: error, outside-access: note, clock: \"off\"}\n")
	rep := &vet.Report{Verdict: vet.Passed, Policy: p.Applied()}
	for form, write := range map[string]func(io.Writer, *vet.Report) error{
		"text": vet.WriteText, "markdown": vet.WriteMarkdown, "html": vet.WriteHTML, "json": vet.WriteJSON,
		"sarif": func(w io.Writer, r *vet.Report) error { return vet.WriteSARIF(w, r, "x", 0) },
	} {
		var b bytes.Buffer
		if err := write(&b, rep); err != nil {
			t.Fatal(err)
		}
		got := strings.ReplaceAll(b.String(), "\\", "")
		for _, want := range []string{"outside-access", "clock"} {
			if form != "sarif" && strings.Contains(got, "unused-access") || !strings.Contains(got, want) {
				t.Errorf("%s does not tell of %s: %s", form, want, got)
			}
		}
	}
	if none := vet.DefaultPolicy().Applied().Lowered; len(none) != 0 {
		t.Errorf("the built-in policy lowers %+v", none)
	}
}
