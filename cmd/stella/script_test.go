package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// goEnv asks the go command for one of its settings, once per name.
var goEnv = func() func(string) string {
	var mu sync.Mutex
	known := map[string]string{}
	return func(name string) string {
		mu.Lock()
		defer mu.Unlock()
		if _, ok := known[name]; !ok {
			out, _ := exec.Command("go", "env", name).Output()
			known[name] = strings.TrimSpace(string(out))
		}
		return known[name]
	}
}()

// waitFile waits until a background command has written a file, and sets the
// variable named by its second argument to the first line.
func waitFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: waitfile FILE VARIABLE")
	}
	path := ts.MkAbs(args[0])
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		data, err := os.ReadFile(path)
		if line, _, ok := strings.Cut(string(data), "\n"); err == nil && ok {
			ts.Setenv(args[1], strings.TrimPrefix(line, "listening on "))
			return
		}
	}
	ts.Fatalf("%s was not written within 20 seconds", args[0])
}

// freePort sets a variable to a loopback address that was free a moment ago, for
// servers that cannot choose one themselves.
func freePort(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: freeport VARIABLE")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], l.Addr().String())
	ts.Check(l.Close())
}

// exits runs a command and wants one exact exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%s: %v", args[1], err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// serveMain is a tiny web server on a free loopback port for scripts:
//
//	serve FILE STATUS [Header: value…] [body TEXT]
//
// It writes its address into FILE and answers every request alike. STATUS may
// be hang, close or garbage, several statuses joined by commas, of which the
// last is for ever, "uploads COUNT" for a registry that counts the uploads that
// it has open, or "hold URL" for a relay to the server there, see hold. The
// variable SERVE_AT names another address to listen on.
func serveMain() {
	l, err := net.Listen("tcp", cmp.Or(os.Getenv("SERVE_AT"), "127.0.0.1:0"))
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile(os.Args[1]+".tmp", fmt.Appendf(nil, "listening on http://%s\n", l.Addr()), 0o644); err != nil {
		panic(err)
	}
	if err := os.Rename(os.Args[1]+".tmp", os.Args[1]); err != nil {
		panic(err)
	}
	var statuses []int
	for word := range strings.SplitSeq(os.Args[2], ",") {
		if status, err := strconv.Atoi(word); err == nil {
			statuses = append(statuses, status)
		}
	}
	if statuses != nil {
		http.Serve(l, answer(statuses, os.Args[3:]))
		return
	}
	if os.Args[2] == "uploads" {
		http.Serve(l, countUploads(os.Args[3]))
		return
	}
	if os.Args[2] == "hold" {
		http.Serve(l, hold(os.Args[3]))
		return
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go misbehave(conn, os.Args[2])
	}
}

func answer(statuses []int, rest []string) http.HandlerFunc {
	var asked atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		status := statuses[min(int(asked.Add(1)), len(statuses))-1]
		body := ""
		for i, arg := range rest {
			if arg == "body" {
				body = strings.Join(rest[i+1:], " ")
				break
			}
			if name, value, ok := strings.Cut(arg, ": "); ok {
				w.Header().Set(name, value)
			}
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func misbehave(conn net.Conn, how string) {
	defer conn.Close()
	buf := make([]byte, 4096)
	conn.Read(buf)
	switch how {
	case "garbage":
		conn.Write([]byte("SSH-2.0-OpenSSH_9.2\r\n"))
	case "headers":
		conn.Write([]byte("HTTP/1.1 200 OK\r\n"))
		line := []byte("X-Fill: " + strings.Repeat("x", 8000) + "\r\n")
		for range 10 << 20 / len(line) {
			if _, err := conn.Write(line); err != nil {
				return
			}
		}
	case "endless":
		conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"))
		for {
			if _, err := conn.Write(buf); err != nil {
				return
			}
		}
	case "early":
		conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"))
	case "hang":
		for {
			if _, err := conn.Read(buf); err != nil {
				return
			}
		}
	}
}

// jsongetMain prints one value of a JSON document per path: jsonget FILE PATH…,
// where a path is names and indexes joined by dots.
func jsongetMain() {
	data, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	var doc any
	if err := json.Unmarshal(data, &doc); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, path := range os.Args[2:] {
		v := doc
		for name := range strings.SplitSeq(path, ".") {
			switch x := v.(type) {
			case map[string]any:
				v = x[name]
			case []any:
				i, _ := strconv.Atoi(name)
				if i >= len(x) {
					fmt.Fprintf(os.Stderr, "%s: no such index\n", path)
					os.Exit(1)
				}
				v = x[i]
			}
		}
		out, _ := json.Marshal(v)
		fmt.Printf("%s=%s\n", path, out)
	}
}
