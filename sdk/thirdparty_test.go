package sdk_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// thirdParty is a plugin that lives in a module of its own, as a stranger's does.
const thirdParty = "../testdata/thirdparty"

// A stranger's plugin needs our module for its code and one other, for the text
// files of its test.
func TestThirdPartyModules(t *testing.T) {
	const self, ours, text = "example.com/acme/doctor-plugin", "stella-ops.org/doctor", "golang.org/x/tools"
	for _, c := range []struct {
		name string
		args []string
		want []string
	}{
		{"plugin", nil, []string{self, ours}},
		{"plugin and test", []string{"-test"}, []string{self, text, ours}},
	} {
		out := inThirdParty(t, append(append([]string{"list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}"}, c.args...), "./...")...)
		got := strings.Fields(out)
		slices.Sort(got)
		slices.Sort(c.want)
		if got = slices.Compact(got); !slices.Equal(got, c.want) {
			t.Errorf("modules of the %s: %q, want %q", c.name, got, c.want)
		}
	}
}

// The tests of a stranger's plugin run in its module, with the files that are
// there: nothing is added to its go.mod or go.sum. With STELLA set they play
// their cases in WebAssembly as well.
func TestThirdPartyTests(t *testing.T) {
	if program := os.Getenv("STELLA"); program != "" {
		path, err := filepath.Abs(program)
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv("STELLA", path)
	}
	out := inThirdParty(t, "test", "-v", "-count=1", "./...")
	for _, name := range []string{"healthy", "unhealthy", "refused", "unknown-authority", "invalid-address"} {
		if !strings.Contains(out, "--- PASS: TestPlugin/"+name) {
			t.Errorf("case %s was not played:\n%s", name, out)
		}
	}
}

// inThirdParty runs the go command in the module, which must not be written to.
func inThirdParty(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = thirdParty
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s%s", strings.Join(args, " "), err, &stderr, out)
	}
	return string(out)
}
