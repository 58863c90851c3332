package sdk_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// maxModuleBytes bounds the smallest plugin that makes a host call, stripped
// and not yet sealed. The floor of standard Go is 1.82 MB.
const maxModuleBytes = 2_150_000

// guestImports are all the packages outside internal/ that a plugin may carry
// for the sake of this SDK. What is missing here is missing on purpose: fmt,
// reflect, encoding/json, regexp, net/url, os and time would add up to half a
// megabyte to every plugin.
var guestImports = []string{
	"cmp", "errors", "io", "iter", "math", "math/bits", "runtime", "slices", "strconv", "strings", "structs",
	"sync", "sync/atomic", "unicode", "unicode/utf8", "unsafe",
	"stella-ops.org/doctor/sdk", "stella-ops.org/doctor/sdk/wire",
}

func TestGuestImports(t *testing.T) {
	for _, path := range strings.Fields(string(wasip1(t, "list", "-deps", "."))) {
		if !strings.HasPrefix(path, "internal/") && !slices.Contains(guestImports, path) {
			t.Errorf("package sdk brings %s into every plugin", path)
		}
	}
}

// The import list of a module is a proof: what a plugin does not call, it does
// not import.
func TestModuleImports(t *testing.T) {
	kernel := func(names ...string) []string {
		for i, n := range names {
			names[i] = "extism:host/env " + n
		}
		return names
	}
	answering := kernel("alloc", "error_set", "input_length", "input_load_u64", "input_load_u8", "output_set", "store_u64", "store_u8")
	for plugin, want := range map[string][]string{
		"quiet": answering,
		"asking": slices.Concat(answering, kernel("free", "length", "load_u64", "load_u8"),
			[]string{"stella:doctor/v1 http_read"}),
		"writing": slices.Concat(answering, kernel("free", "length", "load_u64", "load_u8"),
			[]string{"stella:doctor/v1 http_write"}),
		"probing": slices.Concat(answering, kernel("free", "length", "load_u64", "load_u8"),
			[]string{"stella:doctor/v1 tcp_probe"}),
	} {
		t.Run(plugin, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), plugin+".wasm")
			wasip1(t, "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", file, "./testdata/"+plugin)
			module, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if len(module) > maxModuleBytes {
				t.Errorf("%d bytes, more than %d", len(module), maxModuleBytes)
			}
			var got []string
			for _, name := range imports(t, module) {
				if !strings.HasPrefix(name, "wasi_snapshot_preview1 ") {
					got = append(got, name)
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("imports:\n got %q\nwant %q", got, want)
			}
		})
	}
}

// The package comment shows a whole plugin; it is the one under testdata/asking.
func TestPackageCommentCompiles(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("testdata/asking/main.go")
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(source), "\npackage main\n")
	shown := "//\tpackage main\n"
	for line := range strings.Lines(code) {
		shown += strings.TrimRight("//\t"+line, "\t\n") + "\n"
	}
	if !strings.Contains(string(doc), shown) {
		t.Errorf("the package comment does not show testdata/asking/main.go; it should have\n%s", shown)
	}
}

// wasip1 runs the go command for WebAssembly.
func wasip1(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	return out
}

// imports returns "module name" of each import of a module that our own
// toolchain has just built.
func imports(t *testing.T, module []byte) []string {
	t.Helper()
	r := bytes.NewReader(module[8:])
	number := func() int {
		n, err := binary.ReadUvarint(r)
		if err != nil {
			t.Fatalf("module: %v", err)
		}
		return int(n)
	}
	text := func() string {
		b := make([]byte, number())
		if _, err := r.Read(b); err != nil {
			t.Fatalf("module: %v", err)
		}
		return string(b)
	}
	const importSection, function = 2, 0
	for {
		id, size := number(), number()
		if id != importSection {
			if _, err := r.Seek(int64(size), 1); err != nil {
				t.Fatalf("module: %v", err)
			}
			continue
		}
		all := make([]string, number())
		for i := range all {
			all[i] = text() + " " + text()
			if kind := number(); kind != function {
				t.Fatalf("import %s is of kind %d, not a function", all[i], kind)
			}
			number() // its type
		}
		return all
	}
}
