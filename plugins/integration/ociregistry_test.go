package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/sdktest"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

const testURL = "https://registry.example.com"

// play runs the check on one answer of the host.
func play(t testing.TB, url string, resp wire.HTTPResponse) wire.Result {
	t.Helper()
	c := &exchange.Case{
		Request: wire.Request{Settings: map[string]wire.Setting{keyRegistryURL: {Value: url, Key: keyRegistryURL}}},
		Exchanges: []exchange.Exchange{{
			Function: wire.FuncHTTPRead,
			Request:  wire.HTTPRequest{Method: "GET", URL: strings.TrimRight(url, "/") + "/v2/"},
			Response: resp,
		}},
	}
	return sdktest.Play(t, plugin, ociRegistryID, c)
}

// cases plays every case of the plugin and returns the results by file.
func cases(t testing.TB) map[string]wire.Result {
	t.Helper()
	return casesOf(t, "*")
}

// casesOf plays every case of one check.
func casesOf(t testing.TB, dir string) map[string]wire.Result {
	t.Helper()
	files, err := filepath.Glob("testdata/" + dir + "/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	results := make(map[string]wire.Result)
	for _, file := range files {
		results[file] = playCase(t, file)
	}
	return results
}

func playCase(t testing.TB, file string) wire.Result {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c, err := exchange.ParseCase(data)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return sdktest.Play(t, plugin, c.Request.Check, c)
}

var ociRegistryKeys = []string{
	"api_version", "auth_challenge", "config_key", "content_type", "error_kind", "error_message", "http_status", "is_registry_api",
	"is_tls", "redirect_location", "registry_url", "request_method", "request_url", "response_time_ms", "tls_error",
}

func wantComplete(t *testing.T, r *wire.Result) {
	t.Helper()
	wantWhole(t, ociRegistryID, ociRegistryKeys, r)
}

// TestOCIRegistryStatus holds the verdict table of §3.1 for every status.
func TestOCIRegistryStatus(t *testing.T) {
	named := map[int]string{403: "http.403", 404: "http.404-not-a-registry", 405: "http.405", 407: "http.407", 429: "http.429"}
	for status := 100; status <= 599; status++ {
		severity, cause := wire.Warn, "http.unexpected-status"
		switch {
		case status == 200, status == 401:
			severity, cause = wire.Pass, ""
		case status >= 300 && status < 400:
			cause = "http.3xx-redirect"
		case status >= 500:
			cause = "http.5xx"
		case named[status] != "":
			cause = named[status]
		}
		for _, kind := range []string{"", wire.KindRedirectBlocked, wire.KindTooLarge} {
			resp := wire.HTTPResponse{Status: status, DurationMS: 7}
			if kind != "" {
				resp.Error = &wire.CallError{Kind: kind}
			}
			want := cause
			if kind == wire.KindTooLarge && status == 200 {
				want = "http.too-large"
			}
			r := play(t, testURL, resp)
			if r.Severity != severity || r.Cause != want {
				t.Errorf("status %d %s: %s %q, want %s %q", status, kind, r.Severity, r.Cause, severity, want)
			}
			wantComplete(t, &r)
		}
	}
}

// TestOCIRegistryFailure holds cause and verdict for every error kind and
// detail, unknown ones included, with and without a status, behind a proxy or
// beside an unused one.
func TestOCIRegistryFailure(t *testing.T) {
	for kind, causes := range failures {
		for detail, cause := range causes {
			for _, status := range []int{0, 200, 401, 407} {
				for _, on := range []string{"", wire.OnProxy} {
					for _, unused := range []bool{false, true} {
						want := cause
						if unused && on == "" && proxied[cause] {
							want = "proxy.unused"
						}
						if on == wire.OnProxy && status == 407 {
							want = "proxy.auth-required"
						}
						r := play(t, testURL, wire.HTTPResponse{Status: status, ProxyIgnored: unused,
							Error: &wire.CallError{Kind: kind, Detail: detail, Message: "what: why", On: on}})
						name := fmt.Sprintf("%s %s, status %d, on %q, unused %v", kind, detail, status, on, unused)
						if r.Severity != wire.Fail || r.Cause != want {
							t.Errorf("%s: %s %q, want fail %q", name, r.Severity, r.Cause, want)
						}
						if says := strings.Contains(r.Diagnosis, "does not use"); says != (unused && on == "") {
							t.Errorf("%s: the diagnosis is %q", name, r.Diagnosis)
						}
						if on == wire.OnProxy && !strings.Contains(r.Diagnosis, "proxy of Doctor") {
							t.Errorf("%s: the diagnosis is %q", name, r.Diagnosis)
						}
						wantComplete(t, &r)
					}
				}
			}
		}
	}
	for _, resp := range []wire.HTTPResponse{
		{},
		{Error: &wire.CallError{Kind: wire.KindTooLarge}},
		{Error: &wire.CallError{Kind: wire.KindRedirectBlocked}},
	} {
		r := play(t, testURL, resp)
		if r.Severity != wire.Fail || r.Cause != "tcp.unreachable" {
			t.Errorf("neither status nor answer: %s %q", r.Severity, r.Cause)
		}
		wantComplete(t, &r)
	}
}

// TestOCIRegistryDenied: a refusal of the policy is no verdict, names what to
// grant, and has no word about the registry.
func TestOCIRegistryDenied(t *testing.T) {
	for _, status := range []int{0, 200} {
		r := play(t, testURL+":5000", wire.HTTPResponse{Status: status, Error: &wire.CallError{Kind: wire.KindDenied, Detail: "not-granted", Rule: "not-granted"}})
		if r.Unjudged != wire.UnjudgedDenied || r.Severity != "" || r.Cause != "" || r.Remediation != nil {
			t.Errorf("%+v", r)
		}
		for _, part := range []string{"GET", "registry.example.com", "5000", pluginID} {
			if !strings.Contains(r.Diagnosis, part) {
				t.Errorf("the diagnosis lacks %s: %s", part, r.Diagnosis)
			}
		}
		wantComplete(t, &r)
	}
}

// TestOCIRegistryExplain: the cases show every declared verdict and cause, and
// nothing that is not declared.
func TestOCIRegistryExplain(t *testing.T) {
	declared, shown := make(map[string]bool), make(map[string]bool)
	for _, v := range ociRegistryExplain.Verdicts {
		declared[string(v.Severity)+" "+v.Cause] = true
	}
	causes := make(map[string]bool)
	for name, r := range casesOf(t, "ociregistry") {
		if r.Severity == wire.Skip || r.Unjudged != "" {
			continue
		}
		shown[string(r.Severity)+" "+r.Cause] = true
		if !declared[string(r.Severity)+" "+r.Cause] {
			t.Errorf("%s: %s %q is in no row of the verdict table", name, r.Severity, r.Cause)
		}
		causes[r.Cause] = true
	}
	for row := range declared {
		if !shown[row] {
			t.Errorf("no case shows %q", row)
		}
	}
	for _, c := range ociRegistryExplain.Causes {
		if !causes[c.ID] {
			t.Errorf("no case shows cause %s", c.ID)
		}
	}
}

// TestOCIRegistrySecrets: what could be a secret in an address stands nowhere in
// a result.
func TestOCIRegistrySecrets(t *testing.T) {
	for name, r := range casesOf(t, "ociregistry") {
		if text := string(wire.Marshal(&r)); strings.Contains(text, "hunter2") {
			t.Errorf("%s: %s", name, text)
		}
	}
	for _, value := range []string{
		"https://user:hunter2@registry.example.com", "user:hunter2@registry.example.com", "https://hunter2@registry.example.com/",
		"https://user:hunter2@", "https://user:hunter2", "user:hunter2", "https://u:hunter2/x@h@registry.example.com", "https://u:?hunter2@registry.example.com",
		"https://u:#hunter2@registry.example.com", "https://registry.example.com/?hunter2", "https://registry.example.com:1:2/#hunter2", "https://registry.example.com/#hunter2",
		`https:\\user:hunter2@registry.example.com`, "https://user:hunter2 @registry.example.com", "'https://user:hunter2@registry.example.com'",
		"ftp://user:hunter2@registry.example.com", "://user:hunter2@registry.example.com", "https://[::1]:hunter2", "https:user:hunter2",
	} {
		c := &exchange.Case{Request: wire.Request{Settings: map[string]wire.Setting{keyRegistryURL: {Value: value, Key: keyRegistryURL}}}}
		if _, rule := wire.ScreenURL(strings.TrimRight(value, "/")); rule == "" {
			c.Exchanges = []exchange.Exchange{{Function: wire.FuncHTTPRead,
				Request: wire.HTTPRequest{Method: "GET", URL: testURL + "/v2/"}, Response: wire.HTTPResponse{Status: 500}}}
		}
		r := sdktest.Play(t, plugin, ociRegistryID, c)
		if text := string(wire.Marshal(&r)); strings.Contains(text, "hunter2") {
			t.Errorf("%s: %s", value, text)
		}
		if r.Remediation != nil && r.Cause == "config.invalid-url" && strings.ContainsAny(value, "@?#") {
			for _, s := range r.Remediation.Steps {
				if strings.HasPrefix(s.Description, "Show the configured") {
					t.Errorf("%s: a step prints the value: %s", value, s.Command)
				}
			}
		}
	}
}

// FuzzOCIRegistry: no answer and no address makes the check panic or break the
// contract, and no text of theirs gets into a command unquoted.
func FuzzOCIRegistry(f *testing.F) {
	f.Add("https://registry.example.com/a", 302, "text/html", "https://new.example.com/?x", `Bearer realm="r"`, "reset", "", "broken: pipe", false)
	f.Add("https://user:pass@registry.example.com", 200, "", "//@\x1b[31m", "\xff", "ssl_error", "unknown_authority", "\u202e", true)
	f.Add("http://[::1]:5000/$(x)", 0, "", "", "", "", "", "", false)
	f.Fuzz(func(t *testing.T, url string, status int, contentType, location, challenge, kind, detail, message string, unused bool) {
		a := readAddress(wire.Setting{Value: url, Key: keyRegistryURL}, keyRegistryURL, registryTrim)
		x := prepare(a, "GET", "/v2/")
		if a.rule == "" {
			x.resp = wire.HTTPResponse{Status: status, ProxyIgnored: unused, TLS: &wire.TLSInfo{Issuer: message, Subject: challenge},
				Header: map[string][]string{"content-type": {contentType}, "location": {location}, "www-authenticate": {challenge}, "retry-after": {message}}}
			if kind != "" {
				x.resp.Error = &wire.CallError{Kind: kind, Detail: detail, Message: message, On: detail}
			}
		}
		r := judgeOCIRegistry(a, x)
		r.Version, r.Nonce, r.Check = wire.Version, exchange.DefaultNonce, ociRegistryID
		info := plugin.Info()
		if err := r.Validate(&info.Checks[0], nil); err != nil {
			t.Errorf("%v\n%s", err, wire.Marshal(&r))
		}
	})
}
