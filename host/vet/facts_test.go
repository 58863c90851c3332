package vet_test

import (
	"fmt"
	"slices"
	"testing"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/inspect"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/vet"
)

// origin is what judges of a file's origin with the policy.
func origin(t *testing.T, rep *inspect.Report, text string, sboms ...string) (vet.Facts, []string) {
	t.Helper()
	var attached []artifact.Attachment
	for _, s := range sboms {
		attached = append(attached, artifact.Attachment{Kind: artifact.SBOM, Data: []byte(s)})
	}
	r := &vet.Report{Facts: vet.FactsOf(&plugin.File{Module: &plugin.Module{}}, rep, attached, nil)}
	var found vet.Findings
	policy(t, text+"\n").Judge(r, &found)
	var rules []string
	sorted, _ := found.Sorted(nil)
	for _, f := range sorted {
		rules = append(rules, f.Rule)
	}
	return r.Facts, rules
}

func goFile(version, where string, modules ...inspect.Dependency) *inspect.Report {
	return &inspect.Report{
		Toolchain:    []inspect.Tool{{Field: "language", Name: "Go", Version: version}},
		GoBuilds:     []inspect.GoBuild{{Where: where, Modules: modules}},
		Dependencies: modules,
	}
}

// TestOriginFailsClosed: what a file hides about its making breaks a policy that
// forbids some of it, and so does what only its bill of materials tells.
func TestOriginFailsClosed(t *testing.T) {
	evil := inspect.Dependency{Ecosystem: "golang", Path: "github.com/evil/kit", Version: "v1.0.0"}
	crate := inspect.Dependency{Ecosystem: "cargo", Path: "serde", Version: "1.0.0"}
	const forbids = `forbidden_dependencies: [{path: "github.com/evil/**"}, {path: std, below: v1.26.0}]`
	const bom = `{"bomFormat":"CycloneDX","metadata":{"tools":%s},"components":[{"name":"%s","version":"v1.2.3"}]}`
	broken := goFile("go1.26.8", "data")
	broken.GoBuilds[0].Problem = "it is cut"
	unread, decoy := goFile("go1.26.8", "data"), goFile("go1.26.8", "data")
	unread.GoBuildsLeft = 1
	decoy.GoBuilds = append(decoy.GoBuilds, broken.GoBuilds...)
	for name, tt := range map[string]struct {
		file *inspect.Report
		text string
		sbom string
		want []string
	}{
		"a clean file":                       {goFile("go1.26.8", "data"), forbids, "", nil},
		"a forbidden module":                 {goFile("go1.26.8", "data", evil), forbids, "", []string{vet.RuleDependency}},
		"an old standard library":            {goFile("go1.25.3", "data"), forbids, "", []string{vet.RuleDependency}},
		"a standard library without version": {goFile("", "data"), forbids, "", []string{vet.RuleDependency}},
		"no list of modules":                 {&inspect.Report{}, forbids, "", []string{vet.RuleUnprovenOrigin}},
		"a list that cannot be read":         {broken, forbids, "", []string{vet.RuleUnprovenOrigin}},
		"more lists than are read":           {unread, forbids, "", []string{vet.RuleUnprovenOrigin}},
		"a list beside one that cannot be":   {decoy, "require_origin: true", "", []string{vet.RuleUnprovenOrigin}},
		"a list in a custom section":         {goFile("go1.26.8", `custom "x"`), forbids, "", []string{vet.RuleUnprovenOrigin}},
		"another language, with its list":    {&inspect.Report{Dependencies: []inspect.Dependency{crate}}, forbids, "", nil},
		"forbidden by the bill alone":        {goFile("go1.26.8", "data"), forbids, fmt.Sprintf(bom, "[]", "github.com/evil/other"), []string{vet.RuleDependency}},
		"a claim without a list":             {&inspect.Report{Toolchain: []inspect.Tool{{Field: "language", Name: "Go", Version: "go1.26.8"}}}, "require_origin: true", "", []string{vet.RuleUnprovenOrigin}},
		"a claim with a list":                {goFile("go1.26.8", "data"), "require_origin: true", "", nil},
	} {
		var sboms []string
		if tt.sbom != "" {
			sboms = []string{tt.sbom}
		}
		if _, got := origin(t, tt.file, tt.text, sboms...); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// TestMaterials: components of a bill of materials are found by what they are called
// in any of the ways in which its writers do it.
func TestMaterials(t *testing.T) {
	const forbids = `forbidden_dependencies: [{path: "github.com/evil/**"}]`
	for name, component := range map[string]string{
		"name":           `{"name":"github.com/evil/kit","version":"v1.0.0"}`,
		"group and name": `{"group":"github.com/evil","name":"kit","version":"v1.0.0"}`,
		"purl":           `{"name":"kit","version":"v1.0.0","purl":"pkg:golang/github.com/evil/kit@v1.0.0?type=module#sub"}`,
		"escaped purl":   `{"name":"kit","purl":"pkg:golang/github.com%2Fevil/kit@v1.0.0"}`,
		"purl alone":     `{"purl":"pkg:golang/github.com/evil/kit"}`,
		"within another": `{"name":"a","components":[{"name":"b","components":[{"name":"github.com/evil/kit"}]}]}`,
	} {
		bom := `{"bomFormat":"CycloneDX","components":[` + component + `]}`
		if _, got := origin(t, goFile("go1.26.8", "data"), forbids, bom); !slices.Contains(got, vet.RuleDependency) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestBillMakers: who made a bill of materials is told, so that one that was read
// out of the file is not taken for one of its build.
func TestBillMakers(t *testing.T) {
	const bom = `{"bomFormat":"CycloneDX","metadata":{"tools":%s},"components":[]}`
	for tools, want := range map[string][]string{
		`{"components":[{"name":"stella doctor","version":"1.0.0"}]}`: {"stella doctor 1.0.0"},
		`[{"vendor":"x","name":"cyclonedx-gomod"},{"name":"a"}]`:      {"a", "cyclonedx-gomod"},
		`null`: {},
	} {
		if got, _ := origin(t, goFile("go1.26.8", "data"), "", fmt.Sprintf(bom, tools)); !got.SBOM || !slices.Equal(got.SBOMBy, want) {
			t.Errorf("%s: %q, want %q", tools, got.SBOMBy, want)
		}
	}
}
