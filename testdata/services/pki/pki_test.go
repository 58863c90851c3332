package pki_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"stella-ops.org/doctor/testdata/services/pki"
)

// Each certificate must be refused for exactly the reason it was made for: a
// test that expects "expired" proves nothing when the name is wrong as well.
func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "here")
	now := time.Now()
	for range 2 { // the second call replaces the files of the first
		if err := pki.Write(dir, now); err != nil {
			t.Fatal(err)
		}
	}
	ca, err := os.ReadFile(filepath.Join(dir, pki.CAFile))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		t.Fatal("ca.pem holds no certificate")
	}

	verify := func(name, host string, at time.Time) error {
		base := filepath.Join(dir, name)
		pair, err := tls.LoadX509KeyPair(base+".pem", base+".key")
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(pair.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		_, err = leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: host, CurrentTime: at})
		return err
	}
	for _, host := range []string{"localhost", "127.0.0.1", "::1"} {
		if err := verify("server", host, now); err != nil {
			t.Errorf("server for %s: %v", host, err)
		}
	}
	var invalid x509.CertificateInvalidError
	for name, valid := range map[string]time.Time{"expired": now.AddDate(0, 0, -2), "not-yet-valid": now.AddDate(0, 0, 2)} {
		if err := verify(name, "localhost", now); !errors.As(err, &invalid) || invalid.Reason != x509.Expired {
			t.Errorf("%s: got %v, want a certificate outside its time", name, err)
		}
		if err := verify(name, "localhost", valid); err != nil {
			t.Errorf("%s is wrong in more than its time: %v", name, err)
		}
	}
	var mismatch x509.HostnameError
	if err := verify("wrong-name", "localhost", now); !errors.As(err, &mismatch) {
		t.Errorf("wrong-name: got %v, want a host name error", err)
	}
	if err := verify("wrong-name", "registry.example.com", now); err != nil {
		t.Errorf("wrong-name is wrong in more than its name: %v", err)
	}
	if err := verify(pki.ClientName, "", now); err == nil {
		t.Error("the client's certificate is good for a server")
	}
	if _, err := os.Stat(filepath.Join(dir, "ca.key")); !errors.Is(err, os.ErrNotExist) {
		t.Error("the key of the authority was stored")
	}
	if runtime.GOOS != "windows" {
		info, err := os.Stat(filepath.Join(dir, "server.key"))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("server.key: %v, %v; want mode 0600", info.Mode(), err)
		}
	}
}
