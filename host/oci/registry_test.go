package oci_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"stella-ops.org/doctor/host/bundle/bundletest"
	"stella-ops.org/doctor/host/image"
)

// registry is a registry of one repository that can be told to misbehave.
type registry struct {
	t *testing.T
	*httptest.Server
	mu        sync.Mutex
	blobs     map[string][]byte
	manifests map[string]stored // by digest and by tag
	seen      []*http.Request

	// referrers switches the API on; with listConfigs it tells the types of configs.
	referrers, listConfigs bool
	// refuseConfig tells the types of config that it does not take.
	refuseConfig func(mediaType string) bool
	// before may answer a request; it reports whether it did.
	before func(w http.ResponseWriter, r *http.Request) bool
}

type stored struct {
	mediaType string
	data      []byte
}

const repository = "acme/doctor"

func newRegistry(t *testing.T) *registry {
	r := &registry{t: t, blobs: map[string][]byte{}, manifests: map[string]stored{}}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

// host is host:port.
func (r *registry) host() string {
	return strings.TrimPrefix(strings.TrimPrefix(r.URL, "http://"), "https://")
}

// ref is a reference to the repository.
func (r *registry) ref(tail string) string { return r.host() + "/" + repository + tail }

// keep stores a blob.
func (r *registry) keep(data []byte) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.blobs[image.Digest(data)] = data
	return image.Digest(data)
}

// tag stores a manifest under its digest and a tag.
func (r *registry) tag(tag string, data []byte) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.put(tag, stored{image.TypeManifest, data})
}

func (r *registry) put(tag string, m stored) string {
	digest := image.Digest(m.data)
	r.manifests[digest] = m
	if tag != "" {
		r.manifests[tag] = m
	}
	return digest
}

// requests are those so far whose path holds part.
func (r *registry) requests(part string) (list []*http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, req := range r.seen {
		if strings.Contains(req.URL.Path, part) {
			list = append(list, req)
		}
	}
	return list
}

func (r *registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	r.seen = append(r.seen, req)
	before := r.before
	r.mu.Unlock()
	if before != nil && before(w, req) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	path, ok := strings.CutPrefix(req.URL.Path, "/v2/")
	if path == "" && ok {
		return
	}
	path, ok = strings.CutPrefix(path, repository+"/")
	part, name, _ := strings.Cut(path, "/")
	switch {
	case !ok:
		fail(w, 404, "NAME_UNKNOWN")
	case part == "blobs" && strings.HasPrefix(name, "uploads"):
		r.upload(w, req)
	case part == "blobs":
		r.blob(w, req, name)
	case part == "manifests" && req.Method == http.MethodPut:
		r.putManifest(w, req, name)
	case part == "manifests":
		m, ok := r.manifests[name]
		if !ok {
			fail(w, 404, "MANIFEST_UNKNOWN")
			return
		}
		w.Header().Set("Content-Type", m.mediaType)
		w.Header().Set("Docker-Content-Digest", image.Digest(m.data))
		w.Header().Set("Content-Length", fmt.Sprint(len(m.data)))
		if req.Method == http.MethodGet {
			w.Write(m.data)
		}
	case part == "referrers" && r.referrers:
		r.listReferrers(w, name)
	default:
		w.WriteHeader(404)
	}
}

func fail(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"errors":[{"code":%q,"message":"said by the test"}]}`, code)
}

func (r *registry) upload(w http.ResponseWriter, req *http.Request) {
	if req.Method == http.MethodPost {
		w.Header().Set("Location", "/v2/"+repository+"/blobs/uploads/1")
		w.WriteHeader(202)
		return
	}
	data, _ := io.ReadAll(req.Body)
	if image.Digest(data) != req.URL.Query().Get("digest") {
		fail(w, 400, "DIGEST_INVALID")
		return
	}
	r.blobs[image.Digest(data)] = data
	w.WriteHeader(201)
}

func (r *registry) blob(w http.ResponseWriter, req *http.Request, name string) {
	data, ok := r.blobs[name]
	if !ok {
		fail(w, 404, "BLOB_UNKNOWN")
		return
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	if req.Method == http.MethodGet {
		w.Write(data)
	}
}

func (r *registry) putManifest(w http.ResponseWriter, req *http.Request, name string) {
	data, _ := io.ReadAll(req.Body)
	var m image.Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		r.t.Error(err)
	}
	if m.Config.Digest != "" && r.blobs[m.Config.Digest] == nil {
		r.t.Error("a manifest was pushed before its config")
	}
	for _, l := range m.Layers {
		if r.blobs[l.Digest] == nil {
			r.t.Error("a manifest was pushed before its layer")
		}
	}
	if r.refuseConfig != nil && m.Config.Digest != "" && r.refuseConfig(m.Config.MediaType) {
		fail(w, 400, "MANIFEST_INVALID")
		return
	}
	tag := name
	if image.IsDigest(name) {
		tag = ""
	}
	if r.referrers && m.Subject != nil {
		w.Header().Set("OCI-Subject", m.Subject.Digest)
	}
	w.Header().Set("Docker-Content-Digest", r.put(tag, stored{req.Header.Get("Content-Type"), data}))
	w.WriteHeader(201)
}

func (r *registry) listReferrers(w http.ResponseWriter, subject string) {
	index := image.Index{Manifests: []image.Descriptor{}}
	for digest, m := range r.manifests {
		var parsed image.Manifest
		if json.Unmarshal(m.data, &parsed) != nil || parsed.Subject == nil || parsed.Subject.Digest != subject || !image.IsDigest(digest) {
			continue
		}
		d := image.Descriptor{MediaType: m.mediaType, ArtifactType: parsed.ArtifactType, Digest: digest, Size: int64(len(m.data))}
		if d.ArtifactType == "" || r.listConfigs {
			d.ArtifactType = parsed.Config.MediaType
		}
		index.Manifests = append(index.Manifests, d)
	}
	w.Header().Set("Content-Type", image.TypeIndex)
	w.Write(index.Encode())
}

// acme is the plugin of these tests.
var acme = bundletest.Plugin("com.acme.doctor", "1.2.0", "Acme")
