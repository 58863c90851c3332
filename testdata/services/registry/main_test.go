package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/testdata/services/pki"
	"stella-ops.org/doctor/testdata/services/sample"
	"stella-ops.org/doctor/testdata/services/serve/servetest"
	"stella-ops.org/doctor/testdata/services/token"
)

const (
	image  = "library/alpine"
	target = "stellaops/doctor-test"
)

func TestMain(m *testing.M) { servetest.Main(m, program()) }

// registry is a running one and the client that asks it.
type registry struct {
	*servetest.Process
	client *http.Client
}

func start(t *testing.T, args ...string) registry {
	t.Helper()
	return registry{servetest.Start(t, program(), args...), servetest.Direct(nil)}
}

func (r registry) do(t *testing.T, method, path string, header map[string]string) servetest.Answer {
	t.Helper()
	return servetest.Do(t, r.client, method, r.URL+path, header)
}

// open opens an upload and returns its path.
func (r registry) open(t *testing.T, header map[string]string) string {
	t.Helper()
	answer := r.do(t, http.MethodPost, "/v2/"+target+"/blobs/uploads/", header)
	location, found := strings.CutPrefix(answer.Header.Get("Location"), r.URL)
	if answer.Status != http.StatusAccepted || !found {
		t.Fatalf("opening an upload: %d, location %q, %s", answer.Status, answer.Header.Get("Location"), answer.Body)
	}
	return location
}

func (r registry) wantUploads(t *testing.T, want string) {
	t.Helper()
	if got := r.do(t, http.MethodGet, "/debug/uploads", nil); got.Status != http.StatusOK || got.Body != want+"\n" {
		t.Errorf("open uploads: %d %q, want %s", got.Status, got.Body, want)
	}
}

func TestOpenRegistry(t *testing.T) {
	// None of these may change what the flags say.
	env := []string{
		"REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=" + t.TempDir(),
		"REGISTRY_AUTH_HTPASSWD_REALM=leak", "REGISTRY_AUTH_HTPASSWD_PATH=" + filepath.Join(t.TempDir(), "none"),
		"REGISTRY_HTTP_ADDR=127.0.0.1:1", "REGISTRY_LOG_LEVEL=debug", "REGISTRY_LOGLEVEL=debug",
		"OTEL_TRACES_EXPORTER=console", "OTEL_METRICS_EXPORTER=console",
	}
	r := registry{servetest.StartEnv(t, program(), env), servetest.Direct(nil)}
	if !strings.HasPrefix(r.URL, "http://127.0.0.1:") {
		t.Fatalf("address %s", r.URL)
	}
	if a := r.do(t, http.MethodGet, "/v2/", nil); a.Status != http.StatusOK || a.Header.Get("Docker-Distribution-Api-Version") != "registry/2.0" {
		t.Fatalf("GET /v2/: %d %v", a.Status, a.Header)
	}
	if a := r.do(t, http.MethodGet, "/v2/"+image+"/manifests/latest", nil); a.Status != http.StatusNotFound {
		t.Errorf("a manifest of an empty registry: %d", a.Status)
	}
	r.open(t, nil)
	r.Terminate(t)
	// distribution calls every 404 an error; that is the client's matter.
	for line := range strings.Lines(r.Stderr()) {
		if !strings.Contains(line, `msg="response completed with error"`) {
			t.Errorf("standard error: %s", line)
		}
	}
}

func TestPasswordRegistry(t *testing.T) {
	r := start(t, "-htpasswd", filepath.Join("testdata", "htpasswd"))
	for _, c := range []struct {
		name, user, password string
		status               int
	}{
		{"anonymous", "", "", http.StatusUnauthorized},
		{"wrong password", "doctor", "wrong", http.StatusUnauthorized},
		{"no such user", "nobody", "registry-password", http.StatusUnauthorized},
		{"right", "doctor", "registry-password", http.StatusOK},
	} {
		var header map[string]string
		if c.user != "" {
			header = servetest.Basic(c.user, c.password)
		}
		a := r.do(t, http.MethodGet, "/v2/", header)
		if a.Status != c.status {
			t.Errorf("%s: status %d, want %d", c.name, a.Status, c.status)
		}
		want := ""
		if c.status == http.StatusUnauthorized {
			want = `Basic realm="test registry"`
		}
		if got := a.Header.Get("WWW-Authenticate"); got != want {
			t.Errorf("%s: challenge %q, want %q", c.name, got, want)
		}
	}
}

