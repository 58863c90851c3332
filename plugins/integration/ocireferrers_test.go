package main

import (
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

var ociReferrersKeys = withRegistry("is_fallback_required", "is_referrers_supported", "manifest_digest", "referrer_count", "test_repository", "test_tag")

const (
	manifestURL = testURL + "/v2/library/alpine/manifests/latest"
	testDigest  = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	emptyIndex  = `{"schemaVersion":2,"manifests":[]}`
	pullScope   = "repository:library/alpine:pull"
)

// headOf asks for the digest of the test image; header is that of the answer.
func headOf(method string, header map[string][]string) exchange.Exchange {
	s := pullSweep(method)
	req := s.with
	req.Method, req.URL = "HEAD", manifestURL
	return exchange.Exchange{Function: wire.FuncHTTPRead, Request: req, Response: wire.HTTPResponse{Status: 200, Header: header}}
}

var withDigest = map[string][]string{"docker-content-digest": {testDigest}}

// firstWant is the table of step 1 for a status that gives no digest.
func firstWant(method string) func(int, string) (wire.Severity, string) {
	return func(status int, kind string) (wire.Severity, string) {
		switch {
		case status >= 200 && status <= 299:
			return wire.Info, "oci.no-digest"
		case status == 401 && method == methodAnonymous:
			return wire.Info, "auth.no-credentials"
		case status == 401 || status == 403:
			return wire.Info, usualCause(status)
		case status == 404:
			return wire.Info, "oci.image-absent"
		}
		return wire.Warn, usualCause(status)
	}
}

// secondWant is the table of step 2.
func secondWant(method, body string) func(int, string) (wire.Severity, string) {
	return func(status int, kind string) (wire.Severity, string) {
		index := body == emptyIndex && kind == ""
		switch {
		case index && (status == 200 || status == 404):
			return wire.Pass, ""
		case status == 200 && kind == wire.KindTooLarge:
			return wire.Warn, "http.too-large"
		case status == 200:
			return wire.Warn, "oci.referrers-not-an-index"
		case status == 404 || status == 405:
			return wire.Warn, "oci.referrers-unsupported"
		case status == 401 && method == methodAnonymous:
			return wire.Warn, "auth.no-credentials"
		}
		return wire.Warn, usualCause(status)
	}
}

// referrersSweeps are the three requests of the check, in their order.
func referrersSweeps(method string) (head, get, list sweep) {
	head = pullSweep(method)
	head.check, head.keys, head.want = ociReferrersID, ociReferrersKeys, firstWant(method)
	head.asksOn = func(status int) bool { return status >= 200 && status <= 299 }

	get = head
	get.asksOn = nil
	get.before, get.method, get.with.MaxBody = []exchange.Exchange{headOf(method, nil)}, "GET", wire.MaxBodyBytes
	get.url = manifestURL

	list = get
	list.before = []exchange.Exchange{headOf(method, withDigest)}
	list.url = testURL + "/v2/library/alpine/referrers/" + testDigest
	list.with = wire.HTTPRequest{Header: map[string][]string{"accept": {"application/vnd.oci.image.index.v1+json"}},
		Credential: credentialFor(method, pullScope), MaxBody: wire.MaxBodyBytes}
	list.want = secondWant(method, "")
	return head, get, list
}

// TestOCIReferrers holds the verdict table of §3.5 for every status and every
// failure of each of the three requests.
func TestOCIReferrers(t *testing.T) {
	t.Parallel()
	for _, method := range methods {
		head, get, list := referrersSweeps(method)
		t.Run(method+"/head", head.run)
		t.Run(method+"/get", get.run)
		t.Run(method+"/list", list.run)
		list.body, list.want = emptyIndex, secondWant(method, emptyIndex)
		t.Run(method+"/index", list.statuses)
	}
	_, get, list := referrersSweeps(methodBasic)
	for _, s := range []sweep{get, list} {
		s.header = map[string][]string{"content-type": {"text/html"}}
		plain := s.want
		s.want = func(status int, kind string) (wire.Severity, string) {
			if status >= 200 && status <= 299 {
				return wire.Warn, "http.200-html"
			}
			return plain(status, kind)
		}
		t.Run("web page "+s.method+s.url, s.statuses)
	}
}

func TestOCIReferrersAuth(t *testing.T) {
	first := authVerdicts{notGranted: "denied", exchangeError: "warn", rejected: "info", refused: "info", scope: "info", plain: "info", forbidden: "info"}
	second := authVerdicts{notGranted: "denied", exchangeError: "warn", rejected: "warn", refused: "warn", scope: "warn", plain: "warn", forbidden: "warn"}
	for name, place := range map[string]func(string) (sweep, []exchange.Exchange){
		"head": func(method string) (sweep, []exchange.Exchange) { s, _, _ := referrersSweeps(method); return s, nil },
		"get":  func(method string) (sweep, []exchange.Exchange) { _, s, _ := referrersSweeps(method); return s, nil },
		"list": func(method string) (sweep, []exchange.Exchange) { _, _, s := referrersSweeps(method); return s, nil },
	} {
		want := first
		if name == "list" {
			want = second
		}
		t.Run(name, func(t *testing.T) { authSweep(t, methods, ociReferrersID, ociReferrersKeys, place, want) })
	}
}

// TestOCIReferrersIndex: what counts as an OCI index, at 200 and at 404, and what
// the evidence says of it.
func TestOCIReferrersIndex(t *testing.T) {
	many := `{"schemaVersion":2,"manifests":[` + strings.TrimSuffix(strings.Repeat(`{"digest":"x"},`, 20000), ",") + `]}`
	for body, count := range map[string]int64{
		emptyIndex:            0,
		"\ufeff" + emptyIndex: 0,
		` {"manifests" : [ {} , {} ] , "schemaVersion" : 2 } `: 2,
		`{"schemaVersion":2,"manifests":[1,"a",null]}`:         3,
		many: 20000,
	} {
		for _, status := range []int{200, 404} {
			_, _, s := referrersSweeps(methodBasic)
			r := s.play(t, wire.HTTPResponse{Status: status, Body: []byte(body)})
			if r.Severity != wire.Pass || r.Evidence["referrer_count"].Any() != count || r.Evidence["is_referrers_supported"].Any() != true || r.Evidence["is_fallback_required"].Any() != false {
				t.Errorf("%.80s at %d: %s %v", body, status, r.Severity, r.Evidence)
			}
			r = s.play(t, wire.HTTPResponse{Status: status, Body: []byte(body), Truncated: true})
			if r.Severity != wire.Warn {
				t.Errorf("%.80s at %d, cut off: %s", body, status, r.Severity)
			}
		}
	}
	for _, body := range []string{
		"", "{}", "null", "[]", `"x"`, `{"schemaVersion":2}`, `{"manifests":[]}`, `{"schemaVersion":2.0,"manifests":[]}`, `{"schemaVersion":3,"manifests":[]}`,
		`{"schemaVersion":2,"manifests":{}}`, `{"schemaVersion":2,"manifests":[]`, `{"schemaVersion":2,"manifests":[]}x`, `{"schemaversion":2,"Manifests":[]}`,
		`{"schemaVersion":2,"manifests":[],"manifests":[]}`, `{"schemaVersion":1,"schemaVersion":2,"manifests":[]}`, "\ufeff\ufeff" + emptyIndex, "\xff\xfe{\x00}\x00",
		`{"schemaVersion":2,"manifests":[]}`[:20] + "\x00", strings.Repeat(`[`, 100000), strings.Repeat(`{"a":`, 10000),
	} {
		for status, want := range map[int]string{200: "oci.referrers-not-an-index", 404: "oci.referrers-unsupported"} {
			_, _, s := referrersSweeps(methodBasic)
			r := s.play(t, wire.HTTPResponse{Status: status, Body: []byte(body)})
			if r.Severity != wire.Warn || r.Cause != want || r.Evidence["is_referrers_supported"].Any() != false || r.Evidence["is_fallback_required"].Any() != true || !r.Evidence["referrer_count"].IsNull() {
				t.Errorf("%.80q at %d: %s %s %v", body, status, r.Severity, r.Cause, r.Evidence)
			}
		}
	}
}

func TestOCIReferrersDeclared(t *testing.T) {
	wantShown(t, ociReferrersID, "ocireferrers")
	wantRegistryInfo(t, ociReferrersID, wire.Warn, "registry oci referrers compatibility oci-1.1", credentialSettings+
		"\nOCI:TestRepository,Registry:TestRepository =library/alpine\nOCI:TestTag,Registry:TestTag =latest",
		"read GET,HEAD {OCI:RegistryUrl} /v2 /v2/ OCI:Password,OCI:Token"+realmAccess, "check.integration.oci.credentials",
		"oci.pull oci.capabilities oci.registry")
	if c := described(t, ociReferrersID); c.Class != wire.ClassRead || c.Access[0].MaxBody != 1<<20 {
		t.Errorf("class %s, access %+v", c.Class, c.Access[0])
	}
}

// FuzzOCIReferrers: no answer and no setting makes the check panic or break the
// contract.
func FuzzOCIReferrers(f *testing.F) {
	f.Add("https://registry.example.com/a", "deploy", "team/app", "1.0", 0, 200, 404, "docker-content-digest", testDigest, "rejected", "", "", emptyIndex)
	f.Add("http://[::1]:5000", "a'b", "Team", "latest", 1, 200, 200, "content-type", "text/html", "succeeded", "ssl_error", "realm", "\u202e")
	f.Add("https://registry.example.com", "", "a/b", "v", 2, 204, 200, "", "", "", "", "", `{"schemaVersion":2,"manifests":[{}]}`)
	f.Fuzz(func(t *testing.T, at, user, repository, tag string, method, first, second int, name, value, te, kind, detail, text string) {
		r := fuzzRegistry(at, user, method&3)
		image := &reference{repository: repository, tag: tag, repositoryKey: text, tagKey: user}
		q := &referrers{head: r.fuzzAnswer("HEAD", "/v2/x/manifests/y", fuzzed(first, name, value, text, "", "", text, false), te, text)}
		if q.head.isManifest() {
			if q.digest = q.head.digest(); q.digest == "" {
				q.get = r.fuzzAnswer("GET", "/v2/x/manifests/y", fuzzed(second, name, value, text, kind, detail, text, false), te, text)
				q.digest = q.get.manifestDigest()
			}
		}
		if q.digest != "" {
			if !isDigest(q.digest) {
				t.Errorf("%q is no digest", q.digest)
			}
			q.list = r.fuzzAnswer("GET", "/v2/x/referrers/"+q.digest, fuzzed(second, name, value, text, kind, detail, text, method&4 != 0), te, text)
		}
		if rule := image.rule(); rule != "" {
			q = &referrers{head: refused(r, rule)}
		}
		r.login.incomplete = ""
		wantValidKeys(t, ociReferrersID, ociReferrersKeys, judgeOCIReferrers(r, image, q))
	})
}
