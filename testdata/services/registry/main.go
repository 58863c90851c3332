// Command registry serves an OCI registry in memory: the real one of the
// distribution project, for tests and for the demonstration.
//
//	registry [-addr HOST:PORT] [-htpasswd FILE] [-tls-cert FILE -tls-key FILE] [-stdin-eof]
//
// When it is ready it prints exactly one line to standard output, "listening on
// http://127.0.0.1:PORT" (https with -tls-cert), and nothing else ever. It is
// configured by its flags alone: the REGISTRY_ variables of distribution's own
// program and the OTEL_ variables have no effect, and it sends nothing anywhere.
// It ends on SIGTERM, on SIGINT and, with -stdin-eof, when standard input
// reaches its end, so that it never outlives the program that started it.
//
// Exit codes: 0 ended as asked, 1 cannot serve, 2 usage.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("registry", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.addr, "addr", "127.0.0.1:0", "`address` to listen on; port 0 picks a free one")
	flags.StringVar(&o.htpasswd, "htpasswd", "", "ask for a user of this htpasswd `file` (bcrypt)")
	flags.StringVar(&o.tlsCert, "tls-cert", "", "serve TLS with the certificate chain of this PEM `file`")
	flags.StringVar(&o.tlsKey, "tls-key", "", "private key of -tls-cert, a PEM `file`")
	stdinEOF := flags.Bool("stdin-eof", false, "end when standard input reaches its end")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "registry: no arguments are expected, got %q\n", flags.Arg(0))
		return 2
	}
	if (o.tlsCert == "") != (o.tlsKey == "") {
		fmt.Fprintln(stderr, "registry: -tls-cert and -tls-key go together")
		return 2
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *stdinEOF {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		go func() {
			_, _ = io.Copy(io.Discard, stdin)
			cancel()
		}()
	}
	if err := serve(ctx, o, stdout, stderr); err != nil {
		fmt.Fprintf(stderr, "registry: %v\n", err)
		return 1
	}
	return 0
}
