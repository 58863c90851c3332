package host

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/sdk/wire"
)

// stage is one check run without a guest: its calls, its settings, and
// everything that is kept of it.
type stage struct {
	*hostCalls
	t      testing.TB
	rec    *Recording
	events []report.Request
	told   []string // the documents that the guest was handed
}

// newStage makes the calls of a check with the real network.
func newStage(t testing.TB, info wire.CheckInfo, set ...string) *stage {
	t.Helper()
	store, err := settings.Load(settings.Options{NoDefaultFiles: true, Set: set})
	if err != nil {
		t.Fatal(err)
	}
	h := &Host{settings: store}
	client, err := egress.New(egress.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	r := store.Resolve("acme.test", info.Settings)
	s := &stage{t: t, rec: &Recording{}}
	secrets := h.secretsOf(r)
	s.hostCalls = &hostCalls{
		grants: resolveGrants(&info, r), network: client, budget: 32, writes: true, secrets: secrets,
		tape: s.rec.newTape(secrets), plainHTTP: h.plainHTTP(),
		watch: func(line report.Request, _ bool) { s.events = append(s.events, line) },
	}
	return s
}

// call makes one host call.
func (s *stage) call(req wire.HTTPRequest) wire.HTTPResponse {
	s.t.Helper()
	if req.Method == "" {
		req.Method = "GET"
	}
	var resp wire.HTTPResponse
	out := s.answer(context.Background(), functionOf(req.Method), wire.Marshal(&req))
	if err := wire.Unmarshal(out, &resp); err != nil {
		s.t.Fatal(err)
	}
	s.told = append(s.told, string(out))
	if resp.Body != nil {
		s.told = append(s.told, string(resp.Body))
	}
	return resp
}

// clean fails the test when a canary, in any form in which it is known to come
// back, stands in what the guest was told or in what is kept of the run.
func (s *stage) clean(canaries ...string) {
	s.t.Helper()
	ledger, _ := json.Marshal(s.lines())
	events, _ := json.Marshal(s.events)
	exchanges, _ := json.Marshal(s.tape.calls)
	kept := append(slices.Clone(s.told), string(ledger), string(events), string(exchanges), fmt.Sprintf("%+v %v", s.lines(), s.rec.problem))
	for _, canary := range canaries {
		forms := append(echoes(canary), canary, base64.StdEncoding.EncodeToString([]byte(canary)), hex.EncodeToString([]byte(canary)), url.QueryEscape(canary))
		for _, form := range forms {
			for _, text := range kept {
				if len(form) >= minSecret && strings.Contains(text, form) {
					s.t.Errorf("%q stands in %.600s", form, text)
					return
				}
			}
		}
	}
}

// last is the last line of the ledger.
func (s *stage) last() report.Request {
	lines := s.lines()
	return lines[len(lines)-1]
}

// outcome writes a response as "status kind detail".
func outcome(resp wire.HTTPResponse) string {
	text := fmt.Sprint(resp.Status)
	if e := resp.Error; e != nil {
		text = strings.TrimSpace(text + " " + e.Kind + " " + e.Detail)
	}
	return text
}

// systems declares a list of systems with tokens, in three ways to name a secret
// in access.
func systems(methods ...string) wire.CheckInfo {
	return wire.CheckInfo{
		ID: "check.acme.systems",
		Settings: []wire.SettingInfo{
			{Key: "CI:Systems:*:Url", Type: wire.TypeURL, Lead: true}, {Key: "CI:Systems:*:ApiToken", Type: wire.TypeString, Secret: true},
			{Key: "Hook:WebhookUrl", Type: wire.TypeURL, Secret: true}, {Key: "Other:Token", Type: wire.TypeString, Secret: true},
		},
		Access: []wire.Access{
			{Kind: wire.KindHTTP, Methods: methods, Target: "{CI:Systems:*:Url}", Secrets: []string{"CI:Systems:*:ApiToken"}, Redirects: wire.RedirectSameOrigin},
			{Kind: wire.KindHTTP, Methods: methods, Target: "{Hook:WebhookUrl}", Redirects: wire.RedirectSameOrigin},
		},
	}
}

// echo answers with what it was sent, in the forms in which servers do.
func echo(w http.ResponseWriter, r *http.Request) {
	for name, values := range r.Header {
		w.Header().Set("X-Echo-"+name, strings.Join(values, ","))
		for _, v := range values {
			fmt.Fprintf(w, "%s %s %s %q\n", v, base64.StdEncoding.EncodeToString([]byte(v)), hex.EncodeToString([]byte(v)), v)
			_, rest, _ := strings.Cut(v, " ")
			if pair, err := base64.StdEncoding.DecodeString(rest); err == nil {
				fmt.Fprintf(w, "%s %s\n", pair, url.QueryEscape(string(pair)))
			}
		}
	}
	fmt.Fprintf(w, "%s %s", r.URL, url.QueryEscape(r.URL.String()))
}

// TestCredentialSchemes: each scheme reaches the server as its standard says, and
// what the server gives back of it reaches nobody (S01 to S04).
func TestCredentialSchemes(t *testing.T) {
	const secret = "c4n4ry/+t0ken=" // its forms differ from each other
	basic := func(pair string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair)) }
	for name, c := range map[string]struct {
		credential     wire.Credential
		header, wanted string
	}{
		"basic":               {wire.Credential{Scheme: "basic", Username: "ops"}, "Authorization", basic("ops:" + secret)},
		"basic, no user name": {wire.Credential{Scheme: "basic"}, "Authorization", basic(":" + secret)},
		"basic, non-ASCII":    {wire.Credential{Scheme: "basic", Username: "bjørn"}, "Authorization", basic("bjørn:" + secret)},
		"bearer":              {wire.Credential{Scheme: "bearer"}, "Authorization", "Bearer " + secret},
		"header":              {wire.Credential{Scheme: "header", Header: "private-token"}, "Private-Token", secret},
		"oci_token":           {wire.Credential{Scheme: "oci_token", Username: "ops"}, "Authorization", basic("ops:" + secret)},
	} {
		t.Run(name, func(t *testing.T) {
			var got http.Header
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = r.Header; echo(w, r) }))
			defer server.Close()
			s := newStage(t, systems("GET"), "CI:Systems:0:Url="+server.URL, "CI:Systems:0:ApiToken="+secret)
			c.credential.Secret = "secret:CI:Systems:0:ApiToken"
			resp := s.call(wire.HTTPRequest{URL: server.URL + "/x", Credential: &c.credential})
			if got.Get(c.header) != c.wanted || len(got.Values(c.header)) != 1 || outcome(resp) != "200" {
				t.Errorf("sent %q, want %q: %s", got.Values(c.header), c.wanted, outcome(resp))
			}
			if line := s.last(); line.Credential != "CI:Systems:0:ApiToken" || line.Purpose != "" {
				t.Errorf("ledger %+v", line)
			}
			_, derived, _ := strings.Cut(c.wanted, " ")
			s.clean(secret, derived, c.credential.Username+":"+secret)
		})
	}
}

