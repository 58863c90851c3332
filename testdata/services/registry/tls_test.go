package main

import (
	"crypto/tls"
	"path/filepath"
	"testing"

	"stella-ops.org/doctor/testdata/services/pki"
	"stella-ops.org/doctor/testdata/services/serve/servetest"
)

// clientTLS is the side of a client that trusts the authority of dir, or none,
// and presents its certificate, or none.
func clientTLS(t *testing.T, dir string, trusts, presents bool) *tls.Config {
	t.Helper()
	config := new(tls.Config)
	if trusts {
		config.RootCAs = servetest.Roots(t, filepath.Join(dir, pki.CAFile))
	}
	if presents {
		base := filepath.Join(dir, pki.ClientName)
		pair, err := tls.LoadX509KeyPair(base+".pem", base+".key")
		if err != nil {
			t.Fatal(err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config
}
