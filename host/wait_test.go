package host_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/hosttest"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/waivers"
	"stella-ops.org/doctor/sdk/wire"
)

// TestWait runs the chain until it is healthy, on a clock on which nobody waits.
func TestWait(t *testing.T) {
	known, err := waivers.Parse([]byte("waivers: [{check: check.chain.base, reason: known, owner: ops, expires: 2999-01-01}]"), "w.yaml")
	if err != nil {
		t.Fatal(err)
	}
	server := serveChain(t, "")
	h := open(t, chain(t), server.settings()...)
	for name, c := range map[string]struct {
		answers string
		opts    host.RunOptions
		want    string
		note    string
		pauses  string
		asked   string // which checks asked how often, by attempts
	}{
		"healthy at once": {
			want: "base pass, login pass, pull pass, push skip write_not_allowed, refs pass, side pass", pauses: "[]", asked: "base login pull refs side",
		},
		"the first comes up": {
			answers: "base 503 503 200",
			want:    "base pass, login pass, pull pass, push skip write_not_allowed, refs pass, side pass",
			note:    "waited 3s, 3 attempts, until all was well", pauses: "[1s 2s]", asked: "base side base base login pull refs",
		},
		"one after the other": {
			answers: "base 503 200\nlogin 503 200\nrefs 429 200",
			opts:    host.RunOptions{AllowWrite: true},
			want:    "base pass, login pass, pull pass, push pass, refs pass, side pass",
			note:    "waited 7s, 4 attempts, until all was well", pauses: "[1s 2s 4s]", asked: "base side base login login pull push refs refs",
		},
		"a warning is good enough": {
			answers: "base 404\npull 429\nside 503 200",
			opts:    host.RunOptions{WaitFor: wire.Warn},
			want:    "base warn, login pass, pull warn, push skip write_not_allowed, refs pass, side pass",
			note:    "waited 1s, 2 attempts, until all was well", pauses: "[1s]", asked: "base login pull refs side side",
		},
		"in vain from the start": {
			answers: "base 401\nside 503 200",
			want:    "base fail, login skip prerequisite<base, pull skip prerequisite<base, push skip write_not_allowed, refs skip prerequisite<base, side fail",
			note:    "did not wait: check.chain.base finds http.401, which waiting does not cure", pauses: "[]", asked: "base side",
		},
		"in vain later": {
			answers: "base 503 401",
			want:    "base fail, login skip prerequisite<base, pull skip prerequisite<base, push skip write_not_allowed, refs skip prerequisite<base, side pass",
			note:    "waited 1s, 2 attempts: check.chain.base finds http.401, which waiting does not cure", pauses: "[1s]", asked: "base side base",
		},
		"until the deadline": {
			answers: "base 503\nside 429",
			opts:    host.RunOptions{Deadline: 10 * time.Second},
			want:    "base fail, login skip prerequisite<base, pull skip prerequisite<base, push skip write_not_allowed, refs skip prerequisite<base, side warn",
			note:    "waited 9s, 5 attempts, the deadline of 10s leaves no time for more: check.chain.base still finds http.5xx, and 1 more are not well",
			pauses:  "[1s 2s 4s 2s]", asked: "base side base side base side base side base side",
		},
		"nobody waits for a known problem": {
			answers: "base 503\nside 503 200",
			opts:    host.RunOptions{Waivers: known},
			want:    "base fail, login skip prerequisite<base, pull skip prerequisite<base, push skip write_not_allowed, refs skip prerequisite<base, side pass",
			note:    "waited 1s, 2 attempts, until all was well", pauses: "[1s]", asked: "base side side",
		},
		"a write is tried again": {
			answers: "push 503 200",
			opts:    host.RunOptions{AllowWrite: true},
			want:    "base pass, login pass, pull pass, push pass, refs pass, side pass",
			note:    "waited 1s, 2 attempts, until all was well", pauses: "[1s]", asked: "base login pull push refs side push",
		},
	} {
		t.Run(name, func(t *testing.T) {
			server.answer(t, c.answers)
			clock := &host.FakeClock{}
			h.UseClock(clock)
			ends := map[string]int{}
			c.opts.Observe = func(e host.Event) {
				if e.Kind == host.CheckEnded {
					ends[e.Check]++
				}
			}
			if c.opts.WaitFor == "" {
				c.opts.WaitFor = wire.Pass
			}
			rep, err := h.Run(context.Background(), c.opts)
			if err != nil {
				t.Fatal(err)
			}
			if got := told(rep); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if got := fmt.Sprint(clock.Pauses()); got != c.pauses {
				t.Errorf("pauses %s, want %s", got, c.pauses)
			}
			if got := noteText(rep, "waited"); got != c.note {
				t.Errorf("note %q, want %q", got, c.note)
			}
			if got, want := tally(server.requests()), tally(strings.Fields(c.asked)); got != want {
				t.Errorf("asked %s, want %s", got, want)
			}
			for _, r := range rep.Results {
				if ends[r.Check] != 1 {
					t.Errorf("%s ended %d times for its observer", r.Check, ends[r.Check])
				}
			}
		})
	}
}