// TestNoCredential: without one nothing is sent, whatever the access names.
func TestNoCredential(t *testing.T) {
	var got http.Header
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header }))
	defer server.Close()
	s := newStage(t, systems("GET"), "CI:Systems:0:Url="+server.URL, "CI:Systems:0:ApiToken=c4n4ry-token")
	s.call(wire.HTTPRequest{URL: server.URL})
	if got.Get("Authorization") != "" || s.last().Credential != "" {
		t.Errorf("sent %v, ledger %+v", got, s.last())
	}
}

// TestCredentialRefusals: no secret goes where its access does not name it, and
// none in a form that a header does not carry. No server is asked.
func TestCredentialRefusals(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s was asked", r.URL) }))
	defer server.Close()
	bearer := func(key string) *wire.Credential { return &wire.Credential{Scheme: "bearer", Secret: "secret:" + key} }
	for name, c := range map[string]struct {
		secret     string
		url        string
		credential *wire.Credential
		rule       string
	}{
		"another item's":          {"c4n4ry", "{1}", bearer("CI:Systems:0:ApiToken"), access.RuleCredential},
		"of no access":            {"c4n4ry", "{0}", bearer("Other:Token"), access.RuleCredential},
		"an address":              {"c4n4ry", "{0}", bearer("CI:Systems:0:Url"), access.RuleCredential},
		"unset":                   {"", "{0}", bearer("CI:Systems:0:ApiToken"), access.RuleCredential},
		"no handle":               {"c4n4ry", "{0}", &wire.Credential{Scheme: "bearer", Secret: "c4n4ry"}, access.RuleCredential},
		"unknown scheme":          {"c4n4ry", "{0}", &wire.Credential{Scheme: "digest", Secret: "secret:CI:Systems:0:ApiToken"}, ruleDocument},
		"user name with a colon":  {"c4n4ry", "{0}", &wire.Credential{Scheme: "basic", Username: "a:b", Secret: "secret:CI:Systems:0:ApiToken"}, ruleDocument},
		"user name with a break":  {"c4n4ry", "{0}", &wire.Credential{Scheme: "basic", Username: "a\r\nX: y", Secret: "secret:CI:Systems:0:ApiToken"}, ruleDocument},
		"bearer with a break":     {"c4n4ry\r\nHost: evil", "{0}", bearer("CI:Systems:0:ApiToken"), ruleSecretValue},
		"bearer with a space":     {"c4n4ry c4n4ry", "{0}", bearer("CI:Systems:0:ApiToken"), ruleSecretValue},
		"bearer beyond ASCII":     {"c4n4ry-ø", "{0}", bearer("CI:Systems:0:ApiToken"), ruleSecretValue},
		"bearer with a zero byte": {"c4n4ry\x00x", "{0}", bearer("CI:Systems:0:ApiToken"), ruleSecretValue},
		"basic with a break":      {"c4n4ry\nx", "{0}", &wire.Credential{Scheme: "basic", Username: "a", Secret: "secret:CI:Systems:0:ApiToken"}, ruleSecretValue},
		"header beyond ASCII":     {"c4n4ry-ø", "{0}", &wire.Credential{Scheme: "header", Header: "private-token", Secret: "secret:CI:Systems:0:ApiToken"}, ruleSecretValue},
		"header with a break":     {"c4n4ry\rx", "{0}", &wire.Credential{Scheme: "header", Header: "private-token", Secret: "secret:CI:Systems:0:ApiToken"}, ruleSecretValue},
		"plain HTTP":              {"c4n4ry", "http://ci.example.com/", bearer("CI:Systems:2:ApiToken"), rulePlainHTTP},
		"secret of another":       {"c4n4ry", "secret:CI:Systems:0:ApiToken", nil, access.RuleCredential},
		"secret of no access":     {"c4n4ry", "secret:Other:Token", nil, access.RuleCredential},
	} {
		t.Run(name, func(t *testing.T) {
			second := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
			set := []string{"CI:Systems:0:Url=" + server.URL, "CI:Systems:1:Url=" + second, "CI:Systems:2:Url=http://ci.example.com", "CI:Systems:2:ApiToken=c4n4ry", "Other:Token=c4n4ry"}
			if c.secret != "" {
				set = append(set, "CI:Systems:0:ApiToken="+c.secret)
			}
			s := newStage(t, systems("GET"), set...)
			resp := s.call(wire.HTTPRequest{URL: strings.NewReplacer("{0}", server.URL, "{1}", second).Replace(c.url), Credential: c.credential})
			if got := outcome(resp); got != "0 denied "+c.rule {
				t.Errorf("got %s, want rule %s: %+v", got, c.rule, resp.Error)
			}
			if line := s.last(); line.Decision != "denied" || line.Rule != c.rule {
				t.Errorf("ledger %+v", line)
			}
			if c.credential == nil || c.credential.Secret != "c4n4ry" { // what a guest makes up itself may stand in its own request
				s.clean("c4n4ry")
			}
		})
	}
}

