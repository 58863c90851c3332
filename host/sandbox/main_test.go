package sandbox

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestMain makes the test binary its own worker, and the stand-ins for worker
// and parent that the tests start.
func TestMain(m *testing.M) {
	WorkerMain()
	if len(os.Args) > 1 {
		if helper, ok := helpers[os.Args[1]]; ok {
			helper()
			return
		}
	}
	os.Exit(m.Run())
}

// goGuest builds testdata/guest once for the test binary.
var goGuest = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "sandbox-guest-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "guest.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", file, "./testdata/guest")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the guest: %v\n%s", err, out)
	}
	return os.ReadFile(file)
})

// mustGoGuest is goGuest for a test.
func mustGoGuest(t testing.TB) []byte {
	t.Helper()
	wasm, err := goGuest()
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

// testConfig offers the one host function of the guests.
func testConfig() Config {
	return Config{ImportModule: "test:host", Functions: []string{"ask", "tell"}}
}

// patience is how long anything in the tests may take that should be quick, on
// a machine that is busy with other things.
const patience = 30 * time.Second
