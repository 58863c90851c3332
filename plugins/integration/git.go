package main

import (
	"strings"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

const (
	gitID        = "check.integration.git"
	keyGitURL    = "Git:Url"
	keyScmURL    = "Scm:Url"
	keyGitHubURL = "GitHub:Url"
	keyGitLabURL = "GitLab:Url"
	keyGiteaURL  = "Gitea:Url"
)

// git asks the API of the Git provider, without credentials (§3.7): an answer
// that refuses them shows as well as any other that the API is there.
var git = sdk.Check{
	Info: wire.CheckInfo{
		ID:              gitID,
		Name:            "Git Provider API",
		Description:     "Is the API of the Git provider reachable?",
		DefaultSeverity: wire.Warn,
		Tags:            []string{"connectivity", "git", "scm"},
		Settings:        []wire.SettingInfo{gitSetting},
		Access:          gitAccess,
		EstimateMS:      5000,
		Related: []wire.Related{
			{ID: "check.integration.ci.system", Reason: "Is the CI system reachable? It is often the same host."},
			{ID: "check.integration.webhooks", Reason: "Do the deliveries of the Git provider arrive?"},
		},
		Explain: &gitExplain,
	},
	Run:   runGit,
	Steps: func() []wire.Step { return usualSteps(gitID, &gitService) },
}

var gitSetting = wire.SettingInfo{
	Key:         keyGitURL,
	Aliases:     []string{keyScmURL, keyGitHubURL, keyGitLabURL, keyGiteaURL},
	Type:        wire.TypeURL,
	Required:    true,
	Lead:        true,
	Description: "Web address of the Git provider, such as https://gitlab.example.com; a path prefix is kept.",
}

var gitService = service{
	name:     "Git provider",
	noun:     "address of the Git provider",
	keys:     []string{keyGitURL, keyScmURL, keyGitHubURL, keyGitLabURL, keyGiteaURL},
	owner:    "platform",
	unit:     "stellaops-platform",
	newValue: "<git-url>",
	noTarget: "<api-url>",
	noHost:   "<git-host>",
	probe:    `curl -sS -o /dev/null -w '%{http_code} %{content_type}\n' --max-time 10`,
	healthy:  "200, 401 or 403 is healthy",
}

func runGit(env *sdk.Env) wire.Result {
	setting, _ := env.Setting(keyGitURL)
	if isSSH(setting.Value) {
		return notHTTP(setting.Key)
	}
	a, end, ok := configured(env, gitSetting, "")
	if !ok {
		return end
	}
	p := providerOf(a)
	x := p.request(a)
	if a.rule == "" {
		x.resp = env.Get(wire.HTTPRequest{URL: x.target.String()})
	}
	return judgeGit(a, p, x)
}

// judgeGit is the verdict table of §3.7. A row of §3.0 comes first.
func judgeGit(a *address, p *provider, x *answer) wire.Result {
	s := scene{check: gitID, service: &gitService, address: a, answer: x, cause: failureCause(x), more: []word{{"provider", p.title}}}
	evidence, texts := gitEvidence(a, p, x), &gitTables
	if p.isCentral(a) {
		texts = &gitVendorTables
	}
	switch {
	case x.kind() == wire.KindDenied:
		return s.denied(evidence)
	case s.cause != "":
		return s.judged(wire.Fail, evidence, texts)
	case isGitAnswer(p, x):
		return s.judged(wire.Pass, evidence, texts)
	case x.isPage():
		s.cause = causeHTML
	default:
		s.cause = statusCause(x.resp.Status)
	}
	if s.cause == causeNotFound && !p.known() {
		s.sort = unguessed
	}
	return s.judged(wire.Warn, evidence, texts)
}

// isGitAnswer tells the answers that show the API to be there. Of a provider that
// is not known nobody knows what it answers with.
func isGitAnswer(p *provider, x *answer) bool {
	return x.isSuccess() && !(x.isPage() && p.known()) || needsCredentials(x.resp.Status)
}

func needsCredentials(status int) bool { return status == 401 || status == 403 }

// gitEvidence is the evidence of §3.7 and set H.
func gitEvidence(a *address, p *provider, x *answer) wire.Evidence {
	e := make(wire.Evidence)
	notes(e, []word{
		{"git_url", a.shown},
		{"provider", p.name},
		{"provider_version", version(x)},
		{"is_authentication_required", ""},
	})
	if !x.failed() && isGitAnswer(p, x) {
		e["is_authentication_required"] = wire.Bool(needsCredentials(x.resp.Status))
	}
	x.facts(e)
	return e
}

// version is the version that a provider states in its answer.
func version(x *answer) string {
	if x.failed() || !x.isSuccess() {
		return ""
	}
	document, _ := x.json()
	text, _ := document.Field("version").Text()
	return clean(text, 120)
}

// masked is what the host gives in place of a user name with a password.
const masked = "***"

// isSSH tells whether the value is the address of a repository over SSH:
// ssh://git@host/path, or user@host:path, where no slash comes before the colon.
func isSSH(value string) bool {
	value = strings.Trim(value, " \t\r\n")
	if len(value) > 6 && lower(value[:6]) == "ssh://" {
		return true
	}
	before, path, found := strings.Cut(value, ":")
	user, host, isUser := strings.Cut(before, "@")
	return found && isUser && user != "" && user != masked && host != "" && !strings.ContainsAny(before, "/ ") && !strings.ContainsAny(path, "@ ")
}

// notHTTP is the result for an address that is none of the API.
func notHTTP(key string) wire.Result {
	return wire.Result{
		Severity:   wire.Skip,
		SkipReason: wire.SkipNotApplicable,
		Diagnosis: "The address in " + clean(key, 200) + " is one for Git over SSH, and this check asks the API of the provider; " +
			"give the http or https address of the provider, such as https://gitlab.example.com.",
		Evidence: wire.Evidence{"skip_reason": wire.String(wire.SkipNotApplicable)},
	}
}
