// Package hosttest builds real plugins and the real program for tests, once per
// test binary. A test binary that uses it calls host.WorkerMain first thing in
// TestMain.
package hosttest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"stella-ops.org/doctor/host"
)

// Root returns the root directory of the module's sources.
func Root(tb testing.TB) string {
	tb.Helper()
	dir, err := root()
	if err != nil {
		tb.Fatal(err)
	}
	return dir
}

// root asks the go command, so that it also works in a binary that was built
// with -trimpath.
var root = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "stella-ops.org/doctor").Output()
	if err != nil {
		return "", fmt.Errorf("finding the root of the module's sources: %w", err)
	}
	return string(bytes.TrimSpace(out)), nil
})

var (
	mu    sync.Mutex
	built = map[string][]byte{}
)

// Sealed builds the plugin in dir, relative to the module's root, and seals it.
func Sealed(tb testing.TB, dir string) []byte {
	tb.Helper()
	data, err := BuildSealed(dir)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// BuildSealed is Sealed for examples, which have no testing.TB.
func BuildSealed(dir string) ([]byte, error) {
	mu.Lock()
	defer mu.Unlock()
	if data, ok := built[dir]; ok {
		return data, nil
	}
	base, err := root()
	if err != nil {
		return nil, err
	}
	var diagnostics bytes.Buffer
	module, err := host.BuildGo(context.Background(), filepath.Join(base, filepath.FromSlash(dir)), &diagnostics)
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, diagnostics.String())
	}
	data, err := seal(module)
	if err != nil {
		return nil, fmt.Errorf("sealing %s: %w", dir, err)
	}
	built[dir] = data
	return data, nil
}

// seal has the program seal that the caller has named, if any: under the race
// detector a test binary takes ten times as long to interpret a plugin.
func seal(module []byte) ([]byte, error) {
	program := os.Getenv(EnvProgram)
	if program == "" {
		return host.Seal(context.Background(), host.Config{}, module)
	}
	dir, err := os.MkdirTemp("", "hosttest-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "plugin.wasm")
	if err := os.WriteFile(file, module, 0o600); err != nil {
		return nil, err
	}
	if out, err := exec.Command(program, "doctor", "plugin", "seal", file).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	return os.ReadFile(file)
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
