package plugin

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// guestSource is a plugin without dependencies. It carries fmt, so that the
// module has the size and the WASI imports of an ordinary one.
const guestSource = `package main

import "fmt"

//go:wasmimport stella:doctor/v1 http_read
func httpRead(offset uint64) uint64

//go:wasmimport extism:host/env output_set
func outputSet(offset, length uint64)

//go:wasmexport doctor_describe
func describe() int32 { return int32(len(fmt.Sprintf("%v", 1))) }

//go:wasmexport doctor_run
func run() int32 { outputSet(httpRead(1), 2); return 0 }

func main() {}
`

var (
	goModuleOnce  sync.Once
	goModuleBytes []byte
	goModuleErr   string
)

// goModule returns what the Go compiler makes of guestSource as a reactor.
func goModule(t testing.TB) []byte {
	t.Helper()
	goModuleOnce.Do(func() {
		goModuleBytes, goModuleErr = buildGo(t, "-buildmode=c-shared")
	})
	if goModuleErr != "" {
		t.Fatal(goModuleErr)
	}
	return goModuleBytes
}

func buildGo(t testing.TB, flags ...string) ([]byte, string) {
	t.Helper()
	dir := t.TempDir()
	out := filepath.Join(dir, "guest.wasm")
	for name, text := range map[string]string{"go.mod": "module example.com/guest\n\ngo 1.26\n", "main.go": guestSource} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return nil, err.Error()
		}
	}
	args := append([]string{"build", "-trimpath", "-ldflags=-s -w", "-o", out}, flags...)
	build := exec.Command("go", append(args, ".")...)
	build.Dir = dir
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOPROXY=off", "GOTOOLCHAIN=local", "GO111MODULE=on")
	if text, err := build.CombinedOutput(); err != nil {
		return nil, "go build: " + err.Error() + "\n" + string(text)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		return nil, err.Error()
	}
	return data, ""
}

func TestGoModule(t *testing.T) {
	m, err := OpenUnsealed(goModule(t))
	if err != nil {
		t.Fatal(err)
	}
	if m.Functions < 500 || m.MaxNesting < 10 || len(m.Imports) < 8 {
		t.Errorf("the numbers of the module look wrong: %d functions, nesting %d, %d imports", m.Functions, m.MaxNesting, len(m.Imports))
	}
	if got := strings.Join(m.Capabilities(), "\n"); !strings.Contains(got, "does not import http_write: cannot send POST, PUT, PATCH or DELETE") ||
		!strings.Contains(got, "imports http_read: can send GET") {
		t.Errorf("capabilities are\n%s", got)
	}
}

// The walk over code allocates nothing: what a scan allocates does not grow
// with the functions of the module.
func TestScanAllocatesLittle(t *testing.T) {
	data := goModule(t)
	m, err := Scan(data)
	if err != nil {
		t.Fatal(err)
	}
	allocations := testing.AllocsPerRun(3, func() {
		if _, err := Scan(data); err != nil {
			t.Fatal(err)
		}
	})
	if most := float64(m.Functions) / 5; allocations > most {
		t.Errorf("%v allocations for %d functions, want at most %v", allocations, m.Functions, most)
	}
}

// The same program built as a command is refused with the way out.
func TestGoCommand(t *testing.T) {
	data, failed := buildGo(t)
	if failed != "" {
		t.Fatal(failed)
	}
	_, err := OpenUnsealed(data)
	if RuleOf(err) != RuleCommand {
		t.Errorf("got %v, want rule %s", err, RuleCommand)
	}
}

func BenchmarkScanGoModule(b *testing.B) {
	data := goModule(b)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Scan(data); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N)/(float64(len(data))/(1<<20)), "ms/MiB")
}

func BenchmarkReadInfo(b *testing.B) {
	data, err := Seal(goModule(b), sampleInfo())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadInfo(data); err != nil {
			b.Fatal(err)
		}
	}
}
