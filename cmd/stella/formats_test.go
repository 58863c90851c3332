package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/hosttest"
	"stella-ops.org/doctor/host/report"
)

// TestFormatsAndWriters holds the list of formats against the renderers.
func TestFormatsAndWriters(t *testing.T) {
	writers := reportWriters(&report.Report{}, report.View{})
	for _, f := range reportFormats {
		if writers[f] == nil {
			t.Errorf("nothing writes %s", f)
		}
	}
	if len(writers) != len(reportFormats) {
		t.Errorf("%d formats and %d writers", len(reportFormats), len(writers))
	}
}

// TestFormatsExitCodes is the matrix of formats and worst outcomes: the exit code is the
// same for every format, to standard output and to a file beside all others.
func TestFormatsExitCodes(t *testing.T) {
	sealed, hostile := hosttest.Sealed(t, "plugins/integration"), hosttest.SealedFile(t, "testdata/guests/hostile")
	embedded := embeddedPlugins
	embeddedPlugins = func() [][]byte { return [][]byte{sealed} }
	t.Cleanup(func() { embeddedPlugins = embedded })
	cache := t.TempDir() // a compiled plugin answers in a tenth of the time
	runCode(t, cache, exitOK, "plugin", "warm")
	answer := func(status int) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(s.Close)
		return "OCI:RegistryUrl=" + s.URL
	}
	doubtful := answer(http.StatusNotFound)
	for name, c := range map[string]struct {
		code int
		args []string
	}{
		"pass":             {exitOK, []string{"check.integration.oci.registry", "--set", answer(http.StatusUnauthorized)}},
		"skip":             {exitOK, nil},
		"warn":             {exitOK, []string{"--set", doubtful}},
		"warn that counts": {exitWarn, []string{"--set", doubtful, "--fail-on", "warn"}},
		"fail":             {exitFail, []string{"--set", "OCI:RegistryUrl=http://127.0.0.1:1", "--fail-on", "warn"}},
		"unjudged":         {exitUnjudged, []string{"--plugin", hostile, "--check", "check.hostile.nonsense"}},
		"filtered away":    {exitFail, []string{"--set", "OCI:RegistryUrl=http://127.0.0.1:1", "--severity", "pass"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			base := append([]string{"run"}, c.args...)
			all := slices.Clone(base)
			for _, f := range reportFormats {
				stdout := runCode(t, cache, c.code, append(slices.Clone(base), "--format", f)...)
				if len(stdout) == 0 {
					t.Errorf("%s: nothing on standard output", f)
				}
				path := filepath.Join(dir, f)
				all = append(all, "--format", f+"="+path)
			}
			if got := runCode(t, cache, c.code, all...); len(got) != 0 {
				t.Errorf("every format has a file, and standard output has %q", got)
			}
			for _, f := range reportFormats {
				if data, err := os.ReadFile(filepath.Join(dir, f)); err != nil || len(data) == 0 {
					t.Errorf("%s beside the others: %d bytes, %v", f, len(data), err)
				}
			}
			toldCode(t, c.code, dir)
		})
	}
}

// runCode runs the program in this process, wants the exit code, and returns what
// stands on standard output.
func runCode(t *testing.T, cache string, want int, args ...string) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	s := &streams{stdout: &stdout, stderr: &stderr, environ: []string{"XDG_CACHE_HOME=" + cache}}
	if code := run(s, append([]string{"stella", "doctor"}, args...)); code != want {
		t.Errorf("%s: exit code %d, want %d\n%s", strings.Join(args, " "), code, want, stderr.String())
	}
	return stdout.Bytes()
}

// toldCode holds the codes that the documents tell against the one of the program.
func toldCode(t *testing.T, code int, dir string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "json"))
	if err != nil {
		t.Fatal(err)
	}
	var rep report.Report
	if err := json.Unmarshal(data, &rep); err != nil || rep.Summary.ExitCode != code {
		t.Errorf("json tells exit code %d (%v), want %d", rep.Summary.ExitCode, err, code)
	}
	for f, want := range map[string]string{
		"ndjson":      fmt.Sprintf(`"exit_code":%d}`, code),
		"openmetrics": fmt.Sprintf("\nstella_doctor_exit_code %d\n", code),
		"sarif":       fmt.Sprintf(`"exitCode": %d,`, code),
		"nagios":      "DOCTOR " + map[int]string{exitOK: "OK", exitWarn: "WARNING", exitFail: "CRITICAL", exitUnjudged: "UNKNOWN"}[code] + " - ",
		"html":        fmt.Sprintf("exit code %d<", code),
	} {
		if data, err := os.ReadFile(filepath.Join(dir, f)); err != nil || !strings.Contains(string(data), want) {
			t.Errorf("%s does not tell %q (%v)", f, want, err)
		}
	}
}
