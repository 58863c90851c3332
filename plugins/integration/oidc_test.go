package main

import (
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

var oidcKeys = []string{
	"config_key", "content_type", "discovery_url", "error_kind", "error_message", "has_authorization_endpoint", "has_jwks_uri", "has_token_endpoint",
	"http_status", "is_issuer_match", "is_tls", "issuer_in_document", "issuer_url", "missing_fields", "redirect_location", "request_method",
	"request_url", "response_time_ms", "tls_error",
}

const (
	oidcIssuer   = "https://login.example.com/realms/stella"
	oidcDocument = `{"issuer":"https://login.example.com/realms/stella","authorization_endpoint":"https://login.example.com/a",` +
		`"token_endpoint":"https://login.example.com/t","jwks_uri":"https://login.example.com/k"}`
)

func oidcSweep() sweep {
	return sweep{
		check: oidcID, keys: oidcKeys, method: "GET", url: oidcIssuer + "/.well-known/openid-configuration", failed: wire.Fail,
		settings: map[string]wire.Setting{keyOIDCIssuer: {Value: oidcIssuer, Key: keyOIDCIssuer}},
	}
}

// TestOIDC holds the verdict table of §3.15 for every status, with each kind of
// body that it tells apart.
func TestOIDC(t *testing.T) {
	for name, c := range map[string]struct {
		body, contentType string
		severity          wire.Severity
		cause             string
	}{
		"document":         {oidcDocument, "application/json", wire.Pass, ""},
		"document as page": {oidcDocument, "text/html", wire.Pass, ""},
		"other issuer":     {strings.Replace(oidcDocument, "stella", "other", 1), "application/json", wire.Pass, "oidc.issuer-mismatch"},
		"missing":          {strings.Replace(oidcDocument, "jwks_uri", "jwks", 1), "application/json", wire.Warn, "oidc.missing-endpoints"},
		"page":             {"<html>", "text/html", wire.Fail, "http.200-html"},
		"empty":            {"", "application/json", wire.Fail, "http.200-not-json"},
	} {
		s := oidcSweep()
		s.body, s.header = c.body, map[string][]string{"content-type": {c.contentType}}
		s.want = func(status int, kind string) (wire.Severity, string) {
			if status < 200 || status > 299 {
				return wire.Fail, usualCause(status)
			}
			if kind != wire.KindTooLarge { // nothing that is cut off can be read
				return c.severity, c.cause
			}
			if c.contentType == "text/html" {
				return wire.Fail, "http.200-html"
			}
			return wire.Fail, "http.too-large"
		}
		t.Run(name, s.statuses)
		if name == "document" {
			s.run(t)
		}
	}
	wantShown(t, oidcID, "oidc")
}

// TestOIDCBody: what a body has to be, and what it may be.
func TestOIDCBody(t *testing.T) {
	const pass, warn, fail = "pass ", "warn oidc.missing-endpoints", "fail http.200-not-json"
	utf16 := func(text string) string {
		out := []byte{0xff, 0xfe}
		for i := range len(text) {
			out = append(out, text[i], 0)
		}
		return string(out)
	}
	for _, c := range []struct{ name, body, want string }{
		{"spaces around", " \r\n" + oidcDocument + "\n", pass},
		{"byte order mark", "\ufeff" + oidcDocument, pass},
		{"escaped names", strings.Replace(oidcDocument, "jwks_uri", `\u006awks_uri`, 1), pass},
		{"other fields", strings.Replace(oidcDocument, "{", `{"x":[{"token_endpoint":1}],`, 1), pass},
		{"no issuer", strings.Replace(oidcDocument, `"issuer"`, `"x"`, 1), pass},
		{"issuer is no text", strings.Replace(oidcDocument, `"https://login.example.com/realms/stella"`, `1`, 1), pass},
		{"slash at the end", strings.Replace(oidcDocument, "realms/stella", "realms/stella/", 1), pass},
		{"http for https", strings.Replace(oidcDocument, "https://login.example.com/realms", "http://login.example.com/realms", 1), "pass oidc.issuer-mismatch"},
		{"capitals", strings.Replace(oidcDocument, "realms/stella", "realms/Stella", 1), "pass oidc.issuer-mismatch"},
		{"empty object", "{}", warn},
		{"empty endpoint", strings.Replace(oidcDocument, "https://login.example.com/t", "", 1), warn},
		{"blank endpoint", strings.Replace(oidcDocument, "https://login.example.com/t", `\t \n`, 1), warn},
		{"endpoint is no text", strings.Replace(oidcDocument, `"https://login.example.com/t"`, `["https://login.example.com/t"]`, 1), warn},
		{"endpoint is null", strings.Replace(oidcDocument, `"https://login.example.com/t"`, `null`, 1), warn},
		{"endpoint in another case", strings.Replace(oidcDocument, "token_endpoint", "Token_Endpoint", 1), warn},
		{"endpoints nested", `{"a":` + oidcDocument + `}`, warn},
		{"list", "[" + oidcDocument + "]", fail},
		{"null", "null", fail}, {"text", `"x"`, fail}, {"number", "1", fail}, {"empty", "", fail}, {"spaces", "  ", fail},
		{"truncated", oidcDocument[:len(oidcDocument)-1], fail},
		{"something behind", oidcDocument + "x", fail},
		{"two documents", oidcDocument + oidcDocument, fail},
		{"a field twice", strings.Replace(oidcDocument, "{", `{"jwks_uri":"",`, 1), fail},
		{"a nested field twice", strings.Replace(oidcDocument, "{", `{"x":{"a":1,"a":2},`, 1), fail},
		{"deep", strings.Replace(oidcDocument, "{", `{"x":`+strings.Repeat("[", 10000)+strings.Repeat("]", 10000)+",", 1), fail},
		{"UTF-16", utf16(oidcDocument), fail},
		{"not UTF-8", strings.Replace(oidcDocument, "stella", "st\xffella", 1), fail},
		{"key is a comment", "// x\n" + oidcDocument, fail},
		{"page", "  <html>", "fail http.200-html"},
		{"page behind a mark", "\ufeff<html>", "fail http.200-html"},
	} {
		s := oidcSweep()
		r := s.play(t, wire.HTTPResponse{Status: 200, Body: []byte(c.body)})
		if got := string(r.Severity) + " " + r.Cause; got != c.want {
			t.Errorf("%s: %s, want %s: %s", c.name, got, c.want, r.Diagnosis)
		}
	}
}

// TestOIDCMissing: each endpoint counts for itself, and the list keeps its order.
func TestOIDCMissing(t *testing.T) {
	names := []string{"authorization_endpoint", "token_endpoint", "jwks_uri"}
	for mask := range 8 {
		body, missing := `{"issuer":"https://other.example.com?hunter2"`, []string{}
		for i, name := range names {
			if mask&(1<<i) != 0 {
				body += `,"` + name + `":"https://x.example.com"`
			} else {
				missing = append(missing, name)
			}
		}
		s := oidcSweep()
		r := s.play(t, wire.HTTPResponse{Status: 200, Body: []byte(body + "}")})
		want := wire.Strings(missing)
		if got, _ := r.Evidence["missing_fields"].MarshalJSON(); string(got) != marshal(t, want) {
			t.Errorf("missing %s, want %v", got, missing)
		}
		for i, key := range []string{"has_authorization_endpoint", "has_token_endpoint", "has_jwks_uri"} {
			if has, ok := r.Evidence[key].AsBool(); !ok || has != (mask&(1<<i) != 0) {
				t.Errorf("%s: %s is %v", body, key, has)
			}
		}
		if strings.Join(missing, ", ") != "" && !strings.Contains(r.Diagnosis, "lacks "+strings.Join(missing, ", ")) || !strings.Contains(r.Diagnosis, "another issuer") || !strings.Contains(r.Diagnosis, "https://other.example.com") {
			t.Errorf("the diagnosis is %s", r.Diagnosis)
		}
		if match, ok := r.Evidence["is_issuer_match"].AsBool(); !ok || match {
			t.Errorf("is_issuer_match is %v", match)
		}
		if strings.Contains(string(wire.Marshal(&r)), "hunter2") {
			t.Errorf("the query of the issuer is shown: %s", r.Diagnosis)
		}
	}
}

func marshal(t *testing.T, v wire.Value) string {
	t.Helper()
	data, err := v.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestOIDCOwners: two services use the issuer. A command that takes one of them
// is there for each, and one that takes several names both.
func TestOIDCOwners(t *testing.T) {
	var all string
	for _, s := range described(t, oidcID).Explain.Steps {
		all += s.Command + "\n"
	}
	for _, want := range []string{
		"docker compose exec -T gateway sh -c", "docker compose exec -T platform sh -c",
		"docker compose --dry-run up -d --no-deps gateway platform\n", "docker compose up -d --no-deps gateway platform\n",
		"systemctl show stellaops-gateway -p EnvironmentFiles\n", "systemctl show stellaops-platform -p EnvironmentFiles\n",
		"sudo systemctl restart stellaops-gateway stellaops-platform\n", "systemctl is-active stellaops-gateway stellaops-platform\n",
		"rollout status 'deploy/<gateway-deployment>'\n", "rollout status 'deploy/<platform-deployment>'\n",
	} {
		if strings.Count(all, want) != 1 {
			t.Errorf("%q is not there once:\n%s", want, all)
		}
	}
	if strings.Contains(all, "owner-deployment") {
		t.Errorf("a placeholder stands for two deployments:\n%s", all)
	}
}

func TestOIDCIdentity(t *testing.T) {
	c := described(t, oidcID)
	wantInfo(t, &c, "warn", "connectivity oidc auth identity", "Oidc:Issuer Authentication:Oidc:Issuer Authority:Oidc:Issuer",
		"GET {Oidc:Issuer}  /.well-known/openid-configuration", "check.auth.oidc check.integration.ldap check.auth.config")
}

// FuzzOIDC: no answer and no address breaks the contract.
func FuzzOIDC(f *testing.F) {
	addFailures(f)
	f.Add(oidcIssuer, 200, "content-type", "application/json", oidcDocument, "", "", "", false)
	f.Add(oidcIssuer, 200, "content-type", "text/html", strings.Replace(oidcDocument, "stella", `\u0000\u202e//a@b?c`, 1), "", "", "", false)
	f.Fuzz(func(t *testing.T, url string, status int, name, value, body, kind, detail, message string, unused bool) {
		a := readAddress(wire.Setting{Value: url, Key: value}, keyOIDCIssuer, "")
		x := prepare(a, "GET", oidcPath)
		if a.rule == "" {
			x.resp = fuzzed(status, name, value, body, kind, detail, message, unused)
		}
		wantValid(t, oidcID, oidcKeys, judgeOIDC(a, url, x))
	})
}
