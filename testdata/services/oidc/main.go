// Command oidc serves an OpenID Connect provider, the one of the zitadel/oidc
// project with the users of its example:
//
//	oidc [-path /REALM] [-issuer URL]
//
// The issuer is the printed URL with the path. Package serve tells of the flags
// and the line that all servers share.
package main

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"

	"stella-ops.org/doctor/testdata/services/serve"
)

func main() { program().Main() }

func program() serve.Program {
	var path, issuer string
	return serve.Program{
		Name: "oidc",
		Flags: func(flags *flag.FlagSet) {
			flags.StringVar(&path, "path", "", "serve below this `path`, as providers with realms do")
			flags.StringVar(&issuer, "issuer", "", "name this `URL` as the issuer in the discovery document, not the true one")
		},
		Serve: func(ctx context.Context, e *serve.Env) error {
			if path != "" && (!strings.HasPrefix(path, "/") || strings.HasSuffix(path, "/")) {
				return fmt.Errorf("%w: -path begins with a slash and does not end with one", serve.ErrUsage)
			}
			return e.HTTP(ctx, func(url string) (http.Handler, error) {
				named := url + path
				if issuer != "" {
					named = issuer
				}
				provider, err := newProvider(named, url)
				if err != nil {
					return nil, err
				}
				return http.StripPrefix(path, provider), nil
			})
		},
	}
}

func newProvider(issuer, url string) (http.Handler, error) {
	config := &op.Config{CodeMethodS256: true, GrantTypeRefreshToken: true}
	if _, err := rand.Read(config.CryptoKey[:]); err != nil {
		return nil, err
	}
	return op.NewProvider(
		config, storage.NewStorage(storage.NewUserStore(url)), op.StaticIssuer(issuer),
		op.WithAllowInsecure(), op.WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil))),
	)
}
