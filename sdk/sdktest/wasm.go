package sdktest

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// programEnv names the stella program that runs the cases in WebAssembly.
const programEnv = "STELLA"

// runWasm plays the case files in real WebAssembly, by the program that an
// operator runs.
func runWasm(t testing.TB, files []string) {
	t.Helper()
	program := os.Getenv(programEnv)
	if program == "" {
		t.Log("NOT TESTED IN WEBASSEMBLY: set " + programEnv + " to the path of the stella program to build the plugin and play the cases in it")
		t.Skip(programEnv + " is not set")
	}
	// A look at the file makes the test cache notice another program.
	if _, err := os.Stat(program); err != nil {
		t.Fatalf("%s: %v", programEnv, err)
	}
	program, err := filepath.Abs(program)
	if err != nil {
		t.Fatalf("%s: %v", programEnv, err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "plugin.wasm")
	module.build.Do(func() {
		if stella(t, dir, program, "doctor", "plugin", "build", ".", "-o", file) {
			module.bytes, _ = os.ReadFile(file)
		}
	})
	if len(module.bytes) == 0 {
		t.Fatal("the plugin could not be built")
	}
	if err := os.WriteFile(file, module.bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	slots <- struct{}{}
	defer func() { <-slots }()
	stella(t, dir, program, append([]string{"doctor", "plugin", "test", file}, files...)...)
}

// slots bounds how many programs play cases at once: a case has a time budget,
// which more programs than cores would spend waiting for each other.
var slots = make(chan struct{}, runtime.GOMAXPROCS(0))

// module is the plugin of this test binary, which tests one package and so
// has one plugin to build.
var module struct {
	build sync.Once
	bytes []byte
}

// stella runs the program in the directory of the package and reports whether
// it exits 0; if not, what it printed goes to the log of the test, which fails.
// State of the program stays in dir.
func stella(t testing.TB, dir, program string, args ...string) bool {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = append(os.Environ(), "STELLA_HOME="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s %q: %v\n%s", filepath.Base(program), args, err, out)
	}
	return err == nil
}
