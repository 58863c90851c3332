//go:build !wasip1

package sdktest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadmePlugin does what README tells the author of a first plugin: a module
// with that go.mod, the plugin, the two lines of test and the case. The case and
// the warning of the package comments are played in it too.
func TestReadmePlugin(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	readme, thirdparty := read(t, root, "README.md"), filepath.Join(root, "testdata", "thirdparty")
	gomod := between(t, readme, "```text\nmodule ", "```")
	sdkComment, comment := uncomment(read(t, root, "sdk/doc.go")), uncomment(read(t, root, "sdk/sdktest/sdktest.go"))
	if squeeze(between(t, sdkComment, "\nmodule ", "# ")) != squeeze(gomod) {
		t.Errorf("the package comment of sdk and README show another go.mod; README's is\n%s", gomod)
	}
	lines := []string{`sdktest.Validate(t, plugin)`, `sdktest.Run(t, plugin, "testdata")`}
	for _, line := range lines {
		if !strings.Contains(readme, "`"+line+"`") {
			t.Errorf("README does not show %s", line)
		}
	}

	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "testdata"), 0o755); err != nil {
		t.Fatal(err)
	}
	const header = "package main\n\nimport (\n\t\"testing\"\n\n\t\"stella-ops.org/doctor/sdk\"\n\t\"stella-ops.org/doctor/sdk/sdktest\"\n" +
		"\t\"stella-ops.org/doctor/sdk/wire\"\n\t\"stella-ops.org/doctor/sdk/wire/exchange\"\n)\n\n"
	for name, text := range map[string]string{
		// What go mod tidy adds is taken from a module that it made.
		"go.mod": strings.Replace(gomod, "../doctor", root, 1) +
			"\n" + line(t, read(t, thirdparty, "go.mod"), "golang.org/x/tools"),
		"go.sum":                 read(t, thirdparty, "go.sum"),
		"main.go":                read(t, root, "sdk/testdata/asking/main.go"),
		"testdata/readme.txtar":  between(t, readme, "```text\nA healthy", "```"),
		"testdata/comment.txtar": between(t, comment, "\nA healthy", "\nThe network has no part"),
		"main_test.go": header + "func TestPlugin(t *testing.T) {\n" + strings.Join(lines, "\n") + "\n}\n\n" +
			"func TestWarning(t *testing.T) {\nplugin.Checks[0].Run = func(*sdk.Env) wire.Result {\n" +
			between(t, sdkComment, "\nreturn wire.Result{\n\tSeverity: wire.Warn", "When ") + "}\n" +
			"sdktest.Play(t, plugin, plugin.Checks[0].Info.ID, &exchange.Case{})\n}\n",
	} {
		write(t, filepath.Join(dir, filepath.FromSlash(name)), text)
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-v", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), programEnv+"=", "GOFLAGS=", "GOWORK=off", "GOPROXY=off")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go test: %v\n%s", err, out)
	}
	for _, name := range []string{"TestPlugin/readme", "TestPlugin/comment", "TestWarning"} {
		if !strings.Contains(string(out), "--- PASS: "+name) {
			t.Errorf("%s is not played:\n%s", name, out)
		}
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// between returns the text from the last line of begin up to end.
func between(t *testing.T, text, begin, end string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, begin)
	_, first, _ := strings.Cut(begin, "\n")
	rest, _, found := strings.Cut(first+rest, end)
	if !ok || !found {
		t.Fatalf("there is no text between %q and %q", begin, end)
	}
	return rest
}

// line returns the first line of text that holds word.
func line(t *testing.T, text, word string) string {
	t.Helper()
	for l := range strings.Lines(text) {
		if strings.Contains(l, word) {
			return l
		}
	}
	t.Fatalf("no line holds %s", word)
	return ""
}

// uncomment takes the marks off a Go comment, and the tab off its code.
func uncomment(source string) string {
	var b strings.Builder
	for l := range strings.Lines(source) {
		l = strings.TrimPrefix(strings.TrimPrefix(l, "//"), " ")
		b.WriteString(strings.TrimPrefix(l, "\t"))
	}
	return b.String()
}

// squeeze leaves blank lines out.
func squeeze(text string) string {
	var b strings.Builder
	for l := range strings.Lines(text) {
		if strings.TrimSpace(l) != "" {
			b.WriteString(l)
		}
	}
	return b.String()
}
