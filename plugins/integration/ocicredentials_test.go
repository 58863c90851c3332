package main

import (
	"testing"

	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

var ociCredentialsKeys = withRegistry("challenge_error", "credentials_valid", "username")

func credentialsSweep(method string) sweep {
	return sweep{
		check: ociCredentialsID, keys: ociCredentialsKeys, settings: settingsFor(method),
		method: "GET", url: testURL + "/v2/", with: wire.HTTPRequest{Credential: credentialFor(method, "")},
		auth: &wire.AuthInfo{TokenExchange: "not_needed"}, failed: wire.Fail, whole: method != methodBasic,
		want: func(status int, _ string) (wire.Severity, string) {
			switch {
			case status == 200:
				return wire.Pass, ""
			case status == 401 && method == methodAnonymous:
				return wire.Fail, "auth.no-credentials"
			case status == 401 || status == 403:
				return wire.Fail, usualCause(status)
			case status == 404:
				return wire.Warn, "http.404-not-a-registry"
			}
			return wire.Warn, usualCause(status)
		},
	}
}

// TestOCICredentials holds the verdict table of §3.2 for every status and every
// failure, and for every method.
func TestOCICredentials(t *testing.T) {
	t.Parallel()
	for _, method := range methods {
		s := credentialsSweep(method)
		t.Run(method, s.run)
		s.header = map[string][]string{"content-type": {"text/html"}}
		plain := s.want
		s.want = func(status int, kind string) (wire.Severity, string) {
			if status >= 200 && status <= 299 {
				return wire.Warn, "http.200-html"
			}
			return plain(status, kind)
		}
		t.Run(method+", web page", s.statuses)
	}
}

func TestOCICredentialsAuth(t *testing.T) {
	authSweep(t, methods, ociCredentialsID, ociCredentialsKeys, func(method string) (sweep, []exchange.Exchange) { return credentialsSweep(method), nil },
		authVerdicts{notGranted: "pass", exchangeError: "warn", rejected: "fail", refused: "fail", plain: "fail", forbidden: "fail"})
}

// TestOCICredentialsValid: what the evidence says of the credentials.
func TestOCICredentialsValid(t *testing.T) {
	for _, c := range []struct {
		method, exchange, challenge string
		status                      int
		want                        wire.Value
	}{
		{methodBasic, "not_needed", "", 200, wire.Bool(true)},
		{methodBasic, "not_needed", "Basic realm=\"r\"", 200, wire.Bool(true)},
		{methodBasic, "succeeded", "Bearer realm=\"r\"", 200, wire.Bool(true)},
		{methodBasic, "not_attempted", "Bearer realm=\"r\"", 401, wire.Null()},
		{methodBasic, "rejected", "Bearer realm=\"r\"", 401, wire.Bool(false)},
		{methodBasic, "error", "Bearer realm=\"r\"", 401, wire.Null()},
		{methodBasic, "succeeded", "Bearer realm=\"r\"", 401, wire.Null()},
		{methodBasic, "not_needed", "Basic realm=\"r\"", 401, wire.Bool(false)},
		{methodBasic, "not_needed", "", 403, wire.Null()},
		{methodBasic, "not_needed", "", 500, wire.Null()},
		{methodBearer, "not_needed", "", 200, wire.Bool(true)},
		{methodBearer, "not_needed", "Bearer realm=\"r\"", 401, wire.Bool(false)},
		{methodAnonymous, "succeeded", "Bearer realm=\"r\"", 200, wire.Null()},
		{methodAnonymous, "not_needed", "Basic realm=\"r\"", 401, wire.Null()},
	} {
		s := credentialsSweep(c.method)
		r := s.play(t, wire.HTTPResponse{Status: c.status, Auth: &wire.AuthInfo{TokenExchange: c.exchange, Challenge: c.challenge}})
		if got := r.Evidence["credentials_valid"]; got.Any() != c.want.Any() {
			t.Errorf("%+v: %v", c, got.Any())
		}
	}
}

func TestOCICredentialsDeclared(t *testing.T) {
	wantShown(t, ociCredentialsID, "ocicredentials")
	wantRegistryInfo(t, ociCredentialsID, wire.Fail, "registry oci credentials secrets auth", credentialSettings,
		"read GET {OCI:RegistryUrl} /v2 /v2/ OCI:Password,OCI:Token"+realmAccess, "check.integration.oci.registry", "oci.registry oci.pull oci.push")
	if c := described(t, ociCredentialsID); c.Class != wire.ClassRead {
		t.Errorf("class %s", c.Class)
	}
}

// FuzzOCICredentials: no answer and no setting makes the check panic or break the
// contract.
func FuzzOCICredentials(f *testing.F) {
	f.Add("https://registry.example.com/a", "deploy", 0, 401, "www-authenticate", `Bearer realm="r"`, "rejected", "", "", "why")
	f.Add("http://[::1]:5000", "a'b$(x)\x1b", 1, 200, "content-type", "text/html", "succeeded", "ssl_error", "realm", "\u202e")
	f.Add("registry", "a:b", 3, 0, "", "", "", "", "", "")
	f.Add("https://registry.example.com", "{peer}", 2, 401, "", "", "not_attempted", "denied", "realm", "auth.example.com:1")
	f.Fuzz(func(t *testing.T, url, user string, method, status int, name, value, te, kind, detail, text string) {
		r := fuzzRegistry(url, user, method&3)
		x := r.fuzzAnswer("GET", "/v2/", fuzzed(status, name, value, text, kind, detail, text, method&4 != 0), te, text)
		if r.login.incomplete != "" {
			x = &answer{}
		}
		wantValidKeys(t, ociCredentialsID, ociCredentialsKeys, judgeOCICredentials(r, x))
	})
}
