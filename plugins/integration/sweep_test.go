package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/sdktest"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// failures are the causes of failed exchanges by error kind and detail, details
// and a kind that no host of today has included.
var failures = map[string]map[string]string{
	wire.KindDNSFailure: {wire.DNSNXDomain: "dns.nxdomain", wire.DNSNoAddress: "dns.nxdomain", wire.DNSTimeout: "dns.timeout",
		wire.DNSServer: "dns.server", "": "dns.server", "novel": "dns.server"},
	wire.KindRefused: {"": "tcp.refused", "novel": "tcp.refused"},
	wire.KindTimeout: {wire.TimeoutConnect: "tcp.timeout", wire.TimeoutTLS: "tls.timeout", wire.TimeoutHeader: "http.timeout",
		wire.TimeoutBody: "http.timeout", "": "tcp.timeout", "novel": "tcp.timeout"},
	wire.KindSSLError: {wire.TLSExpired: "tls.expired", wire.TLSNotYetValid: "tls.not-yet-valid", wire.TLSUnknownAuthority: "tls.unknown-ca",
		wire.TLSHostnameMismatch: "tls.name-mismatch", wire.TLSPlaintextResponse: "tls.plain-http-peer", wire.TLSHandshake: "tls.handshake",
		wire.TLSOther: "tls.handshake", "": "tls.handshake", "novel": "tls.handshake"},
	wire.KindConnectionFailed: {"": "tcp.unreachable", "novel": "tcp.unreachable"},
	wire.KindReset:            {"": "tcp.reset", "novel": "tcp.reset"},
	wire.KindInvalidURL:       {"": "config.invalid-url", wire.RulePath: "config.invalid-url"},
	"novel_kind":              {"": "tcp.unreachable"},
}

// proxied are the causes that an unused proxy explains better.
var proxied = map[string]bool{"dns.nxdomain": true, "dns.timeout": true, "dns.server": true, "tcp.timeout": true, "tcp.unreachable": true}

// sweep puts everything that a host can answer into one place of the requests
// that a check makes.
type sweep struct {
	check    string
	keys     []string // of the evidence, sorted
	settings map[string]wire.Setting
	// before are the exchanges that lead up to the one that is swept.
	before []exchange.Exchange
	method string
	url    string
	// with is what the request has beside method and address.
	with wire.HTTPRequest
	// auth tells of the authentication in every answer.
	auth *wire.AuthInfo
	// header and body of every answer.
	header map[string][]string
	body   string
	// whole leaves out the answers that are cut short.
	whole bool
	// asksOn tells that the check makes another request after this status.
	asksOn func(status int) bool
	// failed is the verdict on every failed exchange.
	failed wire.Severity
	// want is the verdict on an answer with a status. kind is empty or one of the
	// two error kinds that keep a status.
	want func(status int, kind string) (wire.Severity, string)
}

// play runs the check with one answer at the place that is swept.
func (s *sweep) play(t testing.TB, resp wire.HTTPResponse) wire.Result {
	t.Helper()
	req, function := s.with, wire.FuncHTTPRead
	if req.Method, req.URL = s.method, s.url; wire.MethodClass(s.method) == wire.ClassWrite {
		function = wire.FuncHTTPWrite
	}
	if resp.Auth == nil {
		resp.Auth = s.auth
	}
	c := &exchange.Case{
		Request: wire.Request{Settings: s.settings},
		Exchanges: append(append([]exchange.Exchange(nil), s.before...), exchange.Exchange{
			Function: function, Request: req, Response: resp,
		}),
	}
	return sdktest.Play(t, plugin, s.check, c)
}

func (s *sweep) run(t *testing.T) {
	t.Run("status", s.statuses)
	t.Run("failure", s.failures)
	t.Run("denied", s.denied)
}

// statuses holds the verdict for every status, complete or cut short.
func (s *sweep) statuses(t *testing.T) {
	for status := 100; status <= 599; status++ {
		if s.asksOn != nil && s.asksOn(status) {
			continue // the next place of the sweep begins with it
		}
		for _, kind := range []string{"", wire.KindRedirectBlocked, wire.KindTooLarge} {
			if kind != "" && (s.whole || !hasMeaning(status)) {
				continue
			}
			resp := wire.HTTPResponse{Status: status, DurationMS: 7, Header: s.header, Body: []byte(s.body)}
			if kind != "" {
				resp.Error = &wire.CallError{Kind: kind}
				resp.Truncated = kind == wire.KindTooLarge
			}
			severity, cause := s.want(status, kind)
			r := s.play(t, resp)
			if r.Severity != severity || r.Cause != cause {
				t.Errorf("status %d %s: %s %q, want %s %q", status, kind, r.Severity, r.Cause, severity, cause)
			}
			wantWhole(t, s.check, s.keys, &r)
			if t.Failed() {
				t.Fatalf("status %d %s", status, kind)
			}
		}
	}
}

