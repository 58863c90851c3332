package main

import (
	"fmt"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/sdktest"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

var (
	ciKeys   = []string{"healthy_count", "system_count", "systems"}
	ciFields = []string{"type", "url", "is_reachable", "is_authenticated", "runner_total", "runner_available"}
)

func ciItem(number, url, api string) map[string]wire.Setting {
	key := "CI:Systems:" + number + ":"
	return map[string]wire.Setting{key + "Url": {Value: url, Key: key + "Url"}, key + "Type": {Value: api, Key: key + "Type"}}
}

// wantCI is the verdict table of §3.8 for the first request.
func wantCI(api string, html bool, status int) (wire.Severity, string) {
	named := usualCause(status)
	switch {
	case status == 401, status == 403, status >= 500:
		return wire.Fail, named
	case api == "circleci":
		return wire.Warn, "config.unknown-type"
	case status >= 200 && status < 300 && html && api != "generic":
		return wire.Warn, "http.200-html"
	case status >= 200 && status < 300:
		return wire.Pass, ""
	}
	return wire.Warn, named
}

// TestCISystem holds the verdict table for the first request to each type.
func TestCISystem(t *testing.T) {
	const base = "https://ci.example.com"
	for _, c := range []struct{ api, path string }{
		{"jenkins", "/api/json"}, {"gitlab", "/api/v4/version"}, {"github", "/api/v3/rate_limit"}, {"azuredevops", "/_apis/connectionData"},
		{"generic", "/health"}, {"circleci", "/health"},
	} {
		for _, html := range []bool{false, true} {
			s := sweep{
				check: ciSystemID, keys: ciKeys, method: "GET", url: base + c.path, settings: ciItem("0", base, c.api), failed: wire.Fail,
				asksOn: func(status int) bool {
					return status >= 200 && status < 300 && !html && (c.api == "jenkins" || c.api == "gitlab")
				},
				want: func(status int, kind string) (wire.Severity, string) { return wantCI(c.api, html, status) },
			}
			if html {
				s.header = map[string][]string{"content-type": {"text/html"}}
				t.Run(c.api+" page", s.statuses)
			} else {
				t.Run(c.api, s.run)
			}
		}
	}
	wantShown(t, ciSystemID, "cisystem")
	wantNoSecrets(t, "cisystem")
	for _, r := range casesOf(t, "cisystem") {
		wantItems(t, &r, "systems", ciFields...)
	}
}

// runnerAnswers are the answers to the questions for runners of one system, and
// what they come to.
type runnerAnswers struct {
	api     string
	queries []string
	bodies  []string
}

func (q *runnerAnswers) play(t *testing.T, last wire.HTTPResponse) wire.Result {
	t.Helper()
	const base = "https://ci.example.com"
	c := &exchange.Case{Request: wire.Request{Settings: ciItem("0", base, q.api)}}
	first := map[string]string{"jenkins": "/api/json", "gitlab": "/api/v4/version"}[q.api]
	c.Exchanges = []exchange.Exchange{{Function: wire.FuncHTTPRead, Request: wire.HTTPRequest{Method: "GET", URL: base + first}, Response: wire.HTTPResponse{Status: 200}}}
	for i, query := range q.queries {
		resp := last
		if i < len(q.queries)-1 {
			resp = wire.HTTPResponse{Status: 200, Body: []byte(q.bodies[i])}
		}
		c.Exchanges = append(c.Exchanges, exchange.Exchange{Function: wire.FuncHTTPRead, Request: wire.HTTPRequest{Method: "GET", URL: base + query}, Response: resp})
	}
	return sdktest.Play(t, plugin, ciSystemID, c)
}

// TestCISystemRunners holds that the questions for runners count by a whole answer
// with 2xx and by nothing else, at each of their places: no status, no error kind
// and no refusal of the policy has an effect on the verdict.
func TestCISystemRunners(t *testing.T) {
	for _, q := range []struct {
		runnerAnswers
		body string // of the last answer, by which no runner is available
	}{
		{runnerAnswers{api: "jenkins", queries: []string{"/computer/api/json"}}, `{"computer":[{"offline":true}]}`},
		{runnerAnswers{api: "gitlab", queries: []string{"/api/v4/runners?status=online"}}, `[{"paused":true}]`},
		{runnerAnswers{api: "gitlab", queries: []string{"/api/v4/runners?status=online", "/api/v4/runners?per_page=100"}, bodies: []string{"[]"}}, `[{"id":1}]`},
	} {
		name := strings.Join(q.queries, " ")
		want := func(what string, r wire.Result, none bool) {
			t.Helper()
			severity, cause := wire.Pass, ""
			if none {
				severity, cause = wire.Warn, "ci.no-runners"
			}
			if r.Severity != severity || r.Cause != cause {
				t.Fatalf("%s, %s: %s %q, want %s %q", name, what, r.Severity, r.Cause, severity, cause)
			}
			wantWhole(t, ciSystemID, ciKeys, &r)
			wantItems(t, &r, "systems", ciFields...)
		}
		for status := 100; status <= 599; status++ {
			resp := wire.HTTPResponse{Status: status, Body: []byte(q.body)}
			want(fmt.Sprint(status), q.play(t, resp), status >= 200 && status < 300)
			resp.Error = &wire.CallError{Kind: wire.KindTooLarge}
			want(fmt.Sprint(status, " too large"), q.play(t, resp), false)
			resp.Error = &wire.CallError{Kind: wire.KindRedirectBlocked}
			want(fmt.Sprint(status, " blocked"), q.play(t, resp), false)
		}
		for kind, details := range failures {
			for detail := range details {
				for _, status := range []int{0, 200} {
					resp := wire.HTTPResponse{Status: status, Body: []byte(q.body), Error: &wire.CallError{Kind: kind, Detail: detail}}
					want(kind+" "+detail, q.play(t, resp), false)
				}
			}
		}
		want("denied", q.play(t, wire.HTTPResponse{Error: &wire.CallError{Kind: wire.KindDenied, Detail: "budget", Rule: "budget"}}), false)
		want("nothing", q.play(t, wire.HTTPResponse{}), false)
		want("cut off", q.play(t, wire.HTTPResponse{Status: 200, Truncated: true, Body: []byte(q.body)}), false)
		want("cut off within", q.play(t, wire.HTTPResponse{Status: 200, Body: []byte(q.body[:len(q.body)-2])}), false)
		want("no JSON", q.play(t, wire.HTTPResponse{Status: 200, Body: []byte("<html>")}), false)
		want("other JSON", q.play(t, wire.HTTPResponse{Status: 200, Body: []byte(`{"computer":7}`)}), false)
	}
}

// TestCISystemRunnersLast: every system is asked before any is asked for its
// runners, so that no question for runners takes the budget of a verdict.
func TestCISystemRunnersLast(t *testing.T) {
	c := &exchange.Case{Request: wire.Request{Settings: map[string]wire.Setting{}}}
	var last []exchange.Exchange
	for i := range 200 {
		number, base := fmt.Sprint(i), fmt.Sprintf("https://ci-%d.example.com", i)
		for key, s := range ciItem(number, base, "jenkins") {
			c.Request.Settings[key] = s
		}
		c.Exchanges = append(c.Exchanges, exchange.Exchange{Function: wire.FuncHTTPRead, Request: wire.HTTPRequest{Method: "GET", URL: base + "/api/json"},
			Response: wire.HTTPResponse{Status: 200, Body: []byte(strings.Repeat(" ", 64<<10))}})
		last = append(last, exchange.Exchange{Function: wire.FuncHTTPRead, Request: wire.HTTPRequest{Method: "GET", URL: base + "/computer/api/json"},
			Response: wire.HTTPResponse{Error: &wire.CallError{Kind: wire.KindDenied, Detail: "budget", Rule: "budget"}}})
	}
	c.Exchanges = append(c.Exchanges, last...)
	if r := sdktest.Play(t, plugin, ciSystemID, c); r.Severity != wire.Pass {
		t.Errorf("%s: %s", r.Severity, r.Diagnosis)
	}
}

// TestCISystemType: what a type and a host name are taken for.
func TestCISystemType(t *testing.T) {
	for _, c := range []struct{ configured, host, want string }{
		{"", "jenkins.example.com", "jenkins"}, {"", "gitlab.com", "gitlab"}, {"", "github.com", "github"}, {"", "github.example.com", "github"},
		{"", "dev.azure.com", "azuredevops"}, {"", "example.visualstudio.com", "azuredevops"}, {"", "dev.azure.com.example.com", "generic"},
		{"", "visualstudio.com", "generic"}, {"", "ci.example.com", "generic"}, {"Azure DevOps", "jenkins.example.com", "azuredevops"},
		{"GitLab", "a", "gitlab"}, {"circleci", "jenkins.example.com", "generic, unknown"},
	} {
		s := ciType(c.configured, c.host)
		got := s.api
		if !s.known {
			got += ", unknown"
		}
		if got != c.want {
			t.Errorf("%q at %s: %s, want %s", c.configured, c.host, got, c.want)
		}
	}
}

// TestCISystemAdvice: what a plan for a token holds, and that of github.com sets
// the address of the API.
func TestCISystemAdvice(t *testing.T) {
	wantTokenPlans(t, "cisystem")
	for _, name := range []string{"github-com", "github-com-403", "github-com-refused"} {
		set := 0
		for _, s := range playCase(t, "testdata/cisystem/"+name+".txtar").Remediation.Steps {
			if s.Effect == wire.EffectWrite && strings.Contains(s.Command, gitHubAPI) {
				set++
			}
		}
		if set != 3 {
			t.Errorf("%s: %d steps set the address of the API", name, set)
		}
	}
}

func TestCISystemMany(t *testing.T) {
	path := strings.Repeat("&", 1900)
	settings := func(number string) map[string]wire.Setting {
		s := ciItem(number, "https://ci.example.com/"+path, strings.Repeat("<", 100))
		s["CI:Systems:"+number+":Name"] = wire.Setting{Value: strings.Repeat("&", 100), Key: "x"}
		return s
	}
	req := func(string) wire.HTTPRequest {
		return wire.HTTPRequest{Method: "GET", URL: "https://ci.example.com/" + path + "/health"}
	}
	for _, n := range []int{1, 100, 300} {
		for _, status := range []int{0, 302, 403} {
			r := itemsOf(t, ciSystemID, n, settings, req, hostileAnswer(status))
			wantWhole(t, ciSystemID, ciKeys, &r)
			wantItems(t, &r, "systems", ciFields...)
		}
	}
}

func TestCISystemIdentity(t *testing.T) {
	c := described(t, ciSystemID)
	const token = " CI:Systems:*:ApiToken"
	wantListInfo(t, &c, "warn", "integration ci cd jenkins gitlab github", []string{
		"CI:Systems:*:Url CI:Url", "CI:Systems:*:Name", "CI:Systems:*:Type CI:Type", "CI:Systems:*:Username", "CI:Systems:*:ApiToken CI:ApiToken",
	}, []string{
		"GET {CI:Systems:*:Url} /api/json" + token,
		"GET {CI:Systems:*:Url} /computer/api/json" + token,
		"GET {CI:Systems:*:Url} /api/v4/version" + token,
		"GET {CI:Systems:*:Url} /api/v4/runners" + token,
		"GET {CI:Systems:*:Url} /api/v3 /api/v3/rate_limit" + token,
		"GET {CI:Systems:*:Url} /api/v3 /rate_limit" + token,
		"GET {CI:Systems:*:Url} /_apis/connectionData" + token,
		"GET {CI:Systems:*:Url} /health" + token,
		"GET https://api.github.com /rate_limit",
	}, "check.integration.git check.integration.webhooks check.integration.secrets.manager")
	if !c.Settings[4].Secret {
		t.Error("the token is not secret")
	}
}

// FuzzCISystem: no answer and no settings break the contract, and no body of a
// question for runners does.
func FuzzCISystem(f *testing.F) {
	f.Add("https://jenkins.example.com", "", "main", "bot", "CI:ApiToken", 200, "content-type", "text/html", `{"computer":[{"offline":false}]}`, "", "", "", false)
	f.Add("https://u:p@ci.example.com", "gitlab", "{key}", "a:b", "", 302, "location", "//@\x1b[31m", `[{"paused":true}]`, "reset", "", "\u202e", true)
	f.Add("https://github.com/a", "x\x00", "", "\x00", "a:b c", 200, "x-next-page", "2", "[]", "", "", "", false)
	f.Fuzz(func(t *testing.T, url, api, name, user, tokenKey string, status int, header, value, body, kind, detail, message string, unused bool) {
		all := make([]ci, 2)
		for i := range all {
			c := &all[i]
			setting, key := wire.Setting{Value: url, Key: "CI:Systems:0:Url"}, "CI:Systems:0:Url"
			c.number, c.name, c.username = 7*i, clean(name, 60), user
			c.address = itemAddress(setting, key, "")
			c.itemType = ciType(api, c.base.Host)
			c.token = wire.Setting{Secret: tokenKey, Key: tokenKey}
			resp := fuzzed(status, header, value, body, kind, detail, message, unused)
			if c.prepare(); c.asks() {
				c.resp = resp
			}
			if c.look(); c.accepted() {
				c.runners = countRunners(c.api, func(string, string) *answer { return &answer{resp: resp} })
			}
		}
		wantValidList(t, ciSystemID, ciKeys, judgeCISystem(all))
	})
}