func noteText(rep *report.Report, code string) string {
	var texts []string
	for _, n := range rep.Notes {
		if n.Code == code {
			texts = append(texts, n.Text)
		}
	}
	return strings.Join(texts, "\n")
}

// tally counts words, whatever their order: checks of one attempt run at once.
func tally(words []string) string {
	words = slices.Sorted(slices.Values(words))
	return strings.Join(words, " ")
}

// TestWaitTells: between attempts an observer is told what is waited for and how
// long, and an interrupt in a pause ends the run with its cause.
func TestWaitTells(t *testing.T) {
	server := serveChain(t, "base 503\nside 429")
	h := open(t, chain(t), server.settings()...)
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("the operator went home")
	h.UseClock(&host.FakeClock{OnPause: func(n int) {
		if n == 2 {
			cancel(why)
		}
	}})
	waits := make(chan host.Wait, 8)
	_, err := h.Run(ctx, host.RunOptions{WaitFor: wire.Pass, Observe: func(e host.Event) {
		if e.Kind == host.Waiting {
			waits <- e.Wait
		}
	}})
	if !errors.Is(err, why) {
		t.Errorf("run returned %v", err)
	}
	got := <-waits
	want := host.Wait{Attempt: 1, Next: time.Second, Left: host.DefaultWait, Blocked: 3,
		Pending: []host.Pending{{Check: "check.chain.base", Why: "http.5xx"}, {Check: "check.chain.side", Why: "http.429"}}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestWaitIsNotRecorded: a cassette holds one attempt of each check.
func TestWaitIsNotRecorded(t *testing.T) {
	h := open(t, host.Config{})
	var refused *host.RecordError
	if _, err := h.Run(context.Background(), host.RunOptions{WaitFor: wire.Pass, Record: &host.Recording{}}); !errors.As(err, &refused) {
		t.Errorf("run returned %v", err)
	}
}

// hanging is a server that answers /base, calls asked before it does, and lets
// everybody else wait.
func hanging(t testing.TB, asked func()) string {
	t.Helper()
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/base" {
			asked()
			return
		}
		<-release
	}))
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(release) })
	return s.URL
}

