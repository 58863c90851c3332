package main

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host/hosttest"
	"stella-ops.org/doctor/host/trust/keyfile"
)

// TestSignWithStaleCertificate: a certificate that has expired signs nothing, since no
// site would believe it; one that is still to come does, with a word.
func TestSignWithStaleCertificate(t *testing.T) {
	file, dir, now := hosttest.SealedFile(t, "plugins/integration"), t.TempDir(), time.Now()
	key, err := keyfile.Generate(keyfile.P256)
	if err != nil {
		t.Fatal(err)
	}
	private, err := keyfile.Marshal(key, nil)
	if err != nil {
		t.Fatal(err)
	}
	keyPath, chainPath := filepath.Join(dir, "acme.key"), filepath.Join(dir, "chain.pem")
	if err := os.WriteFile(keyPath, private, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		from, until time.Time
		code        int
		told        string
	}{
		"valid":       {now.Add(-time.Hour), now.Add(time.Hour), exitOK, ""},
		"expired":     {now.Add(-2 * time.Hour), now.Add(-time.Hour), exitUsage, `stella: error: the certificate of "CN=ACME Release" expired at `},
		"still to be": {now.Add(time.Hour), now.Add(2 * time.Hour), exitOK, `stella: warning: the certificate of "CN=ACME Release" is valid from `},
	} {
		t.Run(name, func(t *testing.T) {
			leaf := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ACME Release"}, NotBefore: c.from, NotAfter: c.until,
				KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}}
			der, err := x509.CreateCertificate(rand.Reader, leaf, leaf, key.Public(), key)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(chainPath, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
				t.Fatal(err)
			}
			out := filepath.Join(t.TempDir(), "bundle.json")
			var stdout, stderr bytes.Buffer
			code := run(&streams{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, environ: []string{"HOME=" + dir}},
				[]string{"stella", "doctor", "plugin", "sign", file, "--key", keyPath, "--chain", chainPath, "--output", out})
			if code != c.code || !strings.HasPrefix(stderr.String(), c.told) || c.told == "" && stderr.Len() > 0 {
				t.Errorf("exit code %d, want %d; told %q, want %q", code, c.code, stderr.String(), c.told)
			}
			if _, err := os.Stat(out); (err == nil) != (c.code == exitOK) {
				t.Errorf("the bundle: %v", err)
			}
		})
	}
}
