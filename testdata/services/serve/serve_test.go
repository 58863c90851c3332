package serve_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"stella-ops.org/doctor/testdata/services/serve"
	"stella-ops.org/doctor/testdata/services/serve/servetest"
)

// sample serves the path of its own directory; with -child it runs a child that
// needs no program beyond the shell and answers by writing a file.
var sample = serve.Program{
	Name:  "sample",
	Flags: func(flags *flag.FlagSet) { flags.StringVar(&childMode, "child", "", "") },
	Serve: func(ctx context.Context, e *serve.Env) error {
		dir, err := e.Dir()
		if err != nil {
			return err
		}
		if childMode != "" {
			return e.Child(ctx, serve.Child{Scheme: "http", Command: sampleChild(dir), Probe: sampleProbe(dir), NoTLS: true, NoClientCA: true})
		}
		return e.HTTP(ctx, func(url string) (http.Handler, error) {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, "%s %s", url, dir) }), nil
		})
	},
}

var childMode string

func sampleChild(dir string) func(string) (*exec.Cmd, error) {
	return func(string) (*exec.Cmd, error) {
		if childMode == "early" {
			return exec.Command("sh", "-c", "echo last words >&2; exit 7"), nil
		}
		return exec.Command("sh", "-c", "echo $$ >"+dir+"/new; mv "+dir+"/new "+dir+"/pid; exec sleep 600"), nil
	}
}

func sampleProbe(dir string) func(context.Context, string) error {
	return func(context.Context, string) error {
		_, err := os.Stat(filepath.Join(dir, "pid"))
		return err
	}
}

func TestMain(m *testing.M) { servetest.Main(m, sample) }

func TestHTTP(t *testing.T) {
	tmp := t.TempDir()
	s := servetest.StartEnv(t, sample, []string{"TMPDIR=" + tmp})
	answer := servetest.Do(t, servetest.Direct(nil), http.MethodGet, s.URL, nil)
	url, dir, _ := strings.Cut(answer.Body, " ")
	if url != s.URL || filepath.Dir(dir) != tmp {
		t.Fatalf("the server knows itself as %s, in %s", url, dir)
	}
	s.Terminate(t)
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestChild(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("only Linux ends a child with its parent")
	}
	for _, how := range []string{"parent stopped", "parent killed", "child ended"} {
		t.Run(how, func(t *testing.T) {
			tmp := t.TempDir()
			s := servetest.StartEnv(t, sample, []string{"TMPDIR=" + tmp}, "-child", "stays")
			pid := childPID(t, tmp)
			switch how {
			case "parent stopped":
				s.Stop(t)
			case "parent killed":
				s.Kill()
			case "child ended":
				if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
				if code := s.Wait(t); code != 1 || s.Stderr() != "sample: ended by itself: signal: terminated\n" {
					t.Errorf("exit code %d, stderr %q", code, s.Stderr())
				}
			}
			waitGone(t, pid)
			if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 && how != "parent killed" {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

func childPID(t *testing.T, tmp string) int {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(tmp, "*", "pid"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// waitGone wants the process gone, or a zombie that nobody has collected yet,
// which has no command line.
func waitGone(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		if cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); err != nil || len(cmdline) == 0 {
			return
		}
	}
	t.Errorf("the child outlives its parent")
}

func TestRefusals(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, c := range []struct {
		name   string
		args   []string
		code   int
		stderr string
	}{
		{"argument", []string{"x"}, 2, `sample: no arguments are expected, got "x"`},
		{"certificate without key", []string{"-tls-cert", "x"}, 2, "sample: -tls-cert and -tls-key go together"},
		{"client authority without certificate", []string{"-client-ca", "x"}, 2, "sample: -client-ca needs -tls-cert"},
		{"no certificate", []string{"-tls-cert", "none", "-tls-key", "none"}, 1, "sample: certificate: "},
		{"address in use", []string{"-listen", taken.Addr().String()}, 1, "sample: listen tcp "},
		{"child without TLS", []string{"-child", "stays", "-tls-cert", "none", "-tls-key", "none"}, 2, "sample: usage: no TLS is served"},
		{"child ends at once", []string{"-child", "early"}, 1, "sample: ended before it answered: exit status 7: last words\nended before it answered: exit status 7: last words\nended before it answered: exit status 7: last words\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			childMode = ""
			var stdout, stderr bytes.Buffer
			code := sample.Run(c.args, strings.NewReader(""), &stdout, &stderr)
			if code != c.code || !strings.HasPrefix(stderr.String(), c.stderr) || stdout.Len() > 0 {
				t.Errorf("code %d, stderr %q, stdout %q", code, &stderr, &stdout)
			}
			if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

func TestUsageOfAProgram(t *testing.T) {
	p := serve.Program{Name: "picky", Serve: func(context.Context, *serve.Env) error {
		return fmt.Errorf("%w: -this needs -that", serve.ErrUsage)
	}}
	var stderr bytes.Buffer
	if code := p.Run(nil, strings.NewReader(""), io.Discard, &stderr); code != 2 || stderr.String() != "picky: usage: -this needs -that\n" {
		t.Errorf("code %d, stderr %q", code, &stderr)
	}
}