// TestPlainHTTP: the operator can permit it, and every report says so.
func TestPlainHTTP(t *testing.T) {
	s := newStage(t, systems("GET"), "CI:Systems:0:Url=http://ci.example.com", "CI:Systems:0:ApiToken=c4n4ry-token", "Doctor:Access:PlainHttpCredentials=true")
	s.network = fixed{}
	resp := s.call(wire.HTTPRequest{URL: "http://ci.example.com/", Credential: &wire.Credential{Scheme: "bearer", Secret: "secret:CI:Systems:0:ApiToken"}})
	if outcome(resp) != "200" {
		t.Errorf("with the setting: %s", outcome(resp))
	}
	h := &Host{settings: &settings.Store{}, catalog: &catalog{}}
	for address, want := range map[string]bool{"http://ci.example.com/": true, "https://ci.example.com/": false, "http://127.0.0.1:5000/": false} {
		for credential, sent := range map[string]bool{"CI:Systems:0:ApiToken": true, "": false} {
			line := s.last()
			line.URL, line.Credential = address, credential
			notes := h.notes(&report.Report{Results: []report.Result{{Requests: []report.Request{line}}}}, false)
			got := slices.ContainsFunc(notes, func(n report.Note) bool { return n.Code == "plain_http_credentials" })
			if got != (want && sent) {
				t.Errorf("%s with %q: note %v", address, credential, got)
			}
		}
	}
}

