package audit

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// tick is a clock that goes on by a second with every look.
func tick() func() time.Time {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return func() time.Time { at = at.Add(time.Second); return at }
}

var acme = Plugin{ID: "com.acme.doctor", Version: "1.2.0", Digest: "sha256:" + strings.Repeat("ab", 32)}

func allowedCall() Call {
	return Call{Plugin: acme, Check: "check.acme.one", Function: "http_read", Method: "GET", URL: "https://registry.test/v2/",
		Access: "GET {Acme:Url}/v2/", Decision: Allowed, Credential: "Acme:Password"}
}

func deniedCall() Call {
	c := allowedCall()
	c.URL, c.Access, c.Decision, c.Rule, c.Credential = "https://other.test/", "", Denied, "not-granted", ""
	return c
}

func outcomeOf(id int) Outcome {
	return Outcome{ID: id, Check: "check.acme.one", Decision: Allowed, Address: "192.0.2.1:443", Status: 200, Bytes: 12, DurationMS: 34,
		Peer: &Peer{Version: "TLS1.3", ServerName: "registry.test", Subject: "CN=registry.test", Issuer: "CN=ACME Root é", NotAfter: "2027-01-01T00:00:00Z"}}
}

func openLog(t testing.TB, path string) *Log {
	t.Helper()
	l, err := Open(path, tick())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func begin(t testing.TB, l *Log) *Run {
	t.Helper()
	r, err := l.Begin(Start{Version: "1.0.0", Plugins: []Plugin{acme}, Checks: 1})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// request writes the two lines of one call.
func request(t testing.TB, r *Run) {
	t.Helper()
	id, err := r.Call(allowedCall())
	if err == nil {
		err = r.Outcome(outcomeOf(id))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func end(t testing.TB, r *Run) Head {
	t.Helper()
	code := 0
	head, err := r.End(End{ExitCode: &code})
	if err != nil {
		t.Fatal(err)
	}
	return head
}

// wholeRun writes a run with so many requests, and a refusal.
func wholeRun(t testing.TB, l *Log, requests int) Head {
	t.Helper()
	r := begin(t, l)
	for range requests {
		request(t, r)
	}
	if _, err := r.Call(deniedCall()); err != nil {
		t.Fatal(err)
	}
	return end(t, r)
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func verify(t testing.TB, data []byte, opts Options) *Verdict {
	t.Helper()
	v, err := Verify(bytes.NewReader(data), opts)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// findings are those of a log as text, a line each.
func findings(v *Verdict) string {
	var b strings.Builder
	for _, f := range v.Findings {
		fmt.Fprintln(&b, f)
	}
	return b.String()
}

func remarks(v *Verdict) string {
	var b strings.Builder
	for _, f := range v.Remarks {
		fmt.Fprintln(&b, f)
	}
	return b.String()
}

func wantIntact(t testing.TB, v *Verdict) {
	t.Helper()
	if !v.Intact() {
		t.Fatalf("the log is not intact:\n%s", findings(v))
	}
}

// TestLog writes two runs and reads them.
func TestLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	l := openLog(t, path)
	first := wholeRun(t, l, 2)
	second := wholeRun(t, l, 3)
	data := read(t, path)
	v := verify(t, data, Options{Head: first.Hash, Lines: first.Lines})
	wantIntact(t, v)
	if v.Runs != 2 || v.Calls != 7 || v.Denied != 2 || v.Head != second || v.Anchored != first.Lines || len(v.Remarks) != 0 {
		t.Errorf("%+v", v)
	}
	if v.From != "2026-01-02T03:04:06.000Z" || v.To != "2026-01-02T03:04:22.000Z" || len(v.ID) != 32 {
		t.Errorf("%+v", v)
	}
	for i, b := range data {
		if (b < ' ' || b > '~') && b != '\n' {
			t.Fatalf("byte %d of the log is %#x", i, b)
		}
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
}

// hundred is a log of a hundred lines and three runs, and where the first run ends.
func hundred(t testing.TB) (lines [][]byte, firstEnd Head) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "audit.log")
	l := openLog(t, path)
	firstEnd = wholeRun(t, l, 15)
	wholeRun(t, l, 15)
	wholeRun(t, l, 15)
	lines = bytes.SplitAfter(read(t, path), []byte("\n"))
	lines = lines[:len(lines)-1]
	if len(lines) != 100 {
		t.Fatalf("%d lines, want 100", len(lines))
	}
	return lines, firstEnd
}
