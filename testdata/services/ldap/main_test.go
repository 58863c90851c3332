package main

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/testdata/services/pki"
	"stella-ops.org/doctor/testdata/services/serve/servetest"
)

// Result codes of RFC 4511.
const (
	success            = 0
	invalidCredentials = 49
)

func TestMain(m *testing.M) { servetest.Main(m, program()) }

func needSlapd(t *testing.T) {
	t.Helper()
	if _, err := find(""); err != nil {
		t.Skipf("slapd is not installed: %v", err)
	}
}

// bind sends one bind request and returns the result code. All lengths are
// below 128, so each is one byte.
func bind(t *testing.T, conn net.Conn, dn, password string) byte {
	t.Helper()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	request := element(0x60, element(0x02, []byte{3}), element(0x04, []byte(dn)), element(0x80, []byte(password)))
	if _, err := conn.Write(element(0x30, element(0x02, []byte{1}), request)); err != nil {
		t.Fatal(err)
	}
	head := make([]byte, 10) // up to the result code
	if _, err := io.ReadFull(conn, head); err != nil {
		t.Fatal(err)
	}
	if head[0] != 0x30 || head[5] != 0x61 {
		t.Fatalf("no answer to a bind: % x", head)
	}
	return head[9]
}

func element(tag byte, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	return append([]byte{tag, byte(len(body))}, body...)
}

func TestBind(t *testing.T) {
	needSlapd(t)
	dir := t.TempDir()
	if err := pki.Write(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	for scheme, args := range map[string][]string{
		"ldap":  nil,
		"ldaps": {"-tls-cert", filepath.Join(dir, "server.pem"), "-tls-key", filepath.Join(dir, "server.key")},
	} {
		t.Run(scheme, func(t *testing.T) {
			s := servetest.Start(t, program(), args...)
			u, err := url.Parse(s.URL)
			if err != nil || u.Scheme != scheme {
				t.Fatalf("address %s, %v", s.URL, err)
			}
			for _, c := range []struct {
				dn, password string
				want         byte
			}{
				{"", "", success},
				{admin, password, success},
				{admin, "wrong", invalidCredentials},
			} {
				conn, err := net.Dial("tcp", u.Host)
				if err != nil {
					t.Fatal(err)
				}
				if scheme == "ldaps" {
					conn = tls.Client(conn, &tls.Config{ServerName: "127.0.0.1", RootCAs: servetest.Roots(t, filepath.Join(dir, pki.CAFile))})
				}
				if got := bind(t, conn, c.dn, c.password); got != c.want {
					t.Errorf("binding as %q: result %d, want %d", c.dn, got, c.want)
				}
				conn.Close()
			}
			s.Terminate(t)
			if s.Stderr() != "" {
				t.Errorf("standard error: %s", s.Stderr())
			}
		})
	}
}

func TestClientCertificate(t *testing.T) {
	needSlapd(t)
	dir := t.TempDir()
	if err := pki.Write(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(dir, pki.CAFile)
	s := servetest.Start(t, program(), "-tls-cert", filepath.Join(dir, "server.pem"), "-tls-key", filepath.Join(dir, "server.key"), "-client-ca", ca)
	addr := strings.TrimPrefix(s.URL, "ldaps://")
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "client.pem"), filepath.Join(dir, "client.key"))
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{RootCAs: servetest.Roots(t, ca), Certificates: []tls.Certificate{pair}}
	conn, err := tls.Dial("tcp", addr, config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := bind(t, conn, admin, password); got != success {
		t.Errorf("with a certificate: result %d", got)
	}
	config.Certificates = nil
	stranger, err := tls.Dial("tcp", addr, config)
	if err == nil { // in TLS 1.3 the refusal comes after the handshake
		defer stranger.Close()
		_, err = stranger.Read(make([]byte, 1))
	}
	if err == nil {
		t.Error("a client without a certificate is served")
	}
}

func TestNoProgram(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := program().Run([]string{"-slapd", filepath.Join(t.TempDir(), "slapd")}, strings.NewReader(""), &stdout, &stderr)
	if code != 1 || !strings.HasPrefix(stderr.String(), "ldap: ") || stdout.Len() > 0 {
		t.Errorf("code %d, stderr %q, stdout %q", code, &stderr, &stdout)
	}
}
