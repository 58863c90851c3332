package sandbox

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"
)

// places are the two places to run; every guest meets both where it can be
// survived.
var places = map[string]func(t testing.TB, wasm []byte, cfg Config) (Module, error){
	"in process": func(t testing.TB, wasm []byte, cfg Config) (Module, error) {
		return OpenInProcess(t.Context(), wasm, cfg)
	},
	"worker": func(t testing.TB, wasm []byte, cfg Config) (Module, error) {
		return OpenWorker(t.Context(), wasm, cfg, nil)
	},
}

// mustOpen opens a module and closes it with the test.
func mustOpen(t testing.TB, place string, wasm []byte, cfg Config) Module {
	t.Helper()
	m, err := places[place](t, wasm, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return m
}

// callWithin calls an export with a deadline.
func callWithin(t testing.TB, m Module, d time.Duration, c Call) Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	return m.Call(ctx, c)
}

// mustEcho shows that the module still serves.
func mustEcho(t testing.TB, m Module) {
	t.Helper()
	res := callWithin(t, m, patience, Call{Export: "echo", Input: []byte("hello")})
	if res.Fault != nil || string(res.Output) != "hello" {
		t.Fatalf("echo: output %q, fault %v", res.Output, res.Fault)
	}
}

// hostileRow is one way to misbehave and what is to come of it.
type hostileRow struct {
	export string
	kind   FaultKind // empty for success
	detail string    // part of it
	// deadline of the call; zero for patience.
	deadline time.Duration
	// unsafe guests cannot be survived in process, deadly ones take their
	// worker with them.
	unsafe, deadly bool
}

var hostileRows = []hostileRow{
	{export: "spin", kind: FaultTimeout, detail: "deadline", deadline: 200 * time.Millisecond},
	{export: "spinasking", kind: FaultTimeout, detail: "deadline", deadline: 200 * time.Millisecond},
	{export: "chain0", kind: FaultTimeout, detail: "deadline", deadline: 200 * time.Millisecond, unsafe: true, deadly: true},
	{export: "overflow", kind: FaultTrap, detail: "stack overflow"},
	{export: "grow", kind: FaultOutOfMemory, detail: "67108864 bytes"},
	{export: "tablebomb", kind: FaultOutOfMemory, detail: "its process ended", unsafe: true, deadly: true},
	{export: "trap", kind: FaultTrap, detail: "unreachable"},
	{export: "seven", kind: FaultBadOutput, detail: "returned 7"},
	{export: "nothing", kind: FaultBadOutput, detail: "no output"},
	{export: "huge", kind: FaultBadOutput, detail: "1048576 bytes"},
	{export: "bogus", kind: FaultBadOutput, detail: "no output"},
	{export: "claim2g", kind: FaultBadOutput, detail: "no output"},
	{export: "askzero"},
	{export: "askwild"},
	{export: "askfar", kind: FaultTrap, detail: "host function ask was handed an offset outside memory"},
	{export: "askminus", kind: FaultTrap, detail: "outside memory"},
	{export: "asklong", kind: FaultTrap, detail: "524288 bytes, the limit is 262144"},
	{export: "askforged", kind: FaultTrap, detail: "2147483647 bytes, the limit is 262144"},
	{export: "heapask", kind: FaultTimeout, deadline: 500 * time.Millisecond},
	{export: "heaplog", kind: FaultTimeout, deadline: 500 * time.Millisecond, unsafe: true, deadly: true},
	{export: "logflood", kind: FaultTimeout, deadline: 500 * time.Millisecond},
	{export: "exit0", kind: FaultBadOutput, detail: "no output"},
	{export: "exit0late"},
	{export: "exit3", kind: FaultTrap, detail: "exited with code 3"},
	{export: "exitcanceled", kind: FaultTrap, detail: "exited with code 4294967295"},
	{export: "exitdeadline", kind: FaultTrap, detail: "exited with code 4026531839"},
	{export: "missing", kind: FaultABI, detail: "no export missing"},
	{export: "wantsparam", kind: FaultABI, detail: "params"},
	{export: "tworesults", kind: FaultABI, detail: "2 results"},
}

// TestHostileGuests runs every row in both places; after each, the same module
// must still serve a well-behaved call, or a fresh worker where the guest took
// the old one with it.
func TestHostileGuests(t *testing.T) {
	wasm := zoo()
	for place := range places {
		t.Run(place, func(outer *testing.T) {
			m := mustOpen(outer, place, wasm, testConfig())
			for _, row := range hostileRows {
				if row.unsafe && place == "in process" || row.export == "tablebomb" && workerAddressSpace == 0 {
					continue
				}
				outer.Run(row.export, func(t *testing.T) {
					if row.deadline == 0 {
						row.deadline = patience
					}
					began := time.Now()
					res := callWithin(t, m, row.deadline, Call{Export: row.export, Input: []byte("in")})
					if took := time.Since(began); row.kind == FaultTimeout && took > row.deadline+5*time.Second {
						t.Errorf("the call came back after %v", took)
					}
					checkFault(t, res, row.kind, row.detail)
					if row.deadly {
						if next := callWithin(t, m, patience, Call{Export: "echo"}); next.Fault == nil || next.Fault.Kind != FaultInterrupted {
							t.Errorf("a call of the dead worker: %v", next.Fault)
						}
						m = mustOpen(outer, place, wasm, testConfig())
					}
					mustEcho(t, m)
				})
			}
		})
	}
}

