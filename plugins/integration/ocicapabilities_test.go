package main

import (
	"fmt"
	"slices"
	"testing"

	"stella-ops.org/doctor/sdk/sdktest"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

var ociCapabilitiesKeys = withRegistry("capability_chunked_upload", "capability_cross_repo_mount", "capability_delete", "capability_distribution_version",
	"capability_referrers_api", "capability_score", "capability_total", "is_upload_cancelled", "mount_result", "push_repository", "test_repository")

// capabilityProbe is one question of the check with the answer that supports the
// capability.
type capabilityProbe struct {
	name, method, url string
	with              wire.HTTPRequest
	good              wire.HTTPResponse
}

func capabilityProbes(method string) []capabilityProbe {
	_, _, list := referrersSweeps(method)
	head := headOf(method, withDigest)
	pull := wire.HTTPRequest{Credential: credentialFor(method, pullScope)}
	push := wire.HTTPRequest{Credential: credentialFor(method, pushScope), Undo: "DELETE"}
	mount := wire.HTTPRequest{Credential: credentialFor(method, pushScope+" repository:library/alpine:pull"), Undo: "DELETE"}
	opened := func(n string) wire.HTTPResponse {
		return wire.HTTPResponse{Status: 202, Header: map[string][]string{"location": {uploadsURL + n}}}
	}
	allow := wire.HTTPResponse{Status: 200, Header: map[string][]string{"allow": {"GET, HEAD, DELETE"}}}
	return []capabilityProbe{
		{"root", "GET", testURL + "/v2/", wire.HTTPRequest{Credential: credentialFor(method, "")},
			wire.HTTPResponse{Status: 200, Header: map[string][]string{"docker-distribution-api-version": {"registry/2.0"}}}},
		{"head", "HEAD", manifestURL, head.Request, head.Response},
		{"list", "GET", list.url, list.with, wire.HTTPResponse{Status: 200, Body: []byte(emptyIndex)}},
		{"chunked", "POST", uploadsURL, push, opened("1")},
		{"mount", "POST", uploadsURL + "?mount=sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a&from=library/alpine", mount, opened("2")},
		{"manifest", "OPTIONS", manifestURL, pull, allow},
		{"blob", "OPTIONS", testURL + "/v2/library/alpine/blobs/sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", pull, allow},
	}
}

// playCapabilities runs the check with one answer at the named probe and good
// ones at all others that it then asks for.
func playCapabilities(t testing.TB, method, at string, resp wire.HTTPResponse) wire.Result {
	t.Helper()
	settings := withImage(settingsFor(method))
	settings[keyPushRepository] = wire.Setting{Value: defaultPushRepository}
	var all []exchange.Exchange
	add := func(m, url string, with wire.HTTPRequest, resp wire.HTTPResponse) {
		function := wire.FuncHTTPRead
		if wire.MethodClass(m) == wire.ClassWrite {
			function = wire.FuncHTTPWrite
		}
		with.Method, with.URL = m, url
		all = append(all, exchange.Exchange{Function: function, Request: with, Response: resp})
	}
	found := true
	for _, p := range capabilityProbes(method) {
		if p.name == "list" && !found {
			continue
		}
		answer := p.good
		if p.name == at {
			answer = resp
		}
		add(p.method, p.url, p.with, answer)
		if p.name == at && endsThere(&resp) {
			break
		}
		found = found && (p.name != "head" || answer.Status >= 200 && answer.Status <= 299)
		if location := answer.Header["location"]; p.method == "POST" && answer.Status == 202 && location != nil {
			add("DELETE", location[0], wire.HTTPRequest{Credential: credentialFor(method, "")}, wire.HTTPResponse{Status: 204})
		}
	}
	return sdktest.Play(t, plugin, ociCapabilitiesID, &exchange.Case{Request: wire.Request{Settings: settings}, Exchanges: all})
}

// endsThere tells the answers after which nothing is asked: none at all, or
// none without the token that Doctor may not fetch.
func endsThere(resp *wire.HTTPResponse) bool {
	kept := resp.Error != nil && resp.Status > 0 && (resp.Error.Kind == wire.KindTooLarge || resp.Error.Kind == wire.KindRedirectBlocked ||
		resp.Error.On == wire.OnRealm && resp.Error.Kind == wire.KindInvalidURL)
	return resp.Status == 0 || resp.Error != nil && !kept || resp.Status == 401 && resp.Auth != nil && resp.Auth.TokenExchange == "not_attempted"
}

// capabilityWant is the table of §3.6 for one status at one probe, with all others
// supported. header and body are those of the good answer when good is set.
func capabilityWant(at string, status int, kind string, good bool) verdict {
	pass, unknown, unsupported := verdict{"pass", ""}, verdict{"info", "oci.capability-unknown"}, verdict{"info", "oci.capability-unsupported"}
	success := status >= 200 && status <= 299
	switch at {
	case "root":
		switch {
		case good:
			return pass
		case status == 200 || status == 401:
			return unsupported
		}
	case "head":
		if success {
			return pass
		}
	case "list":
		lacks := verdict{"warn", "oci.referrers-unsupported"}
		switch {
		case (status == 200 || status == 404) && good && kind == "":
			return pass
		case status == 200 && kind == wire.KindTooLarge:
			return unknown
		case status == 200 || status == 404 || status == 405:
			return lacks
		}
	case "chunked", "mount":
		switch {
		case status == 202 || at == "mount" && status == 201:
			return pass
		case status == 405 || status == 501:
			return unsupported
		}
	case "manifest", "blob":
		if good && (success || status == 405) {
			return pass
		}
	}
	return unknown
}

// TestOCICapabilities holds the table for every status and every failure at every
// question.
func TestOCICapabilities(t *testing.T) {
	t.Parallel()
	for _, p := range capabilityProbes(methodBasic) {
		t.Run(p.name, func(t *testing.T) {
			for status := 100; status <= 599; status++ {
				for _, kind := range []string{"", wire.KindTooLarge, wire.KindRedirectBlocked} {
					for _, good := range []bool{false, true} {
						if kind != "" && (!good || !hasMeaning(status)) {
							continue
						}
						if p.name == "head" && !good && status >= 200 && status <= 299 {
							continue // asks for the manifest; see TestOCIReferrers
						}
						resp := wire.HTTPResponse{Status: status}
						if good {
							resp.Header, resp.Body = p.good.Header, p.good.Body
						}
						if kind != "" {
							resp.Error = &wire.CallError{Kind: kind}
						}
						r := playCapabilities(t, methodBasic, p.name, resp)
						if got, want := verdictOf(&r), capabilityWant(p.name, status, kind, good); got != want {
							t.Fatalf("status %d %s, good %v: %s, want %s", status, kind, good, got, want)
						}
						wantWhole(t, ociCapabilitiesID, ociCapabilitiesKeys, &r)
					}
				}
			}
			for kind, details := range failures {
				for detail, cause := range details {
					for _, status := range []int{0, 202, 503} {
						r := playCapabilities(t, methodBasic, p.name, wire.HTTPResponse{Status: status, Error: &wire.CallError{Kind: kind, Detail: detail}})
						if got, want := verdictOf(&r), (verdict{"fail", cause}); got != want {
							t.Errorf("%s %s, status %d: %s, want %s", kind, detail, status, got, want)
						}
						wantWhole(t, ociCapabilitiesID, ociCapabilitiesKeys, &r)
					}
					r := playCapabilities(t, methodBasic, p.name, wire.HTTPResponse{Status: 401, Auth: &wire.AuthInfo{TokenExchange: "error"}, Error: &wire.CallError{Kind: kind, Detail: detail, On: wire.OnRealm}})
					want := verdict{"fail", cause}
					if kind == wire.KindInvalidURL {
						want = capabilityWant(p.name, 401, "", false)
					}
					if got := verdictOf(&r); got != want {
						t.Errorf("realm %s %s: %s, want %s", kind, detail, got, want)
					}
					wantWhole(t, ociCapabilitiesID, ociCapabilitiesKeys, &r)
				}
			}
			for _, resp := range []wire.HTTPResponse{
				{Error: &wire.CallError{Kind: wire.KindDenied, Detail: "not-granted"}},
				{Status: 401, Auth: &wire.AuthInfo{TokenExchange: "not_attempted", TokenRealmHost: "auth.example.com"}},
				{Status: 401, Auth: &wire.AuthInfo{TokenExchange: "not_attempted"}, Error: &wire.CallError{Kind: wire.KindDenied, Detail: "addr", On: wire.OnRealm}},
			} {
				r := playCapabilities(t, methodBasic, p.name, resp)
				if got := verdictOf(&r); got != unjudged {
					t.Errorf("%+v: %s", resp, got)
				}
				wantWhole(t, ociCapabilitiesID, ociCapabilitiesKeys, &r)
			}
			for _, te := range []string{"rejected", "error", "succeeded", ""} {
				r := playCapabilities(t, methodBasic, p.name, wire.HTTPResponse{Status: 401, Auth: &wire.AuthInfo{TokenExchange: te}})
				if got, want := verdictOf(&r), capabilityWant(p.name, 401, "", false); got != want {
					t.Errorf("exchange %q: %s, want %s", te, got, want)
				}
			}
		})
	}
}

// TestOCICapabilitiesMethods: every way to authenticate asks the same questions.
func TestOCICapabilitiesMethods(t *testing.T) {
	for _, method := range methods {
		r := playCapabilities(t, method, "", wire.HTTPResponse{})
		if got := verdictOf(&r); got != (verdict{"pass", ""}) || r.Evidence["capability_score"].Any() != int64(5) || r.Evidence["capability_total"].Any() != int64(5) ||
			r.Evidence["is_upload_cancelled"].Any() != true || r.Evidence["mount_result"].Any() != "upload_opened" || r.Evidence["api_version"].Any() != "registry/2.0" {
			t.Errorf("%s: %s %v", method, got, r.Evidence)
		}
	}
}

// TestOCICapabilitiesOrder: what lacks the referrers API is a warning whatever else
// is missing, and what is missing comes before what is open.
func TestOCICapabilitiesOrder(t *testing.T) {
	states := []string{"supported", "unsupported", "unknown"}
	with := func(status int) *answer { return &answer{method: "GET", resp: wire.HTTPResponse{Status: status}} }
	image := &reference{repository: "library/alpine", tag: "latest"}
	for i := range 243 {
		var in [5]string
		for k, n := 0, i; k < 5; k, n = k+1, n/3 {
			in[k] = states[n%3]
		}
		pick := func(k, supported, unsupported, unknown int) *answer {
			return with([]int{supported, unsupported, unknown}[slices.Index(states, in[k])])
		}
		m := &matrix{reference: image, push: image, root: pick(0, 200, 401, 500), chunked: pick(2, 202, 405, 403), mount: pick(3, 201, 501, 429)}
		if in[0] == "supported" {
			m.root.resp.Header = map[string][]string{"oci-distribution-api-version": {"1"}}
		}
		m.referrers = &referrers{head: with(200), digest: testDigest, list: pick(1, 404, 405, 400)}
		if in[1] == "supported" {
			m.referrers.list.resp.Body = []byte(emptyIndex)
		}
		m.manifest, m.blob = with(200), with(204)
		if in[4] != "unknown" {
			m.manifest.resp.Header = map[string][]string{"allow": {map[string]string{"supported": "Delete", "unsupported": "GET"}[in[4]]}}
			m.blob.resp.Header = map[string][]string{"allow": {"GET", "PUT,DELETE"}}
		}
		want := verdict{"pass", ""}
		switch {
		case in[1] == "unsupported":
			want = verdict{"warn", "oci.referrers-unsupported"}
		case slices.Contains(in[:], "unsupported"):
			want = verdict{"info", "oci.capability-unsupported"}
		case slices.Contains(in[:], "unknown"):
			want = verdict{"info", "oci.capability-unknown"}
		}
		severity, cause, _, _ := m.verdict()
		if got := (verdict{string(severity), cause}); got != want {
			t.Errorf("%v: %s, want %s", in, got, want)
		}
		var got [5]string
		score := 0
		for k, c := range m.capabilities() {
			if got[k] = c.state; c.state == "supported" {
				score++
			}
		}
		if n, text := m.score(); got != in || n != int64(score) || text != fmt.Sprint(score) {
			t.Errorf("%v reads as %v, score %d", in, got, n)
		}
	}
}

func TestOCICapabilitiesDeclared(t *testing.T) {
	wantShown(t, ociCapabilitiesID, "ocicapabilities")
	wantRegistryInfo(t, ociCapabilitiesID, wire.Info, "registry oci capabilities compatibility", credentialSettings+
		"\nOCI:TestRepository,Registry:TestRepository =library/alpine\nOCI:TestTag,Registry:TestTag =latest\nOCI:PushTestRepository,OCI:TestRepository =stellaops/doctor-test",
		"read GET,HEAD,OPTIONS {OCI:RegistryUrl} /v2 /v2/ OCI:Password,OCI:Token\nwrite POST,DELETE {OCI:RegistryUrl} /v2 /v2/ OCI:Password,OCI:Token"+realmAccess,
		"check.integration.oci.credentials", "oci.referrers oci.push oci.registry")
	if c := described(t, ociCapabilitiesID); c.Class != wire.ClassWrite {
		t.Errorf("class %s", c.Class)
	}
}

// FuzzOCICapabilities: no answer and no setting makes the check panic or break the
// contract.
func FuzzOCICapabilities(f *testing.F) {
	f.Add("https://registry.example.com/a", "deploy", "team/app", "a/b", uint64(0x1234567), "allow", "GET, delete", "rejected", "", "", emptyIndex)
	f.Add("http://[::1]:5000", "a'b", "Team", "x", uint64(0), "content-type", "text/html", "succeeded", "ssl_error", "realm", "\u202e")
	f.Fuzz(func(t *testing.T, at, user, repository, push string, bits uint64, name, value, te, kind, detail, text string) {
		r := fuzzRegistry(at, user, int(bits&3))
		r.login.incomplete = ""
		image := &reference{repository: repository, tag: "latest", repositoryKey: text, tagKey: user}
		m := &matrix{reference: image, push: &reference{repository: push, tag: "latest", repositoryKey: user, push: true}}
		next := func(method, path string) *answer {
			status := []int{200, 202, 404, 401, 405, 201, 500, 0}[bits&7]
			bits >>= 3
			failing := kind
			if bits&7 != 0 {
				failing = ""
			}
			return r.fuzzAnswer(method, path, fuzzed(status, name, value, text, failing, detail, text, bits&1 != 0), te, text)
		}
		if rule := m.badRule(); rule != "" {
			m.root = refused(r, rule)
		} else {
			m.root = next("GET", "/v2/")
			for _, step := range []func(){
				func() {
					m.referrers = &referrers{head: next("HEAD", "/v2/x"), digest: testDigest, list: next("GET", "/v2/y")}
				},
				func() { m.chunked, m.uploads = next("POST", "/v2/z"), append(m.uploads, &upload{location: value}) },
				func() {
					m.mount, m.uploads = next("POST", "/v2/z"), append(m.uploads, &upload{cancel: next("DELETE", "/v2/z")})
				},
				func() { m.manifest = next("OPTIONS", "/v2/x") },
				func() { m.blob = next("OPTIONS", "/v2/x") },
			} {
				if m.last().decides() || m.root.isPage() {
					break
				}
				step()
			}
		}
		wantValidKeys(t, ociCapabilitiesID, ociCapabilitiesKeys, judgeOCICapabilities(r, m))
	})
}
