// Command smtp runs mailpit, a mail server that keeps what it is given:
//
//	smtp [-implicit] [-program PROGRAM]
//
// With -tls-cert it offers STARTTLS, or with -implicit speaks TLS from the first
// byte. The program is a module of its own below external. Package serve tells
// of the flags and the line that all servers share.
package main

import (
	"context"
	"flag"
	"fmt"
	"os/exec"
	"path/filepath"

	"stella-ops.org/doctor/testdata/services/serve"
)

func main() { program().Main() }

func program() serve.Program {
	var name string
	var isImplicit bool
	return serve.Program{
		Name: "smtp",
		Flags: func(flags *flag.FlagSet) {
			flags.StringVar(&name, "program", "mailpit", "`program` to run")
			flags.BoolVar(&isImplicit, "implicit", false, "speak TLS from the first byte")
		},
		Serve: func(ctx context.Context, e *serve.Env) error {
			if isImplicit && e.TLSCert == "" {
				return fmt.Errorf("%w: -implicit needs -tls-cert", serve.ErrUsage)
			}
			path, err := serve.Find(name)
			if err != nil {
				return err
			}
			dir, err := e.Dir()
			if err != nil {
				return err
			}
			scheme := "smtp"
			args := []string{
				"--quiet", "--disable-version-check", "--smtp-disable-rdns",
				"--database", filepath.Join(dir, "mail.db"),
				"--listen", "unix:" + filepath.Join(dir, "pages") + ":0600",
			}
			if e.TLSCert != "" {
				args = append(args, "--smtp-tls-cert", e.TLSCert, "--smtp-tls-key", e.TLSKey)
			}
			if isImplicit {
				scheme, args = "smtps", append(args, "--smtp-require-tls")
			}
			return e.Child(ctx, serve.Child{Scheme: scheme, NoClientCA: true, Command: func(addr string) (*exec.Cmd, error) {
				cmd := exec.Command(path, append(args, "--smtp", addr)...)
				cmd.Env = []string{"HOME=" + dir, "TMPDIR=" + dir} // its variables stand for flags
				return cmd, nil
			}})
		},
	}
}
