//go:build unix

package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/bundle/bundletest"
	"stella-ops.org/doctor/host/image"
	"stella-ops.org/doctor/host/plugin"
)

// slowRegistry has one plugin with one document, and hangs in the middle of an
// answer whose path holds a word.
type slowRegistry struct {
	answers map[string]answered
	hangs   string
	held    chan bool
}

type answered struct {
	mediaType string
	data      []byte
}

func newSlowRegistry(file []byte, a artifact.Attachment) *slowRegistry {
	r := &slowRegistry{answers: map[string]answered{}, held: make(chan bool, 10)}
	f, err := plugin.Open(file)
	if err != nil {
		panic(err)
	}
	img := image.OfPlugin(file, &f.Info, image.FormOwn)
	doc := image.OfAttachment(a, img.Manifest.Descriptor, image.FormOwn)
	add := func(part string, b image.Blob) {
		r.answers["/v2/acme/doctor/"+part+"/"+b.Digest] = answered{b.MediaType, b.Data}
	}
	r.answers["/v2/acme/doctor/manifests/1"] = answered{image.TypeManifest, img.Manifest.Data}
	add("blobs", img.Layers[0])
	add("manifests", doc.Manifest)
	add("blobs", doc.Layers[0])
	d := doc.Manifest.Descriptor
	d.ArtifactType = a.Kind.MediaType()
	r.answers["/v2/acme/doctor/referrers/"+img.Manifest.Digest] = answered{image.TypeIndex, image.Index{Manifests: []image.Descriptor{d}}.Encode()}
	return r
}

func (r *slowRegistry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	a, ok := r.answers[req.URL.Path]
	if !ok {
		w.WriteHeader(404)
		return
	}
	w.Header().Set("Content-Type", a.mediaType)
	w.Header().Set("Content-Length", fmt.Sprint(len(a.data)))
	if r.hangs == "" || !strings.Contains(req.URL.Path, r.hangs) {
		w.Write(a.data)
		return
	}
	w.Write(a.data[:len(a.data)/2])
	w.(http.Flusher).Flush()
	r.held <- true
	<-req.Context().Done()
}

// Killed or interrupted in the middle of any answer, a pull leaves what was there
// before and nothing beside it.
func TestPullKilled(t *testing.T) {
	file := bundletest.Plugin("com.acme.doctor", "1.2.0", "Acme")
	doc := artifact.Attachment{Kind: artifact.Docs, Data: []byte("# Acme\n")}
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "stella")
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	for _, hangs := range []string{"/manifests/1", image.Digest(file), "/referrers/", doc.Digest(), ""} {
		for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGINT} {
			t.Run(fmt.Sprintf("%.20s %s", hangs, signal), func(t *testing.T) {
				r := newSlowRegistry(file, doc)
				r.hangs = hangs
				server := httptest.NewServer(r)
				defer server.Close()
				out := filepath.Join(t.TempDir(), "out")
				if err := os.Mkdir(out, 0o755); err != nil {
					t.Fatal(err)
				}
				target := filepath.Join(out, "x.wasm")
				if err := os.WriteFile(target, []byte("before"), 0o644); err != nil {
					t.Fatal(err)
				}
				cmd := exec.Command(program, "doctor", "plugin", "pull", strings.TrimPrefix(server.URL, "http://")+"/acme/doctor:1", "-o", target)
				cmd.Env = append(os.Environ(), "HOME="+out+"/none", "STELLA_OFFLINE=", "DOCKER_CONFIG=")
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				if hangs != "" {
					<-r.held
					if err := cmd.Process.Signal(signal); err != nil {
						t.Fatal(err)
					}
				}
				err := cmd.Wait()
				names, want := left(t, out), "x.wasm=before"
				if hangs == "" {
					want = "x.wasm=" + string(file) + " x.wasm.md=# Acme\n"
				}
				if names != want || (err == nil) != (hangs == "") {
					t.Errorf("%v, and there is %q\n%s", err, names, &stderr)
				}
				if signal == syscall.SIGINT && hangs != "" && cmd.ProcessState.ExitCode() != exitInterrupt {
					t.Errorf("an interrupt gives exit code %d\n%s", cmd.ProcessState.ExitCode(), &stderr)
				}
			})
		}
	}
}

// left lists the files of a directory with what they hold.
func left(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e.Name()+"="+string(data))
	}
	return strings.Join(all, " ")
}
