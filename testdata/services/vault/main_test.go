package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/testdata/services/pki"
	"stella-ops.org/doctor/testdata/services/serve/servetest"
)

func TestMain(m *testing.M) { servetest.Main(m, program()) }

// probe is the question of the check: whatever the state, the status is 200.
const probe = "/v1/sys/health?standbyok=true&sealedcode=200&uninitcode=200"

func TestHealth(t *testing.T) {
	path := servetest.Need(t, "vaultcore")
	dir := t.TempDir()
	if err := pki.Write(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		state                   string
		args                    []string
		isSealed, isInitialised bool
		plain                   int // status without the parameters
	}{
		{"unsealed", nil, false, true, http.StatusOK},
		{"sealed", nil, true, true, http.StatusServiceUnavailable},
		{"uninitialised", nil, true, false, http.StatusNotImplemented},
		{"unsealed", []string{"-tls-cert", filepath.Join(dir, "server.pem"), "-tls-key", filepath.Join(dir, "server.key")}, false, true, http.StatusOK},
	} {
		t.Run(c.state, func(t *testing.T) {
			s := servetest.Start(t, program(), append(c.args, "-program", path, "-state", c.state)...)
			client := servetest.Direct(&tls.Config{RootCAs: servetest.Roots(t, filepath.Join(dir, pki.CAFile))})
			a := servetest.Do(t, client, http.MethodGet, s.URL+probe, map[string]string{"X-Vault-Token": "any"})
			var body struct {
				Sealed, Initialized *bool
				Version             string
			}
			if err := json.Unmarshal([]byte(a.Body), &body); err != nil || body.Sealed == nil || body.Initialized == nil {
				t.Fatalf("%d %s, %v", a.Status, a.Body, err)
			}
			if a.Status != http.StatusOK || *body.Sealed != c.isSealed || *body.Initialized != c.isInitialised || body.Version != "1.1.2" {
				t.Errorf("%d %s", a.Status, a.Body)
			}
			if a := servetest.Do(t, client, http.MethodGet, s.URL+"/v1/sys/health", nil); a.Status != c.plain {
				t.Errorf("without the parameters: %d", a.Status)
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
		{[]string{"-state", "half-open"}, 2, `vault: usage: no state "half-open"`},
		{[]string{"-program", filepath.Join(t.TempDir(), "none")}, 1, "vault: "},
	} {
		var stdout, stderr bytes.Buffer
		if code := program().Run(c.args, strings.NewReader(""), &stdout, &stderr); code != c.code || !strings.HasPrefix(stderr.String(), c.stderr) || stdout.Len() > 0 {
			t.Errorf("%v: code %d, stderr %q, stdout %q", c.args, code, &stderr, &stdout)
		}
	}
}
