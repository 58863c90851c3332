package readers

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"golang.org/x/net/html"

	"stella-ops.org/doctor/host/report"
)

// program is the stella program, which the Makefile names.
func program(t *testing.T) string {
	t.Helper()
	path := os.Getenv("STELLA")
	if path == "" {
		t.Skip("STELLA names no stella program: make test sets it")
	}
	return path
}

// TestProgram reads what one real run writes in every format.
func TestProgram(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	args := []string{"doctor", "run", "--set", "OCI:RegistryUrl=http://127.0.0.1:1", "--format", "ndjson"}
	for _, f := range []string{"json", "ndjson", "markdown", "junit", "sarif", "openmetrics", "nagios", "html"} {
		args = append(args, "--format", f+"="+at(f))
	}
	cmd := exec.Command(program(t), args...)
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+dir, "STELLA_OFFLINE=")
	live, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != report.ExitFail {
		t.Fatalf("%v, want exit code %d", err, report.ExitFail)
	}
	read := func(name string) []byte {
		data, err := os.ReadFile(at(name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	var r report.Report
	if err := json.Unmarshal(read("json"), &r); err != nil {
		t.Fatal(err)
	}
	if err := validate(t, compile(t, reportSchema), read("json")); err != nil {
		t.Errorf("json: %v", err)
	}
	if got, want := inOrderOfIDs(t, live), string(read("ndjson")); got != want {
		t.Errorf("the stream of the run and the one of its report differ:\n%s%s", got, want)
	}
	for line := range bytes.Lines(live) {
		if err := validate(t, compile(t, streamSchema), line); err != nil {
			t.Errorf("ndjson: %v", err)
		}
	}
	inert(t, "markdown", read("markdown"))
	if top, err := parseXML(read("junit")); err != nil {
		t.Errorf("junit: %v", err)
	} else {
		checkJUnit(t, "junit", top)
	}
	if err := validate(t, compileText(t, "sarif.json", sarifSchema(t)), read("sarif")); err != nil {
		t.Errorf("sarif: %v", err)
	}
	if _, err := parseMetrics(read("openmetrics"), expfmt.TypeOpenMetrics); err != nil {
		t.Errorf("openmetrics: %v", err)
	}
	if first, _, _ := bytes.Cut(read("nagios"), []byte("\n")); !nagiosFirst.Match(first) {
		t.Errorf("nagios: %s", first)
	}
	page, err := html.Parse(bytes.NewReader(read("html")))
	if err != nil {
		t.Fatal(err)
	}
	checkHTML(t, "html", page)
}

// inOrderOfIDs puts the lines of checks in a stream, which came as the checks
// ended, into the order of a report.
func inOrderOfIDs(t *testing.T, stream []byte) string {
	t.Helper()
	lines := slices.Collect(strings.Lines(string(stream)))
	if len(lines) < 2 {
		t.Fatalf("a stream without start and end:\n%s", stream)
	}
	slices.SortFunc(lines[1:len(lines)-1], func(a, b string) int { return strings.Compare(checkOf(t, a), checkOf(t, b)) })
	return strings.Join(lines, "")
}

// checkOf is the id of the check that a line of a stream tells about.
func checkOf(t *testing.T, line string) string {
	t.Helper()
	var event struct {
		Result struct{ Check string }
	}
	if err := json.Unmarshal([]byte(line), &event); err != nil || event.Result.Check == "" {
		t.Fatalf("%q tells of no check: %v", line, err)
	}
	return event.Result.Check
}

// TestSealedInfo holds the description sealed into the first-party plugin to its
// schema.
func TestSealedInfo(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(filepath.Dir(program(t)), "plugins", "integration.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	// The description is the last section of the file.
	name := []byte("stellaops.doctor.plugin")
	i := bytes.LastIndex(data, name)
	if i < 0 {
		t.Fatal("the file is not sealed")
	}
	if err := validate(t, compile(t, infoSchema), data[i+len(name):]); err != nil {
		t.Error(err)
	}
}
