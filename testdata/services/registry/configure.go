package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/distribution/distribution/v3/configuration"
	_ "github.com/distribution/distribution/v3/registry/auth/htpasswd" // the access controller named in configure
	"github.com/distribution/distribution/v3/registry/handlers"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/inmemory" // the storage driver named in configure
	"github.com/sirupsen/logrus"
)

// options are the flags. The zero value listens on a free port of all interfaces.
type options struct {
	addr, htpasswd, tlsCert, tlsKey string
}

// serve runs one registry until ctx ends.
func serve(ctx context.Context, o options, stdout, stderr io.Writer) error {
	// distribution logs through logrus' own logger, a refused login as a
	// warning; what stays is what went wrong, a request answered with 404 included.
	logrus.SetOutput(stderr)
	logrus.SetLevel(logrus.ErrorLevel)

	config, err := configure(o)
	if err != nil {
		return err
	}
	app, err := newApp(ctx, config)
	if err != nil {
		return err
	}
	defer func() { _ = app.Shutdown() }()

	listener, scheme, err := listen(o)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           app,
		ReadHeaderTimeout: 10 * time.Second,
		// Peers that refuse the certificate are what tests are about.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	defer server.Close()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	fmt.Fprintf(stdout, "listening on %s://%s\n", scheme, listener.Addr())

	select {
	case <-ctx.Done():
		return nil
	case err := <-served:
		return fmt.Errorf("serving: %w", err)
	}
}

// configure makes distribution's configuration by hand. Its parser would let
// any REGISTRY_ variable of the environment in.
func configure(o options) (*configuration.Configuration, error) {
	config := &configuration.Configuration{
		Version: configuration.CurrentVersion,
		Storage: configuration.Storage{
			"inmemory": configuration.Parameters{},
			"delete":   configuration.Parameters{"enabled": true},
			"maintenance": configuration.Parameters{
				"uploadpurging": map[any]any{"enabled": false},
			},
		},
	}
	config.Log.Level = "error"
	config.Log.AccessLog.Disabled = true
	config.HTTP.Secret = rand.Text() // else a warning about load balancers
	if o.htpasswd != "" {
		// distribution would make a missing file, with a password of its own.
		if _, err := os.Stat(o.htpasswd); err != nil {
			return nil, fmt.Errorf("htpasswd: %w", err)
		}
		config.Auth = configuration.Auth{"htpasswd": configuration.Parameters{
			"realm": "test registry",
			"path":  o.htpasswd,
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

func listen(o options) (net.Listener, string, error) {
	listener, err := net.Listen("tcp", o.addr)
	if err != nil {
		return nil, "", err
	}
	if o.tlsCert == "" {
		return listener, "http", nil
	}
	pair, err := tls.LoadX509KeyPair(o.tlsCert, o.tlsKey)
	if err != nil {
		return nil, "", errors.Join(fmt.Errorf("certificate: %w", err), listener.Close())
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"http/1.1"}}
	return tls.NewListener(listener, config), "https", nil
}
