package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"stella-ops.org/doctor/testdata/services/pki"
)

// asRegistry makes this test binary behave as the program, so that the tests
// see a real process without a second build.
const asRegistry = "REGISTRY_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asRegistry) != "" {
		main()
	}
	os.Exit(m.Run())
}

// process is one running registry.
type process struct {
	url    string
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr *bytes.Buffer
}

// start runs the program until the test ends and waits for its line.
func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(os.Args[0], args...), stderr: new(bytes.Buffer)}
	p.cmd.Env = append(append(os.Environ(), asRegistry+"=1"), env...)
	p.cmd.Stderr = p.stderr
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	})
	p.stdout = bufio.NewReader(stdout)
	line, err := p.stdout.ReadString('\n')
	url, found := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "listening on ")
	if err != nil || !found {
		t.Fatalf("first line %q, %v; want the address; stderr: %s", line, err, p.stderr)
	}
	p.url = url
	return p
}

// wait returns the exit code and fails unless the process ends by itself and
// has written nothing but its line.
func (p *process) wait(t *testing.T) int {
	t.Helper()
	rest := make(chan []byte, 1)
	go func() {
		b, _ := io.ReadAll(p.stdout)
		rest <- b
	}()
	select {
	case b := <-rest:
		if len(b) > 0 {
			t.Errorf("more on standard output: %q", b)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the registry does not end")
	}
	_ = p.cmd.Wait()
	// distribution calls every 404 an error; that is the client's matter.
	for line := range strings.Lines(p.stderr.String()) {
		if !strings.Contains(line, `msg="response completed with error"`) {
			t.Errorf("standard error: %s", line)
		}
	}
	return p.cmd.ProcessState.ExitCode()
}

// get answers with the status and the challenge of a GET.
func get(t *testing.T, client *http.Client, url, user, password string) (int, http.Header) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if user != "" {
		req.SetBasicAuth(user, password)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, resp.Header
}

// direct is a client that no proxy variable of the environment leads astray.
func direct(roots *x509.CertPool) *http.Client {
	return &http.Client{
		Timeout:   30 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true},
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
	p := start(t, env)
	if !strings.HasPrefix(p.url, "http://127.0.0.1:") {
		t.Fatalf("address %s", p.url)
	}
	status, header := get(t, direct(nil), p.url+"/v2/", "", "")
	if status != http.StatusOK || header.Get("Docker-Distribution-Api-Version") != "registry/2.0" {
		t.Fatalf("GET /v2/: %d %v", status, header)
	}
	if status, _ = get(t, direct(nil), p.url+"/v2/library/alpine/manifests/latest", "", ""); status != http.StatusNotFound {
		t.Errorf("a manifest of an empty registry: %d", status)
	}
	resp, err := direct(nil).Post(p.url+"/v2/stellaops/doctor-test/blobs/uploads/", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		t.Errorf("opening an upload: %d", resp.StatusCode)
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Skipf("no SIGTERM on this system: %v", err)
	}
	if code := p.wait(t); code != 0 {
		t.Errorf("after SIGTERM: exit code %d", code)
	}
}

func TestPasswordRegistry(t *testing.T) {
	p := start(t, nil, "-htpasswd", filepath.Join("testdata", "htpasswd"), "-stdin-eof")
	for _, c := range []struct {
		name, user, password string
		status               int
	}{
		{"anonymous", "", "", http.StatusUnauthorized},
		{"wrong password", "doctor", "wrong", http.StatusUnauthorized},
		{"no such user", "nobody", "registry-password", http.StatusUnauthorized},
		{"right", "doctor", "registry-password", http.StatusOK},
	} {
		status, header := get(t, direct(nil), p.url+"/v2/", c.user, c.password)
		if status != c.status {
			t.Errorf("%s: status %d, want %d", c.name, status, c.status)
		}
		want := ""
		if c.status == http.StatusUnauthorized {
			want = `Basic realm="test registry"`
		}
		if got := header.Get("WWW-Authenticate"); got != want {
			t.Errorf("%s: challenge %q, want %q", c.name, got, want)
		}
	}
	// The end of standard input is the end of the registry.
	if err := p.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if code := p.wait(t); code != 0 {
		t.Errorf("after the end of stdin: exit code %d", code)
	}
}

func TestTLSRegistry(t *testing.T) {
	dir := t.TempDir()
	if err := pki.Write(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	p := start(t, nil, "-stdin-eof", "-tls-cert", filepath.Join(dir, "server.pem"), "-tls-key", filepath.Join(dir, "server.key"))
	if !strings.HasPrefix(p.url, "https://127.0.0.1:") {
		t.Fatalf("address %s", p.url)
	}
	if _, err := direct(x509.NewCertPool()).Get(p.url + "/v2/"); err == nil {
		t.Error("a client without the authority trusts the registry")
	}
	ca, err := os.ReadFile(filepath.Join(dir, pki.CAFile))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	if status, _ := get(t, direct(roots), p.url+"/v2/", "", ""); status != http.StatusOK {
		t.Errorf("GET /v2/: %d", status)
	}
	_ = p.stdin.Close()
	if code := p.wait(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	taken := start(t, nil)
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
		{"address in use", []string{"-addr", strings.TrimPrefix(taken.url, "http://")}, 1, "registry: listen tcp "},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := run(c.args, strings.NewReader(""), &stdout, &stderr)
			if code != c.code || !strings.HasPrefix(stderr.String(), c.stderr) || stdout.Len() > 0 {
				t.Errorf("code %d, stderr %q, stdout %q", code, &stderr, &stdout)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(dir, "made")); err == nil {
		t.Error("a missing htpasswd file was made")
	}
}
