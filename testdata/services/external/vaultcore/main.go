// Command vaultcore serves the API of Vault 1.1.2, a release under the Mozilla
// Public License whose core builds without the clients of every cloud, with its storage in
// memory. Command vault of the module above runs it; it prints nothing.
//
//	vaultcore -listen ADDRESS -state unsealed|sealed|uninitialised [-tls-cert FILE -tls-key FILE]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/hashicorp/go-hclog"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/physical/inmem"
	"github.com/hashicorp/vault/vault"
)

func main() {
	listen := flag.String("listen", "", "`address` to listen on")
	state := flag.String("state", "unsealed", "unsealed, sealed or uninitialised")
	cert := flag.String("tls-cert", "", "serve TLS with the certificate chain of this PEM `file`")
	key := flag.String("tls-key", "", "private key of -tls-cert, a PEM `file`")
	flag.Parse()
	if err := serve(*listen, *state, *cert, *key); err != nil {
		fmt.Fprintf(os.Stderr, "vaultcore: %v\n", err)
		os.Exit(1)
	}
}

func serve(listen, state, cert, key string) error {
	core, err := open(state)
	if err != nil {
		return err
	}
	server := &http.Server{
		Addr:              listen,
		Handler:           vaulthttp.Handler(&vault.HandlerProperties{Core: core}),
		ReadHeaderTimeout: 10 * time.Second,
		// Peers that refuse the certificate are what tests are about.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	if cert != "" {
		return server.ListenAndServeTLS(cert, key)
	}
	return server.ListenAndServe()
}

// open makes a core in the given state.
func open(state string) (*vault.Core, error) {
	logger := hclog.NewNullLogger()
	storage, err := inmem.NewInmem(nil, logger)
	if err != nil {
		return nil, err
	}
	core, err := vault.NewCore(&vault.CoreConfig{Physical: storage, Logger: logger, DisableMlock: true})
	if err != nil || state == "uninitialised" {
		return core, err
	}
	// One share opens the seal; nobody else ever learns it.
	made, err := core.Initialize(context.Background(), &vault.InitParams{
		BarrierConfig: &vault.SealConfig{SecretShares: 1, SecretThreshold: 1},
	})
	if err != nil || state == "sealed" {
		return core, err
	}
	if state != "unsealed" {
		return nil, fmt.Errorf("no state %q", state)
	}
	isOpen, err := core.Unseal(made.SecretShares[0])
	if err == nil && !isOpen {
		err = errors.New("one share does not unseal")
	}
	return core, err
}
