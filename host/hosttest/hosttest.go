// Package hosttest builds real plugins and the real program for tests, once per
// test binary. A test binary that uses it calls host.WorkerMain first thing in
// TestMain.
package hosttest

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"stella-ops.org/doctor/host"
)

// Root returns the root directory of the module's sources.
func Root(tb testing.TB) string {
	tb.Helper()
	_, file, _, ok := runtime.Caller(0)
	if !ok || !filepath.IsAbs(file) {
		// Built with -trimpath: ask the go command.
		out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "stella-ops.org/doctor").Output()
		if err != nil {
			tb.Fatalf("finding the module's root: %v", err)
		}
		return string(bytes.TrimSpace(out))
	}
	return filepath.Join(filepath.Dir(file), "..", "..")
}

var (
	mu    sync.Mutex
	built = map[string][]byte{}
)

// Sealed builds the plugin in dir, relative to the module's root, and seals it.
func Sealed(tb testing.TB, dir string) []byte {
	tb.Helper()
	mu.Lock()
	defer mu.Unlock()
	if data, ok := built[dir]; ok {
		return data
	}
	var diagnostics bytes.Buffer
	module, err := host.BuildGo(context.Background(), filepath.Join(Root(tb), filepath.FromSlash(dir)), &diagnostics)
	if err != nil {
		tb.Fatalf("%v\n%s", err, diagnostics.String())
	}
	data, err := host.Seal(context.Background(), host.Config{}, module)
	if err != nil {
		tb.Fatalf("sealing %s: %v", dir, err)
	}
	built[dir] = data
	return data
}

// SealedFile is Sealed, written to a file that lives as long as the test.
func SealedFile(tb testing.TB, dir string) string {
	tb.Helper()
	data := Sealed(tb, dir)
	path := filepath.Join(tb.TempDir(), filepath.Base(dir)+".wasm")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		tb.Fatal(err)
	}
	return path
}