// failures holds cause and verdict for every error kind and detail, with and
// without a status, behind a proxy or beside an unused one.
func (s *sweep) failures(t *testing.T) {
	for kind, causes := range failures {
		for detail, cause := range causes {
			for _, status := range []int{0, 200, 407, 503} {
				for _, on := range []string{"", wire.OnProxy} {
					for _, unused := range []bool{false, true} {
						want := cause
						if unused && on == "" && proxied[cause] {
							want = "proxy.unused"
						}
						if on == wire.OnProxy && status == 407 {
							want = "proxy.auth-required"
						}
						s.fails(t, want, wire.HTTPResponse{Status: status, ProxyIgnored: unused,
							Error: &wire.CallError{Kind: kind, Detail: detail, Message: "what: why", On: on}})
					}
				}
			}
		}
	}
	s.fails(t, "tls.client-cert-required", wire.HTTPResponse{
		Error: &wire.CallError{Kind: wire.KindSSLError, Detail: wire.TLSHandshake, Message: "remote error: tls: certificate required"}})
	// Neither an answer nor an error breaks the contract.
	s.fails(t, "tcp.unreachable", wire.HTTPResponse{})
	s.fails(t, "tcp.unreachable", wire.HTTPResponse{Error: &wire.CallError{Kind: wire.KindTooLarge}})
	s.fails(t, "tcp.unreachable", wire.HTTPResponse{Error: &wire.CallError{Kind: wire.KindRedirectBlocked}})
}

// hasMeaning tells the statuses that HTTP gives a meaning to, and a few beside them:
// those that an answer which is cut short is tried with.
func hasMeaning(status int) bool { return status%100 <= 32 }

func (s *sweep) fails(t *testing.T, cause string, resp wire.HTTPResponse) {
	t.Helper()
	r := s.play(t, resp)
	name := fmt.Sprintf("%+v, status %d, unused proxy %v", resp.Error, resp.Status, resp.ProxyIgnored)
	if r.Severity != s.failed || r.Cause != cause {
		t.Errorf("%s: %s %q, want %s %q", name, r.Severity, r.Cause, s.failed, cause)
	}
	if resp.Error != nil && resp.Error.On == wire.OnProxy && !strings.Contains(r.Diagnosis, "proxy of Doctor") {
		t.Errorf("%s: the diagnosis is %q", name, r.Diagnosis)
	}
	wantWhole(t, s.check, s.keys, &r)
	if t.Failed() {
		t.Fatal(name)
	}
}

// denied holds that a refusal of the policy is no verdict and names what to grant.
func (s *sweep) denied(t *testing.T) {
	for _, status := range []int{0, 200, 500} {
		r := s.play(t, wire.HTTPResponse{Status: status, Error: &wire.CallError{Kind: wire.KindDenied, Detail: "not-granted", Rule: "not-granted"}})
		if r.Unjudged != wire.UnjudgedDenied || r.Severity != "" || r.Cause != "" || r.Remediation != nil {
			t.Errorf("%+v", r)
		}
		u, _ := wire.ScreenURL(s.url)
		for _, part := range []string{s.method, u.Host, fmt.Sprint(u.Port), pluginID} {
			if !strings.Contains(r.Diagnosis, part) {
				t.Errorf("the diagnosis lacks %s: %s", part, r.Diagnosis)
			}
		}
		wantWhole(t, s.check, s.keys, &r)
	}
}

// usualCause is the cause of a status at a service that gives a status no meaning of its own.
func usualCause(status int) string {
	named := map[int]string{401: "http.401", 403: "http.403", 404: "http.404", 405: "http.405", 407: "http.407", 429: "http.429"}
	switch {
	case status >= 300 && status < 400:
		return "http.3xx-redirect"
	case status >= 500:
		return "http.5xx"
	case named[status] != "":
		return named[status]
	}
	return "http.unexpected-status"
}