func TestTLSRegistry(t *testing.T) {
	dir := t.TempDir()
	if err := pki.Write(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	args := []string{"-tls-cert", filepath.Join(dir, "server.pem"), "-tls-key", filepath.Join(dir, "server.key")}
	ca := filepath.Join(dir, pki.CAFile)
	for _, c := range []struct {
		name                     string
		args                     []string
		trusts, presents, passes bool
	}{
		{"stranger", nil, false, false, false},
		{"trusted", nil, true, false, true},
		{"no client certificate", []string{"-client-ca", ca}, true, false, false},
		{"client certificate", []string{"-client-ca", ca}, true, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := start(t, append(c.args, args...)...)
			if !strings.HasPrefix(r.URL, "https://127.0.0.1:") {
				t.Fatalf("address %s", r.URL)
			}
			resp, err := servetest.Direct(clientTLS(t, dir, c.trusts, c.presents)).Get(r.URL + "/v2/")
			if err == nil {
				resp.Body.Close()
			}
			if (err == nil) != c.passes || err == nil && resp.StatusCode != http.StatusOK {
				t.Errorf("GET /v2/: %v, %v", resp, err)
			}
		})
	}
}

// The sample image is what the checks that pull ask for.
func TestSeed(t *testing.T) {
	manifest, _ := sample.Image()
	digest := manifest.Descriptor().Digest.String()
	accept := map[string]string{"Accept": manifest.MediaType}
	dir := t.TempDir()
	for name, args := range map[string][]string{"memory": nil, "directory": {"-dir", dir}} {
		r := start(t, append(args, "-seed", image+":latest", "-seed", "other/name:v1")...)
		for _, path := range []string{"/v2/" + image + "/manifests/latest", "/v2/other/name/manifests/v1"} {
			a := r.do(t, http.MethodHead, path, accept)
			if a.Status != http.StatusOK || a.Header.Get("Docker-Content-Digest") != digest || a.Header.Get("Content-Type") != manifest.MediaType {
				t.Errorf("%s: HEAD %s: %d %v", name, path, a.Status, a.Header)
			}
		}
		// This registry has no referrers API.
		if a := r.do(t, http.MethodGet, "/v2/"+image+"/referrers/"+digest, nil); a.Status != http.StatusNotFound || json.Valid([]byte(a.Body)) && strings.Contains(a.Body, "manifests") {
			t.Errorf("%s: referrers: %d %s", name, a.Status, a.Body)
		}
		a := r.do(t, http.MethodOptions, "/v2/"+image+"/manifests/latest", nil)
		if !strings.Contains(a.Header.Get("Allow"), "DELETE") {
			t.Errorf("%s: OPTIONS: %d %v", name, a.Status, a.Header)
		}
		r.Stop(t)
	}
	// What one registry kept in a directory, the next one has.
	r := start(t, "-dir", dir)
	if a := r.do(t, http.MethodHead, "/v2/"+image+"/manifests/latest", accept); a.Status != http.StatusOK {
		t.Errorf("after a restart: %d", a.Status)
	}
}

func TestUploads(t *testing.T) {
	dir := t.TempDir()
	for name, args := range map[string][]string{"memory": nil, "directory": {"-dir", dir}} {
		t.Run(name, func(t *testing.T) {
			r := start(t, append(args, "-seed", image+":latest")...)
			r.wantUploads(t, "0")
			first, second := r.open(t, nil), r.open(t, nil)
			r.wantUploads(t, "2")
			for i, path := range []string{first, second} {
				if a := r.do(t, http.MethodDelete, path, nil); a.Status != http.StatusNoContent {
					t.Errorf("cancelling: %d %s", a.Status, a.Body)
				}
				r.wantUploads(t, []string{"1", "0"}[i])
			}
		})
	}
}

// A count waits for the others and says so where they stay.
func TestCountWaits(t *testing.T) {
	var open connections
	store := new(options).store()
	server := httptest.NewUnstartedServer(nil)
	server.Config.ConnState, server.Config.ConnContext = open.note, withConn
	asked, release := make(chan bool), make(chan bool)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			asked <- true
			<-release
			_ = store.PutContent(r.Context(), "/docker/registry/v2/repositories/a/_uploads/1/startedat", []byte("now"))
			return
		}
		answerUploads(w, r, store, &open)
	})
	server.Start()
	defer server.Close()
	go servetest.Do(t, servetest.Direct(nil), http.MethodPost, server.URL+"/slow", nil)
	<-asked
	counted := make(chan string)
	go func() {
		counted <- servetest.Do(t, servetest.Direct(nil), http.MethodGet, server.URL, nil).Body
	}()
	select {
	case got := <-counted:
		t.Errorf("counted %q while another client was served", got)
	default:
	}
	release <- true
	if got := <-counted; got != "1\n" {
		t.Errorf("counted %q, want 1", got)
	}
}

func TestReadOnly(t *testing.T) {
	r := start(t, "-read-only", "-seed", image+":latest")
	if a := r.do(t, http.MethodPost, "/v2/"+target+"/blobs/uploads/", nil); a.Status != http.StatusMethodNotAllowed {
		t.Errorf("opening an upload: %d", a.Status)
	}
	a := r.do(t, http.MethodOptions, "/v2/"+image+"/manifests/latest", nil)
	if allow := a.Header.Get("Allow"); allow == "" || strings.Contains(allow, "DELETE") {
		t.Errorf("OPTIONS: %d %v", a.Status, a.Header)
	}
}

