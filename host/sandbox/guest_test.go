package sandbox

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestGoGuest runs the Go guest through its exports in both places.
func TestGoGuest(t *testing.T) {
	for place := range places {
		t.Run(place, func(t *testing.T) {
			m := mustOpen(t, place, mustGoGuest(t), testConfig())
			for _, row := range []struct {
				export, output string
				kind           FaultKind
				detail         string
			}{
				{export: "echo", output: "GRÜN!"},
				{export: "echo", output: "GRÜN!"}, // once more: the instance is a fresh one
				{export: "relay", output: "ask:grün."},
				{export: "boom", kind: FaultTrap, detail: "wasm error: unreachable: panic: the [31mguest's[0m words"},
				{export: "bomb", kind: FaultOutOfMemory, detail: "fatal error: out of memory"},
				{export: "deep", kind: FaultTrap, detail: "stack overflow"},
				{export: "exit0early", kind: FaultBadOutput, detail: "no output"},
				{export: "exit0late", output: "done"},
				{export: "exit3", kind: FaultTrap, detail: "exited with code 3"},
				{export: "sleep", output: "awake"},
				{export: "lock", kind: FaultTrap, detail: "deadlock"},
				{export: "gripe", kind: FaultBadOutput, detail: "the guest reported an error: no luck"},
				{export: "world", output: "2022-01-01T00:00:00Z env= args= no-files"},
			} {
				t.Run(row.export, func(t *testing.T) {
					host := func(_ context.Context, function string, in []byte) []byte {
						return []byte(function + ":" + string(in))
					}
					res := callWithin(t, m, patience, Call{Export: row.export, Input: []byte("grün"), Host: host})
					if row.export == "deep" && res.Fault != nil && res.Fault.Kind == FaultOutOfMemory {
						return // Go grows its stack in the guest's memory, which may end first
					}
					checkFault(t, res, row.kind, row.detail)
					if string(res.Output) != row.output {
						t.Errorf("output %q, want %q", res.Output, row.output)
					}
				})
			}
			res := callWithin(t, m, patience, Call{Export: "logs"})
			want := []LogLine{{"debug", "first"}, {"info", "second"}}
			if fmt.Sprint(res.Logs) != fmt.Sprint(want) || res.LogsDropped != 0 {
				t.Errorf("logs %v, want %v", res.Logs, want)
			}
		})
	}
}

// TestHostFunctions holds what a host function may do to a call.
func TestHostFunctions(t *testing.T) {
	for place := range places {
		t.Run(place, func(t *testing.T) {
			cfg := testConfig()
			cfg.Limits = Limits{MemoryBytes: 1 << 20, ReplyBytes: 2 << 20}
			m := mustOpen(t, place, zoo(), cfg)
			for _, row := range []struct {
				name   string
				host   HostFunc
				output string
				kind   FaultKind
				detail string
			}{
				{"answers", func(_ context.Context, f string, in []byte) []byte { return append(in, f...) }, "inask", "", ""},
				{"nil", nil, "", FaultBadOutput, "no output"},
				{"no bytes", func(context.Context, string, []byte) []byte { return nil }, "", FaultBadOutput, "no output"},
				{"panics", func(context.Context, string, []byte) []byte { panic("a\nb") }, "", FaultTrap, "host function ask failed: a"},
				{"nil map", func(context.Context, string, []byte) []byte {
					var m map[string]int
					m["x"] = 1 //lint:ignore SA5000 the panic of a runtime error is what is tested
					return nil
				}, "", FaultTrap, "host function ask failed: assignment to entry in nil map"},
				{"too long", func(context.Context, string, []byte) []byte { return make([]byte, 2<<20+1) }, "", FaultTrap, "the reply of host function ask has 2097153 bytes"},
				{"no room", func(context.Context, string, []byte) []byte { return make([]byte, 1500<<10) }, "", FaultOutOfMemory, "1536000 bytes"},
			} {
				t.Run(row.name, func(t *testing.T) {
					res := callWithin(t, m, patience, Call{Export: "relay", Input: []byte("in"), Host: row.host})
					checkFault(t, res, row.kind, row.detail)
					if string(res.Output) != row.output {
						t.Errorf("output %q, want %q", res.Output, row.output)
					}
					mustEcho(t, m)
				})
			}
			t.Run("missing documents", func(t *testing.T) {
				for _, export := range []string{"askzero", "askwild"} {
					asked := 0
					callWithin(t, m, patience, Call{Export: export, Input: []byte("in"), Host: func(_ context.Context, _ string, in []byte) []byte {
						asked++
						if in != nil {
							t.Errorf("%s: document %q", export, in)
						}
						return nil
					}})
					if asked != 1 {
						t.Errorf("%s: asked %d times", export, asked)
					}
				}
			})
			t.Run("input too long", func(t *testing.T) {
				checkFault(t, callWithin(t, m, patience, Call{Export: "echo", Input: make([]byte, 1<<20+1)}), FaultABI, "1048577 bytes")
			})
		})
	}
}

// TestOutputLimit is exact on both sides.
func TestOutputLimit(t *testing.T) {
	for place := range places {
		cfg := testConfig()
		cfg.Limits.OutputBytes = 1000
		m := mustOpen(t, place, zoo(), cfg)
		if res := callWithin(t, m, patience, Call{Export: "echo", Input: make([]byte, 1000)}); res.Fault != nil || len(res.Output) != 1000 {
			t.Errorf("%s: %d bytes, fault %v", place, len(res.Output), res.Fault)
		}
		checkFault(t, callWithin(t, m, patience, Call{Export: "echo", Input: make([]byte, 1001)}), FaultBadOutput, "1001 bytes of output, the limit is 1000")
	}
}

