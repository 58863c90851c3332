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

// registryKeys are evidence set R, sorted.
var registryKeys = []string{
	"api_version", "auth_challenge", "auth_method", "config_key", "content_type", "error_kind", "error_message", "http_status", "is_tls",
	"redirect_location", "registry_url", "request_method", "request_url", "response_time_ms", "tls_error", "token_exchange", "token_realm_host",
}

// withRegistry are the keys of a check: its own and set R, sorted.
func withRegistry(own ...string) []string {
	return slices.Sorted(slices.Values(append(own, registryKeys...)))
}

// methods are the ways to authenticate, with the settings and the credential of
// each. A scope is filled in by the sweep.
var methods = []string{methodBasic, methodBearer, methodAnonymous}

func settingsFor(method string) map[string]wire.Setting {
	settings := map[string]wire.Setting{keyRegistryURL: {Value: testURL, Key: keyRegistryURL}}
	switch method {
	case methodBasic:
		settings[keyUsername] = wire.Setting{Value: "deploy", Key: keyUsername}
		settings[keyPassword] = wire.Setting{Secret: wire.SecretPrefix + keyPassword, Key: keyPassword}
	case methodBearer:
		settings[keyToken] = wire.Setting{Secret: wire.SecretPrefix + keyToken, Key: keyToken}
	}
	return settings
}

func credentialFor(method, scope string) *wire.Credential {
	switch method {
	case methodBasic:
		return &wire.Credential{Scheme: wire.SchemeOCIToken, Username: "deploy", Secret: wire.SecretPrefix + keyPassword, Scope: scope}
	case methodBearer:
		return &wire.Credential{Scheme: wire.SchemeBearer, Secret: wire.SecretPrefix + keyToken}
	}
	return &wire.Credential{Scheme: wire.SchemeOCIToken, Scope: scope}
}

// verdict is what a table says: severity and cause, or denied.
type verdict struct{ severity, cause string }

var unjudged = verdict{severity: wire.UnjudgedDenied}

func (v verdict) String() string { return v.severity + " " + v.cause }

func verdictOf(r *wire.Result) verdict {
	if r.Unjudged != "" {
		return verdict{severity: r.Unjudged}
	}
	return verdict{string(r.Severity), r.Cause}
}

// authVerdicts says what each answer about authentication is at one place of a
// check: the rows of its table for 401 and 403.
type authVerdicts struct {
	notGranted, exchangeError, rejected, refused, scope, plain, forbidden string // a severity, or denied
}

// want gives the verdict on a 401 or 403 by method and by what the exchange came
// to, independent of the code: §3.0.3 and the tables.
func (a *authVerdicts) want(method, te, challengeError string, status int) verdict {
	if status == 403 {
		return verdict{a.forbidden, "http.403"}
	}
	switch {
	case te == "error":
		return verdict{a.exchangeError, "auth.exchange-failed"}
	case te == "not_attempted":
		if a.notGranted == "denied" {
			return unjudged
		}
		if method == "basic" {
			return verdict{a.notGranted, "auth.realm-not-granted"}
		}
		return verdict{a.plain, "auth.no-credentials"}
	case method == "anonymous":
		return verdict{a.plain, "auth.no-credentials"}
	case te == "rejected":
		return verdict{a.rejected, "auth.exchange-rejected"}
	case challengeError == "insufficient_scope" && a.scope != "":
		return verdict{a.scope, "auth.insufficient-scope"}
	case te == "succeeded":
		return verdict{a.refused, "auth.token-refused"}
	}
	return verdict{a.plain, "http.401"}
}

// authSweep holds the verdicts on every answer about authentication, at one place
// of a check, for every method.
func authSweep(t *testing.T, methods []string, check string, keys []string, place func(method string) (sweep, []exchange.Exchange), a authVerdicts) {
	for _, method := range methods {
		s, after := place(method)
		for _, te := range []string{"", "not_needed", "not_attempted", "succeeded", "rejected", "error", "novel"} {
			if method == methodBearer && te != "" && te != "not_needed" && te != "novel" {
				continue // no exchange is made
			}
			for _, challengeError := range []string{"", "invalid_token", "insufficient_scope", "\x1b[31m$(x)"} {
				for _, status := range []int{401, 403} {
					if status == 403 && (te == "rejected" || te == "error" || te == "not_attempted") {
						continue // the 401 is kept
					}
					resp := wire.HTTPResponse{Status: status, Auth: &wire.AuthInfo{TokenExchange: te, TokenRealmHost: "auth.example.com", ChallengeError: challengeError, Challenge: "Bearer realm=\"x\""}}
					name := fmt.Sprintf("%s, exchange %q, error %q, status %d", method, te, challengeError, status)
					r := s.playWith(t, resp, after)
					if got, want := verdictOf(&r), a.want(method, te, challengeError, status); got != want {
						t.Errorf("%s: %s, want %s", name, got, want)
					}
					wantWhole(t, check, keys, &r)
				}
			}
		}
		if method == methodBearer {
			continue
		}
		for kind, details := range failures {
			for detail, cause := range details {
				resp := wire.HTTPResponse{Status: 401, Auth: &wire.AuthInfo{TokenExchange: "error", TokenRealmHost: "auth.example.com:5001"},
					Error: &wire.CallError{Kind: kind, Detail: detail, Message: "what: why", On: wire.OnRealm}}
				want := verdict{"fail", cause}
				if kind == wire.KindInvalidURL {
					want = verdict{a.exchangeError, "auth.exchange-failed"}
				}
				r := s.playWith(t, resp, after)
				if got := verdictOf(&r); got != want {
					t.Errorf("%s, realm %s %s: %s, want %s", method, kind, detail, got, want)
				}
				if want.severity == "fail" && !strings.Contains(r.Diagnosis, "oken service") {
					t.Errorf("the diagnosis does not tell of the token service: %s", r.Diagnosis)
				}
				wantWhole(t, check, keys, &r)
			}
		}
		r := s.playWith(t, wire.HTTPResponse{Status: 401, Auth: &wire.AuthInfo{TokenRealmHost: "auth.example.com"},
			Error: &wire.CallError{Kind: wire.KindDenied, Detail: "addr", Rule: "addr", On: wire.OnRealm}}, after)
		if got := verdictOf(&r); got != unjudged || !strings.Contains(r.Diagnosis, "auth.example.com") {
			t.Errorf("%s: %s: %s", method, got, r.Diagnosis)
		}
		wantWhole(t, check, keys, &r)
	}
}

