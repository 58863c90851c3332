package sandbox

import (
	"context"
	"fmt"
	"os"
	"sync"

	extism "github.com/extism/go-sdk"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"
)

// wasiOutputVariable makes Extism hand the guest our own standard output when
// it is merely present in the environment. Extism reads the environment of the
// process at each instantiation and offers no other way to say no.
const wasiOutputVariable = "EXTISM_ENABLE_WASI_OUTPUT"

// runKey finds the run of a host call in its context.
type runKey struct{}

// run is one call: a fresh instance and what it leaves behind.
type run struct {
	// ctx is the caller's, ended by Close too. It judges; stop only ends.
	ctx    context.Context
	stop   context.CancelFunc
	export string
	input  []byte
	host   hostCaller
	limits Limits

	slot   slot
	stderr headBuffer
	logs   logBuffer
	memory memoryMeter
	clock  guestClock

	mu     sync.Mutex
	fault  *Fault
	plugin *extism.Plugin
}

// newRun prepares a call. The deadline of ctx is the call's.
func newRun(ctx context.Context, export string, input []byte, host hostCaller, limits Limits) *run {
	r := &run{ctx: ctx, export: export, input: input, host: host, limits: limits}
	r.slot.cores = cores
	r.stderr.limit = limits.StderrBytes
	r.logs.limit = limits.LogBytes
	r.memory.limit = uint64(limits.pages()) * pageBytes
	return r
}

// fail records the first reason why a host function could not do its work and
// ends the guest, which must not go on as if nothing had happened.
func (r *run) fail(f *Fault) {
	r.mu.Lock()
	if r.fault == nil {
		r.fault = f
	}
	r.mu.Unlock()
	r.stop()
}

func (r *run) failure() *Fault {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fault
}

// result gathers what the call left behind, also when it was abandoned.
func (r *run) result(output []byte, fault *Fault) Result {
	lines, dropped := r.logs.take()
	res := Result{Fault: fault, Logs: lines, LogsDropped: dropped, Stderr: r.stderr.bytes()}
	if fault == nil {
		res.Output = output
	}
	return res
}

// do waits for a core, runs the call on a fresh instance of compiled and
// reports how the engine came back. A panic of the engine is an error.
func (r *run) do(compiled *extism.CompiledPlugin) (e ended) {
	ctx, stop := context.WithCancel(r.ctx)
	defer stop()
	r.stop = stop
	if err := r.slot.acquire(ctx); err != nil {
		return ended{err: err}
	}
	defer r.slot.release()
	e.loading = true
	defer func() {
		if v := recover(); v != nil {
			e.err, e.panicked = fmt.Errorf("%v", v), true
		}
	}()

	ctx = context.WithValue(ctx, runKey{}, r)
	ctx = experimental.WithMemoryAllocator(ctx, &r.memory)
	if err := os.Unsetenv(wasiOutputVariable); err != nil {
		return ended{err: fmt.Errorf("the environment cannot be cleaned: %w", err)}
	}
	p, err := compiled.Instance(ctx, extism.PluginInstanceConfig{
		// No file system, arguments, environment or randomness: what is not
		// named here, the engine fakes or denies. Standard output is discarded.
		ModuleConfig: r.clock.configure(wazero.NewModuleConfig().WithStderr(&r.stderr)),
	})
	if err != nil {
		e.err = err
		return e
	}
	r.setPlugin(p)
	defer r.closePlugin()
	p.SetLogger(r.log)
	e.loading = false
	if !p.FunctionExists(r.export) {
		e.err = fmt.Errorf("unknown function: the module has no export %s", r.export)
		return e
	}
	e.rc, e.output, e.err = p.CallWithContext(ctx, r.export, r.input)
	r.memory.ended()
	return e
}

func (r *run) setPlugin(p *extism.Plugin) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.plugin = p
}

// closePlugin closes the instance, once. Called from another goroutine while
// the guest runs, it frees guests that are stuck where no context reaches.
func (r *run) closePlugin() {
	r.mu.Lock()
	p := r.plugin
	r.plugin = nil
	r.mu.Unlock()
	if p != nil {
		// The instance is gone either way; there is nothing to do about an error.
		_ = p.Close(context.Background())
	}
}

// log keeps one message of the guest. Extism writes its own debug messages to
// the same place; they say nothing about the guest.
func (r *run) log(level extism.LogLevel, text string) {
	if level == extism.LogLevelDebug {
		switch text {
		case "Initializing runtime for main module", "Calling _initialize", "Calling __wasm_call_ctors",
			"Calling function : " + r.export, "Initialized Haskell language runtime.":
			return
		}
	}
	r.logs.add(levelName(level), text)
}

func levelName(level extism.LogLevel) string {
	switch level {
	case extism.LogLevelTrace:
		return "trace"
	case extism.LogLevelDebug:
		return "debug"
	case extism.LogLevelInfo:
		return "info"
	case extism.LogLevelWarn:
		return "warn"
	default:
		return "error"
	}
}
