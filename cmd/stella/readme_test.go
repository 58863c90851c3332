package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/hosttest"
	"stella-ops.org/doctor/host/report"
)

func readme(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(hosttest.Root(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// blocks returns the fenced code blocks of a language.
func blocks(text, language string) []string {
	var out []string
	for _, m := range regexp.MustCompile("(?s)\n```"+language+"\n(.*?)\n```").FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return out
}

// TestReadmeExitCodes holds the table against the constants.
func TestReadmeExitCodes(t *testing.T) {
	text := readme(t)
	for _, c := range []int{exitOK, exitInternal, exitUsage, exitDenied, exitUnknown, exitOffline, exitTransient, exitFail, exitWarn, exitUnjudged, exitInterrupt} {
		if !slices.ContainsFunc(exitCodes, func(e exitCode) bool { return e.code == c }) {
			t.Errorf("exit code %d has no meaning", c)
		}
	}
	for _, e := range exitCodes {
		if row := fmt.Sprintf("\n| %d | %s |\n", e.code, e.meaning); !strings.Contains(text, row) {
			t.Errorf("the table lacks the row %s", row)
		}
	}
	if rows := regexp.MustCompile(`(?m)^\| \d+ \| `).FindAllString(text, -1); len(rows) != len(exitCodes) || len(exitCodes) != 11 {
		t.Errorf("the table has %d codes, the program %d", len(rows), len(exitCodes))
	}
}

// TestReadmeCommands holds the table of commands against the program's.
func TestReadmeCommands(t *testing.T) {
	text := readme(t)
	var walk func(prefix string, cmds []*cli.Command)
	walk = func(prefix string, cmds []*cli.Command) {
		for _, c := range cmds {
			name := prefix + " " + c.Name
			if len(c.Subcommands) > 0 {
				walk(name, c.Subcommands)
				continue
			}
			name = strings.Replace(name, "doctor run", "doctor [run]", 1)
			if !strings.Contains(text, "| `"+strings.TrimSpace(name)) {
				t.Errorf("%s is not in the table", name)
			}
		}
	}
	walk("stella", newApp(&streams{}).Commands)
}

// TestReadmeGo holds the Go blocks against sources that are built and run by
// tests.
func TestReadmeGo(t *testing.T) {
	root := hosttest.Root(t)
	shown := blocks(readme(t), "go")
	if len(shown) != 2 {
		t.Fatalf("%d Go blocks, want 2", len(shown))
	}
	for i, file := range []string{"sdk/testdata/asking/main.go", "host/example_test.go"} {
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(unindent(string(data)), unindent(shown[i])) {
			t.Errorf("Go block %d is not part of %s", i+1, file)
		}
	}
}

func unindent(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSpace(l)
	}
	return strings.Join(lines, "\n")
}

// TestReadmeSessions runs what the console blocks show, in order, beside the files
// that the YAML blocks show, with a web
// server in the place of the one that they name, and wants the output that they
// show, as far as they show it.
func TestReadmeSessions(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	sealed := hosttest.SealedFile(t, "plugins/integration")
	root, dir := hosttest.Root(t), t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// The test binary takes itself for the program under the name stella.
	if err := os.Symlink(self, filepath.Join(dir, "stella")); err != nil {
		t.Fatal(err)
	}
	for _, file := range blocks(readme(t), "yaml") {
		name, _, _ := strings.Cut(strings.TrimPrefix(file, "# "), "\n")
		if err := os.WriteFile(filepath.Join(dir, name), []byte(file), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ran := 0
	for _, block := range blocks(readme(t), "console") {
		for _, step := range strings.Split("\n"+block, "\n$ ")[1:] {
			command, want, _ := strings.Cut(step, "\n")
			if !strings.HasPrefix(command, "stella ") {
				t.Errorf("a session runs %s, not stella", command)
				continue
			}
			cmd := exec.Command("sh", "-c", strings.NewReplacer("http://127.0.0.1:8080", server.URL, "sdk/testdata", filepath.Join(root, "sdk", "testdata")).Replace(command))
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"), envEmbedded+"="+sealed, "XDG_CACHE_HOME="+dir, "STELLA_OFFLINE=", "HTTP_PROXY=", "http_proxy=")
			out, _ := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != exitOK && code != report.ExitFail {
				t.Errorf("%s: exit code %d\n%s", command, code, out)
			}
			for _, line := range strings.Split(want, "\n") {
				if line = strings.TrimSpace(line); line != "" && line != "…" && !strings.Contains(volatile.ReplaceAllString(string(out), " N ms"), volatile.ReplaceAllString(line, " N ms")) {
					t.Errorf("%s does not print %q:\n%s", command, line, out)
				}
			}
			ran++
		}
	}
	if ran < 10 {
		t.Errorf("only %d commands were run", ran)
	}
}

var volatile = regexp.MustCompile(` \d+ ms`)
