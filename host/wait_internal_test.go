package host

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// TestPauses holds the schedule: each line is a deadline and the pauses of a run
// whose attempts take no time.
func TestPauses(t *testing.T) {
	for deadline, want := range map[time.Duration]string{
		500 * time.Millisecond:  "",
		time.Second:             "",
		1500 * time.Millisecond: "500ms",
		2 * time.Second:         "1s",
		3 * time.Second:         "1s 1s",
		10 * time.Second:        "1s 2s 4s 2s",
		time.Minute:             "1s 2s 4s 8s 15s 15s 14s",
		-time.Second:            "",
	} {
		var got []string
		left := deadline
		for n := 1; ; n++ {
			p, more := nextPause(n, left)
			if !more {
				break
			}
			got = append(got, p.String())
			left -= p
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%s: %s, want %s", deadline, text, want)
		}
	}
	if p, more := nextPause(1_000_000, time.Hour); p != longestPause || !more {
		t.Errorf("after very many attempts: %s, %v", p, more)
	}
}

// TestPassingCauses holds the table against the family of CONTRACT §1, and that a
// cause of another family is no passing one because it begins alike.
func TestPassingCauses(t *testing.T) {
	for list, want := range map[string]bool{
		"dns.nxdomain dns.timeout dns.server tcp.refused tcp.timeout tcp.reset tcp.unreachable tls.timeout http.timeout http.429 http.5xx proxy.unused": true,
		`proxy.auth-required tls.unknown-ca tls.expired tls.not-yet-valid tls.name-mismatch tls.plain-http-peer tls.client-cert-required
		tls.handshake http.3xx-redirect http.401 http.403 http.404-not-a-registry http.405 http.407 http.200-html http.too-large config.invalid-url
		config.incomplete-credentials acme.tcp.refused proxy.unused-odd dnssec.bogus http.5xx-odd tls.timeouts tcp`: false,
	} {
		for cause := range strings.FieldsSeq(list) {
			if got := isPassing(checkEntry{&wire.CheckInfo{}, nil}, cause); got != want {
				t.Errorf("%s: %v", cause, got)
			}
			// What may have been sent is not sent twice.
			sent := cause == "tcp.reset" || cause == "http.timeout"
			if got := isPassing(checkEntry{&wire.CheckInfo{Class: wire.ClassWrite}, nil}, cause); got != (want && !sent) {
				t.Errorf("%s of a write: %v", cause, got)
			}
		}
	}
}

// TestHealthy holds which results end a wait, for either word, and why it is in
// vain to wait for the others.
func TestHealthy(t *testing.T) {
	result := func(s wire.Severity, cause string) *report.Result {
		r := &report.Result{Check: "check.a.b", Outcome: report.Judged, Severity: &s}
		if cause != "" {
			r.Cause = &cause
		}
		return r
	}
	blocked := result(wire.Skip, "")
	blocked.BlockedBy = []string{"check.a.a"}
	const never = "which waiting does not cure"
	for name, c := range map[string]struct {
		res        *report.Result
		pass, warn bool
		class      string
		lasting    string // "" for what time may cure; tried where it is not healthy
	}{
		"pass":               {res: result(wire.Pass, ""), pass: true, warn: true},
		"pass with doubt":    {res: result(wire.Pass, "http.200-html"), pass: true, warn: true},
		"info":               {res: result(wire.Info, ""), pass: true, warn: true},
		"skip":               {res: result(wire.Skip, ""), pass: true, warn: true},
		"kept from running":  {res: blocked, lasting: "-"},
		"warn":               {res: result(wire.Warn, "http.429"), warn: true},
		"warn that lasts":    {res: result(wire.Warn, "http.405"), warn: true, lasting: "check.a.b finds http.405, " + never},
		"fail":               {res: result(wire.Fail, "tcp.refused")},
		"fail that lasts":    {res: result(wire.Fail, "tls.unknown-ca"), lasting: "check.a.b finds tls.unknown-ca, " + never},
		"timeout":            {res: &report.Result{Check: "check.a.b", Outcome: report.Timeout}},
		"timeout of a write": {res: &report.Result{Check: "check.a.b", Outcome: report.Timeout}, class: wire.ClassWrite, lasting: "check.a.b ran out of time while it wrote, and is not run again"},
		"failed write":       {res: result(wire.Fail, "tcp.refused"), class: wire.ClassWrite},
		"write, no answer":   {res: result(wire.Fail, "http.timeout"), class: wire.ClassWrite, lasting: "check.a.b finds http.timeout and may have written, and is not run again"},
		"write, broken off":  {res: result(wire.Warn, "tcp.reset"), warn: true, class: wire.ClassWrite, lasting: "check.a.b finds tcp.reset and may have written, and is not run again"},
		"write that lasts":   {res: result(wire.Fail, "http.401"), class: wire.ClassWrite, lasting: "check.a.b finds http.401, " + never},
		"denied":             {res: &report.Result{Check: "check.a.b", Outcome: report.Denied}, lasting: "check.a.b could not judge (denied), " + never},
		"trap":               {res: &report.Result{Check: "check.a.b", Outcome: report.Trap}, lasting: "check.a.b could not judge (trap), " + never},
	} {
		if got := healthy(c.res, wire.Pass); got != c.pass {
			t.Errorf("%s: healthy for pass: %v", name, got)
		}
		if got := healthy(c.res, wire.Warn); got != c.warn {
			t.Errorf("%s: healthy for warn: %v", name, got)
		}
		if c.pass || c.lasting == "-" {
			continue
		}
		if got := lasting(checkEntry{&wire.CheckInfo{Class: c.class}, nil}, c.res); got != c.lasting {
			t.Errorf("%s: %q, want %q", name, got, c.lasting)
		}
	}
}

// TestWallClock: a pause ends by itself, and at once with its cause when the run is
// interrupted.
func TestWallClock(t *testing.T) {
	if err := (wallClock{}).pause(context.Background(), time.Nanosecond); err != nil {
		t.Errorf("a pause of its own length: %v", err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("the operator went home")
	cancel(why)
	if err := (wallClock{}).pause(ctx, time.Hour); !errors.Is(err, why) {
		t.Errorf("an interrupted pause: %v", err)
	}
}