// playWith plays the answer, and after it the requests that a check makes even so.
func (s *sweep) playWith(t testing.TB, resp wire.HTTPResponse, after []exchange.Exchange) wire.Result {
	t.Helper()
	function := wire.FuncHTTPRead
	if wire.MethodClass(s.method) == wire.ClassWrite {
		function = wire.FuncHTTPWrite
	}
	req := s.with
	req.Method, req.URL = s.method, s.url
	all := append(append([]exchange.Exchange(nil), s.before...), exchange.Exchange{Function: function, Request: req, Response: resp})
	return sdktest.Play(t, plugin, s.check, &exchange.Case{Request: wire.Request{Settings: s.settings}, Exchanges: append(all, after...)})
}

// wantRegistryInfo holds what operators and other files refer to. Each access
// entry is written as its class, methods, target, trim, path and secrets.
func wantRegistryInfo(t *testing.T, id string, severity wire.Severity, tags, keys, access, depends, related string) {
	t.Helper()
	c := described(t, id)
	if c.DefaultSeverity != severity || c.EstimateMS != 5000 || c.Category != "integration" || strings.Join(c.DependsOn, " ") != depends {
		t.Errorf("%+v", c)
	}
	if got := strings.Join(c.Tags, " "); got != tags {
		t.Errorf("tags %s, want %s", got, tags)
	}
	var settings, entries, ids []string
	for _, s := range c.Settings {
		text := strings.Join(append([]string{s.Key}, s.Aliases...), ",")
		for name, on := range map[string]bool{"lead": s.Lead, "secret": s.Secret} {
			if on {
				text += " " + name
			}
		}
		if s.Default != "" {
			text += " =" + s.Default
		}
		settings = append(settings, text)
	}
	if got := strings.Join(settings, "\n"); got != keys {
		t.Errorf("settings\n%s\nwant\n%s", got, keys)
	}
	for _, a := range c.Access {
		entries = append(entries, strings.Join([]string{a.Class, strings.Join(a.Methods, ","), a.Target, a.Trim, a.Path, strings.Join(a.Secrets, ",")}, " "))
		if a.Redirects != "" || a.Kind != wire.KindHTTP || a.Reason == "" {
			t.Errorf("access %+v", a)
		}
	}
	if got := strings.Join(entries, "\n"); got != access {
		t.Errorf("access\n%s\nwant\n%s", got, access)
	}
	for _, r := range c.Related {
		ids = append(ids, strings.TrimPrefix(r.ID, "check.integration."))
	}
	if got := strings.Join(ids, " "); got != related {
		t.Errorf("related %s, want %s", got, related)
	}
}

// credentialSettings are those that every check with credentials has.
const credentialSettings = `OCI:RegistryUrl,Registry:Url lead
OCI:Username,Registry:Username lead
OCI:Password,Registry:Password secret
OCI:Token,Registry:Token secret
OCI:TokenRealm,Registry:TokenRealm`

const realmAccess = "\nread GET {OCI:TokenRealm}   OCI:Password"

// fuzzRegistry makes a registry of hostile settings, for fuzz tests of the judging.
func fuzzRegistry(url, user string, method int) *registry {
	l := &login{username: user, password: wire.SecretPrefix + keyPassword, userKey: keyUsername, passKey: keyPassword, method: methodBasic}
	switch method % 4 {
	case 1:
		l = &login{method: methodBearer, token: wire.SecretPrefix + keyToken, tokenKey: user}
	case 2:
		l = &login{method: methodAnonymous}
	case 3:
		l.incomplete = badUsername
	}
	return &registry{address: readAddress(wire.Setting{Value: url, Key: keyRegistryURL}, keyRegistryURL, registryTrim), login: l}
}

// fuzzAnswer makes an answer to a request of the registry that no host of today
// would give.
func (r *registry) fuzzAnswer(method, path string, resp wire.HTTPResponse, exchange, text string) *answer {
	x := prepare(r.address, method, path)
	if r.address.rule == "" {
		x.resp = resp
		x.resp.Auth = &wire.AuthInfo{TokenExchange: exchange, TokenRealmHost: text, Challenge: text, ChallengeError: text}
	}
	return x
}

// wantValidKeys judges what a fuzz test of the judging came by. Texts of servers
// may hold braces, so nothing is asked of the wording.
func wantValidKeys(t *testing.T, check string, keys []string, r wire.Result) {
	t.Helper()
	r.Version, r.Nonce, r.Check = wire.Version, exchange.DefaultNonce, check
	info := described(t, check)
	if err := r.Validate(&info, nil); err != nil {
		t.Errorf("%v\n%s", err, wire.Marshal(&r))
	}
	if got := slices.Sorted(maps.Keys(r.Evidence)); r.Severity != wire.Skip && !slices.Equal(got, keys) {
		t.Errorf("evidence keys are %v, want %v", got, keys)
	}
}
