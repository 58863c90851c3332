package main

import (
	"bytes"
	"crypto/tls"
	"net"
	"net/smtp"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/testdata/services/pki"
	"stella-ops.org/doctor/testdata/services/serve/servetest"
)

func TestMain(m *testing.M) { servetest.Main(m, program()) }

func TestGreeting(t *testing.T) {
	path := servetest.Need(t, "mailpit")
	dir := t.TempDir()
	if err := pki.Write(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	certificate := []string{"-tls-cert", filepath.Join(dir, "server.pem"), "-tls-key", filepath.Join(dir, "server.key")}
	config := &tls.Config{ServerName: "127.0.0.1", RootCAs: servetest.Roots(t, filepath.Join(dir, pki.CAFile))}
	for _, c := range []struct {
		name, scheme   string
		args           []string
		offersSTARTTLS bool
	}{
		{"plain", "smtp", nil, false},
		{"starttls", "smtp", certificate, true},
		{"implicit", "smtps", append([]string{"-implicit"}, certificate...), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := servetest.StartEnv(t, program(), []string{"MP_SMTP_BIND_ADDR=127.0.0.1:1"}, append(c.args, "-program", path)...)
			u, err := url.Parse(s.URL)
			if err != nil || u.Scheme != c.scheme {
				t.Fatalf("address %s, %v", s.URL, err)
			}
			conn, err := net.Dial("tcp", u.Host)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if c.scheme == "smtps" {
				conn = tls.Client(conn, config)
			}
			if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
				t.Fatal(err)
			}
			client, err := smtp.NewClient(conn, "127.0.0.1") // reads the greeting, which begins with 220
			if err != nil {
				t.Fatal(err)
			}
			if offers, _ := client.Extension("STARTTLS"); offers != c.offersSTARTTLS {
				t.Errorf("STARTTLS is offered: %v", offers)
			}
			if c.offersSTARTTLS {
				if err := client.StartTLS(config); err != nil {
					t.Errorf("STARTTLS: %v", err)
				}
			}
			if err := client.Quit(); err != nil {
				t.Errorf("QUIT: %v", err)
			}
			s.Terminate(t)
			if s.Stderr() != "" {
				t.Errorf("standard error: %s", s.Stderr())
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		args   []string
		code   int
		stderr string
	}{
		{[]string{"-implicit"}, 2, "smtp: usage: -implicit needs -tls-cert"},
		{[]string{"-program", filepath.Join(t.TempDir(), "none")}, 1, "smtp: "},
	} {
		var stdout, stderr bytes.Buffer
		if code := program().Run(c.args, strings.NewReader(""), &stdout, &stderr); code != c.code || !strings.HasPrefix(stderr.String(), c.stderr) || stdout.Len() > 0 {
			t.Errorf("%v: code %d, stderr %q, stdout %q", c.args, code, &stderr, &stdout)
		}
	}
}
