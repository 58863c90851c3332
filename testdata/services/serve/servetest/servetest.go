// Package servetest runs a server as a process of its own: the test binary
// itself, so that tests see a real process without a second build.
package servetest

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

	"stella-ops.org/doctor/testdata/services/serve"
)

// asProgram makes this test binary behave as the program.
const asProgram = "SERVETEST_AS_PROGRAM"

// Main is the TestMain of a server.
func Main(m *testing.M, p serve.Program) {
	if os.Getenv(asProgram) == p.Name {
		p.Main()
	}
	os.Exit(m.Run())
}

// Process is one running server.
type Process struct {
	// URL is what the server printed.
	URL string

	name   string
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr *bytes.Buffer
	done   bool
}

// Services names the directory in which make services puts the programs.
const Services = "STELLA_SERVICES"

// Need returns the path of a program that make services builds, and skips the
// test where it has not.
func Need(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(os.Getenv(Services), name)
	if info, err := os.Stat(path); os.Getenv(Services) == "" || err != nil || !info.Mode().IsRegular() {
		t.Skipf("%s is not built: run make services and set %s", name, Services)
	}
	return path
}

// Start runs p with -stdin-eof until the test ends and waits for its line.
func Start(t *testing.T, p serve.Program, args ...string) *Process {
	t.Helper()
	return StartEnv(t, p, nil, args...)
}

// StartEnv is [Start] with more environment variables.
func StartEnv(t *testing.T, p serve.Program, env []string, args ...string) *Process {
	t.Helper()
	s := &Process{name: p.Name, cmd: exec.Command(os.Args[0], append([]string{"-stdin-eof"}, args...)...), stderr: new(bytes.Buffer)}
	s.cmd.Env = append(append(os.Environ(), asProgram+"="+p.Name), env...)
	s.cmd.Stderr = s.stderr
	var err error
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !s.done {
			s.Stop(t)
		}
	})
	s.stdout = bufio.NewReader(stdout)
	line, err := s.stdout.ReadString('\n')
	url, found := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "listening on ")
	if err != nil || !found {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		s.done = true
		t.Fatalf("%s: first line %q, %v; want the address; stderr: %s", p.Name, line, err, s.stderr)
	}
	s.URL = url
	return s
}

// Stop closes the server's standard input and wants a clean end.
func (s *Process) Stop(t *testing.T) {
	t.Helper()
	_ = s.stdin.Close()
	if code := s.Wait(t); code != 0 {
		t.Errorf("%s: exit code %d at the end of its input", s.name, code)
	}
}

// Terminate sends SIGTERM and wants a clean end.
func (s *Process) Terminate(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Skipf("no SIGTERM on this system: %v", err)
	}
	if code := s.Wait(t); code != 0 {
		t.Errorf("%s: exit code %d after SIGTERM", s.name, code)
	}
}

// Kill ends the server with no chance to clean up.
func (s *Process) Kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	s.done = true
}

// Wait returns the exit code and fails unless the process ends by itself and
// has written nothing to standard output but its line.
func (s *Process) Wait(t *testing.T) int {
	t.Helper()
	rest := make(chan []byte, 1)
	go func() {
		b, _ := io.ReadAll(s.stdout)
		rest <- b
	}()
	select {
	case b := <-rest:
		if len(b) > 0 {
			t.Errorf("%s: more on standard output: %q", s.name, b)
		}
	case <-time.After(30 * time.Second):
		s.Kill()
		t.Fatalf("%s does not end", s.name)
	}
	_ = s.cmd.Wait()
	s.done = true
	return s.cmd.ProcessState.ExitCode()
}

// Stderr is what the server wrote there. It may be read after the end only.
func (s *Process) Stderr() string { return s.stderr.String() }

// Answer is what a server said.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Do sends a request and reads the answer whole.
func Do(t *testing.T, client *http.Client, method, url string, header map[string]string) Answer {
	t.Helper()
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return Answer{resp.StatusCode, resp.Header, string(body)}
}

// Basic is the header that carries a user and a password.
func Basic(user, password string) map[string]string {
	req := &http.Request{Header: http.Header{}}
	req.SetBasicAuth(user, password)
	return map[string]string{"Authorization": req.Header.Get("Authorization")}
}

// Direct is a client that no proxy variable of the environment leads astray. It
// follows no redirect and keeps no connection open.
func Direct(config *tls.Config) *http.Client {
	return &http.Client{
		Timeout:       30 * time.Second,
		Transport:     &http.Transport{TLSClientConfig: config, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Roots reads the authorities of a PEM file.
func Roots(t *testing.T, path string) *x509.CertPool {
	t.Helper()
	ca, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		t.Fatalf("%s holds no certificate", path)
	}
	return roots
}
