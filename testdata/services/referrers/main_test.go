package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"stella-ops.org/doctor/testdata/services/sample"
	"stella-ops.org/doctor/testdata/services/serve/servetest"
)

func TestMain(m *testing.M) { servetest.Main(m, program()) }

func TestReferrers(t *testing.T) {
	image, _ := sample.Image()
	referrer, _ := sample.Referrer(image)
	for name, c := range map[string]struct {
		args []string
		want []v1.Descriptor
	}{
		"one":  {nil, []v1.Descriptor{referrer.Descriptor()}},
		"none": {[]string{"-bare"}, []v1.Descriptor{}},
	} {
		t.Run(name, func(t *testing.T) {
			s := servetest.Start(t, program(), append(c.args, "-seed", "library/alpine:latest")...)
			client := servetest.Direct(nil)
			a := servetest.Do(t, client, http.MethodHead, s.URL+"/v2/library/alpine/manifests/latest", map[string]string{"Accept": image.MediaType})
			digest := a.Header.Get("Docker-Content-Digest")
			if a.Status != http.StatusOK || digest != image.Descriptor().Digest.String() {
				t.Fatalf("HEAD manifest: %d %v", a.Status, a.Header)
			}
			a = servetest.Do(t, client, http.MethodGet, s.URL+"/v2/library/alpine/referrers/"+digest, nil)
			var index v1.Index
			if err := json.Unmarshal([]byte(a.Body), &index); err != nil {
				t.Fatalf("GET referrers: %d %s: %v", a.Status, a.Body, err)
			}
			if a.Status != http.StatusOK || a.Header.Get("Content-Type") != v1.MediaTypeImageIndex || index.SchemaVersion != 2 || index.Manifests == nil || len(index.Manifests) != len(c.want) {
				t.Fatalf("GET referrers: %d %v %s", a.Status, a.Header, a.Body)
			}
			for i, want := range c.want {
				if got := index.Manifests[i]; got.Digest != want.Digest || got.ArtifactType != sample.ArtifactType {
					t.Errorf("referrer %d: %v", i, got)
				}
			}
		})
	}
}

// What no seed names is not there.
func TestEmpty(t *testing.T) {
	s := servetest.Start(t, program())
	client := servetest.Direct(nil)
	a := servetest.Do(t, client, http.MethodGet, s.URL+"/v2/", nil)
	if a.Status != http.StatusOK || a.Header.Get("Docker-Distribution-Api-Version") != "registry/2.0" {
		t.Errorf("GET /v2/: %d %v", a.Status, a.Header)
	}
	if a := servetest.Do(t, client, http.MethodHead, s.URL+"/v2/library/alpine/manifests/latest", nil); a.Status != http.StatusNotFound {
		t.Errorf("HEAD manifest: %d", a.Status)
	}
}

// In two ways this registry is not as others are, which tests may use: it gives
// an upload an address without a host, and it cannot cancel one.
func TestUpload(t *testing.T) {
	s := servetest.Start(t, program())
	client := servetest.Direct(nil)
	a := servetest.Do(t, client, http.MethodPost, s.URL+"/v2/a/b/blobs/uploads/", nil)
	location := a.Header.Get("Location")
	if a.Status != http.StatusAccepted || !strings.HasPrefix(location, "/v2/a/b/blobs/uploads/") {
		t.Errorf("opening an upload: %d %v", a.Status, a.Header)
	}
	if a := servetest.Do(t, client, http.MethodDelete, s.URL+location, nil); a.Status != http.StatusBadRequest {
		t.Errorf("cancelling it: %d", a.Status)
	}
}
