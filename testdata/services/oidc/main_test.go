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

func TestDiscovery(t *testing.T) {
	dir := t.TempDir()
	if err := pki.Write(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, path, issuer string
		args               []string
	}{
		{"plain", "", "", nil},
		{"path", "/realms/stella", "", []string{"-path", "/realms/stella"}},
		{"other issuer", "", "https://login.example.com", []string{"-issuer", "https://login.example.com"}},
		{"tls", "", "", []string{"-tls-cert", filepath.Join(dir, "server.pem"), "-tls-key", filepath.Join(dir, "server.key")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := servetest.Start(t, program(), c.args...)
			client := servetest.Direct(&tls.Config{RootCAs: servetest.Roots(t, filepath.Join(dir, pki.CAFile))})
			base := s.URL + c.path
			a := servetest.Do(t, client, http.MethodGet, base+"/.well-known/openid-configuration", nil)
			var body struct {
				Issuer  string
				Auth    string `json:"authorization_endpoint"`
				Token   string `json:"token_endpoint"`
				KeysURL string `json:"jwks_uri"`
			}
			if err := json.Unmarshal([]byte(a.Body), &body); err != nil || a.Status != http.StatusOK || a.Header.Get("Content-Type") != "application/json" {
				t.Fatalf("%d %v %s, %v", a.Status, a.Header, a.Body, err)
			}
			want := c.issuer
			if want == "" {
				want = base
			}
			if body.Issuer != want || !strings.HasPrefix(body.Auth, want+"/") || !strings.HasPrefix(body.Token, want+"/") || !strings.HasPrefix(body.KeysURL, want+"/") {
				t.Errorf("discovery: %+v", body)
			}
			if c.issuer == "" {
				if a := servetest.Do(t, client, http.MethodGet, body.KeysURL, nil); a.Status != http.StatusOK || !strings.Contains(a.Body, `"keys":[{`) {
					t.Errorf("keys: %d %s", a.Status, a.Body)
				}
			}
			if a := servetest.Do(t, client, http.MethodGet, s.URL+"/elsewhere/.well-known/openid-configuration", nil); a.Status != http.StatusNotFound {
				t.Errorf("another path: %d", a.Status)
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
		{[]string{"-path", "realms/x"}, 2, "oidc: usage: -path begins with a slash"},
		{[]string{"-path", "/x/"}, 2, "oidc: usage: -path begins with a slash"},
		{[]string{"-issuer", "no url"}, 1, "oidc: "},
	} {
		var stdout, stderr bytes.Buffer
		if code := program().Run(c.args, strings.NewReader(""), &stdout, &stderr); code != c.code || !strings.HasPrefix(stderr.String(), c.stderr) || stdout.Len() > 0 {
			t.Errorf("%v: code %d, stderr %q, stdout %q", c.args, code, &stderr, &stdout)
		}
	}
}
