package main

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// screen shows what a terminal shows after these bytes. It knows the sequences
// that progress writes and no other.
func screen(t *testing.T, out []byte) []string {
	t.Helper()
	lines, row, column := []string{""}, 0, 0
	for _, m := range regexp.MustCompile(`\x1b\[(\d*)([A-Z])|\n|\r|[^\x1b\n\r]+`).FindAllStringSubmatch(string(out), -1) {
		switch {
		case m[2] == "A":
			n, _ := strconv.Atoi(m[1])
			row -= n
		case m[2] == "K":
			lines[row] = lines[row][:column]
		case m[2] != "":
			t.Fatalf("unknown sequence %q", m[0])
		case m[0] == "\n":
			row, column = row+1, 0
			if row == len(lines) {
				lines = append(lines, "")
			}
		case m[0] == "\r":
			column = 0
		default:
			end := min(column+len(m[0]), len(lines[row]))
			lines[row] = lines[row][:column] + m[0] + lines[row][end:]
			column += len(m[0])
		}
	}
	return lines
}

// TestProgressRegion draws the region as a run goes: ended checks in the order
// of their ids whatever the order of ending, what is under way, and after ten
// seconds what is waited for and from whom.
func TestProgressRegion(t *testing.T) {
	var out bytes.Buffer
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	now := start
	p := &progress{out: &out, live: true, now: func() time.Time { return now }, started: start,
		checks: map[string]*checkProgress{}, stop: make(chan struct{})}
	shows := func(want ...string) {
		t.Helper()
		p.draw()
		got := screen(t, out.Bytes())
		if g, w := strings.Join(got, "\n"), strings.Join(want, "\n")+"\n"; strings.TrimRight(g, "\n") != strings.TrimRight(w, "\n") {
			t.Errorf("the screen shows\n%s\nwant\n%s", g, w)
		}
	}
	ends := func(id string) {
		s := wire.Pass
		p.observe(host.Event{Kind: host.CheckEnded, Check: id, Result: &report.Result{Check: id, Severity: &s, DurationMS: 7}})
	}
	p.observe(host.Event{Kind: host.RunStarted, Checks: []string{"check.a", "check.b", "check.c"}})
	for _, id := range []string{"check.c", "check.b", "check.a"} {
		p.observe(host.Event{Kind: host.CheckStarted, Check: id})
	}
	shows("[0/3] 0 s  check.a, check.b, check.c")
	ends("check.c")
	shows("check.c pass (7 ms)", "[1/3] 0 s  check.a, check.b")
	ends("check.a")
	shows("check.a pass (7 ms)", "check.c pass (7 ms)", "[2/3] 0 s  check.b")

	p.observe(host.Event{Kind: host.CallStarted, Check: "check.b", Call: report.Request{Method: "GET", URL: "https://registry.example.com/v2/\x1b[2J"}})
	now = start.Add(patience)
	shows("check.a pass (7 ms)", "check.c pass (7 ms)", "[2/3] 10 s  waiting for",
		`  check.b: GET https://registry.example.com/v2/\x1b[2J, for 10 s`)

	// A log line stands above the region.
	p.Write([]byte("a log line\n"))
	shows("a log line", "check.a pass (7 ms)", "check.c pass (7 ms)", "[2/3] 10 s  waiting for",
		`  check.b: GET https://registry.example.com/v2/\x1b[2J, for 10 s`)
	p.observe(host.Event{Kind: host.CallEnded, Check: "check.b"})
	shows("a log line", "check.a pass (7 ms)", "check.c pass (7 ms)", "[2/3] 10 s  waiting for", "  check.b: its plugin is computing")
	ends("check.b")

	p.close(true)
	if got := strings.TrimRight(strings.Join(screen(t, out.Bytes()), "\n"), "\n"); got != "a log line\ncheck.a pass (7 ms)\ncheck.b pass (7 ms)\ncheck.c pass (7 ms)" {
		t.Errorf("what stays is\n%s", got)
	}
	p.close(true) // is idempotent
}

// TestProgressLines: where nothing can be drawn over, a line per ended check.
func TestProgressLines(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&streams{stderr: &out}, terminal{})
	p.observe(host.Event{Kind: host.RunStarted, Checks: []string{"check.a", "check.b"}})
	for _, id := range []string{"check.b", "check.a"} {
		p.observe(host.Event{Kind: host.CheckStarted, Check: id})
		p.observe(host.Event{Kind: host.CheckEnded, Check: id, Result: &report.Result{Check: id, Outcome: report.Trap, DurationMS: 7}})
	}
	p.close(false)
	if got := out.String(); got != "[1/2] check.b trap (7 ms)\n[2/2] check.a trap (7 ms)\n" {
		t.Errorf("got %q", got)
	}
}

// TestProgressOfAWait: between attempts the region counts down, and elsewhere there
// is a line for each pause.
func TestProgressOfAWait(t *testing.T) {
	wait := host.Wait{Attempt: 3, Next: 4 * time.Second, Left: 200 * time.Second, Blocked: 4,
		Pending: []host.Pending{{Check: "check.a", Why: "tcp.refused"}, {Check: "check.b", Why: "http.5xx"}}}
	var out bytes.Buffer
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	now := start
	p := &progress{out: &out, live: true, now: func() time.Time { return now }, started: start, checks: map[string]*checkProgress{}, stop: make(chan struct{})}
	shows := func(want string) {
		t.Helper()
		p.draw()
		if got := strings.TrimRight(strings.Join(screen(t, out.Bytes()), "\n"), "\n"); got != want {
			t.Errorf("the screen shows\n%s\nwant\n%s", got, want)
		}
	}
	p.observe(host.Event{Kind: host.RunStarted, Checks: []string{"check.a", "check.b"}})
	p.observe(host.Event{Kind: host.CheckStarted, Check: "check.a"})
	now = start.Add(7 * time.Second)
	p.observe(host.Event{Kind: host.Waiting, Wait: wait})
	shows("[0/2] 7 s  check.a: tcp.refused (and 5 more), next attempt in 4s, 3m20s left")
	now = start.Add(8500 * time.Millisecond)
	shows("[0/2] 8 s  check.a: tcp.refused (and 5 more), next attempt in 3s, 3m19s left")
	p.observe(host.Event{Kind: host.CheckStarted, Check: "check.b"})
	shows("[0/2] 8 s  check.b")

	out.Reset()
	lines := newProgress(&streams{stderr: &out}, terminal{})
	wait.Pending, wait.Blocked = wait.Pending[:1], 0
	lines.observe(host.Event{Kind: host.RunStarted, Checks: []string{"check.a"}})
	lines.observe(host.Event{Kind: host.Waiting, Wait: wait})
	lines.close(false)
	if got := out.String(); got != "check.a: tcp.refused, next attempt in 4s, 3m20s left\n" {
		t.Errorf("got %q", got)
	}
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  string
	}{{"short", 10, "short"}, {"exactly ten", 11, "exactly ten"}, {"a long line", 8, "a lon..."}, {"漢字漢字漢字", 8, "漢字..."}, {"any", 0, "any"}} {
		if got := fit(c.in, c.width); got != c.want {
			t.Errorf("%q in %d columns: %q, want %q", c.in, c.width, got, c.want)
		}
	}
}
