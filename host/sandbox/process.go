package sandbox

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"
)

// processStderrBytes bounds what is kept of a worker's own standard error; the
// guest's travels in frames.
const processStderrBytes = 16 << 10

// process is a child that speaks frames. It has no environment, no descriptor
// but the three standard ones, a process group of its own, and does not outlive
// this process.
type process struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    io.ReadCloser
	stderr headBuffer

	mu     sync.Mutex
	reaped bool
	// exited is closed when the child is gone; err is then how it ended.
	exited chan struct{}
	err    error
}

// startProcess starts argv.
func startProcess(argv []string) (*process, error) {
	childIn, in, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("cannot start a worker: %w", err)
	}
	out, childOut, err := os.Pipe()
	if err != nil {
		childIn.Close()
		in.Close()
		return nil, fmt.Errorf("cannot start a worker: %w", err)
	}
	p := &process{in: in, out: out, exited: make(chan struct{})}
	p.stderr.limit = processStderrBytes
	p.cmd = &exec.Cmd{
		Path:        argv[0],
		Args:        argv,
		Env:         []string{},
		Stdin:       childIn,
		Stdout:      childOut,
		Stderr:      &p.stderr,
		SysProcAttr: processAttributes(),
		// Something that inherited standard error must not hold up the reaper.
		WaitDelay: Grace,
	}
	started := make(chan error)
	go p.supervise(started)
	err = <-started
	childIn.Close()
	childOut.Close()
	if err != nil {
		in.Close()
		out.Close()
		return nil, fmt.Errorf("cannot start a worker: %w", err)
	}
	return p, nil
}

// supervise starts the child, waits for its end and reaps it. The system sends
// the child its death signal when the thread that started it ends, hence the
// lock for as long as the child lives.
func (p *process) supervise(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	if awaitDeath(p.cmd.Process.Pid) {
		// The child is dead but still holds its number, so that what is left of
		// its group can be killed without meeting a stranger.
		p.mu.Lock()
		p.reaped = true
		killGroup(p.cmd)
		p.mu.Unlock()
	}
	p.err = p.cmd.Wait()
	close(p.exited)
}

// kill ends the child and all in its group at once.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		killGroup(p.cmd)
	}
}

// ending says in words how the child ended; only after exited is closed.
func (p *process) ending() string {
	text := "exit status 0"
	if p.err != nil {
		text = p.err.Error()
	}
	if line := panicLine(p.stderr.bytes()); line != "" {
		text += ": " + line
	}
	return text
}

// closePipes gives up our ends of the pipes.
func (p *process) closePipes() {
	_ = p.in.Close()
	_ = p.out.Close()
}

// awaitClosed waits for c, at most d.
func awaitClosed(c <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c:
		return true
	case <-timer.C:
		return false
	}
}
