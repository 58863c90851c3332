package main

import (
	"strings"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

const (
	ciSystemID = "check.integration.ci.system"
	keySystems = "CI:Systems:*"

	typeJenkins     = "jenkins"
	typeGitLab      = "gitlab"
	typeGitHub      = "github"
	typeAzureDevOps = "azuredevops"

	causeNoRunners    = "ci.no-runners"
	causeTokenNotSent = "config.token-not-sent"
	causeUsername     = "config.invalid-username"

	// gitHubAPI answers for github.com, which has its API on a host of its own.
	gitHubAPI = "https://api.github.com"
)

// ciSettings are the fields of a CI system. The older single form has no name and
// no user name.
var ciSettings = []wire.SettingInfo{
	{Key: keySystems + ":Url", Aliases: []string{"CI:Url"}, Type: wire.TypeURL, Required: true, Lead: true, Group: "system",
		Description: "Address of the CI system; a path prefix is kept. For github.com it is https://api.github.com."},
	{Key: keySystems + ":Name", Type: wire.TypeString, Description: "What the system is called in reports."},
	{Key: keySystems + ":Type", Aliases: []string{"CI:Type"}, Type: wire.TypeString, Group: "system",
		Description: "jenkins, gitlab, github, azuredevops or generic; unset is told by the host name, else generic."},
	{Key: keySystems + ":Username", Type: wire.TypeString, Description: "User of the token, for Jenkins; without it the token goes as a bearer token."},
	{Key: keySystems + ":ApiToken", Aliases: []string{"CI:ApiToken"}, Type: wire.TypeString, Secret: true, Group: "system",
		Description: "Token of the API; without one the system is asked without credentials."},
}

// ciPaths are where each type is asked.
var ciPaths = []word{
	{typeJenkins, "/api/json"},
	{typeGitLab, "/api/v4/version"},
	{typeGitHub, "/api/v3/rate_limit"}, // of a server of one's own
	{typeAzureDevOps, "/_apis/connectionData"},
	{typeGeneric, "/health"},
}

const (
	gitHubPath    = "/rate_limit" // of api.github.com
	gitHubTrim    = "/api/v3"
	jenkinsAgents = "/computer/api/json"
	gitLabRunners = "/api/v4/runners"
)

// ciSystem asks each CI system for a page of its API, with its token, and the
// Jenkins and GitLab among them for their runners (§3.8).
var ciSystem = sdk.Check{
	Info: wire.CheckInfo{
		ID:              ciSystemID,
		Name:            "CI System Connectivity",
		Description:     "Are the CI systems reachable, are their tokens accepted, and do they have runners?",
		DefaultSeverity: wire.Warn,
		Tags:            []string{"integration", "ci", "cd", "jenkins", "gitlab", "github"},
		Settings:        ciSettings,
		Access: []wire.Access{
			ciAccess("/api/json", "", 0, "Ask a Jenkins for its root object."),
			ciAccess(jenkinsAgents, "", wire.MaxBodyBytes, "Ask a Jenkins for its agents."),
			ciAccess("/api/v4/version", "", 0, "Ask a GitLab for its version."),
			ciAccess(gitLabRunners, "", wire.MaxBodyBytes, "Ask a GitLab for its runners."),
			ciAccess("/api/v3/rate_limit", gitHubTrim, 0, "Ask a GitHub server of one's own for the rate limit of the token."),
			ciAccess(gitHubPath, gitHubTrim, 0, "Ask api.github.com for the rate limit of the token."),
			ciAccess("/_apis/connectionData", "", 0, "Ask an Azure DevOps who is connected."),
			ciAccess("/health", "", 0, "Ask any other CI system for its health."),
			{Kind: wire.KindHTTP, Methods: []string{"GET"}, Target: gitHubAPI, Path: gitHubPath,
				Reason: "Where the address is that of github.com, ask its API, without a token: the token belongs to the configured address."},
		},
		EstimateMS: 5000,
		Related: []wire.Related{
			{ID: "check.integration.git", Reason: "The forge is often the same host."},
			{ID: "check.integration.webhooks", Reason: "Build events come as webhooks."},
			{ID: "check.integration.secrets.manager", Reason: "The tokens may live there."},
		},
		Explain: &ciSystemExplain,
	},
	Run:   runCISystem,
	Steps: func() []wire.Step { return usualSteps(ciSystemID, ciService(typeGeneric, 0)) },
}

// ciAccess is one page below the configured address.
func ciAccess(path, trim string, maxBody int64, reason string) wire.Access {
	return wire.Access{
		Kind: wire.KindHTTP, Methods: []string{"GET"}, Target: "{" + keySystems + ":Url}", Trim: trim, Path: path,
		MaxBody: maxBody, Secrets: []string{keySystems + ":ApiToken"}, Reason: reason,
	}
}

// ci is one CI system: what is configured, and what came of the requests.
type ci struct {
	entry
	itemType
	token    wire.Setting
	username string
	// elsewhere says that the API is not at the configured address, so that the
	// token was not sent: a secret goes to the address that it belongs to and to
	// no other.
	elsewhere bool
	page      bool // HTML at 200
	runners   runners
}

func runCISystem(env *sdk.Env) wire.Result {
	numbers := env.Items(listKeys(ciSettings)...)
	if len(numbers) == 0 {
		return unconfigured(ciSettings[0])
	}
	all := make([]ci, len(numbers))
	for i, n := range numbers {
		c := &all[i]
		c.read(env, n)
		if c.prepare(); c.asks() {
			c.resp = env.Get(wire.HTTPRequest{URL: c.target.String(), Credential: c.credential()})
		}
		c.look()
	}
	// The runners come after every system was asked: they decide least, and what is
	// left of the budget is theirs.
	for i := range all {
		c := &all[i]
		if c.accepted() {
			c.runners = countRunners(c.api, func(path, query string) *answer {
				x := prepare(c.address, "GET", path)
				x.target.Query = query
				x.resp = env.Get(wire.HTTPRequest{URL: x.target.String(), MaxBody: wire.MaxBodyBytes, Credential: c.credential()})
				return x
			})
		}
	}
	return judgeCISystem(all)
}

// read reads what is configured of one system.
func (c *ci) read(env *sdk.Env, number int) {
	key := itemKey(keySystems, number) + ":Url"
	setting, _ := env.Setting(key)
	c.number, c.address = number, itemAddress(setting, key, "")
	c.token, _ = env.Setting(itemKey(keySystems, number) + ":ApiToken")
	c.itemType = ciType(itemText(env, keySystems+":Type", number), c.base.Host)
	if c.api == typeGitHub {
		c.address = itemAddress(setting, key, gitHubTrim)
	}
	if !isOlder(c.address) {
		c.name = itemName(env, keySystems+":Name", number)
		c.username = itemText(env, keySystems+":Username", number)
	}
}

// ciType reads the type of a CI system.
func ciType(configured, host string) itemType {
	t := readType(configured, typeJenkins, typeGitLab, typeGitHub, typeAzureDevOps, typeGeneric)
	if t.api != "" {
		return t
	}
	t.api = typeGeneric
	switch {
	case host == "dev.azure.com" || strings.HasSuffix(host, ".visualstudio.com"):
		t.api = typeAzureDevOps
	case strings.Contains(host, typeGitHub):
		t.api = typeGitHub
	case strings.Contains(host, typeGitLab):
		t.api = typeGitLab
	case strings.Contains(host, typeJenkins):
		t.api = typeJenkins
	}
	return t
}

// prepare describes the first request.
func (c *ci) prepare() {
	base, path := *c.address, valueOf(ciPaths, c.api)
	switch host := c.base.Host; {
	case c.api != typeGitHub:
	case host == "api.github.com":
		path = gitHubPath
	case host == "github.com", host == "www.github.com":
		c.elsewhere, path = true, gitHubPath
		base.base, _ = wire.ScreenURL(gitHubAPI)
	}
	c.answer = prepare(&base, "GET", path)
	if c.address.rule == "" && c.badUsername() {
		c.answer = &answer{key: c.configKey(), unasked: true}
	}
}

func (c *ci) asks() bool { return c.address.rule == "" && !c.unasked }

// badUsername tells a user name that no Basic credentials can hold.
func (c *ci) badUsername() bool {
	return c.api == typeJenkins && c.token.Secret != "" && !isUsername(c.username)
}

// credential is the token in the way that the API takes it, nil without one.
func (c *ci) credential() *wire.Credential {
	secret := c.token.Secret
	switch {
	case secret == "" || c.elsewhere:
		return nil
	case c.api == typeJenkins && c.username != "":
		return &wire.Credential{Scheme: wire.SchemeBasic, Username: c.username, Secret: secret}
	case c.api == typeAzureDevOps:
		return &wire.Credential{Scheme: wire.SchemeBasic, Secret: secret}
	case c.api == typeGitLab:
		return &wire.Credential{Scheme: wire.SchemeHeader, Header: "private-token", Secret: secret}
	}
	return &wire.Credential{Scheme: wire.SchemeBearer, Secret: secret}
}

// look takes from the body what is asked of it, and lets it go: a hundred bodies
// are more than a guest has room for.
func (c *ci) look() {
	c.page = c.isHTML()
	c.resp.Body = nil
}

// accepted tells whether the answer is one of the API that was asked for.
func (c *ci) accepted() bool {
	return !c.unasked && !c.answer.failed() && c.isSuccess() && c.known && (!c.page || c.api == typeGeneric)
}

// judgeCISystem is the verdict table of §3.8.
func judgeCISystem(all []ci) wire.Result {
	entries := make([]entry, len(all))
	for i := range all {
		c := &all[i]
		c.check, c.service = ciSystemID, ciService(c.api, c.number)
		if c.elsewhere {
			c.newValue = gitHubAPI
		}
		c.judge()
		c.show()
		entries[i] = c.entry
	}
	return ciList.result(entries, wire.Evidence{
		"system_count":  wire.Int(int64(len(all))),
		"healthy_count": wire.Int(healthy(entries)),
	})
}

// judge gives one CI system its verdict.
func (c *ci) judge() {
	status, sent := c.resp.Status, c.token.Secret != "" && !c.elsewhere
	switch {
	case c.failedExchange():
	case c.unasked:
		c.cause, c.severity = causeUsername, wire.Fail
	case (status == 401 || status == 403) && c.elsewhere && c.token.Secret != "":
		c.cause, c.severity, c.sort = causeTokenNotSent, wire.Fail, sortRefused
	case status == 401, status == 403:
		c.cause, c.severity = statusCause(status), wire.Fail
		if !sent {
			c.sort = sortBare
		}
	case status >= 500 && status <= 599:
		c.cause, c.severity = cause5xx, wire.Fail
	case !c.known:
		c.cause, c.severity = causeUnknownType, wire.Warn
	case c.page && c.api != typeGeneric:
		c.cause, c.severity = causeHTML, wire.Warn
	case !c.accepted():
		c.cause, c.severity = statusCause(status), wire.Warn
		if c.cause == causeNotFound {
			c.sort = c.api
		}
	case c.runners.known && c.runners.total > 0 && c.runners.available == 0:
		c.cause, c.severity = causeNoRunners, wire.Warn
	case c.elsewhere && c.token.Secret != "":
		c.cause, c.severity = causeTokenNotSent, wire.Pass
	case !sent:
		c.severity, c.sort = wire.Pass, sortBare
	case c.api == typeGeneric:
		c.severity, c.sort = wire.Pass, typeGeneric
	default:
		c.severity = wire.Pass
	}
}

// show fills in words and evidence. A health path answers without a token, so
// that it does not show one to be accepted.
func (c *ci) show() {
	key := c.address.key
	token := tokenSubject(key, c.token, &ciSettings[4], c.number, "API token of the CI system")
	c.more = append(c.typeWords(key), []word{
		{"tokenkey", token.key}, {"userkey", sibling(key, "Username")}, {"types", "jenkins, gitlab, github, azuredevops, generic"},
		{"runnertotal", count(c.runners.total, "runner", "runners")}, {"runners", c.runners.text()},
	}...)
	c.subjects = []subject{token, typeSubject(key, keySystems, c.number, "<ci-type>"),
		{name: "username", noun: "user of the token", key: sibling(key, "Username"), keys: []string{itemKey(keySystems, c.number) + ":Username"}, newValue: "<ci-user>"}}
	asked := c.severity != "" && !c.unasked
	refused := asked && !c.answer.failed() && (c.resp.Status == 401 || c.resp.Status == 403)
	proven := asked && c.accepted() && c.token.Secret != "" && !c.elsewhere && c.api != typeGeneric
	c.facts = wire.Item{
		textField("type", c.shownAPI()), textField("url", c.shown),
		boolField("is_reachable", !c.answer.failed() && c.resp.Status < 500, asked),
		boolField("is_authenticated", proven, refused || proven),
		intField("runner_total", c.runners.total, c.runners.known),
		intField("runner_available", c.runners.available, c.runners.known),
	}
}
