// Command registry serves an OCI registry: the real one of the distribution
// project, for tests and for the demonstration.
//
//	registry [-htpasswd FILE | -token | -token-realm URL -token-root FILE]
//	         [-seed REPOSITORY:TAG]... [-mountable] [-read-only] [-delete] [-dir DIR]
//
// It is open to all unless one of the first three says otherwise: users of a
// file, tokens that the registry itself issues at /token, or tokens of another
// server, see tokenserver. It keeps all in memory unless -dir names a directory.
// GET /debug/uploads answers with the number of open uploads.
//
// It is configured by its flags alone: the REGISTRY_ variables of distribution's
// own program and the OTEL_ variables have no effect, and it sends nothing
// anywhere. Package serve tells of the flags and the line that all servers share.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"

	"github.com/distribution/distribution/v3/registry/handlers"
	"github.com/sirupsen/logrus"

	"stella-ops.org/doctor/testdata/services/sample"
	"stella-ops.org/doctor/testdata/services/seed"
	"stella-ops.org/doctor/testdata/services/serve"
	"stella-ops.org/doctor/testdata/services/token"
)

func main() { program().Main() }

// options are the registry's own flags.
type options struct {
	htpasswd            string
	token               bool
	rules               token.Rules
	tokenRealm          string
	tokenService        string
	tokenIssuer         string
	tokenRoot           string
	seeds               []string
	mountable           bool
	isReadOnly, deletes bool
	dir                 string
}

func program() serve.Program {
	var o options
	return serve.Program{Name: "registry", Flags: o.flags, Serve: func(ctx context.Context, e *serve.Env) error {
		if err := o.judge(); err != nil {
			return fmt.Errorf("%w: %w", serve.ErrUsage, err)
		}
		return o.serve(ctx, e)
	}}
}

func (o *options) flags(flags *flag.FlagSet) {
	flags.Func("addr", "another name of -listen", func(v string) error { return flags.Set("listen", v) })
	flags.StringVar(&o.htpasswd, "htpasswd", "", "ask for a user of this htpasswd `file` (bcrypt)")
	flags.BoolVar(&o.token, "token", false, "ask for a token, and issue tokens at /token as the flags of tokenserver say")
	o.rules.Flags(flags)
	flags.StringVar(&o.tokenRealm, "token-realm", "", "ask for a token that the server at this `URL` issues")
	flags.StringVar(&o.tokenService, "token-service", token.Service, "`name` of this registry in tokens")
	flags.StringVar(&o.tokenIssuer, "token-issuer", token.Issuer, "`name` of the issuer in tokens")
	flags.StringVar(&o.tokenRoot, "token-root", "", "certificate of the issuer's key, a PEM `file`")
	flags.Func("seed", "hold the sample image as `REPOSITORY:TAG`, may be repeated", func(v string) error {
		o.seeds = append(o.seeds, v)
		_, _, err := sample.Split(v)
		return err
	})
	flags.BoolVar(&o.mountable, "mountable", false, "hold the two-byte empty blob in each repository of -seed, for others to mount")
	flags.BoolVar(&o.isReadOnly, "read-only", false, "refuse every method that writes")
	flags.BoolVar(&o.deletes, "delete", false, "allow deletions of manifests and blobs")
	flags.StringVar(&o.dir, "dir", "", "keep all in this `directory`, not in memory")
}

func (o *options) judge() error {
	ways := 0
	for _, on := range []bool{o.htpasswd != "", o.token, o.tokenRealm != ""} {
		if on {
			ways++
		}
	}
	switch {
	case ways > 1:
		return errors.New("-htpasswd, -token and -token-realm exclude each other")
	case (o.tokenRealm == "") != (o.tokenRoot == ""):
		return errors.New("-token-realm and -token-root go together")
	case o.mountable && o.seeds == nil:
		return errors.New("-mountable needs -seed")
	}
	return nil
}

func (o *options) serve(ctx context.Context, e *serve.Env) error {
	// distribution logs through logrus' own logger, a refused login as a
	// warning; what stays is what went wrong, a request answered with 404 included.
	logrus.SetOutput(e.Stderr)
	logrus.SetLevel(logrus.ErrorLevel)

	store := o.store()
	var extra []sample.Blob
	if o.mountable {
		extra = append(extra, sample.Empty)
	}
	if err := seed.Write(ctx, store, o.seeds, extra...); err != nil {
		return err
	}
	var open connections
	var app *handlers.App
	defer func() {
		if app != nil {
			_ = app.Shutdown()
		}
	}()
	server := &http.Server{ConnState: open.note, ConnContext: withConn}
	return e.Server(ctx, server, func(url string) (http.Handler, error) {
		var issuer http.Handler
		if o.token {
			tokens, err := o.issueTokens(e, url)
			if err != nil {
				return nil, err
			}
			issuer = tokens
		}
		config, err := o.configure(store)
		if err != nil {
			return nil, err
		}
		if app, err = newApp(ctx, config); err != nil {
			return nil, err
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/debug/uploads":
				answerUploads(w, r, store, &open)
			case r.URL.Path == token.Path && issuer != nil:
				issuer.ServeHTTP(w, r)
			default:
				app.ServeHTTP(w, r)
			}
		}), nil
	})
}
