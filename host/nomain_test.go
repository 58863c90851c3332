package host_test

import (
	"os/exec"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/hosttest"
)

// TestProgramWithoutWorkerMain runs a program that opens a plugin file and does
// not call WorkerMain: it is told so when it opens the file.
func TestProgramWithoutWorkerMain(t *testing.T) {
	file := hosttest.SealedFile(t, "plugins/integration")
	cmd := exec.Command("go", "run", "-buildvcs=false", "./testdata/programs/nomain", file)
	cmd.Dir = hosttest.Root(t)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := strings.TrimSpace(string(out)); got != "cannot start a worker: this program does not call WorkerMain first thing in main" {
		t.Errorf("opened with %q", got)
	}
}
