package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const (
	startTimeout = 60 * time.Second
	stopTimeout  = 10 * time.Second
	pollInterval = 20 * time.Millisecond
)

// Child is a server of another project that runs as a process of its own.
type Child struct {
	// Scheme begins the URL that is printed.
	Scheme string
	// Command makes the command that listens on addr. It must stay in the
	// foreground.
	Command func(addr string) (*exec.Cmd, error)
	// Probe says whether the child answers at addr; nil wants a connection only.
	Probe func(ctx context.Context, addr string) error
	// NoTLS and NoClientCA refuse the flags that the child knows nothing of.
	NoTLS, NoClientCA bool
}

// Child runs c until ctx ends. Most servers cannot pick a free port, so one is
// picked for them; a child that ends before it answers, because another process
// was given the port in between, is tried twice more.
func (e *Env) Child(ctx context.Context, c Child) error {
	switch {
	case c.NoTLS && e.TLSCert != "":
		return fmt.Errorf("%w: no TLS is served", ErrUsage)
	case c.NoClientCA && e.ClientCA != "":
		return fmt.Errorf("%w: no certificate of a client is asked for", ErrUsage)
	}
	if c.Probe == nil {
		c.Probe = connect
	}
	tries := 3
	if _, port, err := net.SplitHostPort(e.Listen); err != nil {
		return err
	} else if port != "0" {
		tries = 1
	}
	var errs error
	for range tries {
		err := e.once(ctx, c)
		if early := new(earlyError); !errors.As(err, &early) {
			return err
		}
		errs = errors.Join(errs, err)
	}
	return errs
}

// earlyError is the end of a child before it answered.
type earlyError struct{ cause error }

func (e *earlyError) Error() string { return "ended before it answered: " + e.cause.Error() }

func (e *Env) once(ctx context.Context, c Child) error {
	addr, err := freeAddr(e.Listen)
	if err != nil {
		return err
	}
	cmd, err := c.Command(addr)
	if err != nil {
		return err
	}
	said := new(tail)
	cmd.Stdout, cmd.Stderr = said, said
	cmd.WaitDelay = stopTimeout // a grandchild may hold the output open
	ended, err := start(cmd)
	if err != nil {
		return err
	}
	defer stop(cmd, ended)

	starting, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		probed := c.Probe(starting, addr)
		if probed == nil {
			break
		}
		select {
		case err := <-ended:
			return &earlyError{endOf(err, said)}
		case <-ctx.Done():
			return nil
		case <-starting.Done():
			return fmt.Errorf("no answer within %v: %w", startTimeout, probed)
		case <-time.After(pollInterval):
		}
	}
	// What answered may be another process that took the port first.
	select {
	case err := <-ended:
		return &earlyError{endOf(err, said)}
	default:
	}
	e.Ready(c.Scheme + "://" + addr)
	select {
	case <-ctx.Done():
		return nil
	case err := <-ended:
		return fmt.Errorf("ended by itself: %w", endOf(err, said))
	}
}

// start starts cmd from a thread that lives as long as it does, and tells how it
// ended. The system ends a child with the thread that started it, see [bind].
func start(cmd *exec.Cmd) (<-chan error, error) {
	bind(cmd)
	started, ended := make(chan error), make(chan error, 1)
	go func() {
		lock()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		ended <- cmd.Wait()
		close(ended)
	}()
	return ended, <-started
}

// stop asks the child to end and ends it if it does not listen.
func stop(cmd *exec.Cmd, ended <-chan error) {
	_ = cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-ended:
	case <-time.After(stopTimeout):
		_ = cmd.Process.Kill()
		<-ended
	}
}

// endOf tells how a child ended that nobody asked to end, with its last words.
func endOf(err error, said *tail) error {
	if err == nil {
		err = errors.New("exit status 0")
	}
	if words := bytes.TrimSpace(said.kept); len(words) > 0 {
		return fmt.Errorf("%w: %s", err, words)
	}
	return err
}

// tail keeps the end of what a child writes: of no interest until it fails. One
// goroutine writes it, and is done when the end of the child is known.
type tail struct{ kept []byte }

const tailBytes = 4 << 10

// Write keeps the last tailBytes of all that was written.
func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - tailBytes; over > 0 {
		t.kept = bytes.Clone(t.kept[over:])
	}
	return len(p), nil
}

func freeAddr(listen string) (string, error) {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func connect(ctx context.Context, addr string) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	return conn.Close()
}

// Find returns the path of a program: beside this one, where make services puts
// them all, else where the system looks.
func Find(name string) (string, error) {
	if self, err := os.Executable(); err == nil {
		path := filepath.Join(filepath.Dir(self), name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
	}
	return exec.LookPath(name)
}
