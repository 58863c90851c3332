package main

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/hosttest"
)

// TestReadmeWalk runs the sh blocks of the README, one after the other: the way of
// a plugin from its author to a machine without an interface, and by way of a
// registry. Each line must end with 0, or with the code that the line itself says.
func TestReadmeWalk(t *testing.T) {
	shown := blocks(readme(t), "sh")
	if len(shown) != 2 {
		t.Fatalf("%d sh blocks, want 2", len(shown))
	}
	script := shown[0]
	if registry := startRegistry(t); registry != "" {
		script += "\n" + strings.ReplaceAll(shown[1], "127.0.0.1:5000", registry)
	}
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

// startRegistry runs the registry that make services has built, and returns its
// address; empty where there is none.
func startRegistry(t *testing.T) string {
	dir := os.Getenv("STELLA_SERVICES")
	if dir == "" {
		t.Log("no registry is asked: STELLA_SERVICES is not set")
		return ""
	}
	cmd := exec.Command(filepath.Join(dir, "registry"), "-addr", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(strings.TrimSpace(line), "listening on http://")
}
