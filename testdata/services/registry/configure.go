package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"

	"github.com/distribution/distribution/v3/configuration"
	_ "github.com/distribution/distribution/v3/registry/auth/htpasswd" // an access controller named in configure
	_ "github.com/distribution/distribution/v3/registry/auth/token"    // the other
	"github.com/distribution/distribution/v3/registry/handlers"
	storagedriver "github.com/distribution/distribution/v3/registry/storage/driver"

	"stella-ops.org/doctor/testdata/services/serve"
	"stella-ops.org/doctor/testdata/services/token"
)

// issueTokens makes the registry the issuer of its own tokens.
func (o *options) issueTokens(e *serve.Env, url string) (*token.Server, error) {
	tokens, err := token.New(o.rules)
	if err != nil {
		return nil, err
	}
	dir, err := e.Dir()
	if err != nil {
		return nil, err
	}
	o.tokenRealm, o.tokenRoot = url+token.Path, filepath.Join(dir, "token-root.pem")
	return tokens, os.WriteFile(o.tokenRoot, tokens.Root(), 0o644)
}

// configure makes distribution's configuration by hand. Its parser would let
// any REGISTRY_ variable of the environment in.
func (o *options) configure(store storagedriver.StorageDriver) (*configuration.Configuration, error) {
	config := &configuration.Configuration{
		Version: configuration.CurrentVersion,
		Storage: configuration.Storage{
			givenStore: configuration.Parameters{"store": store},
			"delete":   configuration.Parameters{"enabled": o.deletes},
			"maintenance": configuration.Parameters{
				"uploadpurging": map[any]any{"enabled": false},
				"readonly":      map[any]any{"enabled": o.isReadOnly},
			},
		},
	}
	config.Log.Level = "error"
	config.Log.AccessLog.Disabled = true
	config.HTTP.Secret = rand.Text() // else a warning about load balancers
	switch {
	case o.htpasswd != "":
		// distribution would make a missing file, with a password of its own.
		if _, err := os.Stat(o.htpasswd); err != nil {
			return nil, fmt.Errorf("htpasswd: %w", err)
		}
		config.Auth = configuration.Auth{"htpasswd": configuration.Parameters{
			"realm": token.Service,
			"path":  o.htpasswd,
		}}
	case o.tokenRealm != "":
		config.Auth = configuration.Auth{"token": configuration.Parameters{
			"realm":          o.tokenRealm,
			"service":        o.tokenService,
			"issuer":         o.tokenIssuer,
			"rootcertbundle": o.tokenRoot,
		}}
	}
	return config, nil
}

// newApp turns the panics with which distribution answers a configuration that
// it cannot use into errors.
func newApp(ctx context.Context, config *configuration.Configuration) (app *handlers.App, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("configuring: %v", p)
		}
	}()
	return handlers.NewApp(ctx, config), nil
}
