package main

import (
	"bytes"
	"crypto/tls"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/testdata/services/pki"
	"stella-ops.org/doctor/testdata/services/serve/servetest"
)

func TestMain(m *testing.M) { servetest.Main(m, program()) }

// What an anonymous client learns of the root: HEAD is not served, GET is denied.
func TestRoot(t *testing.T) {
	path := servetest.Need(t, "s3core")
	dir := t.TempDir()
	if err := pki.Write(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	for scheme, args := range map[string][]string{
		"http":  nil,
		"https": {"-tls-cert", filepath.Join(dir, "server.pem"), "-tls-key", filepath.Join(dir, "server.key")},
	} {
		t.Run(scheme, func(t *testing.T) {
			s := servetest.Start(t, program(), append(args, "-program", path)...)
			if !strings.HasPrefix(s.URL, scheme+"://127.0.0.1:") {
				t.Errorf("address %s", s.URL)
			}
			client := servetest.Direct(&tls.Config{RootCAs: servetest.Roots(t, filepath.Join(dir, pki.CAFile))})
			for method, status := range map[string]int{http.MethodHead: http.StatusMethodNotAllowed, http.MethodGet: http.StatusForbidden} {
				a := servetest.Do(t, client, method, s.URL+"/", nil)
				if a.Status != status || a.Header.Get("X-Amz-Request-Id") == "" || a.Header.Get("Server") != "VERSITYGW" {
					t.Errorf("%s: %d %v", method, a.Status, a.Header)
				}
			}
			s.Terminate(t)
			if s.Stderr() != "" {
				t.Errorf("standard error: %s", s.Stderr())
			}
		})
	}
}

func TestNoProgram(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := program().Run([]string{"-program", filepath.Join(t.TempDir(), "none")}, strings.NewReader(""), &stdout, &stderr)
	if code != 1 || !strings.HasPrefix(stderr.String(), "s3: ") || stdout.Len() > 0 {
		t.Errorf("code %d, stderr %q, stdout %q", code, &stderr, &stdout)
	}
}
