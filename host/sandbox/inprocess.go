package sandbox

import (
	"context"
	"errors"
	"sync"
	"time"
)

// inProcess is a Module whose guests run in this process.
type inProcess struct {
	wasm   []byte
	cfg    Config
	limits Limits
	// grace is how long after its end a call is waited for before it is
	// abandoned; zero waits for ever, as in a worker, which is killed instead.
	grace time.Duration

	// closing ends all calls.
	closing context.Context
	end     context.CancelCauseFunc
	calls   sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	dead    bool
	current *engine
	retired []*engine
	// entry is the cache entry that current was loaded from, empty for none.
	entry string
}

// OpenInProcess loads wasm to be run in this process. It is meant for modules
// whose bytes are part of the program: the engine can be brought down by bytes
// that nobody examined, and some guests cannot be stopped without killing the
// process they run in. With cfg.CacheDir the module runs compiled when a
// verified cache entry exists; in every other case it is interpreted.
//
// When ctx ends first, OpenInProcess returns at most [Grace] later although the
// engine cannot be interrupted. An error is a *[Fault]: FaultABI for a module
// that the engine refuses, FaultTimeout or FaultCanceled for the end of ctx.
func OpenInProcess(ctx context.Context, wasm []byte, cfg Config) (Module, error) {
	m, fault := openInProcess(ctx, wasm, cfg, Grace)
	if fault != nil {
		return nil, fault
	}
	return m, nil
}

// openInProcess is OpenInProcess with the watchdog of calls set to grace. The
// result of the engine is awaited at most Grace past the end of ctx.
func openInProcess(ctx context.Context, wasm []byte, cfg Config, grace time.Duration) (*inProcess, *Fault) {
	if f := clockFault(ctx); f != nil {
		return nil, f
	}
	m := &inProcess{wasm: wasm, cfg: cfg, limits: cfg.Limits.withDefaults(), grace: grace}
	m.closing, m.end = context.WithCancelCause(context.Background())
	loaded := make(chan error, 1)
	go func() { loaded <- m.load(ctx) }()
	err, ok := await(ctx, loaded, Grace)
	switch {
	case !ok:
		// The engine comes back one day; what it made is then closed.
		go func() {
			if <-loaded == nil {
				_ = m.Close()
			}
		}()
		return nil, clockFault(ctx)
	case err != nil:
		if f := clockFault(ctx); f != nil {
			return nil, f
		}
		return nil, newFault(FaultABI, "the module cannot be loaded: %v", err)
	}
	return m, nil
}

// await receives from c, at most until grace after the end of ctx; a grace of
// zero waits for ever.
func await[T any](ctx context.Context, c <-chan T, grace time.Duration) (v T, ok bool) {
	select {
	case v = <-c:
		return v, true
	case <-ctx.Done():
	}
	if grace <= 0 {
		return <-c, true
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case v = <-c:
		return v, true
	case <-timer.C:
		return v, false
	}
}

// load readies the engine, from the cache if there is a verified entry. An
// entry that the engine does not like is deleted and the module interpreted.
func (m *inProcess) load(ctx context.Context) error {
	entry := m.cfg.entry
	if entry == "" {
		entry = verifiedEntry(m.wasm, m.cfg)
	}
	if entry != "" {
		if e, err := load(ctx, m.wasm, m.cfg, entry); err == nil {
			m.current, m.entry = e, entry
			return nil
		}
		removeEntry(entry)
	}
	e, err := load(ctx, m.wasm, m.cfg, "")
	m.current = e
	return err
}

// Call implements Module.
func (m *inProcess) Call(ctx context.Context, c Call) Result {
	return m.call(ctx, c.Export, c.Input, bounded(c.Host, m.limits.ReplyBytes))
}

// call is Call with the host function as a worker has it.
func (m *inProcess) call(ctx context.Context, export string, input []byte, host hostCaller) Result {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	unhook := context.AfterFunc(m.closing, func() { cancel(errClosed) })
	defer unhook()
	e, fault := m.begin(ctx, len(input))
	if fault != nil {
		return Result{Fault: fault}
	}
	r := newRun(ctx, export, input, host, m.limits)
	r.memory.inspect = m.cfg.Inspect
	done := make(chan Result, 1)
	go func() {
		defer m.calls.Done()
		done <- m.run(r, e)
	}()
	res, ok := await(ctx, done, m.grace)
	if ok {
		return res
	}
	m.abandon(r)
	return r.result(nil, clockFault(ctx))
}

// begin admits one call and returns the engine to run it on.
func (m *inProcess) begin(ctx context.Context, input int) (*engine, *Fault) {
	if f := clockFault(ctx); f != nil {
		return nil, f
	}
	// Extism hands the guest no input at all when it is too long, in silence.
	if int64(input) > m.limits.InputBytes {
		return nil, newFault(FaultABI, "the input has %d bytes, the limit is %d", input, m.limits.InputBytes)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		return nil, newFault(FaultCanceled, "the module is closed")
	case m.dead:
		return nil, newFault(FaultInterrupted, "an earlier call of the module did not end")
	}
	m.calls.Add(1)
	return m.current, nil
}

// run does the work of one call; an engine that breaks on code from the cache
// gets a second try without it, which no guest code has run before.
func (m *inProcess) run(r *run, e *engine) Result {
	end := r.do(e.plugin)
	if end.panicked && end.loading && e.cache != nil {
		if again := m.uncache(r.ctx, e); again != nil {
			end = r.do(again.plugin)
		}
	}
	return r.result(end.output, r.classify(end))
}

// uncache replaces the engine broken by an interpreted one and deletes the
// cache entry that it came from. Nil means that there is nothing to try.
func (m *inProcess) uncache(ctx context.Context, broken *engine) *engine {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.current == broken {
		removeEntry(m.entry)
		e, err := load(ctx, m.wasm, m.cfg, "")
		if err != nil {
			return nil
		}
		m.retired = append(m.retired, broken)
		m.current, m.entry = e, ""
	}
	return m.current
}

// abandon gives up on a call that did not end in time. The instance is closed
// under its feet, which ends most guests; the rest burn a core until the
// process ends, which is why such guests belong into a worker.
func (m *inProcess) abandon(r *run) {
	r.slot.abandon()
	m.mu.Lock()
	m.dead = true
	m.mu.Unlock()
	r.closePlugin()
}

// closePatience is how long Close waits for the calls that it ended.
const closePatience = time.Second

// Close implements Module. A call that does not end within a second keeps its
// share of the engine until it does.
func (m *inProcess) Close() error {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return nil
	}
	m.closed = true
	engines := append(m.retired, m.current)
	m.mu.Unlock()
	m.end(errClosed)
	released := make(chan struct{})
	go func() {
		m.calls.Wait()
		for _, e := range engines {
			e.close()
		}
		close(released)
	}()
	timer := time.NewTimer(closePatience)
	defer timer.Stop()
	select {
	case <-released:
		return nil
	case <-timer.C:
		return errors.New("a call of the module does not end")
	}
}
