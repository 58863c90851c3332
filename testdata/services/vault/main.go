// Command vault runs the API of Vault with its storage in memory:
//
//	vault [-state unsealed|sealed|uninitialised] [-program PROGRAM]
//
// The program is vaultcore, a module of its own below external. Package serve
// tells of the flags and the line that all servers share.
package main

import (
	"context"
	"flag"
	"fmt"
	"os/exec"
	"slices"

	"stella-ops.org/doctor/testdata/services/serve"
)

func main() { program().Main() }

func program() serve.Program {
	var name, state string
	return serve.Program{
		Name: "vault",
		Flags: func(flags *flag.FlagSet) {
			flags.StringVar(&name, "program", "vaultcore", "`program` to run")
			flags.StringVar(&state, "state", "unsealed", "unsealed, sealed or uninitialised")
		},
		Serve: func(ctx context.Context, e *serve.Env) error {
			if !slices.Contains([]string{"unsealed", "sealed", "uninitialised"}, state) {
				return fmt.Errorf("%w: no state %q", serve.ErrUsage, state)
			}
			path, err := serve.Find(name)
			if err != nil {
				return err
			}
			scheme := "http"
			var args []string
			if e.TLSCert != "" {
				scheme, args = "https", []string{"-tls-cert", e.TLSCert, "-tls-key", e.TLSKey}
			}
			return e.Child(ctx, serve.Child{Scheme: scheme, NoClientCA: true, Command: func(addr string) (*exec.Cmd, error) {
				return exec.Command(path, append([]string{"-listen", addr, "-state", state}, args...)...), nil
			}})
		},
	}
}
