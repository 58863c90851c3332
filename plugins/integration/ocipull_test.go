package main

import (
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

var ociPullKeys = withRegistry("challenge_error", "manifest_digest", "manifest_media_type", "test_repository", "test_tag")

// withImage adds the test image to settings.
func withImage(settings map[string]wire.Setting) map[string]wire.Setting {
	settings[keyTestRepository] = wire.Setting{Value: "library/alpine"}
	settings[keyTestTag] = wire.Setting{Value: "latest"}
	return settings
}

func pullSweep(method string) sweep {
	return sweep{
		check: ociPullID, keys: ociPullKeys, settings: withImage(settingsFor(method)),
		method: "HEAD", url: testURL + "/v2/library/alpine/manifests/latest",
		with: wire.HTTPRequest{
			Header:     map[string][]string{"accept": {"application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json"}},
			Credential: credentialFor(method, "repository:library/alpine:pull"),
		},
		auth: &wire.AuthInfo{TokenExchange: "not_needed"}, failed: wire.Fail, whole: method != methodBasic,
		want: func(status int, _ string) (wire.Severity, string) {
			switch {
			case status >= 200 && status <= 299:
				return wire.Pass, ""
			case status == 401 && method == methodAnonymous:
				return wire.Fail, "auth.no-credentials"
			case status == 401 || status == 403:
				return wire.Fail, usualCause(status)
			case status == 404:
				return wire.Info, "oci.image-absent"
			}
			return wire.Warn, usualCause(status)
		},
	}
}

// TestOCIPull holds the verdict table of §3.3 for every status and every failure,
// and for every method.
func TestOCIPull(t *testing.T) {
	t.Parallel()
	for _, method := range methods {
		s := pullSweep(method)
		t.Run(method, s.run)
	}
	s := pullSweep(methodBasic)
	s.header = map[string][]string{"content-type": {"text/html; charset=utf-8"}}
	plain := s.want
	s.want = func(status int, kind string) (wire.Severity, string) {
		if status >= 200 && status <= 299 {
			return wire.Warn, "http.200-html"
		}
		return plain(status, kind)
	}
	t.Run("web page", s.statuses)
}

func TestOCIPullAuth(t *testing.T) {
	authSweep(t, methods, ociPullID, ociPullKeys, func(method string) (sweep, []exchange.Exchange) { return pullSweep(method), nil },
		authVerdicts{notGranted: "denied", exchangeError: "warn", rejected: "fail", refused: "fail", scope: "fail", plain: "fail", forbidden: "fail"})
}

func TestOCIPullDeclared(t *testing.T) {
	wantShown(t, ociPullID, "ocipull")
	wantRegistryInfo(t, ociPullID, wire.Fail, "registry oci pull authorization credentials", credentialSettings+
		"\nOCI:TestRepository,Registry:TestRepository =library/alpine\nOCI:TestTag,Registry:TestTag =latest",
		"read HEAD {OCI:RegistryUrl} /v2 /v2/ OCI:Password,OCI:Token"+realmAccess, "check.integration.oci.credentials",
		"oci.credentials oci.registry oci.push oci.referrers")
	if c := described(t, ociPullID); c.Class != wire.ClassRead {
		t.Errorf("class %s", c.Class)
	}
}

// TestRepositoryNames: the grammar of OCI Distribution, and nothing that an
// address would have to escape.
func TestRepositoryNames(t *testing.T) {
	for name, want := range map[string]bool{
		"alpine": true, "library/alpine": true, "a/b/c/d": true, "a.b/c_d/e__f/g-h/i---j": true, "0": true,
		"": false, "/": false, "/a": false, "a/": false, "a//b": false, "A": false, "a.": false, ".a": false, "-a": false, "a_": false, "a..b": false, "a___b": false,
		"a.-b": false, "a/../b": false, "..": false, "a:b": false, "a@b": false, "a?b": false, "a#b": false, "a%2fb": false, "a b": false, "é": false, "a\nb": false, "a{tag}": false,
		strings.Repeat("a", 255): true, strings.Repeat("a", 256): false,
	} {
		if isRepository(name) != want {
			t.Errorf("repository %q: %v", name, !want)
		}
	}
	for tag, want := range map[string]bool{
		"latest": true, "1.0_a-B": true, "_": true, strings.Repeat("a", 128): true, "sha256:" + strings.Repeat("0", 64): true,
		"": false, ".a": false, "-a": false, "a/b": false, "a:b": false, "a b": false, strings.Repeat("a", 129): false, "sha256:0": false, "..": false, "a%": false, "é": false,
	} {
		if isReference(tag) != want {
			t.Errorf("tag %q: %v", tag, !want)
		}
	}
}

// FuzzOCIPull: no answer and no setting makes the check panic or break the
// contract.
func FuzzOCIPull(f *testing.F) {
	f.Add("https://registry.example.com/a", "deploy", "team/app", "1.0", 0, 401, "docker-content-digest", `Bearer realm="r"`, "rejected", "", "", "why")
	f.Add("http://[::1]:5000", "a'b", "Team", "latest", 1, 200, "content-type", "text/html", "succeeded", "ssl_error", "realm", "\u202e")
	f.Add("https://registry.example.com", "", "a/b", "${x}", 2, 404, "", "", "not_attempted", "denied", "realm", "auth.example.com:1")
	f.Fuzz(func(t *testing.T, url, user, repository, tag string, method, status int, name, value, te, kind, detail, text string) {
		r := fuzzRegistry(url, user, method&3)
		image := &reference{repository: repository, tag: tag, repositoryKey: text, tagKey: user}
		x := r.fuzzAnswer("HEAD", "/v2/x/manifests/y", fuzzed(status, name, value, text, kind, detail, text, method&4 != 0), te, text)
		if rule := image.rule(); rule != "" {
			x = refused(r, rule)
		}
		if r.login.incomplete != "" {
			x = &answer{}
		}
		wantValidKeys(t, ociPullID, ociPullKeys, judgeOCIPull(r, image, x))
	})
}
