package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		w.Header().Set("X-Said", r.Header.Get("X-Say"))
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "/", http.StatusTemporaryRedirect)
			return
		}
		if r.URL.Path == "/none" {
			w.WriteHeader(http.StatusNotFound)
		}
		fmt.Fprintf(w, "%s %s %s", r.Method, user, password)
	}))
	defer server.Close()
	for _, c := range []struct {
		args   string
		code   int
		stdout string
		stderr string
	}{
		{"-X POST -user a:b:c URL", 0, "POST a b:c", ""},
		{"-status -H X-Say:_x URL", 0, "200 OK\r\nX-Said: x", ""},
		{"URL/none", 1, "GET  ", ""},
		{"-status URL/away", 0, "307 Temporary Redirect", ""},
		{"", 2, "", "ask: want one URL\n"},
		{"-H x URL", 2, "", `invalid value "x" for flag -H: want NAME: VALUE`},
		{"http://127.0.0.1:1", 1, "", "ask: Get "},
		{"-ca /nowhere URL", 1, "", "ask: open /nowhere"},
		{"-cert /nowhere URL", 1, "", "ask: open /nowhere"},
	} {
		args := strings.Fields(strings.ReplaceAll(c.args, "URL", server.URL))
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "_", " ")
		}
		var stdout, stderr bytes.Buffer
		code := run(args, &stdout, &stderr)
		got := stdout.String()
		if strings.HasPrefix(c.args, "-status") {
			// The header has a date; the line wanted stands in it.
			got = strings.Join(keep(got, c.stdout), "\r\n")
		}
		if code != c.code || got != c.stdout || !strings.HasPrefix(stderr.String(), c.stderr) {
			t.Errorf("%s: code %d, stdout %q, stderr %q", c.args, code, &stdout, &stderr)
		}
	}
}

// keep returns the lines of text that are lines of want.
func keep(text, want string) []string {
	var kept []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		for wanted := range strings.SplitSeq(want, "\r\n") {
			if line != "" && line == wanted {
				kept = append(kept, line)
			}
		}
	}
	return kept
}
