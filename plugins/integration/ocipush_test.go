package main

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/sdktest"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

var ociPushKeys = withRegistry("cancel_http_status", "challenge_error", "has_upload_location", "is_upload_cancelled", "push_repository")

const (
	uploadsURL = testURL + "/v2/stellaops/doctor-test/blobs/uploads/"
	pushScope  = "repository:stellaops/doctor-test:pull,push"
)

// pushMethods: without credentials the check does not run.
var pushMethods = []string{methodBasic, methodBearer}

func pushSweep(method string) sweep {
	settings := settingsFor(method)
	settings[keyPushRepository] = wire.Setting{Value: "stellaops/doctor-test"}
	return sweep{
		check: ociPushID, keys: ociPushKeys, settings: settings, method: "POST", url: uploadsURL,
		with: wire.HTTPRequest{Credential: credentialFor(method, pushScope), Undo: "DELETE"},
		auth: &wire.AuthInfo{TokenExchange: "not_needed"}, failed: wire.Fail, whole: method != methodBasic,
		want: func(status int, _ string) (wire.Severity, string) {
			switch status {
			case 202:
				return wire.Info, "oci.upload-left-open" // there is no Location
			case 401, 403:
				return wire.Fail, usualCause(status)
			case 404:
				return wire.Warn, "oci.repository-absent"
			}
			return wire.Warn, usualCause(status)
		},
	}
}

// TestOCIPush holds the verdict table of §3.4 for every status and every failure of
// the POST, and for every method.
func TestOCIPush(t *testing.T) {
	t.Parallel()
	for _, method := range pushMethods {
		s := pushSweep(method)
		t.Run(method, s.run)
	}
	s := pushSweep(methodBasic)
	s.header = map[string][]string{"content-type": {"text/html"}}
	plain := s.want
	s.want = func(status int, kind string) (wire.Severity, string) {
		if status >= 200 && status <= 299 && status != 202 {
			return wire.Warn, "http.200-html"
		}
		return plain(status, kind)
	}
	t.Run("web page", s.statuses)
}

func TestOCIPushAuth(t *testing.T) {
	place := func(method string) (sweep, []exchange.Exchange) { return pushSweep(method), nil }
	authSweep(t, pushMethods, ociPushID, ociPushKeys, place,
		authVerdicts{notGranted: "denied", exchangeError: "warn", rejected: "fail", refused: "fail", scope: "fail", plain: "fail", forbidden: "fail"})
}

// TestOCIPushCancel: whatever comes of the DELETE, pushing is allowed; only 2xx and
// 404 say that nothing is left open.
func TestOCIPushCancel(t *testing.T) {
	location, credential := uploadsURL+"6f0a?_state=hunter2", credentialFor(methodBasic, "")
	cancel := func(resp wire.HTTPResponse) wire.Result {
		s := pushSweep(methodBasic)
		return sdktest.Play(t, plugin, ociPushID, &exchange.Case{Request: wire.Request{Settings: s.settings}, Exchanges: []exchange.Exchange{
			{Function: wire.FuncHTTPWrite, Request: wire.HTTPRequest{Method: "POST", URL: uploadsURL, Credential: s.with.Credential, Undo: "DELETE"},
				Response: wire.HTTPResponse{Status: 202, Header: map[string][]string{"location": {location}}}},
			{Function: wire.FuncHTTPWrite, Request: wire.HTTPRequest{Method: "DELETE", URL: location, Credential: credential}, Response: resp},
		}})
	}
	want := func(resp wire.HTTPResponse, v verdict, cancelled bool) {
		t.Helper()
		r := cancel(resp)
		status := any(nil)
		if resp.Status > 0 {
			status = int64(resp.Status)
		}
		if got := verdictOf(&r); got != v || r.Evidence["is_upload_cancelled"].Any() != cancelled || r.Evidence["cancel_http_status"].Any() != status ||
			r.Evidence["has_upload_location"].Any() != true || r.Evidence["request_method"].Any() != "POST" {
			t.Errorf("%d %+v: %s, want %s; %v", resp.Status, resp.Error, got, v, r.Evidence)
		}
		if strings.Contains(string(wire.Marshal(&r)), "hunter2") {
			t.Errorf("the query of the Location is shown: %s", wire.Marshal(&r))
		}
		wantWhole(t, ociPushID, ociPushKeys, &r)
	}
	left := verdict{"info", "oci.upload-left-open"}
	for status := 100; status <= 599; status++ {
		if status >= 200 && status <= 299 || status == 404 {
			want(wire.HTTPResponse{Status: status}, verdict{"pass", ""}, true)
		} else {
			want(wire.HTTPResponse{Status: status}, left, false)
		}
	}
	for kind, details := range failures {
		for detail := range details {
			for _, status := range []int{0, 204} {
				want(wire.HTTPResponse{Status: status, Error: &wire.CallError{Kind: kind, Detail: detail}}, left, false)
			}
		}
	}
	want(wire.HTTPResponse{Error: &wire.CallError{Kind: wire.KindDenied, Detail: "not-granted"}}, left, false)
	want(wire.HTTPResponse{Status: 401, Auth: &wire.AuthInfo{TokenExchange: "not_attempted"}}, left, false)
	want(wire.HTTPResponse{Status: 401, Error: &wire.CallError{Kind: wire.KindRefused, On: wire.OnRealm}}, left, false)
	want(wire.HTTPResponse{}, left, false)

	// Another server that is granted cancels without credentials.
	location, credential = "https://storage.example.com/upload?signature=hunter2", nil
	want(wire.HTTPResponse{Status: 204}, verdict{"pass", ""}, true)
	want(wire.HTTPResponse{Status: 403}, left, false)
}

