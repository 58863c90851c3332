package egress

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/sdk/wire"
)

// authority is a private CA.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // its certificate in PEM
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Example Root"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(file, append([]byte("# Example Root\n"), text...), 0o600); err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key, file}
}

// leaf issues a server certificate for 127.0.0.1 and registry.test.
func (a *authority) leaf(t testing.TB, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "registry"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    []string{"registry.test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if change != nil {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// overTLS serves one answer behind a handshake.
func overTLS(cfg *tls.Config) func(net.Conn) {
	return func(conn net.Conn) {
		secure := tls.Server(conn, cfg)
		defer secure.Close()
		if readRequest(secure) != nil {
			io.WriteString(secure, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}
	}
}

// TestTLS: H40–H46 and what operators meet. The facts about the certificate are
// there whether it was accepted or not.
func TestTLS(t *testing.T) {
	ca, stranger := newAuthority(t), newAuthority(t)
	with := func(cert tls.Certificate, change func(*tls.Config)) func(net.Conn) {
		cfg := &tls.Config{Certificates: []tls.Certificate{cert}}
		if change != nil {
			change(cfg)
		}
		return overTLS(cfg)
	}
	good := ca.leaf(t, nil)
	expired := ca.leaf(t, func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
	})
	early := ca.leaf(t, func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().Add(time.Hour), time.Now().Add(2*time.Hour)
	})
	misnamed := ca.leaf(t, func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"other.test"}, nil })
	manyNames := ca.leaf(t, func(c *x509.Certificate) {
		c.DNSNames, c.IPAddresses = nil, nil
		for i := range 2500 {
			c.DNSNames = append(c.DNSNames, fmt.Sprintf("name-%d.example.com", i))
		}
	})
	escaping := ca.leaf(t, func(c *x509.Certificate) { c.Subject.CommonName = "\x1b[31mred\n" + strings.Repeat("é", 600) })
	forClients := ca.leaf(t, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} })
	raw := func(text string) func(net.Conn) {
		return func(conn net.Conn) { io.WriteString(conn, text); hold(conn) }
	}
	tests := []struct {
		id    string
		serve func(net.Conn)
		cfg   Config
		want  string
		facts bool
		short bool
	}{
		{id: "CA file", serve: with(good, nil), cfg: Config{CAFile: ca.file}, want: "200", facts: true},
		{id: "TLS 1.2", serve: with(good, func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }), cfg: Config{CAFile: ca.file}, want: "200", facts: true},
		{id: "H42 unknown CA", serve: with(good, nil), want: "ssl_error unknown_authority", facts: true},
		{id: "other CA file", serve: with(good, nil), cfg: Config{CAFile: stranger.file}, want: "ssl_error unknown_authority", facts: true},
		{id: "insecure", serve: with(misnamed, nil), cfg: Config{InsecureSkipVerify: true}, want: "200", facts: true},
		{id: "H43 expired", serve: with(expired, nil), cfg: Config{CAFile: ca.file}, want: "ssl_error expired", facts: true},
		{id: "not yet valid", serve: with(early, nil), cfg: Config{CAFile: ca.file}, want: "ssl_error not_yet_valid", facts: true},
		{id: "H44 wrong name", serve: with(misnamed, nil), cfg: Config{CAFile: ca.file}, want: "ssl_error hostname_mismatch", facts: true},
		{id: "H46 2500 names", serve: with(manyNames, nil), cfg: Config{CAFile: ca.file}, want: "ssl_error hostname_mismatch", facts: true},
		{id: "control bytes in the subject", serve: with(escaping, nil), cfg: Config{CAFile: ca.file}, want: "200", facts: true},
		{id: "wrong usage", serve: with(forClients, nil), cfg: Config{CAFile: ca.file}, want: "ssl_error other", facts: true},
		{id: "H45 TLS 1.0 only", serve: with(good, func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10 }), cfg: Config{CAFile: ca.file}, want: "ssl_error handshake"},
		{id: "client certificate, TLS 1.3", serve: with(good, func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }), cfg: Config{CAFile: ca.file}, want: "ssl_error handshake", facts: true},
		{id: "client certificate, TLS 1.2", serve: with(good, func(c *tls.Config) { c.ClientAuth, c.MaxVersion = tls.RequireAnyClientCert, tls.VersionTLS12 }), cfg: Config{CAFile: ca.file}, want: "ssl_error handshake"},
		{id: "plain HTTP", serve: raw("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"), want: "ssl_error plaintext_response"},
		{id: "plain HTTP/0.9", serve: raw("<!DOCTYPE HTML>\n<html></html>\n"), want: "ssl_error plaintext_response"},
		{id: "H41 garbage", serve: raw("SSH-2.0-OpenSSH_9.6\r\n"), want: "ssl_error handshake"},
		{id: "H40 silent", serve: hold, want: "timeout tls", short: true},
		{id: "H50 slow", serve: func(conn net.Conn) { dripping(conn, "\x16\x03\x03\x40\x00"+strings.Repeat("\x02", 1000)) }, want: "timeout tls", short: true},
		{id: "H47 endless handshake message", serve: func(conn net.Conn) {
			flood(conn, "\x16\x03\x03\x40\x00\x02\xff\xff\xff"+strings.Repeat("\x00", 0x4000-4))
		}, want: "ssl_error handshake"},
		{id: "closed in the handshake", serve: func(conn net.Conn) { io.ReadFull(conn, make([]byte, 5)) }, want: "reset"},
	}
	for _, tt := range tests {
		t.Run(tt.id, func(t *testing.T) {
			addr := rawServer(t, "127.0.0.1:0", tt.serve)
			c := newClient(t, tt.cfg)
			if tt.short {
				c.times.tls = 200 * time.Millisecond
			}
			check := noLeaks(t)
			res := get(t, c, "https://"+addr.String())
			wantOutcome(t, res, tt.want)
			if (res.TLS != nil) != tt.facts {
				t.Fatalf("TLS facts %+v", res.TLS)
			}
			if f := res.TLS; f != nil {
				if f.ServerName != "127.0.0.1" || f.Issuer != "CN=Example Root" || !strings.HasPrefix(f.Subject, "CN=") || len([]rune(f.Subject)) > wire.MaxHeaderValue ||
					strings.ContainsAny(f.Subject, "\x1b\n") || (f.Version == "") != (res.Status == 0 && tt.id[:6] != "client") {
					t.Errorf("TLS facts %+v", f)
				}
				if _, err := time.Parse(time.RFC3339, f.NotAfter); err != nil || f.NotBefore >= f.NotAfter {
					t.Errorf("dates %q to %q", f.NotBefore, f.NotAfter)
				}
			}
			check()
		})
	}
}