// TestConcurrentCalls shares one module between many goroutines; each must get
// its own answers.
func TestConcurrentCalls(t *testing.T) {
	for place := range places {
		t.Run(place, func(t *testing.T) {
			m := mustOpen(t, place, zoo(), testConfig())
			var all sync.WaitGroup
			for g := range 32 {
				all.Go(func() {
					for i := range 5 {
						mine := fmt.Sprintf("%d.%d", g, i)
						res := callWithin(t, m, 2*patience, Call{Export: "relay", Input: []byte(mine), Host: func(_ context.Context, _ string, in []byte) []byte {
							return append(in, '/', mine[0])
						}})
						if want := mine + "/" + mine[:1]; string(res.Output) != want {
							t.Errorf("output %q, want %q, fault %v", res.Output, want, res.Fault)
						}
					}
				})
			}
			all.Wait()
		})
	}
}

// TestWaitingGuestsHoldNoCore lets more guests than there are cores wait in a
// host function until all of them do.
func TestWaitingGuestsHoldNoCore(t *testing.T) {
	for place := range places {
		t.Run(place, func(t *testing.T) {
			m := mustOpen(t, place, zoo(), testConfig())
			var together, all sync.WaitGroup
			n := runtime.GOMAXPROCS(0) + 2
			together.Add(n)
			for range n {
				all.Go(func() {
					res := callWithin(t, m, patience, Call{Export: "relay", Input: []byte("x"), Host: func(context.Context, string, []byte) []byte {
						together.Done()
						together.Wait()
						return []byte("met")
					}})
					if string(res.Output) != "met" {
						t.Errorf("output %q, fault %v", res.Output, res.Fault)
					}
				})
			}
			all.Wait()
		})
	}
}

// TestSlot: no more holders than cores, and an abandoned call neither keeps a
// core nor gets another.
func TestSlot(t *testing.T) {
	cores := make(chan struct{}, 1)
	a, b := &slot{cores: cores}, &slot{cores: cores}
	if err := a.acquire(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := b.acquire(ctx); err == nil {
		t.Fatal("two holders of one core")
	}
	a.abandon()
	a.release()
	if err := b.acquire(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.release()
	b.release()
	if err := a.acquire(t.Context()); err != errAbandoned {
		t.Fatalf("the abandoned call got %v", err)
	}
	if len(cores) != 0 {
		t.Fatal("a core is lost")
	}
}

// TestInstancesAreReleased makes more memory than may stay in use.
func TestInstancesAreReleased(t *testing.T) {
	m := mustOpen(t, "in process", lone(func(w *wat) { w.memory = 512 }), testConfig())
	for range 20 {
		checkFault(t, callWithin(t, m, patience, Call{Export: "run"}), FaultBadOutput, "no output")
	}
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	if stats.HeapAlloc > 320<<20 {
		t.Errorf("%d MiB in use after 20 calls of 32 MiB each", stats.HeapAlloc>>20)
	}
}

// TestUnendingCallIsAbandoned: in process nothing can end this guest, but the
// caller is answered, and the module is not used again.
func TestUnendingCallIsAbandoned(t *testing.T) {
	m, err := OpenInProcess(t.Context(), zoo(), testConfig())
	if err != nil {
		t.Fatal(err)
	}
	// Long enough to outlast the watchdog, short enough to end before the tests.
	export := "chain16"
	if workerAddressSpace == 0 { // the race detector makes it take ten times as long
		export = "chain19"
	}
	checkFault(t, callWithin(t, m, 50*time.Millisecond, Call{Export: export}), FaultTimeout, "deadline")
	checkFault(t, callWithin(t, m, patience, Call{Export: "echo"}), FaultInterrupted, "did not end")
	other := mustOpen(t, "in process", zoo(), testConfig())
	mustEcho(t, other)
	_ = m.Close()
	m.(*inProcess).calls.Wait()
}

// TestGuestNeverReachesOurOutput: a variable in the environment makes Extism
// hand our standard output to guests.
func TestGuestNeverReachesOurOutput(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	stdout, stderr := os.Stdout, os.Stderr
	defer func() { os.Stdout, os.Stderr = stdout, stderr }()
	os.Stdout, os.Stderr = file, file
	t.Setenv(wasiOutputVariable, "")
	m := mustOpen(t, "in process", mustGoGuest(t), testConfig())
	res := callWithin(t, m, patience, Call{Export: "loud"})
	if res.Fault != nil || len(res.Stderr) == 0 {
		t.Errorf("fault %v, %d bytes of stderr", res.Fault, len(res.Stderr))
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if out, _ := io.ReadAll(file); len(out) > 0 {
		t.Errorf("the guest wrote %d bytes to our output: %.40q", len(out), out)
	}
}

// TestSameInputSameOutput: a call is a function of its input and the replies.
func TestSameInputSameOutput(t *testing.T) {
	m := mustOpen(t, "in process", mustGoGuest(t), testConfig())
	first := callWithin(t, m, patience, Call{Export: "world"})
	for range 10 {
		if again := callWithin(t, m, patience, Call{Export: "world"}); string(again.Output) != string(first.Output) {
			t.Fatalf("%q, then %q", first.Output, again.Output)
		}
	}
}

// TestEngineNamesWhatIsLinked holds the constants against go.mod.
func TestEngineNamesWhatIsLinked(t *testing.T) {
	mod, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{extismPath + " " + extismVersion, wazeroPath + " " + wazeroVersion} {
		if !strings.Contains(string(mod), line) {
			t.Errorf("go.mod does not require %s", line)
		}
	}
	if got := Engine(); !strings.Contains(got, "extism go-sdk v") || !strings.Contains(got, "wazero v") {
		t.Errorf("Engine() = %q", got)
	}
}