func TestDelete(t *testing.T) {
	manifest, _ := sample.Image()
	path := "/v2/" + image + "/manifests/" + manifest.Descriptor().Digest.String()
	for want, args := range map[int][]string{http.StatusMethodNotAllowed: nil, http.StatusAccepted: {"-delete"}} {
		r := start(t, append(args, "-seed", image+":latest")...)
		if a := r.do(t, http.MethodDelete, path, nil); a.Status != want {
			t.Errorf("%v: %d %s", args, a.Status, a.Body)
		}
	}
}

func TestMount(t *testing.T) {
	path := "/v2/" + target + "/blobs/uploads/?from=library%2Falpine&mount=" + sample.Empty.Descriptor().Digest.String()
	for want, args := range map[int][]string{http.StatusAccepted: nil, http.StatusCreated: {"-mountable"}} {
		r := start(t, append(args, "-seed", image+":latest")...)
		if a := r.do(t, http.MethodPost, path, nil); a.Status != want {
			t.Errorf("%v: %d %s", args, a.Status, a.Body)
		}
	}
}

func TestTokenRegistry(t *testing.T) {
	r := start(t, "-token", "-seed", image+":latest")
	a := r.do(t, http.MethodGet, "/v2/", nil)
	if want := `Bearer realm="` + r.URL + `/token",service="test registry"`; a.Status != http.StatusUnauthorized || a.Header.Get("WWW-Authenticate") != want {
		t.Fatalf("GET /v2/: %d, challenge %q, want %q", a.Status, a.Header.Get("WWW-Authenticate"), want)
	}
	bearer := r.token(t, servetest.Basic(token.DefaultUser, token.DefaultPassword), "repository:"+target+":pull,push")
	if a := r.do(t, http.MethodGet, "/v2/", bearer); a.Status != http.StatusOK {
		t.Errorf("with a token: %d", a.Status)
	}
	r.open(t, bearer)
	r.wantUploads(t, "1")
	a = r.do(t, http.MethodHead, "/v2/"+image+"/manifests/latest", bearer)
	if want := `,scope="repository:library/alpine:pull",error="insufficient_scope"`; a.Status != http.StatusUnauthorized || !strings.HasSuffix(a.Header.Get("WWW-Authenticate"), want) {
		t.Errorf("a token of another scope: %d %q", a.Status, a.Header.Get("WWW-Authenticate"))
	}
}

// token asks the registry itself for a token and returns the header with it.
func (r registry) token(t *testing.T, header map[string]string, scope string) map[string]string {
	t.Helper()
	a := r.do(t, http.MethodGet, "/token?service=test+registry&scope="+scope, header)
	var got struct{ Token string }
	if err := json.Unmarshal([]byte(a.Body), &got); err != nil || a.Status != http.StatusOK || got.Token == "" {
		t.Fatalf("asking for a token: %d %s", a.Status, a.Body)
	}
	return map[string]string{"Authorization": "Bearer " + got.Token}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name   string
		args   []string
		code   int
		stderr string
	}{
		{"argument", []string{"serve"}, 2, `registry: no arguments are expected, got "serve"`},
		{"certificate without key", []string{"-tls-cert", "x"}, 2, "registry: -tls-cert and -tls-key go together"},
		{"no certificate", []string{"-tls-cert", filepath.Join(dir, "x"), "-tls-key", filepath.Join(dir, "y")}, 1, "registry: certificate: "},
		{"no htpasswd", []string{"-htpasswd", filepath.Join(dir, "made", "up")}, 1, "registry: htpasswd: "},
		{"two ways", []string{"-htpasswd", "x", "-token"}, 2, "registry: usage: -htpasswd, -token and -token-realm exclude each other"},
		{"realm without root", []string{"-token-realm", "x"}, 2, "registry: usage: -token-realm and -token-root go together"},
		{"no root", []string{"-token-realm", "x", "-token-root", filepath.Join(dir, "x")}, 1, "registry: configuring: "},
		{"mount without seed", []string{"-mountable"}, 2, "registry: usage: -mountable needs -seed"},
		{"seed without tag", []string{"-seed", "x"}, 2, `invalid value "x" for flag -seed: "x" is not REPOSITORY:TAG`},
		{"seed with a bad name", []string{"-seed", "UP:x"}, 1, "registry: UP:x: "},
		{"bad status", []string{"-fail", "99"}, 2, `invalid value "99" for flag -fail: want a status from 200 to 599`},
		{"bad user", []string{"-user", "x"}, 2, `invalid value "x" for flag -user: want NAME:PASSWORD`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := program().Run(c.args, strings.NewReader(""), &stdout, &stderr)
			if code != c.code || !strings.HasPrefix(stderr.String(), c.stderr) || stdout.Len() > 0 {
				t.Errorf("code %d, stderr %q, stdout %q", code, &stderr, &stdout)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(dir, "made")); err == nil {
		t.Error("a missing htpasswd file was made")
	}
}