// TestSecretAddress: a handle stands for the whole address, with its query, and
// nobody is told more of it than the origin.
func TestSecretAddress(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.String())
		if r.URL.Path == "/moved" {
			return
		}
		if strings.HasSuffix(r.URL.Path, "away") {
			http.Redirect(w, r, "/c4n4ry-t0/b0/moved?x=1", http.StatusFound)
			return
		}
		echo(w, r)
	}))
	defer server.Close()
	for name, path := range map[string]string{
		"plain": "/c4n4ry-t0/b0/services", "with a slash": "/c4n4ry-t0/b0/services/", "with a query": "/c4n4ry-t0/b0/x?sig=c4n4ry-s1gnature%2F", "redirected": "/c4n4ry-t0/b0/away",
	} {
		t.Run(name, func(t *testing.T) {
			asked = nil
			s := newStage(t, systems("GET", "HEAD"), "Hook:WebhookUrl="+server.URL+path)
			resp := s.call(wire.HTTPRequest{URL: "secret:Hook:WebhookUrl"})
			if len(asked) == 0 || asked[0] != "GET "+path || resp.Status == 0 {
				t.Errorf("asked %v: %+v", asked, resp)
			}
			if line := s.last(); line.URL != server.URL || resp.FinalURL != server.URL {
				t.Errorf("ledger %+v, final address %s", line, resp.FinalURL)
			}
			s.clean(server.URL+path, strings.TrimRight(path, "/"))
			if recorded := s.tape.calls; len(recorded) != 1 || recorded[0].Request.URL != "secret:Hook:WebhookUrl" {
				t.Errorf("recorded %+v", recorded)
			}
		})
	}
	s := newStage(t, systems("HEAD"), "Hook:WebhookUrl=http://me:c4n4ry@hooks.example.com/c4n4ry")
	if got := outcome(s.call(wire.HTTPRequest{Method: "HEAD", URL: "secret:Hook:WebhookUrl"})); got != "0 invalid_url userinfo" {
		t.Error(got)
	}
	s.clean("c4n4ry")
	closed := httptest.NewServer(nil)
	closed.Close()
	s = newStage(t, systems("HEAD"), "Hook:WebhookUrl="+closed.URL+"/c4n4ry-path/of/some/length")
	if got := outcome(s.call(wire.HTTPRequest{Method: "HEAD", URL: "secret:Hook:WebhookUrl"})); got != "0 refused" {
		t.Error(got)
	}
	s.clean("c4n4ry-path")
}
