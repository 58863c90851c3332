package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host/plugin/plugintest"
	"stella-ops.org/doctor/sdk/wire"
)

// hostileCommands are the commands that every hostile plugin file is given to; FILE
// stands for the file. What they say is in testdata/hostile-COMMAND.txt.
var hostileCommands = []struct {
	name string
	args []string
	// told picks from standard output the lines that are held, of a file that is
	// not refused before there is anything to print.
	told func(stdout string) string
}{
	{"inspect", []string{"plugin", "inspect", "FILE"}, toldFindings},
	{"verify", []string{"plugin", "verify", "FILE"}, toldReason},
}

// toldFindings are the findings of an inspection that is not of a refused file.
func toldFindings(stdout string) string {
	_, findings, _ := strings.Cut(stdout, "\nFindings\n")
	findings, _, _ = strings.Cut(findings, "\n\n")
	told := ""
	for line := range strings.Lines(findings) {
		if !strings.HasPrefix(line, "  level") && !strings.Contains(stdout, ": refused\n") {
			told += strings.TrimSpace(line) + "\n"
		}
	}
	return told
}

// toldReason is the line that says why a signature is not believed.
func toldReason(stdout string) string {
	for line := range strings.Lines(stdout) {
		if strings.HasPrefix(line, "reason ") {
			return line
		}
	}
	return ""
}

// hostileFile is a file and what is wrong with it.
type hostileFile struct {
	id   string
	data func() []byte
	// refused says that no command accepts it.
	refused bool
}

// hostileFiles are the files that must be refused, and those that are accepted and
// doubted.
func hostileFiles() []hostileFile {
	var all []hostileFile
	for _, c := range plugintest.Hostile() {
		all = append(all, hostileFile{c.ID, c.Data, true})
	}
	for _, lie := range plugintest.Lies() {
		all = append(all, hostileFile{"lie: " + lie.ID, lie.Data, false})
	}
	return append(all, hostileFile{"canary", func() []byte { return canary("https://api.example.com") }, false})
}

// canary is a plugin all of whose functions run for ever: whoever executes one of
// them does not come back.
func canary(target string) []byte {
	return plugintest.Plugin(func(d *plugintest.Draft) {
		forever := plugintest.Ops(0x03, 0x40, 0x0c, 0, 0x0b, 0x00) // loop: br 0, end; unreachable
		for i := range d.Codes {
			d.Codes[i] = plugintest.Code(plugintest.NoLocals, forever)
		}
	}, func(info *wire.PluginInfo) { info.Checks[0].Access[0].Target = target })
}

// TestHostilePlugins gives every hostile file to the program and holds what it
// says, with its exit code, against a committed table. None makes it panic, wait,
// or leave a file behind.
func TestHostilePlugins(t *testing.T) {
	files := hostileFiles()
	if len(files) < 60 {
		t.Fatalf("only %d hostile files", len(files))
	}
	for _, c := range hostileCommands {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			t.Chdir(dir)
			var table strings.Builder
			for _, f := range files {
				if err := os.WriteFile("hostile.wasm", f.data(), 0o600); err != nil {
					t.Fatal(err)
				}
				code, said, stdout := sayOf(t, dir, strings.Fields(strings.ReplaceAll(strings.Join(c.args, " "), "FILE", "hostile.wasm"))...)
				said += c.told(stdout)
				fmt.Fprintf(&table, "%s | %d\n", f.id, code)
				for line := range strings.Lines(said) {
					table.WriteString("    " + strings.TrimRight(line, "\n") + "\n")
				}
				if code != exitDenied && (code != exitOK || f.refused) {
					t.Errorf("%s: exit code %d", f.id, code)
				}
				if code == exitDenied && said == "" {
					t.Errorf("%s: refused without a sentence: %s", f.id, said)
				}
				if left := leftBehind(t, dir); left != "" {
					t.Errorf("%s: left behind: %s", f.id, left)
				}
			}
			compareTable(t, "hostile-"+c.name+".txt", table.String())
		})
	}
}

// sayOf runs the program and returns its exit code and what it wrote.
func sayOf(t *testing.T, dir string, args ...string) (code int, stderr, stdout string) {
	t.Helper()
	var out, errs bytes.Buffer
	s := &streams{stdout: &out, stderr: &errs, environ: []string{
		"HOME=" + dir, "STELLA_HOME=" + filepath.Join(dir, "state"), "XDG_CACHE_HOME=" + filepath.Join(dir, "cache")}}
	start := time.Now()
	code = run(s, append([]string{"stella", "doctor"}, args...))
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("%s took %v", strings.Join(args, " "), took)
	}
	for _, c := range out.String() + errs.String() {
		if c != '\n' && c != '\t' && (c < 0x20 || c >= 0x7f && c < 0xa0) {
			t.Errorf("%s wrote %U", strings.Join(args, " "), c)
		}
	}
	return code, errs.String(), out.String()
}

// leftBehind names what stands in a directory beside the hostile file.
func leftBehind(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		if e.Name() != "hostile.wasm" {
			left = append(left, e.Name())
		}
	}
	return strings.Join(left, ", ")
}

// V17: nothing of a file is executed and nobody is asked to read it: each function
// of the file runs for ever, and the host that it names is listened to.
func TestInspectExecutesNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan bool, 1)
	go func() {
		if c, err := l.Accept(); err == nil {
			c.Close()
			asked <- true
		}
		close(asked)
	}()
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("hostile.wasm", canary("http://"+l.Addr().String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"text", "json", "markdown", "sarif", "html", formatSBOM} {
		if code, said, _ := sayOf(t, dir, "plugin", "inspect", "hostile.wasm", "--format", format); code != exitOK {
			t.Errorf("%s: exit code %d\n%s", format, code, said)
		}
	}
	l.Close()
	if <-asked {
		t.Error("the host that the plugin names was asked")
	}
	if left := leftBehind(t, dir); left != "" {
		t.Errorf("left behind: %s", left)
	}
}

// compareTable holds a text against a file of testdata, which -update writes. The
// test may stand in another directory.
func compareTable(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join(packageDir, "testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(gotLines), len(wantLines)) {
		if i >= len(gotLines) || i >= len(wantLines) || gotLines[i] != wantLines[i] {
			t.Fatalf("%s:%d differs, or is missing (run with -update to rewrite it)\n got %q\nwant %q", name, i+1, line(gotLines, i), line(wantLines, i))
		}
	}
}

func line(lines []string, i int) string {
	if i >= len(lines) {
		return ""
	}
	return lines[i]
}

// packageDir is the directory of this package, in which its tests begin.
var packageDir, _ = os.Getwd()
