package main

import (
	"crypto/tls"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/testdata/services/pki"
	"stella-ops.org/doctor/testdata/services/sample"
	"stella-ops.org/doctor/testdata/services/serve/servetest"
)

func TestMain(m *testing.M) { servetest.Main(m, program()) }

func TestRegistry(t *testing.T) {
	if _, err := exec.LookPath("docker-registry"); err != nil {
		t.Skipf("Debian's docker-registry is not installed: %v", err)
	}
	dir := t.TempDir()
	if err := pki.Write(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	htpasswd := filepath.Join("..", "registry", "testdata", "htpasswd")
	for _, c := range []struct {
		name                string
		args                []string
		header              map[string]string
		api, upload, cancel int
	}{
		{"open", nil, nil, 200, 202, 204},
		{"anonymous", []string{"-htpasswd", htpasswd}, nil, 401, 401, 0},
		{"password", []string{"-htpasswd", htpasswd}, servetest.Basic("doctor", "registry-password"), 200, 202, 204},
		{"read-only", []string{"-read-only"}, nil, 200, 405, 0},
		{"tls", []string{"-tls-cert", filepath.Join(dir, "server.pem"), "-tls-key", filepath.Join(dir, "server.key")}, nil, 200, 202, 204},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := servetest.StartEnv(t, program(), []string{"REGISTRY_HTTP_ADDR=127.0.0.1:1"}, append(c.args, "-seed", "library/alpine:latest")...)
			client := servetest.Direct(&tls.Config{RootCAs: servetest.Roots(t, filepath.Join(dir, pki.CAFile))})
			a := servetest.Do(t, client, http.MethodGet, s.URL+"/v2/", c.header)
			if a.Status != c.api || a.Header.Get("Docker-Distribution-Api-Version") != "registry/2.0" {
				t.Errorf("GET /v2/: %d %v", a.Status, a.Header)
			}
			a = servetest.Do(t, client, http.MethodPost, s.URL+"/v2/stellaops/doctor-test/blobs/uploads/", c.header)
			if a.Status != c.upload {
				t.Errorf("opening an upload: %d %s", a.Status, a.Body)
			}
			if c.cancel != 0 {
				if a := servetest.Do(t, client, http.MethodDelete, a.Header.Get("Location"), c.header); a.Status != c.cancel {
					t.Errorf("cancelling it: %d %s", a.Status, a.Body)
				}
			}
			if c.api == http.StatusOK {
				wantImage(t, client, s.URL, c.header)
			}
		})
	}
}

// wantImage wants the sample image, and no referrers API.
func wantImage(t *testing.T, client *http.Client, url string, header map[string]string) {
	t.Helper()
	image, _ := sample.Image()
	digest := image.Descriptor().Digest.String()
	accept := map[string]string{"Accept": image.MediaType}
	for name, value := range header {
		accept[name] = value
	}
	a := servetest.Do(t, client, http.MethodHead, url+"/v2/library/alpine/manifests/latest", accept)
	if a.Status != http.StatusOK || a.Header.Get("Docker-Content-Digest") != digest {
		t.Errorf("HEAD manifest: %d %v", a.Status, a.Header)
	}
	a = servetest.Do(t, client, http.MethodGet, url+"/v2/library/alpine/referrers/"+digest, header)
	if a.Status != http.StatusNotFound || strings.Contains(a.Body, "manifests") {
		t.Errorf("referrers: %d %s", a.Status, a.Body)
	}
}
