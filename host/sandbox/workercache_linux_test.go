package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// codeMapping is memory that holds code and comes from no file: what the engine
// compiled. The kernel's own page of code has a name.
var codeMapping = regexp.MustCompile(`(?m)^\S+ r-xp 00000000 00:00 0 *$`)

func workerMaps(t *testing.T, m Module, file string) string {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", m.(*worker).proc.cmd.Process.Pid, file))
	if err != nil {
		t.Skip(err) // a process that is not dumpable shows its memory to root only
	}
	return string(data)
}

func mustWork(t *testing.T, m Module) {
	t.Helper()
	if res := callWithin(t, m, patience, Call{Export: "echo", Input: []byte("hello!")}); res.Fault != nil || string(res.Output) != "HELLO!!" {
		t.Fatalf("output %q, fault %v", res.Output, res.Fault)
	}
}

// TestWorkerRunsCachedCode: a worker takes compiled code from a verified entry and
// from nothing else, and once it has it, it is confined like any other.
func TestWorkerRunsCachedCode(t *testing.T) {
	wasm := mustGoGuest(t)
	cfg := warmDir(t, wasm)
	cold := mustOpen(t, "worker", wasm, testConfig())
	mustWork(t, cold)
	if codeMapping.MatchString(workerMaps(t, cold, "maps")) {
		t.Error("a worker without a cache compiled")
	}
	warm := mustOpen(t, "worker", wasm, cfg)
	mustWork(t, warm)
	if !codeMapping.MatchString(workerMaps(t, warm, "maps")) {
		t.Error("a worker with a warm cache interprets")
	}
	if limits := workerMaps(t, warm, "limits"); !regexp.MustCompile(`Max open files +0 +0 `).MatchString(limits) {
		t.Errorf("the worker may open files after it was loaded:\n%s", limits)
	}
	// An entry with one byte changed is not believed.
	entry := filepath.Join(cfg.CacheDir, entryName(wasm))
	changed := false
	must(t, filepath.Walk(entry, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() && !strings.HasSuffix(path, indexName) && !changed {
			data, err := os.ReadFile(path)
			must(t, err)
			data[len(data)-1] ^= 1
			must(t, os.WriteFile(path, data, 0o600))
			changed = true
		}
		return err
	}))
	odd := mustOpen(t, "worker", wasm, cfg)
	mustWork(t, odd)
	if !changed || codeMapping.MatchString(workerMaps(t, odd, "maps")) {
		t.Errorf("changed %v: the worker runs code that nobody vouches for", changed)
	}
}

// TestWorkerWithoutItsEntry: a cache entry that is gone by the time the worker looks
// is a miss, not an error: the worker interprets, confined like any other.
func TestWorkerWithoutItsEntry(t *testing.T) {
	wasm := mustGoGuest(t)
	argv, err := workerCommand(nil)
	must(t, err)
	proc, err := startProcess(append(argv, filepath.Join(t.TempDir(), "gone")))
	must(t, err)
	w := newWorker(testConfig())
	w.proc = proc
	go w.write()
	go w.supervise()
	t.Cleanup(func() { _ = w.Close() })
	if fault := w.open(t.Context(), wasm); fault != nil {
		t.Fatal(fault)
	}
	mustWork(t, w)
	if limits := workerMaps(t, w, "limits"); !regexp.MustCompile(`Max open files +0 +0 `).MatchString(limits) {
		t.Errorf("the worker may open files:\n%s", limits)
	}
}
