package sandbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// workerArgument is the first argument of this program when it is a worker. A
// second one is the directory of the compiled code of its module.
const workerArgument = "-sandbox-worker"

// workerMainCalled says whether this program knows when it is a worker.
var workerMainCalled atomic.Bool

// Exit codes of a worker, for the eyes of whoever reads a log.
const (
	exitUnconfined = 70
	exitProtocol   = 71
)

// WorkerMain makes a program able to be its own worker. It must be called first
// thing in main, or in TestMain, before anything reads standard input or opens
// files. It returns at once unless the program was started by [OpenWorker]; then
// it confines the process, serves until standard input ends, and exits.
func WorkerMain() {
	workerMainCalled.Store(true)
	if len(os.Args) < 2 || len(os.Args) > 3 || os.Args[1] != workerArgument {
		return
	}
	entry := ""
	if len(os.Args) == 3 {
		entry = os.Args[2]
	}
	in, out := os.Stdin, os.Stdout
	// The engine prints to standard output when it is at a loss, and a word of
	// it between the frames would look like an attack.
	os.Stdout = os.Stderr
	err := confine(entry)
	if entry != "" && errors.Is(err, os.ErrNotExist) {
		// Somebody cleared the cache since it was looked at: interpret.
		entry, err = "", confine("")
	}
	if err != nil {
		unconfined(err)
	}
	debug.SetMemoryLimit(workerMemoryLimit)
	if err := serveWorker(in, out, entry); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n", err)
		os.Exit(exitProtocol)
	}
	os.Exit(0)
}

// unconfined ends a worker that would have more than it may.
func unconfined(err error) {
	fmt.Fprintf(os.Stderr, "the worker cannot be confined: %v\n", err)
	os.Exit(exitUnconfined)
}

// workerMemoryLimit is where the collector of a worker begins to work hard, far
// enough below the limit of its address space to be of use.
const workerMemoryLimit = 1 << 30

// compilingGC has a worker that compiles, and so runs many calls, collect less often:
// each leaves megabytes behind. The memory limit holds all the same.
const compilingGC = 400

// noBudget stands for a call without a deadline, whose end the program tells.
const noBudget = 100 * 365 * 24 * time.Hour

// service is the worker's side of the frames.
type service struct {
	module    *inProcess
	entry     string // where the compiled code of the module is; empty for nowhere
	functions map[string]uint32

	writing sync.Mutex
	out     io.Writer

	mu    sync.Mutex
	calls map[uint32]*served
}

// served is one running call.
type served struct {
	cancel context.CancelFunc
	// replies carries the answer to the one host call that may be open.
	replies chan reply
}

type reply struct {
	document []byte
	failure  error
}

// serveWorker serves frames until in ends. An error means that the program at
// the other end is not ours.
func serveWorker(in io.Reader, out io.Writer, entry string) error {
	reader := bufio.NewReaderSize(in, 64<<10)
	s := &service{entry: entry, out: out, calls: make(map[uint32]*served), functions: make(map[string]uint32)}
	f, err := readFrame(reader, downLimit)
	if err == io.EOF {
		return nil
	}
	if err != nil || f.kind != frameOpen {
		return fmt.Errorf("a worker was started by something that is not its program")
	}
	if err := s.open(f.body); err != nil {
		return err
	}
	for {
		f, err := readFrame(reader, downLimit)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil
		}
		if err == nil {
			err = s.act(f)
		}
		if err != nil {
			return err
		}
	}
}

// open loads the module and says how that went.
func (s *service) open(body []byte) error {
	wasm, cfg, err := unpackOpen(body)
	if err != nil {
		return err
	}
	for i, name := range cfg.Functions {
		s.functions[name] = uint32(i)
	}
	cfg.entry = s.entry
	if cfg.Compile {
		debug.SetGCPercent(compilingGC)
	}
	// No watchdog: a call that does not end is the end of this process.
	module, fault := openInProcess(context.Background(), wasm, cfg, 0)
	s.module = module
	if s.entry != "" {
		// What was left open for loading closes before any guest code runs.
		if err := confineRest(); err != nil {
			unconfined(err)
		}
	}
	return s.write(frame{kind: frameReady, body: packReady(fault)})
}

func (s *service) act(f frame) error {
	switch f.kind {
	case frameCall:
		budget, export, input, err := unpackCall(f.body)
		if err != nil {
			return err
		}
		if s.module == nil {
			return fmt.Errorf("a call of a module that was not loaded")
		}
		s.start(f.call, budget, export, input)
	case frameCancel:
		if c := s.lookUp(f.call); c != nil {
			c.cancel()
		}
	case frameReply:
		document, failure, err := unpackReply(f.body)
		if err != nil {
			return err
		}
		if c := s.lookUp(f.call); c != nil {
			select {
			case c.replies <- reply{document, failure}:
			default: // the host call was given up
			}
		}
	default:
		return fmt.Errorf("a frame out of turn")
	}
	return nil
}

func (s *service) lookUp(id uint32) *served {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[id]
}

// start runs one call beside the others and sends its result.
func (s *service) start(id uint32, budget time.Duration, export string, input []byte) {
	if budget <= 0 {
		budget = noBudget
	}
	ctx, cancel := context.WithTimeout(context.Background(), budget)
	c := &served{cancel: cancel, replies: make(chan reply, 1)}
	s.mu.Lock()
	s.calls[id] = c
	s.mu.Unlock()
	go func() {
		defer cancel()
		res := s.module.call(ctx, export, input, func(ctx context.Context, function string, in []byte) ([]byte, error) {
			return s.ask(ctx, id, c, function, in)
		})
		s.mu.Lock()
		delete(s.calls, id)
		s.mu.Unlock()
		// An error is the end of the program at the other end, which the reader sees.
		_ = s.write(frame{kind: frameResult, call: id, body: packResult(res)})
	}()
}

// ask passes a host call up and waits for the answer.
func (s *service) ask(ctx context.Context, id uint32, c *served, function string, in []byte) ([]byte, error) {
	if err := s.write(frame{kind: frameHost, call: id, body: packHost(s.functions[function], in)}); err != nil {
		return nil, err
	}
	select {
	case r := <-c.replies:
		return r.document, r.failure
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *service) write(f frame) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return writeFrame(s.out, f)
}
