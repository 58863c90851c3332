package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	artefact "stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/sdk/wire"
)

// otherRuns are the run functions of all checks but oci.registry, where a check
// names its own. The description of a check is kept by the linker even if no
// plugin lists it.
var otherRuns = regexp.MustCompile(`(?m)^(\s*Run:\s+)([\w.]+),$`)

// TestImportsAlone: a plugin that runs oci.registry alone, of the very same
// sources, links no http_write and no tcp_probe: its imports prove that it only
// asks.
func TestImportsAlone(t *testing.T) {
	const list = "Checks: []sdk.Check{"
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	dir, replaced, others := t.TempDir(), make(map[string]string), 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := otherRuns.ReplaceAllStringFunc(string(source), func(line string) string {
			if strings.HasSuffix(line, " runOCIRegistry,") {
				return line
			}
			others++
			return "Run: nil,"
		})
		if before, rest, found := strings.Cut(text, list); found {
			_, after, _ := strings.Cut(rest, "}")
			text = before + list + "ociRegistry}" + after
		}
		if text == string(source) {
			continue
		}
		path, err := filepath.Abs(name)
		if err != nil {
			t.Fatal(err)
		}
		replaced[path] = filepath.Join(dir, name)
		if err := os.WriteFile(replaced[path], []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := len(plugin.Checks) - 1; others != want {
		t.Errorf("%d checks beside oci.registry name a run function, want %d", others, want)
	}
	functions := hostFunctions(t, replaced)
	if len(functions) != 1 || functions[0] != wire.FuncHTTPRead {
		t.Errorf("the plugin imports the host functions %v, want %s alone", functions, wire.FuncHTTPRead)
	}
}

// hostFunctions builds this package with some of its files replaced and returns
// the host functions that the module imports.
func hostFunctions(t *testing.T, replaced map[string]string) []string {
	t.Helper()
	dir := t.TempDir()
	overlay, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		t.Fatal(err)
	}
	file, module := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "alone.wasm")
	if err := os.WriteFile(file, overlay, 0o644); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-overlay", file, "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", module, ".")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	data, err := os.ReadFile(module)
	if err != nil {
		t.Fatal(err)
	}
	m, err := artefact.OpenUnsealed(data)
	if err != nil {
		t.Fatal(err)
	}
	var functions []string
	for _, i := range m.Imports {
		if i.Module == wire.ImportModule {
			functions = append(functions, i.Name)
		}
	}
	return functions
}
