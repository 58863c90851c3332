package sandbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// worker is a Module whose guests run in a process of their own. The process
// is taken for hostile: it may have been taken over by its guest. So it is
// believed nothing that this side can know itself, and killed at the first word
// that an honest worker does not say.
type worker struct {
	cfg    Config
	limits Limits
	proc   *process
	// out carries frames to the goroutine that writes them.
	out chan frame
	// ready receives what the worker said about the module.
	ready chan *Fault
	// gone is closed when the process has ended and every call has its result.
	gone chan struct{}

	mu     sync.Mutex
	opened bool
	last   uint32
	calls  map[uint32]*pending
	end    *ending
}

// pending is one call that the worker has not answered yet.
type pending struct {
	id     uint32
	ctx    context.Context
	host   hostCaller
	result chan Result
	// waiting says that the worker has a host call of this call unanswered.
	waiting atomic.Bool
	// serving counts the running host functions, at most one.
	serving sync.WaitGroup
}

// ending is why a worker came to its end: the first reason stays.
type ending struct {
	kind FaultKind
	text string
	// all says that the reason concerns every call; else only a call that was
	// alone is blamed, and several are told that they were interrupted.
	all bool
}

// errNoWorkerMain is the refusal of OpenWorker in a program that would not know
// that it is a worker.
var errNoWorkerMain = errors.New("cannot start a worker: this program does not call WorkerMain first thing in main")

// OpenWorker loads wasm in a new worker process. command is the program to
// start with its arguments, all of them; empty means this program, which must
// then call [WorkerMain] first thing in main. All calls of the module share the
// worker. It runs compiled when cfg.CacheDir has a verified entry, which this side
// verifies and the worker can read until the module is loaded; else it interprets,
// or with cfg.Compile compiles where the engine has a compiler ([CanCompile]).
//
// The worker is killed [Grace] after the deadline of a call that did not end.
// That call gets FaultTimeout or FaultCanceled, the others FaultInterrupted,
// and so does every later call: the caller opens another worker.
//
// An error is a *[Fault] when the module or its worker failed: FaultABI for a
// module that the engine refuses, FaultTrap or FaultOutOfMemory for a worker
// that died of it, FaultTimeout or FaultCanceled for the end of ctx.
func OpenWorker(ctx context.Context, wasm []byte, cfg Config, command []string) (Module, error) {
	if f := clockFault(ctx); f != nil {
		return nil, f
	}
	if len(wasm) > maxModuleFrame-frameSlack {
		return nil, newFault(FaultABI, "the module has %d bytes, a worker takes %d", len(wasm), maxModuleFrame-frameSlack)
	}
	argv, err := workerCommand(command)
	if err != nil {
		return nil, err
	}
	if entry := verifiedEntry(wasm, cfg); entry != "" {
		argv = append(slices.Clip(argv), entry)
	}
	proc, err := startProcess(argv)
	if err != nil {
		return nil, err
	}
	w := newWorker(cfg)
	w.proc = proc
	go w.write()
	go w.supervise()
	if fault := w.open(ctx, wasm); fault != nil {
		_ = w.Close()
		return nil, fault
	}
	return w, nil
}

// WorkerReady returns the error with which [OpenWorker] would refuse command
// before it starts anything: a program that does not call [WorkerMain] cannot
// be its own worker.
func WorkerReady(command []string) error {
	_, err := workerCommand(command)
	return err
}

// workerCommand is the argument list of the worker.
func workerCommand(command []string) ([]string, error) {
	if len(command) > 0 {
		return command, nil
	}
	if !workerMainCalled.Load() {
		return nil, errNoWorkerMain
	}
	self, err := selfPath()
	if err != nil {
		return nil, fmt.Errorf("cannot start a worker: %w", err)
	}
	return []string{self, workerArgument}, nil
}

func newWorker(cfg Config) *worker {
	return &worker{
		cfg:    cfg,
		limits: cfg.Limits.withDefaults(),
		out:    make(chan frame),
		ready:  make(chan *Fault, 1),
		gone:   make(chan struct{}),
		calls:  make(map[uint32]*pending),
	}
}