// TestServerName: the certificate is held against the granted name, not against
// the address that it resolved to.
func TestServerName(t *testing.T) {
	ca := newAuthority(t)
	addr := rawServer(t, "127.0.0.1:0", overTLS(&tls.Config{Certificates: []tls.Certificate{ca.leaf(t, nil)}}))
	names := newNameServer(t, everywhere("127.0.0.1"))
	c := newClient(t, Config{CAFile: ca.file, AllowLoopback: true, Resolver: names.resolver()})
	for name, want := range map[string]string{"registry.test": "200", "evil.test": "ssl_error hostname_mismatch"} {
		wantOutcome(t, get(t, c, fmt.Sprintf("https://%s:%d", name, addr.Port())), want)
	}
}

// TestCAFile: every unusable file has its sentence.
func TestCAFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	good, err := os.ReadFile(newAuthority(t).file)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ file, want string }{
		{filepath.Join(dir, "none.pem"), " cannot be read: no such file or directory"},
		{dir, " is not a regular file"},
		{write("empty.pem", ""), " holds no PEM certificate"},
		{write("text.pem", "hello"), " holds no PEM certificate"},
		{write("key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), " holds no PEM certificate"},
		{write("half.pem", string(good)+"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "certificate 2 in "},
		{write("large.pem", strings.Repeat("\n", maxCAFileBytes+1)), " is larger than 4194304 bytes"},
	}
	for _, tt := range tests {
		_, err := New(Config{CAFile: tt.file})
		if err == nil || !strings.HasPrefix(err.Error(), "Doctor:Tls:CaFile: ") || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.file) {
			t.Errorf("%s: %v, want …%s", tt.file, err, tt.want)
		}
	}
}