// TestDeadline: what has not ended by the deadline of the run could not judge and
// names the deadline, whether it waits for an answer, for a slot or for another
// check; what ended before counts. It is so in each place in which a plugin runs,
// and replays.
func TestDeadline(t *testing.T) {
	embedded, file := chain(t), host.Config{PluginFiles: []string{hosttest.SealedFile(t, "testdata/guests/chain")}}
	for name, c := range map[string]struct {
		cfg      host.Config
		opts     host.RunOptions
		checks   string
		want     string
		answered int // how many were cut off while they waited; -1 for any
	}{
		"others, in process": {embedded, host.RunOptions{Deadline: time.Hour}, "check.chain.{base,login,pull,refs}", "base pass, login timeout, pull timeout, refs skip unconfigured", -1},
		"others, worker":     {file, host.RunOptions{Deadline: time.Hour}, "check.chain.{base,login,pull,refs}", "base pass, login timeout, pull timeout, refs skip unconfigured", -1},
		"slots":              {embedded, host.RunOptions{Deadline: time.Second, Parallel: 1, NoDeps: true}, "check.chain.{login,pull,refs,side}", "login timeout, pull timeout, refs skip unconfigured, side timeout", 1},
	} {
		t.Run(name, func(t *testing.T) {
			clock := &host.FakeClock{}
			url := hanging(t, func() { clock.Expire(300 * time.Millisecond) })
			h := open(t, c.cfg, "Chain:Base="+url+"/base", "Chain:Login="+url+"/login", "Chain:Pull="+url+"/pull", "Chain:Side="+url+"/side")
			if c.answered < 0 {
				h.UseClock(clock)
			}
			c.opts.Selection.Checks = []string{c.checks}
			start := time.Now()
			want, tape := record(t, h, c.opts)
			if took := time.Since(start); took > 45*time.Second {
				t.Errorf("took %s", took)
			}
			rep, err := report.Read(want)
			if err != nil {
				t.Fatal(err)
			}
			if got := told(rep); got != c.want || rep.Summary.ExitCode != report.ExitUnjudged {
				t.Fatalf("exit code %d: %s", rep.Summary.ExitCode, got)
			}
			begin := "could not judge: the check ran out of time: the run came to its deadline of " + c.opts.Deadline.String() + " before it "
			answered := 0
			for _, r := range rep.Results {
				if r.Outcome != report.Timeout {
					continue
				}
				rest, ok := strings.CutPrefix(r.Diagnosis, begin)
				if !ok || rest != "answered" && rest != "began" || !strings.HasPrefix(r.Hint, "raise --deadline, or ") {
					t.Errorf("%s: %q, hint %q", r.Check, r.Diagnosis, r.Hint)
				}
				if rest == "answered" {
					answered++
				}
			}
			if c.answered >= 0 && answered != c.answered {
				t.Errorf("%d checks were cut off, want %d; the others had no time to begin", answered, c.answered)
			}
			done, err := h.Replay(context.Background(), parse(t, tape), host.ReplayOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if got := jsonOf(t, done.Report); !bytes.Equal(got, want) {
				t.Errorf("got %s\nwant %s", got, want)
			}
		})
	}
}

// TestDeadlineTooShort: where the deadline leaves no time to begin it is named, and not
// the budget of the check.
func TestDeadlineTooShort(t *testing.T) {
	h := open(t, chain(t), "Chain:Base=http://127.0.0.1:1")
	h.UseClock(&host.FakeClock{Spent: true})
	data, _ := record(t, h, host.RunOptions{Deadline: time.Millisecond, Selection: host.Selection{Checks: []string{"check.chain.base"}}})
	rep, err := report.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	const want = "could not judge: the check ran out of time: the run came to its deadline of 1ms before it began"
	if r := rep.Results[0]; r.Diagnosis != want || !strings.HasPrefix(r.Hint, "raise --deadline, or ") {
		t.Errorf("%q, hint %q", r.Diagnosis, r.Hint)
	}
}

// TestDeadlineOfAWait: an attempt that the deadline cuts off does not take the
// place of what the one before found.
func TestDeadlineOfAWait(t *testing.T) {
	release := make(chan struct{})
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) > 1 {
			<-release
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer s.Close()
	defer close(release)
	h := open(t, chain(t), "Chain:Base="+s.URL+"/base", "Chain:Login="+s.URL+"/login")
	clock := &host.FakeClock{}
	clock.OnPause = func(int) { clock.Expire(300 * time.Millisecond) }
	h.UseClock(clock)
	rep, err := h.Run(context.Background(), host.RunOptions{WaitFor: wire.Pass,
		Selection: host.Selection{Checks: []string{"check.chain.base", "check.chain.login"}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := told(rep); got != "base fail, login skip prerequisite<base" || rep.Summary.ExitCode != report.ExitFail {
		t.Errorf("exit code %d: %s: %s", rep.Summary.ExitCode, got, rep.Results[0].Diagnosis)
	}
	if note := noteText(rep, "waited"); !strings.HasSuffix(note, "2 attempts, the deadline of 5m0s leaves no time for more: check.chain.base still finds http.5xx") {
		t.Errorf("note %q", note)
	}
}