// open sends the module and waits for the worker's word on it.
func (w *worker) open(ctx context.Context, wasm []byte) *Fault {
	cfg := w.cfg
	cfg.Limits = w.limits
	if !w.send(ctx, frame{kind: frameOpen, body: packOpen(wasm, cfg)}) {
		return w.openFault(ctx)
	}
	select {
	case fault := <-w.ready:
		return fault
	case <-w.gone:
	case <-ctx.Done():
	}
	return w.openFault(ctx)
}

// openFault says why a worker could not be opened.
func (w *worker) openFault(ctx context.Context) *Fault {
	if f := clockFault(ctx); f != nil {
		return f
	}
	<-w.gone
	return w.end.fault(1)
}

// Call implements Module.
func (w *worker) Call(ctx context.Context, c Call) Result {
	if f := clockFault(ctx); f != nil {
		return Result{Fault: f}
	}
	if n := int64(len(c.Input)); n > w.limits.InputBytes {
		return Result{Fault: newFault(FaultABI, "the input has %d bytes, the limit is %d", n, w.limits.InputBytes)}
	}
	hostCtx, cancel := context.WithCancel(ctx)
	p, fault := w.begin(hostCtx, bounded(c.Host, w.limits.ReplyBytes))
	if fault != nil {
		cancel()
		return Result{Fault: fault}
	}
	defer p.settle(cancel)
	var budget time.Duration
	if deadline, ok := ctx.Deadline(); ok {
		budget = max(time.Until(deadline), 1)
	}
	if !w.send(ctx, frame{kind: frameCall, call: p.id, body: packCall(budget, c.Export, c.Input)}) {
		if f := clockFault(ctx); f != nil {
			// The worker never heard of this call.
			w.forget(p.id)
			return Result{Fault: f}
		}
		return <-p.result
	}
	select {
	case res := <-p.result:
		return judge(ctx, res)
	case <-ctx.Done():
	}
	return w.giveUp(ctx, p)
}

// judge applies this side's clock to a result: past the deadline nothing counts.
func judge(ctx context.Context, res Result) Result {
	if f := clockFault(ctx); f != nil {
		res.Fault, res.Output = f, nil
	}
	return res
}

// giveUp tells the worker that the time of a call is over. A worker that does
// not end the call within Grace is killed.
func (w *worker) giveUp(ctx context.Context, p *pending) Result {
	grace, cancel := context.WithTimeout(context.Background(), Grace)
	defer cancel()
	w.send(grace, frame{kind: frameCancel, call: p.id})
	select {
	case res := <-p.result:
		return judge(ctx, res)
	case <-grace.Done():
	}
	w.kill(ending{kind: FaultInterrupted, text: "the worker was killed on account of another call", all: true})
	w.forget(p.id)
	return Result{Fault: clockFault(ctx)}
}

// settle ends the host function of a call that has ended and waits for it, so
// that it does not write to what its caller now reads; not longer than Grace.
func (p *pending) settle(cancel context.CancelFunc) {
	cancel()
	idle := make(chan struct{})
	go func() {
		p.serving.Wait()
		close(idle)
	}()
	awaitClosed(idle, Grace)
}

// begin registers a call.
func (w *worker) begin(ctx context.Context, host hostCaller) (*pending, *Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.end != nil {
		if w.end.kind == FaultCanceled {
			return nil, newFault(FaultCanceled, "the module is closed")
		}
		return nil, newFault(FaultInterrupted, "the worker has ended: %s", w.end.text)
	}
	w.last++
	p := &pending{id: w.last, ctx: ctx, host: host, result: make(chan Result, 1)}
	w.calls[p.id] = p
	return p, nil
}

func (w *worker) forget(id uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.calls, id)
}

// send hands a frame to the writer. False means that ctx or the worker ended.
func (w *worker) send(ctx context.Context, f frame) bool {
	select {
	case w.out <- f:
		return true
	case <-ctx.Done():
	case <-w.gone:
	}
	return false
}

// kill ends the worker; the first reason given is the one that counts.
func (w *worker) kill(e ending) {
	w.mu.Lock()
	if w.end == nil {
		w.end = &e
	}
	w.mu.Unlock()
	w.proc.kill()
}

// Close implements Module: it kills the worker, reaps it, and fails what calls
// there are. The error says that the process could not be reaped in a second.
func (w *worker) Close() error {
	w.kill(ending{kind: FaultCanceled, text: "the module was closed during the call", all: true})
	if !awaitClosed(w.gone, closePatience) {
		return errors.New("the worker does not end")
	}
	return nil
}