// wantShown: the cases in dir show every declared verdict and cause, and
// nothing that is not declared.
func wantShown(t *testing.T, check, dir string) {
	t.Helper()
	explain := described(t, check).Explain
	declared, shown, causes := make(map[string]bool), make(map[string]bool), make(map[string]bool)
	for _, v := range explain.Verdicts {
		declared[string(v.Severity)+" "+v.Cause] = true
	}
	for name, r := range casesOf(t, dir) {
		shared := r.Severity == wire.Skip && (r.Diagnosis == "" || strings.Contains(r.Diagnosis, "declared secret by another plugin"))
		if r.Unjudged != "" || shared {
			continue // what holds of every check is in no table
		}
		row := string(r.Severity) + " " + r.Cause
		shown[row], causes[r.Cause] = true, true
		if !declared[row] {
			t.Errorf("%s: %s is in no row of the verdict table", name, row)
		}
	}
	for row := range declared {
		if !shown[row] {
			t.Errorf("no case shows %q", row)
		}
	}
	for _, c := range explain.Causes {
		if !causes[c.ID] {
			t.Errorf("no case shows cause %s", c.ID)
		}
	}
}

// wantValid judges what a fuzz test came by.
func wantValid(t *testing.T, check string, keys []string, r wire.Result) {
	t.Helper()
	r.Version, r.Nonce, r.Check = wire.Version, exchange.DefaultNonce, check
	info := described(t, check)
	if err := r.Validate(&info, nil); err != nil {
		t.Errorf("%v\n%s", err, wire.Marshal(&r))
	}
	if r.Severity == wire.Skip {
		return
	}
	// Texts of servers may look like words that were not filled in; see wantWhole.
	if got := slices.Sorted(maps.Keys(r.Evidence)); !slices.Equal(got, keys) {
		t.Errorf("evidence keys are %v, want %v", got, keys)
	}
	if (r.Cause == "") != (r.Remediation == nil) || (r.Cause == "") != (len(r.LikelyCauses) == 0) {
		t.Errorf("cause %q with %d likely causes and remediation %v", r.Cause, len(r.LikelyCauses), r.Remediation)
	}
}

// wantInfo holds what operators and other files refer to. Each access entry is
// written as its methods, target, trim and path.
func wantInfo(t *testing.T, c *wire.CheckInfo, severity wire.Severity, tags, keys, access, related string) {
	t.Helper()
	if c.DefaultSeverity != severity || c.Class != wire.ClassRead || c.EstimateMS != 5000 || len(c.DependsOn) != 0 || c.Category != "integration" {
		t.Errorf("%+v", c)
	}
	if got := strings.Join(c.Tags, " "); got != tags {
		t.Errorf("tags %s, want %s", got, tags)
	}
	s := c.Settings[0]
	if got := strings.Join(append([]string{s.Key}, s.Aliases...), " "); got != keys || len(c.Settings) != 1 || s.Type != wire.TypeURL || !s.Lead || !s.Required {
		t.Errorf("settings %+v, want keys %s", c.Settings, keys)
	}
	var entries, reasons, ids []string
	for _, a := range c.Access {
		methods := slices.Sorted(slices.Values(a.Methods))
		entries = append(entries, strings.Join(methods, ",")+" "+a.Target+" "+a.Trim+" "+a.Path)
		if a.Redirects != "" || len(a.Secrets) > 0 || a.MaxBody != 0 || a.Kind != wire.KindHTTP || slices.Contains(reasons, a.Reason) {
			t.Errorf("access %+v", a)
		}
		reasons = append(reasons, a.Reason)
	}
	if got := strings.Join(entries, "\n"); got != access {
		t.Errorf("access\n%s\nwant\n%s", got, access)
	}
	for _, r := range c.Related {
		ids = append(ids, r.ID)
	}
	if got := strings.Join(ids, " "); got != related {
		t.Errorf("related %s, want %s", got, related)
	}
}

// addFailures seeds a fuzz test of a check of one address.
func addFailures(f *testing.F) {
	f.Add("https://service.example.com/a", 302, "location", "https://new.example.com/?x", "", "reset", "", "broken: pipe", false)
	f.Add("https://user:pass@service.example.com", 200, "content-type", "text/html", "\xff", "ssl_error", "unknown_authority", "\u202e", true)
	f.Add("http://[::1]:5000/$(x)", 200, "content-type", "application/json", `{"issuer":"\ud800","version":"{key}"}`, "", "", "", false)
	f.Add("https://service.example.com", 503, "retry-after", "\x1b[31m", "{", "too_large", "proxy", "{peer}", false)
}

// fuzzed makes an answer that no host of today would give.
func fuzzed(status int, name, value, body, kind, detail, message string, unused bool) wire.HTTPResponse {
	resp := wire.HTTPResponse{Status: status, ProxyIgnored: unused, Body: []byte(body),
		TLS: &wire.TLSInfo{Issuer: message, Subject: value}, Header: map[string][]string{name: {value, message}}}
	if kind != "" {
		resp.Error = &wire.CallError{Kind: kind, Detail: detail, Message: message, On: detail}
	}
	return resp
}
