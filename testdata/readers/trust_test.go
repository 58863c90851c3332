package readers

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/report"
)

const (
	vetSchema   = "host/vet/vet.schema.json"
	diffSchema  = "host/diff/diff.schema.json"
	auditSchema = "host/audit/line.schema.json"
)

// TestTrustSchemas holds the golden documents of those who let plugins in to their
// schemas, and to no other.
func TestTrustSchemas(t *testing.T) {
	for pattern, schema := range map[string]string{"host/vet/testdata/report.json": vetSchema, "host/diff/testdata/*.json": diffSchema} {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no document (%v)", pattern, err)
		}
		for _, file := range files {
			doc, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, other := range []string{vetSchema, diffSchema, auditSchema, inspectionSchema} {
				if err := validate(t, compile(t, other), doc); (err == nil) != (other == schema) {
					t.Errorf("%s as a %s: %v", file, other, err)
				}
			}
		}
	}
}

// TestAuditSchema holds every line that a real run writes to the schema.
func TestAuditSchema(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "audit.log")
	cmd := exec.Command(program(t), "doctor", "run", "--check", "check.integration.oci.registry", "--set", "OCI:RegistryUrl=http://127.0.0.1:1", "--audit", log)
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+dir, "STELLA_OFFLINE=")
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != report.ExitFail {
		t.Fatalf("%v, want exit code %d", err, report.ExitFail)
	}
	data, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for line := range bytes.Lines(data) {
		if err := validate(t, compile(t, auditSchema), line); err != nil {
			t.Errorf("%v in\n%s", err, line)
		}
		var head struct{ Kind string }
		if err := json.Unmarshal(line, &head); err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, head.Kind)
	}
	if got := strings.Join(kinds, " "); got != "header run_start call outcome run_end" {
		t.Errorf("lines %s", got)
	}
}