// checkFault checks kind and detail of a result and what every result keeps to.
func checkFault(t *testing.T, res Result, kind FaultKind, detail string) {
	t.Helper()
	if kind == "" {
		if res.Fault != nil {
			t.Errorf("fault %v, want success", res.Fault)
		}
		return
	}
	if res.Fault == nil {
		t.Fatalf("success with %q, want %s", res.Output, kind)
	}
	if res.Output != nil {
		t.Errorf("output %q beside a fault", res.Output)
	}
	if res.Fault.Kind != kind || !strings.Contains(res.Fault.Detail, detail) {
		t.Errorf("fault %v, want %s with %q", res.Fault, kind, detail)
	}
	checkDetail(t, res.Fault.Detail)
}

// checkDetail checks what is promised of every detail.
func checkDetail(t *testing.T, detail string) {
	t.Helper()
	if len(detail) > maxDetailBytes || strings.ContainsFunc(detail, unicode.IsControl) ||
		strings.Contains(detail, "goroutine ") || strings.Contains(detail, ".go:") {
		t.Errorf("detail %q", detail)
	}
}

// TestHostileModules are modules that misbehave before any export runs.
func TestHostileModules(t *testing.T) {
	for _, row := range []struct {
		name   string
		wasm   []byte
		kind   FaultKind
		detail string
	}{
		{"loop in _initialize", lone(func(w *wat) {
			w.funcs = append(w.funcs, function{name: "_initialize", sig: "->", body: plain(forever())})
		}), FaultTimeout, ""},
		{"loop in __wasm_call_ctors", lone(func(w *wat) {
			w.funcs = append(w.funcs, function{name: "__wasm_call_ctors", sig: "->", body: plain(forever())})
		}), FaultTimeout, ""},
		{"loop in start section", lone(func(w *wat) {
			w.start = "first"
			w.funcs = append(w.funcs, function{name: "first", sig: "->", body: plain(forever())})
		}), FaultTimeout, ""},
		{"trap in start section", lone(func(w *wat) {
			w.start = "first"
			w.funcs = append(w.funcs, function{name: "first", sig: "->", body: plain(opUnreachable)})
		}), FaultTrap, "unreachable"},
		{"kernel call in start section", lone(func(w *wat) {
			w.start = "first"
			w.imports = []imported{kernel("input_length", "-> i64")}
			w.funcs = append(w.funcs, function{name: "first", sig: "->", body: func(w *wat) []byte { return code(w.call("input_length"), opDrop) }})
		}), FaultTrap, ""},
		{"host call in start section", lone(func(w *wat) {
			w.start = "first"
			w.imports = []imported{ask}
			w.funcs = append(w.funcs, function{name: "first", sig: "->", body: func(w *wat) []byte { return code(i64(8), w.call("ask"), opDrop) }})
		}), FaultTrap, ""},
		{"unknown module", lone(func(w *wat) { w.imports = []imported{{"test:other", "ask", "i64 -> i64"}} }), FaultABI, "test:other"},
		{"unknown function", lone(func(w *wat) { w.imports = []imported{{"test:host", "beg", "i64 -> i64"}} }), FaultABI, "beg"},
		{"wrong signature", lone(func(w *wat) { w.imports = []imported{{"test:host", "ask", "i32 -> i64"}} }), FaultABI, "signature mismatch"},
	} {
		for place := range places {
			t.Run(row.name+" "+place, func(t *testing.T) {
				m := mustOpen(t, place, row.wasm, testConfig())
				deadline := patience
				if row.kind == FaultTimeout {
					deadline = 300 * time.Millisecond
				}
				checkFault(t, callWithin(t, m, deadline, Call{Export: "run"}), row.kind, row.detail)
				checkFault(t, callWithin(t, m, deadline, Call{Export: "run"}), row.kind, row.detail)
			})
		}
	}
}

// TestModulesThatDoNotLoad are refused when they are opened.
func TestModulesThatDoNotLoad(t *testing.T) {
	good := zoo()
	for name, wasm := range map[string][]byte{
		"empty":       nil,
		"text":        []byte("not wasm at all"),
		"component":   []byte("\x00asm\x0d\x00\x01\x00"),
		"cut":         good[:len(good)/2],
		"much memory": lone(func(w *wat) { w.memory = 2000 }),
		"bad opcode":  lone(func(w *wat) { w.funcs[0].body = plain(0xff) }),
		"bad type":    lone(func(w *wat) { w.funcs[0].body = plain(i64(0)) }),
	} {
		for place, open := range places {
			t.Run(name+" "+place, func(t *testing.T) {
				m, err := open(t, wasm, testConfig())
				if err == nil {
					m.Close()
					t.Fatal("opened")
				}
				var fault *Fault
				if !errors.As(err, &fault) || fault.Kind != FaultABI {
					t.Fatalf("error %v, want an abi fault", err)
				}
				checkDetail(t, fault.Detail)
			})
		}
	}
}

// TestFloodsAreBounded counts what floods leave behind.
func TestFloodsAreBounded(t *testing.T) {
	for place := range places {
		t.Run(place, func(t *testing.T) {
			cfg := testConfig()
			cfg.Limits = Limits{LogBytes: 5000, StderrBytes: 700}
			m := mustOpen(t, place, zoo(), cfg)
			res := callWithin(t, m, 500*time.Millisecond, Call{Export: "logflood"})
			if len(res.Logs) != 4 || res.LogsDropped == 0 {
				t.Errorf("%d messages kept, %d dropped", len(res.Logs), res.LogsDropped)
			}
			g := mustOpen(t, place, mustGoGuest(t), cfg)
			res = callWithin(t, g, patience, Call{Export: "loud"})
			if res.Fault != nil || string(res.Output) != "quiet" || len(res.Stderr) != 700 {
				t.Errorf("output %q, fault %v, %d bytes of stderr", res.Output, res.Fault, len(res.Stderr))
			}
		})
	}
}
