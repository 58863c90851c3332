package main

import (
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

var gitKeys = []string{
	"config_key", "content_type", "error_kind", "error_message", "git_url", "http_status", "is_authentication_required", "is_tls", "provider",
	"provider_version", "redirect_location", "request_method", "request_url", "response_time_ms", "tls_error",
}

// TestGit holds the verdict table of §3.7 for a provider that is known and one
// that is not.
func TestGit(t *testing.T) {
	known := sweep{
		check: gitID, keys: gitKeys, method: "GET", url: "https://gitlab.example.com/api/v4/version", failed: wire.Fail,
		settings: map[string]wire.Setting{keyGitURL: {Value: "https://gitlab.example.com", Key: keyGitURL}},
		want: func(status int, kind string) (wire.Severity, string) {
			if status >= 200 && status < 300 || status == 401 || status == 403 {
				return wire.Pass, ""
			}
			return wire.Warn, usualCause(status)
		},
	}
	t.Run("known", known.run)
	page := known
	page.header = map[string][]string{"content-type": {"text/html"}}
	page.want = func(status int, kind string) (wire.Severity, string) {
		if status >= 200 && status < 300 {
			return wire.Warn, "http.200-html"
		}
		return known.want(status, kind)
	}
	t.Run("known page", page.statuses)
	unknown := page
	unknown.url, unknown.want = "https://git.example.com/", known.want
	unknown.settings = map[string]wire.Setting{keyGitURL: {Value: "https://git.example.com", Key: keyScmURL}}
	t.Run("unknown", unknown.statuses)
	github := known
	github.url = "https://api.github.com/"
	github.settings = map[string]wire.Setting{keyGitURL: {Value: "https://github.com/acme", Key: keyGitURL}}
	t.Run("github", github.run)
	wantShown(t, gitID, "git")
}

// TestGitProvider: who is asked where, by key and by host.
func TestGitProvider(t *testing.T) {
	const override = "Doctor:Plugins:Integration:"
	for _, c := range []struct{ key, value, name, url string }{
		{keyGitURL, "https://github.com", "github", "https://api.github.com/"},
		{keyGitURL, "http://github.com:8080/acme/app", "github", "https://api.github.com/"},
		{keyGitURL, "https://API.GitHub.com./", "github", "https://api.github.com/"},
		{keyGitURL, "https://github.example.com/prefix/", "github", "https://github.example.com/prefix/api/v3/"},
		{keyGitHubURL, "https://git.example.com", "github", "https://git.example.com/api/v3/"},
		{keyGitHubURL, "https://gitlab.example.com", "github", "https://gitlab.example.com/api/v3/"},
		{override + keyGitHubURL, "https://git.example.com", "github", "https://git.example.com/api/v3/"},
		{"DOCTOR:PLUGINS:INTEGRATION:GITHUB:URL", "https://git.example.com", "github", "https://git.example.com/api/v3/"},
		{"github:url", "https://git.example.com", "github", "https://git.example.com/api/v3/"},
		{"Doctor:Plugins:Other:GitHub:Url", "https://git.example.com", "unknown", "https://git.example.com/"},
		{keyGitURL, "https://www.github.com.evil.example.com", "github", "https://www.github.com.evil.example.com/api/v3/"},
		{keyGitURL, "https://gitlab.com", "gitlab", "https://gitlab.com/api/v4/version"},
		{keyScmURL, "http://my-gitlab.example.com:8080/git", "gitlab", "http://my-gitlab.example.com:8080/git/api/v4/version"},
		{override + keyScmURL, "https://gitea.example.com", "gitea", "https://gitea.example.com/api/v1/version"},
		{keyGitLabURL, "https://git.example.com", "gitlab", "https://git.example.com/api/v4/version"},
		{keyGiteaURL, "https://git.example.com/gitea", "gitea", "https://git.example.com/gitea/api/v1/version"},
		{keyGiteaURL, "https://github.com", "gitea", "https://github.com/api/v1/version"},
		{keyGitURL, "https://bitbucket.org/acme", "bitbucket", "https://api.bitbucket.org/2.0/user"},
		{keyGitURL, "https://bitbucket.example.com", "bitbucket", "https://bitbucket.example.com/rest/api/1.0/application-properties"},
		{keyGitURL, "https://dev.azure.com/acme", "azuredevops", "https://dev.azure.com/acme/_apis/connectionData"},
		{keyGitURL, "https://acme.visualstudio.com", "azuredevops", "https://acme.visualstudio.com/_apis/connectionData"},
		{keyGitURL, "https://visualstudio.com", "unknown", "https://visualstudio.com/"},
		{keyGitURL, "https://xdev.azure.com", "unknown", "https://xdev.azure.com/"},
		{keyGitURL, "https://github-gitlab.example.com", "github", "https://github-gitlab.example.com/api/v3/"},
		{keyGitURL, "https://git.example.com/github", "unknown", "https://git.example.com/github"},
		{keyGitURL, "http://[::1]:3000/", "unknown", "http://[::1]:3000/"},
	} {
		a := readAddress(wire.Setting{Value: c.value, Key: c.key}, keyGitURL, "")
		p := providerOf(a)
		if got := p.request(a).url(); p.name != c.name || got != c.url {
			t.Errorf("%s of %s: %s at %s, want %s at %s", c.value, c.key, p.name, got, c.name, c.url)
		}
	}
}

// TestGitSSH: addresses for Git over SSH, and what only looks like one.
func TestGitSSH(t *testing.T) {
	for value, want := range map[string]bool{
		"ssh://git@git.example.com/acme/app.git": true, " SSH://git.example.com": true, "ssh://***@git.example.com/x": true,
		"git@github.com:acme/app.git": true, "git@git.example.com:": true, "acme@[2001:db8::1]:app": true,
		"": false, "ssh://": false, "ssh:git.example.com": false, "https://git@git.example.com/a:b": false, "https://git.example.com:8443": false,
		"git.example.com:acme/app": false, "@git.example.com:x": false, "git@:x": false, "***@git.example.com:x": false, "git@git.example.com": false,
		"a/b@git.example.com:x": false, "git@git.example.com:x y": false, "u:p@git.example.com:x": false, "c:\\git@x": false,
	} {
		if got := isSSH(value); got != want {
			t.Errorf("%q: %v", value, got)
		}
	}
}

// TestGitVersion: only a text in an answer that can be read whole is a version.
func TestGitVersion(t *testing.T) {
	for body, want := range map[string]string{
		`{"version":"1.25.0"}`: "1.25.0", ` {"revision":"x","version":"17.1.0-ee"} `: "17.1.0-ee", `{"version":"a\u202eb\u0000"}`: "a\ufffdb",
		"": "", "{": "", `{"version":1}`: "", `{"version":null}`: "", `{"version":["1"]}`: "", `["version"]`: "", `{"Version":"1"}`: "", `{"version":"1"`: "",
		`{"version":"1","version":"2"}`: "", "\xff\xfe{\x00}\x00": "",
	} {
		x := &answer{resp: wire.HTTPResponse{Status: 200, Body: []byte(body)}}
		if got := version(x); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
		x.resp.Status = 401
		if got := version(x); got != "" {
			t.Errorf("%s of a 401: %q", body, got)
		}
	}
}

func TestGitIdentity(t *testing.T) {
	c := described(t, gitID)
	wantInfo(t, &c, "warn", "connectivity git scm", "Git:Url Scm:Url GitHub:Url GitLab:Url Gitea:Url",
		`GET {Git:Url}  /api/v3/
GET https://api.github.com  /
GET {Git:Url}  /api/v4/version
GET {Git:Url}  /api/v1/version
GET {Git:Url}  /rest/api/1.0/application-properties
GET https://api.bitbucket.org  /2.0/user
GET {Git:Url}  /_apis/connectionData
GET {Git:Url}  `, "check.integration.ci.system check.integration.webhooks")
}

// FuzzGit: no answer and no address breaks the contract.
func FuzzGit(f *testing.F) {
	addFailures(f)
	f.Add("git@github.com:acme/app", 404, "x", "y", `{"version":"1"}`, "", "", "", false)
	f.Fuzz(func(t *testing.T, url string, status int, name, value, body, kind, detail, message string, unused bool) {
		if isSSH(url) {
			wantValid(t, gitID, gitKeys, notHTTP(value))
			return
		}
		a := readAddress(wire.Setting{Value: url, Key: value}, keyGitURL, "")
		p := providerOf(a)
		x := p.request(a)
		if a.rule == "" {
			x.resp = fuzzed(status, name, value, body, kind, detail, message, unused)
		}
		wantValid(t, gitID, gitKeys, judgeGit(a, p, x))
	})
}
