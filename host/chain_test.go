package host_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/hosttest"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/waivers"
	"stella-ops.org/doctor/sdk/wire"
)

// chainServer answers the checks of the test guest chain, each under a path of
// its own.
type chainServer struct {
	url string

	mu      sync.Mutex
	answers map[string][]int // by check: the statuses to come, the last for ever
	asked   []string         // checks, in the order of their requests
}

// serveChain starts a server. answers are lines of a check and its statuses; 200
// answers what has none.
func serveChain(t testing.TB, answers string) *chainServer {
	t.Helper()
	c := &chainServer{}
	c.answer(t, answers)
	s := httptest.NewServer(c)
	t.Cleanup(s.Close)
	c.url = s.URL
	return c
}

// answer begins anew with other answers.
func (c *chainServer) answer(t testing.TB, answers string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers, c.asked = map[string][]int{}, nil
	for line := range strings.Lines(answers) {
		words := strings.Fields(line)
		for i, word := range words {
			if i == 0 {
				continue
			}
			var status int
			if _, err := fmt.Sscan(word, &status); err != nil {
				t.Fatal(err)
			}
			c.answers[words[0]] = append(c.answers[words[0]], status)
		}
	}
}

func (c *chainServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	check := strings.TrimPrefix(r.URL.Path, "/")
	c.asked = append(c.asked, check)
	status := http.StatusOK
	if list := c.answers[check]; len(list) > 0 {
		status = list[0]
		if len(list) > 1 {
			c.answers[check] = list[1:]
		}
	}
	w.WriteHeader(status)
}

// settings configure all checks of the chain but those that are left out.
func (c *chainServer) settings(without ...string) []string {
	var set []string
	for _, name := range []string{"Base", "Login", "Pull", "Push", "Refs", "Side"} {
		if !slices.Contains(without, name) {
			set = append(set, "Chain:"+name+"="+c.url+"/"+strings.ToLower(name))
		}
	}
	return set
}

func (c *chainServer) requests() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.asked)
}

