// Command tokenserver issues the tokens that `registry -token-realm` asks for:
//
//	tokenserver -root-out FILE [-user NAME:PASSWORD]... [-anonymous] [-pull-only]
//	            [-fail STATUS] [-audience SERVICE] [-skew DURATION] [-access-token]
//
// The realm is its URL with /token. FILE is there before the line "listening on
// URL" is; give it to `registry -token-root`. Package serve tells the rest.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"

	"stella-ops.org/doctor/testdata/services/serve"
	"stella-ops.org/doctor/testdata/services/token"
)

func main() { program().Main() }

func program() serve.Program {
	var rules token.Rules
	var rootOut string
	return serve.Program{
		Name: "tokenserver",
		Flags: func(flags *flag.FlagSet) {
			rules.Flags(flags)
			flags.StringVar(&rootOut, "root-out", "", "write the certificate of the signing key to this PEM `file`")
		},
		Serve: func(ctx context.Context, e *serve.Env) error {
			if rootOut == "" {
				return fmt.Errorf("%w: -root-out is needed", serve.ErrUsage)
			}
			tokens, err := token.New(rules)
			if err != nil {
				return err
			}
			if err := os.WriteFile(rootOut, tokens.Root(), 0o644); err != nil {
				return err
			}
			return e.HTTP(ctx, func(string) (http.Handler, error) { return tokens, nil })
		},
	}
}
