package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/hosttest"
)

// TestReadmeWalk runs the one sh block of the README: the way of a plugin from its
// author to a machine without an interface. Each line must end with 0, or with the
// code that the line itself says.
func TestReadmeWalk(t *testing.T) {
	shown := blocks(readme(t), "sh")
	if len(shown) != 1 {
		t.Fatalf("%d sh blocks, want 1", len(shown))
	}
	script := shown[0]
	if err := exec.Command("unshare", "--net", "true").Run(); err != nil {
		t.Logf("the second machine has a network: unshare --net true: %v", err)
		script = strings.ReplaceAll(script, "unshare --net ", "")
	}
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir, root := t.TempDir(), hosttest.Root(t)
	if err := os.Symlink(self, filepath.Join(dir, "stella")); err != nil {
		t.Fatal(err)
	}
	script = strings.NewReplacer("http://127.0.0.1:8080", server.URL, "sdk/testdata", filepath.Join(root, "sdk", "testdata")).Replace(script)
	cmd := exec.Command("sh", "-exc", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"), "XDG_CACHE_HOME="+dir, "STELLA_HOME="+filepath.Join(dir, "home"),
		"STELLA_OFFLINE=", "HTTP_PROXY=", "http_proxy=", envEmbedded+"=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"does not import http_write: cannot send",                      // inspect
		"acme.doctor.web 1.0.0 passed",                                 // vet
		"verified  acme.doctor.web 1.0.0",                              // verify
		"PASS      check.acme.web.health",                              // the run on the first machine
		"waits           1.1.0",                                        // the upgrade
		"acme.doctor.web  1.0.0    active, 1.1.0 waits  acme",          // list
		"INFO      check.acme.web.health  The web server does not say", // the run without an interface
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the walk does not print %q", want)
		}
	}
	for _, file := range []string{"acme-1.0.0.wasm.cdx.json", "acme-1.0.0.wasm.vet.json", "vet.html", "audit.jsonl", "bundle.tar"} {
		if st, err := os.Stat(filepath.Join(dir, file)); err != nil || st.Size() == 0 {
			t.Errorf("the walk leaves no %s: %v", file, err)
		}
	}
	if t.Failed() {
		t.Logf("%s", out)
	}
}
