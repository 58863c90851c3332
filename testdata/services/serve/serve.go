// Package serve is what all servers here do alike: they listen on loopback, say
// where in one line, and leave nothing behind.
//
// A server takes -listen and -stdin-eof beside its own flags. When it is ready
// it prints exactly one line to standard output, "listening on URL", and nothing
// else ever. It ends on SIGTERM, on SIGINT and, with -stdin-eof, when standard
// input reaches its end, so that it never outlives the program that started it.
//
// Exit codes: 0 ended as asked, 1 cannot serve, 2 usage.
package serve

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// ErrUsage is wrapped by a [Program.Serve] that was given flags which do not go
// together. The program then ends with exit code 2.
var ErrUsage = errors.New("usage")

// Program is one server.
type Program struct {
	// Name begins every message.
	Name string
	// Flags adds flags of the program's own; nil adds none.
	Flags func(*flag.FlagSet)
	// Serve runs until ctx ends and then returns nil. It calls [Env.Ready] once,
	// by itself or through [Env.HTTP] or [Env.Child].
	Serve func(ctx context.Context, e *Env) error
}

// Env is what the shared flags say, and the way to tell that the server is ready.
type Env struct {
	// Listen is the address of -listen; its port is 0 for a free one.
	Listen string
	// TLSCert, TLSKey and ClientCA are files. Without a certificate there is no
	// TLS; with ClientCA a client without a certificate of it is refused.
	TLSCert, TLSKey, ClientCA string
	// Stderr takes what the operator should read.
	Stderr io.Writer

	stdout io.Writer
	ready  sync.Once
	dir    string
}

// Main runs the program with the arguments and streams of this process and ends
// the process.
func (p Program) Main() {
	os.Exit(p.Run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// Run runs the program and returns its exit code.
func (p Program) Run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	e := &Env{Stderr: stderr, stdout: stdout}
	flags := flag.NewFlagSet(p.Name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&e.Listen, "listen", "127.0.0.1:0", "`address` to listen on; port 0 picks a free one")
	flags.StringVar(&e.TLSCert, "tls-cert", "", "serve TLS with the certificate chain of this PEM `file`")
	flags.StringVar(&e.TLSKey, "tls-key", "", "private key of -tls-cert, a PEM `file`")
	flags.StringVar(&e.ClientCA, "client-ca", "", "ask clients for a certificate that this PEM `file` signed")
	stdinEOF := flags.Bool("stdin-eof", false, "end when standard input reaches its end")
	if p.Flags != nil {
		p.Flags(flags)
	}
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if err := e.judge(flags.Args()); err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", p.Name, err)
		return 2
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *stdinEOF {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		go func() {
			_, _ = io.Copy(io.Discard, stdin)
			cancel()
		}()
	}
	err := errors.Join(p.Serve(ctx, e), e.clean())
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "%s: %v\n", p.Name, err)
	if errors.Is(err, ErrUsage) {
		return 2
	}
	return 1
}

// judge refuses what no server here can make sense of.
func (e *Env) judge(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("no arguments are expected, got %q", rest[0])
	case (e.TLSCert == "") != (e.TLSKey == ""):
		return errors.New("-tls-cert and -tls-key go together")
	case e.ClientCA != "" && e.TLSCert == "":
		return errors.New("-client-ca needs -tls-cert")
	}
	return nil
}

// Ready prints the line that tells where the server listens. Only the first
// call prints.
func (e *Env) Ready(url string) {
	e.ready.Do(func() { fmt.Fprintf(e.stdout, "listening on %s\n", url) })
}

// Dir returns a directory of this run, which is removed when the server ends.
func (e *Env) Dir() (string, error) {
	if e.dir != "" {
		return e.dir, nil
	}
	var err error
	e.dir, err = os.MkdirTemp("", "doctor-service-")
	return e.dir, err
}

func (e *Env) clean() error {
	if e.dir == "" {
		return nil
	}
	return os.RemoveAll(e.dir)
}
