package host_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/host/hosttest"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// TestPlanIsTheRun makes a plan, then the run, and holds one against the other:
// what is refused, what is skipped and why, and every request of the ledger. The
// plugin asks for more than it declares, so that refusals are among them.
func TestPlanIsTheRun(t *testing.T) {
	embedded := hosttest.Sealed(t, "plugins/integration")
	hostile := hosttest.SealedFile(t, "testdata/guests/hostile")
	var hits atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { hits.Add(1) }))
	defer server.Close()
	calls := []string{"check.integration.**", "check.hostile.{ok,many-calls,ungranted,post-by-read}"}
	for name, c := range map[string]struct {
		opts host.RunOptions
		set  []string
		runs int // how many checks run
	}{
		"configured":   {host.RunOptions{Selection: host.Selection{Checks: calls}, NoDeps: true}, []string{"OCI:RegistryUrl=" + server.URL + "/team/", "Hostile:Url=" + server.URL}, 8},
		"unconfigured": {host.RunOptions{Selection: host.Selection{Checks: calls}}, nil, 4},
		"unusable":     {host.RunOptions{Selection: host.Selection{Checks: calls}, NoDeps: true}, []string{"OCI:RegistryUrl=ftp://x", "Hostile:Url=http://a:b@" + server.URL[7:]}, 8},
		"offline":      {host.RunOptions{Selection: host.Selection{Checks: calls}, Offline: true}, []string{"OCI:RegistryUrl=" + server.URL}, 0},
		"named":        {host.RunOptions{Selection: host.Selection{Checks: []string{ociRegistry}}, Offline: true}, []string{"OCI:RegistryUrl=" + server.URL}, 0},
		"proxy":        {host.RunOptions{Selection: host.Selection{Checks: calls}}, []string{"Doctor:Proxy=none at all"}, 4},
		"too large":    {host.RunOptions{Selection: host.Selection{Checks: []string{ociRegistry}}}, []string{"OCI:RegistryUrl=http://x/" + strings.Repeat("x", wire.MaxInputBytes)}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, host.Config{Embedded: [][]byte{embedded}, PluginFiles: []string{hostile}}, c.set...)
			before := hits.Load()
			plan, err := h.Plan(c.opts)
			if err != nil {
				t.Fatal(err)
			}
			if hits.Load() != before {
				t.Error("the plan sent a request")
			}
			rep, err := h.Run(context.Background(), c.opts)
			if err != nil || plan.Refusal != nil {
				if err == nil || plan.Refusal == nil || err.Error() != plan.Refused {
					t.Errorf("the run ends with %v, planned %v", err, plan.Refusal)
				}
				return
			}
			compare(t, plan, rep)
			if runs := count(plan); runs != c.runs {
				t.Errorf("%d checks run, want %d", runs, c.runs)
			}
		})
	}
}

func count(p *host.Plan) int {
	n := 0
	for _, c := range p.Checks {
		if c.Decision == host.DecisionRun {
			n++
		}
	}
	return n
}

// compare holds a plan against the report of the run.
func compare(t *testing.T, plan *host.Plan, rep *report.Report) {
	t.Helper()
	if len(plan.Checks) != len(rep.Results) {
		t.Fatalf("%d checks are planned, %d ran", len(plan.Checks), len(rep.Results))
	}
	for i, c := range plan.Checks {
		r := rep.Results[i]
		if c.Check != r.Check || c.Plugin != r.Plugin {
			t.Fatalf("check %d is %s of %+v, planned %s of %+v", i, r.Check, r.Plugin, c.Check, c.Plugin)
		}
		if (c.SkipReason != nil) != (r.SkipReason != nil) || c.SkipReason != nil && (*c.SkipReason != *r.SkipReason || c.Why != r.Diagnosis) {
			t.Errorf("%s: the run skips for %v (%s), planned %v (%s)", c.Check, r.SkipReason, r.Diagnosis, c.SkipReason, c.Why)
		}
		for _, q := range r.Requests {
			if planned := covers(c, q); planned != (q.Decision == "allowed") {
				t.Errorf("%s: %s %s is %s, planned %v", c.Check, q.Method, q.URL, q.Decision, planned)
			}
			if q.N > c.RequestBudget && q.Decision == "allowed" {
				t.Errorf("%s: request %d is beyond the budget of %d", c.Check, q.N, c.RequestBudget)
			}
		}
		// What the first-party check sends is exactly what the plan shows.
		if c.Check == ociRegistry && len(r.Requests) == 1 && (r.Requests[0].URL != c.Requests[0].URL || r.Requests[0].Access != c.Requests[0].Access) {
			t.Errorf("the request was %+v, planned %+v", r.Requests[0], c.Requests[0])
		}
	}
}

// covers reports whether the plan holds a request of the ledger. What the budget
// cuts off is not a matter of access.
func covers(c host.PlannedCheck, q report.Request) bool {
	if q.N > c.RequestBudget {
		return false
	}
	return slices.ContainsFunc(c.Requests, func(p host.PlannedRequest) bool {
		prefix, _ := wire.ScreenURL(p.URL)
		u, _ := wire.ScreenURL(q.URL)
		return p.Problem == "" && slices.Contains(p.Methods, q.Method) && prefix.Covers(u)
	})
}

// TestPlanOfASelection holds that a plan refuses what a run refuses to select.
func TestPlanOfASelection(t *testing.T) {
	h := open(t, host.Config{Embedded: [][]byte{hosttest.Sealed(t, "plugins/integration")}})
	var unknown *host.UnknownError
	if _, err := h.Plan(host.RunOptions{Selection: host.Selection{Checks: []string{"check.no.such"}}}); !errors.As(err, &unknown) {
		t.Errorf("an unknown check: %v", err)
	}
	var pattern *host.PatternError
	if _, err := h.Plan(host.RunOptions{Selection: host.Selection{Checks: []string{"check.["}}}); !errors.As(err, &pattern) {
		t.Errorf("a malformed pattern: %v", err)
	}
}

// TestPlanUnderANetwork holds that a network of the caller's own leaves the
// proxy setting unread, as in a run.
func TestPlanUnderANetwork(t *testing.T) {
	h := open(t, host.Config{Embedded: [][]byte{hosttest.Sealed(t, "plugins/integration")}, Network: refusing{}}, "Doctor:Proxy=gopher://x", "OCI:RegistryUrl=http://registry.example.com")
	plan, err := h.Plan(host.RunOptions{NoDeps: true})
	if err != nil {
		t.Fatal(err)
	}
	rep, err := h.Run(context.Background(), host.RunOptions{NoDeps: true})
	if err != nil {
		t.Fatal(err)
	}
	if plan.Refusal != nil {
		t.Errorf("the plan is refused, the run was not: %v", plan.Refusal)
	}
	compare(t, plan, rep)
}

// refusing is a network on which nothing listens.
type refusing struct{}

func (refusing) HTTP(context.Context, egress.Call) wire.HTTPResponse {
	return wire.HTTPResponse{Error: &wire.CallError{Kind: wire.KindConnectionFailed, Message: "refused"}}
}

func (refusing) TCP(context.Context, egress.TCPCall) wire.TCPResponse {
	return wire.TCPResponse{Error: &wire.CallError{Kind: wire.KindConnectionFailed, Message: "refused"}}
}
