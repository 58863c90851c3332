package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// foreign names the program that a server runs, where it runs one, and whether
// `make services` builds it; Debian packages the others.
var foreign = map[string]struct {
	program string
	isBuilt bool
}{
	"debianregistry": {"docker-registry", false},
	"ldap":           {"slapd", false},
	"s3":             {"s3core", true},
	"smtp":           {"mailpit", true},
	"vault":          {"vaultcore", true},
}

// haveService tells whether a server can be started here.
func haveService(name string) bool {
	built := []string{name}
	if f, ok := foreign[name]; ok && f.isBuilt {
		built = append(built, f.program)
	} else if ok && !isInstalled(f.program) {
		return false
	}
	dir := os.Getenv(envServices)
	return dir != "" && !slices.ContainsFunc(built, func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return err != nil
	})
}

// isInstalled looks where Debian puts servers too: the path of users who are not
// root seldom names it.
func isInstalled(program string) bool {
	_, err := exec.LookPath(program)
	if err != nil {
		_, err = exec.LookPath("/usr/sbin/" + program)
	}
	return err == nil
}

// services starts real servers in parallel and waits until all are ready. Each
// line of the file is VARIABLE PROGRAM [ARG...]; the variable is set to the URL
// of the server. An argument may name a variable, that of an earlier line too.
// All end with the script.
func services(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: services FILE")
	}
	started := map[string]*service{}
	var order []string
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if len(words) < 2 || started[words[0]] != nil {
			ts.Fatalf("%s: want VARIABLE PROGRAM [ARG...] with a new variable, got %q", args[0], line)
		}
		for i, word := range words[1:] {
			words[i+1] = os.Expand(word, func(name string) string {
				if s := started[name]; s != nil {
					s.await(ts)
				}
				return ts.Getenv(name)
			})
		}
		started[words[0]] = startService(ts, words[0], words[1], words[2:])
		order = append(order, words[0])
	}
	for _, name := range order {
		started[name].await(ts)
	}
}

// service is a server that was started.
type service struct {
	variable, program string
	cmd               *exec.Cmd
	stdin             io.Closer
	first             chan string // the first line, once
	rest              chan struct{}
	stderr            bytes.Buffer
	isReady, isDone   bool
}

func startService(ts *testscript.TestScript, variable, program string, args []string) *service {
	path := filepath.Join(ts.Getenv(envServices), program)
	s := &service{variable: variable, program: program, first: make(chan string, 1), rest: make(chan struct{})}
	s.cmd = exec.Command(path, append([]string{"-stdin-eof"}, args...)...)
	s.cmd.Dir = ts.MkAbs(".")
	s.cmd.Env = append(os.Environ(), "TMPDIR="+ts.Getenv("WORK"))
	s.cmd.Stderr = &s.stderr
	stdin, err := s.cmd.StdinPipe()
	ts.Check(err)
	stdout, err := s.cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(s.cmd.Start())
	s.stdin = stdin
	ts.Defer(func() { s.stop(ts) })
	go func() {
		defer close(s.rest)
		r := bufio.NewReader(stdout)
		line, _ := r.ReadString('\n')
		s.first <- line
		_, _ = io.Copy(io.Discard, r)
	}()
	return s
}

// await sets the variable, once the server is ready.
func (s *service) await(ts *testscript.TestScript) {
	if s.isReady {
		return
	}
	select {
	case line := <-s.first:
		url, found := strings.CutPrefix(line, "listening on ")
		if !found {
			s.stop(ts)
			ts.Fatalf("%s: %s did not start: %s%s", s.variable, s.program, line, &s.stderr)
		}
		s.isReady = true
		ts.Setenv(s.variable, strings.TrimSuffix(url, "\n"))
	case <-time.After(60 * time.Second):
		ts.Fatalf("%s: %s was not ready within a minute", s.variable, s.program)
	}
}

// stop lets the server end as its input ends, and ends it if it does not.
func (s *service) stop(ts *testscript.TestScript) {
	if s.isDone {
		return
	}
	s.isDone = true
	_ = s.stdin.Close()
	select {
	case <-s.rest:
	case <-time.After(30 * time.Second):
		ts.Logf("%s: %s did not end by itself", s.variable, s.program)
		_ = s.cmd.Process.Kill()
		<-s.rest
	}
	if err := s.cmd.Wait(); err != nil {
		ts.Logf("%s: %s: %v: %s", s.variable, s.program, err, &s.stderr)
	}
}