// told writes results in short: base fail, login skip prerequisite<base.
func told(rep *report.Report) string {
	var parts []string
	for _, r := range rep.Results {
		text := strings.TrimPrefix(r.Check, "check.chain.") + " " + r.Outcome
		if r.Severity != nil {
			text = strings.TrimPrefix(r.Check, "check.chain.") + " " + string(*r.Severity)
		}
		if r.SkipReason != nil {
			text += " " + *r.SkipReason
		}
		if len(r.BlockedBy) > 0 {
			text += "<" + strings.ReplaceAll(strings.Join(r.BlockedBy, "+"), "check.chain.", "")
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

// chainHosts opens hosts over a server, one for each set of settings: loading the
// module takes longer than running it.
func chainHosts(t testing.TB, server *chainServer) func(without ...string) *host.Host {
	opened := map[string]*host.Host{}
	return func(without ...string) *host.Host {
		key := strings.Join(without, " ")
		if opened[key] == nil {
			opened[key] = open(t, chain(t), server.settings(without...)...)
		}
		return opened[key]
	}
}

func chain(t testing.TB) host.Config {
	return host.Config{Embedded: [][]byte{hosttest.Sealed(t, "testdata/guests/chain")}}
}

// TestOrderOfARun runs the chain in the states that its first checks can be in.
func TestOrderOfARun(t *testing.T) {
	known, err := waivers.Parse([]byte("waivers: [{check: check.chain.base, reason: known, owner: ops, expires: 2999-01-01}]"), "w.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all := host.RunOptions{AllowWrite: true}
	server := serveChain(t, "")
	hosts := chainHosts(t, server)
	for name, c := range map[string]struct {
		answers string
		opts    host.RunOptions
		without []string
		want    string
		code    int
	}{
		"well": {"", all, nil, "base pass, login pass, pull pass, push pass, refs pass, side pass", 0},
		"the first is dead": {"base 503", all, nil,
			"base fail, login skip prerequisite<base, pull skip prerequisite<base, push skip prerequisite<base, refs skip prerequisite<base, side pass", 20},
		"the second is dead": {"login 401", all, nil,
			"base pass, login fail, pull skip prerequisite<login, push skip prerequisite<login, refs skip prerequisite<login, side pass", 20},
		"a warning keeps nobody": {"base 404\nlogin 203", all, nil, "base warn, login info, pull pass, push pass, refs pass, side pass", 0},
		"a guest's own prerequisite keeps nobody": {"login 424", all, nil,
			"base pass, login skip prerequisite, pull pass, push pass, refs pass, side pass", 0},
		"unconfigured keeps nobody": {"", all, []string{"Base"},
			"base skip unconfigured, login pass, pull pass, push pass, refs pass, side pass", 0},
		"what is not selected keeps nobody": {"login 401",
			host.RunOptions{Selection: host.Selection{Checks: []string{"check.chain.base", "check.chain.pull"}}}, nil, "base pass, pull pass", 0},
		"past what is not selected": {"base 503",
			host.RunOptions{Selection: host.Selection{Checks: []string{"check.chain.base", "check.chain.pull"}}}, nil, "base fail, pull skip prerequisite<base", 20},
		"a failure that is waived is one": {"base 503", host.RunOptions{AllowWrite: true, Waivers: known}, nil,
			"base fail, login skip prerequisite<base, pull skip prerequisite<base, push skip prerequisite<base, refs skip prerequisite<base, side pass", 0},
		"the gates of a check come first": {"base 503", host.RunOptions{}, []string{"Login", "Pull"},
			"base fail, login skip unconfigured, pull skip unconfigured, push skip write_not_allowed, refs pass, side pass", 20},
		"no dependencies": {"base 503\nlogin 401", host.RunOptions{AllowWrite: true, NoDeps: true}, nil,
			"base fail, login fail, pull pass, push pass, refs pass, side pass", 20},
	} {
		t.Run(name, func(t *testing.T) {
			server.answer(t, c.answers)
			rep, err := hosts(c.without...).Run(context.Background(), c.opts)
			if err != nil {
				t.Fatal(err)
			}
			if got := told(rep); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if rep.Summary.ExitCode != c.code {
				t.Errorf("exit code %d, want %d", rep.Summary.ExitCode, c.code)
			}
		})
	}
}

// TestBlockedResult holds what a check that was kept from running says, and that
// it asked nobody.
func TestBlockedResult(t *testing.T) {
	server := serveChain(t, "base 503")
	h := open(t, chain(t), server.settings()...)
	rep, err := h.Run(context.Background(), host.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pull := rep.Results[2]
	if want := "nothing was asked: it needs check.chain.base (http.5xx), which failed"; pull.Diagnosis != want {
		t.Errorf("diagnosis %q, want %q", pull.Diagnosis, want)
	}
	if reason, _ := pull.Evidence["skip_reason"].AsString(); reason != wire.SkipPrerequisite || len(pull.Evidence) != 1 || pull.Outcome != report.Judged {
		t.Errorf("outcome %s, evidence %v", pull.Outcome, pull.Evidence)
	}
	if want := "stella doctor run --check check.chain.pull"; pull.Verification != want {
		t.Errorf("verification %q, want %q", pull.Verification, want)
	}
	if asked := server.requests(); len(asked) != 2 || slices.Contains(asked, "pull") {
		t.Errorf("asked %v, want base and side", asked)
	}
}

// TestOrderInParallel: however many run at once, one included, a check starts
// after those that it waits for have ended, one that is kept from running never
// starts, and the report is the same.
func TestOrderInParallel(t *testing.T) {
	server := serveChain(t, "")
	h := open(t, chain(t), server.settings()...)
	for answers, starts := range map[string]int{"": 6, "login 401": 3} {
		var documents []string
		for _, parallel := range []int{1, 2, 64} {
			server.answer(t, answers)
			var events []string
			rep, err := h.Run(context.Background(), host.RunOptions{Parallel: parallel, AllowWrite: true, Observe: func(e host.Event) {
				switch id := strings.TrimPrefix(e.Check, "check.chain."); e.Kind {
				case host.CheckStarted:
					events = append(events, "start "+id)
				case host.CheckEnded:
					events = append(events, "end "+id)
				}
			}})
			if err != nil {
				t.Fatal(err)
			}
			for _, pair := range [][2]string{{"end base", "start login"}, {"end login", "start pull"}, {"end login", "start push"}, {"end login", "start refs"}} {
				if before, after := slices.Index(events, pair[0]), slices.Index(events, pair[1]); before < 0 || after >= 0 && after < before {
					t.Errorf("%d at once: %s does not come before %s: %v", parallel, pair[0], pair[1], events)
				}
			}
			if len(events) != starts+6 {
				t.Errorf("%d at once: %d events, want %d starts and 6 ends: %v", parallel, len(events), starts, events)
			}
			documents = append(documents, string(steady(t, rep)))
		}
		if documents[0] != documents[1] || documents[0] != documents[2] {
			t.Errorf("the reports differ:\n%s\n%s\n%s", documents[0], documents[1], documents[2])
		}
	}
}

// steady is the JSON of a report without what no two runs have in common.
func steady(t testing.TB, rep *report.Report) []byte {
	t.Helper()
	rep.StartedAt, rep.DurationMS = "", 0
	for i := range rep.Results {
		rep.Results[i].DurationMS = 0
		for n := range rep.Results[i].Requests {
			rep.Results[i].Requests[n].DurationMS, rep.Results[i].Requests[n].Address = 0, ""
		}
	}
	return jsonOf(t, rep)
}

// TestReplayOfBlockedChecks: a recorded run in which checks were kept from running
// replays to the byte.
func TestReplayOfBlockedChecks(t *testing.T) {
	server := serveChain(t, "login 401")
	h := open(t, chain(t), server.settings()...)
	want, tape := record(t, h, host.RunOptions{AllowWrite: true})
	if !bytes.Contains(want, []byte(`"blocked_by": [
        "check.chain.login"
      ]`)) {
		t.Errorf("nothing is blocked in\n%s", want)
	}
	cfg := chain(t)
	cfg.Network = noNetwork{t}
	done, err := open(t, cfg).Replay(context.Background(), parse(t, tape), host.ReplayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := jsonOf(t, done.Report); !bytes.Equal(got, want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
