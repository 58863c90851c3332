package serve

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"
)

// HTTP serves what build makes until ctx ends, over TLS where -tls-cert says so.
// build is given the URL of the server, for those that must know their own.
func (e *Env) HTTP(ctx context.Context, build func(url string) (http.Handler, error)) error {
	return e.Server(ctx, new(http.Server), build)
}

// Server is [Env.HTTP] with a server whose other fields the caller has set.
func (e *Env) Server(ctx context.Context, server *http.Server, build func(url string) (http.Handler, error)) error {
	listener, scheme, err := e.listen()
	if err != nil {
		return err
	}
	defer listener.Close()
	url := scheme + "://" + listener.Addr().String()
	if server.Handler, err = build(url); err != nil {
		return err
	}
	server.ReadHeaderTimeout = 10 * time.Second
	// Peers that refuse the certificate are what tests are about.
	server.ErrorLog = log.New(io.Discard, "", 0)
	defer server.Close()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	e.Ready(url)

	select {
	case <-ctx.Done():
		return nil
	case err := <-served:
		return fmt.Errorf("serving: %w", err)
	}
}

func (e *Env) listen() (net.Listener, string, error) {
	listener, err := net.Listen("tcp", e.Listen)
	if err != nil {
		return nil, "", err
	}
	if e.TLSCert == "" {
		return listener, "http", nil
	}
	config, err := e.tlsConfig()
	if err != nil {
		return nil, "", errors.Join(err, listener.Close())
	}
	return tls.NewListener(listener, config), "https", nil
}

func (e *Env) tlsConfig() (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(e.TLSCert, e.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"http/1.1"}}
	if e.ClientCA == "" {
		return config, nil
	}
	ca, err := os.ReadFile(e.ClientCA)
	if err != nil {
		return nil, fmt.Errorf("client authority: %w", err)
	}
	config.ClientAuth = tls.RequireAndVerifyClientCert
	config.ClientCAs = x509.NewCertPool()
	if !config.ClientCAs.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("client authority: %s holds no certificate", e.ClientCA)
	}
	return config, nil
}