// TestLocation: the forms of a Location, against the standard library where that
// reads one.
func TestLocation(t *testing.T) {
	for _, asked := range []string{uploadsURL, testURL + ":5000/harbor/v2/a/blobs/uploads/", "http://[::1]:5000/v2/a/blobs/uploads/"} {
		at, _ := wire.ScreenURL(asked)
		base, err := url.Parse(asked)
		if err != nil {
			t.Fatal(err)
		}
		for _, location := range []string{
			"6f0a", "6f0a?_state=a%2Fb", "./6f0a", "../6f0a", "../../../../../../x", "a/../b", "a/./b/..", ".", "..", "../", "?x=1", "/", "/x/y?z", "/x/../y", "//other.example.com/x",
			"//other.example.com:8443", "https://other.example.com/x?y#z", "HTTP://Registry.example.com:80/x", "/x#fragment",
		} {
			got, ok := resolveLocation(at, location)
			ref, err := base.Parse(location)
			if err != nil {
				t.Fatal(err)
			}
			ref.Fragment = ""
			want, rule := wire.ScreenURL(ref.String())
			if rule != "" || !ok || got != want {
				t.Errorf("%s at %s: %s %v, want %s %s", location, asked, got, ok, want, rule)
			}
		}
		for _, location := range []string{"", "#x", "http://", "https:///x", "ftp://a/b", "uuid:6f0a", "mailto:a", "//u:p@a/x", "https://a b/", "/a b", "/%2e%2e/x", "/a//b", "//", "\\\\a\\b", "/é", "http://127.1/x", "/\x00"} {
			if got, ok := resolveLocation(at, location); ok {
				t.Errorf("%q at %s passes as %s", location, asked, got)
			}
		}
	}
}

func TestOCIPushDeclared(t *testing.T) {
	wantShown(t, ociPushID, "ocipush")
	wantRegistryInfo(t, ociPushID, wire.Fail, "registry oci push authorization credentials", credentialSettings+
		"\nOCI:PushTestRepository,OCI:TestRepository =stellaops/doctor-test",
		"write POST,DELETE {OCI:RegistryUrl} /v2 /v2/ OCI:Password,OCI:Token"+realmAccess, "check.integration.oci.credentials",
		"oci.credentials oci.pull oci.capabilities")
	if c := described(t, ociPushID); c.Class != wire.ClassWrite {
		t.Errorf("class %s", c.Class)
	}
}

// FuzzLocation: no Location makes the resolver panic, and what passes is an
// address of the screen.
func FuzzLocation(f *testing.F) {
	f.Add("../a?b#c")
	f.Add("//[::1]:1/../x")
	f.Fuzz(func(t *testing.T, location string) {
		asked, _ := wire.ScreenURL(uploadsURL)
		u, ok := resolveLocation(asked, location)
		if again, rule := wire.ScreenURL(u.String()); ok && (rule != "" || again != u) {
			t.Errorf("%q gives %s, which breaks rule %s", location, u, rule)
		}
	})
}

// FuzzOCIPush: no answer and no setting makes the check panic or break the
// contract.
func FuzzOCIPush(f *testing.F) {
	f.Add("https://registry.example.com/a", "deploy", "team/app", 0, 202, 204, "location", `/x`, "rejected", "", "", "why")
	f.Add("http://[::1]:5000", "a'b", "Team", 1, 202, 0, "content-type", "text/html", "succeeded", "ssl_error", "realm", "\u202e")
	f.Fuzz(func(t *testing.T, at, user, repository string, method, status, cancel int, name, value, te, kind, detail, text string) {
		r := fuzzRegistry(at, user, method&3)
		f := &reference{repository: repository, tag: "latest", repositoryKey: text, push: true}
		x := r.fuzzAnswer("POST", "/v2/x/blobs/uploads/", fuzzed(status, name, value, text, kind, detail, text, method&4 != 0), te, text)
		var u *upload
		if status == 202 && !x.failed() {
			u = &upload{location: value, elsewhere: method&8 != 0}
			if cancel != 0 {
				u.cancel = r.fuzzAnswer("DELETE", "/v2/x", fuzzed(cancel, name, value, text, detail, kind, text, false), te, text)
			}
		}
		if rule := f.rule(); rule != "" {
			x, u = refused(r, rule), nil
		}
		if r.login.incomplete != "" {
			x, u = &answer{}, nil
		}
		wantValidKeys(t, ociPushID, ociPushKeys, judgeOCIPush(r, f, x, u))
	})
}

// TestOCIPushUnconfigured names the keys of the credentials.
func TestOCIPushUnconfigured(t *testing.T) {
	s := pushSweep(methodAnonymous)
	r := sdktest.Play(t, plugin, ociPushID, &exchange.Case{Request: wire.Request{Settings: s.settings}})
	tried := fmt.Sprint(r.Evidence["config_keys_tried"].Any())
	if r.Severity != wire.Skip || r.SkipReason != wire.SkipUnconfigured || len(r.Evidence) != 2 {
		t.Errorf("%s", wire.Marshal(&r))
	}
	for _, key := range []string{"OCI:Token", "Registry:Token", "OCI:Username", "Registry:Username", "OCI:Password", "Registry:Password"} {
		if !strings.Contains(tried, "Doctor:Plugins:Integration:"+key) || !strings.Contains(tried, " "+key) {
			t.Errorf("%s is not among %s", key, tried)
		}
	}
}
