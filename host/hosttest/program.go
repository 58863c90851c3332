package hosttest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// EnvProgram is the environment variable that names the stella program to tests
// which run plugins in real WebAssembly (package sdktest).
const EnvProgram = "STELLA"

// Main is the TestMain of a plugin's tests: it builds the program, names it in
// EnvProgram unless that is set already, and runs the tests.
func Main(m *testing.M) {
	os.Exit(withProgram(m.Run))
}

func withProgram(run func() int) int {
	if os.Getenv(EnvProgram) != "" {
		return run()
	}
	dir, err := os.MkdirTemp("", "hosttest-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = buildProgram(filepath.Join(dir, "stella"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "hosttest:", err)
		return 1
	}
	return run()
}

// buildProgram builds cmd/stella and names it in EnvProgram.
func buildProgram(path string) error {
	base, err := root()
	if err != nil {
		return err
	}
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", path, "./cmd/stella")
	cmd.Dir = base
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return os.Setenv(EnvProgram, path)
}
