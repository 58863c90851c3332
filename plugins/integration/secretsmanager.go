package main

import (
	"strings"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

const (
	secretsManagerID = "check.integration.secrets.manager"
	keyManagers      = "Secrets:Managers:*"

	typeVault         = "vault"
	typeAzureKeyVault = "azurekeyvault"

	causeSealed        = "vault.sealed"
	causeUninitialized = "vault.uninitialized"
	causeNoHealth      = "vault.no-health"
	causeDRSecondary   = "vault.dr-secondary"
	causeNoActiveNode  = "vault.no-active-node"
)

// managerSettings are the fields of a secrets manager. The two older single forms
// name a Vault; they have no other fields than address and token.
var managerSettings = []wire.SettingInfo{
	{Key: keyManagers + ":Url", Aliases: []string{"Secrets:Vault:Url", "Vault:Url"}, Type: wire.TypeURL, Required: true, Lead: true, Group: "manager",
		Description: "Address of the secrets manager, such as https://vault.example.com:8200; a path prefix is kept."},
	{Key: keyManagers + ":Name", Type: wire.TypeString, Description: "What the secrets manager is called in reports."},
	{Key: keyManagers + ":Type", Type: wire.TypeString, Description: "vault, azurekeyvault or generic; unset is told by the host name, else generic."},
	{Key: keyManagers + ":Token", Aliases: []string{"Secrets:Vault:Token", "Vault:Token"}, Type: wire.TypeString, Secret: true, Group: "manager",
		Description: "Token that is sent with the request; without one it is sent bare."},
}

// healthPaths are where each type tells of its health.
var healthPaths = []word{
	{typeVault, "/v1/sys/health"},
	{typeAzureKeyVault, "/healthstatus"},
	{typeGeneric, "/health"},
}

// vaultQuery makes a Vault answer with 200 in states that are no failure of HTTP.
const vaultQuery = "standbyok=true&sealedcode=200&uninitcode=200"

// secretsManager asks each secrets manager for its health (§3.9).
var secretsManager = sdk.Check{
	Info: wire.CheckInfo{
		ID:              secretsManagerID,
		Name:            "Secrets Manager Connectivity",
		Description:     "Are the secrets managers reachable, and ready to give out secrets?",
		DefaultSeverity: wire.Fail,
		Tags:            []string{"integration", "secrets", "vault", "security", "keyvault"},
		Settings:        managerSettings,
		Access: []wire.Access{
			managerAccess("/v1/sys/health", "Ask a Vault whether it is initialised and unsealed."),
			managerAccess("/healthstatus", "Ask an Azure Key Vault for its health."),
			managerAccess("/health", "Ask any other secrets manager for its health."),
		},
		EstimateMS: 5000,
		Related: []wire.Related{
			{ID: "check.integration.oci.credentials", Reason: "The credentials of the registry often come from here."},
			{ID: "check.integration.ci.system", Reason: "The tokens of CI systems often come from here."},
		},
		Explain: &secretsManagerExplain,
	},
	Run:   runSecretsManager,
	Steps: func() []wire.Step { return usualSteps(secretsManagerID, managerService(typeVault, 0)) },
}

func managerAccess(path, reason string) wire.Access {
	return wire.Access{
		Kind: wire.KindHTTP, Methods: []string{"GET"},
		Target: "{" + keyManagers + ":Url}", Path: path, Secrets: []string{keyManagers + ":Token"}, Reason: reason,
	}
}

// manager is one secrets manager: what is configured, and what came of the request.
type manager struct {
	entry
	itemType
	token wire.Setting
}

func runSecretsManager(env *sdk.Env) wire.Result {
	numbers := env.Items(listKeys(managerSettings)...)
	if len(numbers) == 0 {
		return unconfigured(managerSettings[0])
	}
	all := make([]manager, len(numbers))
	for i, n := range numbers {
		m := &all[i]
		m.number = n
		setting, _ := env.Setting(itemKey(keyManagers, n) + ":Url")
		m.address = itemAddress(setting, itemKey(keyManagers, n)+":Url", "")
		m.token, _ = env.Setting(itemKey(keyManagers, n) + ":Token")
		if m.itemType = (itemType{api: typeVault, known: true}); !isOlder(m.address) {
			m.name = itemName(env, keyManagers+":Name", n)
			m.itemType = managerType(itemText(env, keyManagers+":Type", n), m.address.base.Host)
		}
		if m.prepare(); m.address.rule == "" {
			m.resp = env.Get(wire.HTTPRequest{URL: m.target.String(), Credential: m.credential()})
		}
	}
	return judgeSecretsManager(all)
}

// managerType reads the type of a secrets manager.
func managerType(configured, host string) itemType {
	t := readType(configured, typeVault, typeAzureKeyVault, typeGeneric)
	if t.api == "" {
		switch {
		case strings.HasSuffix(host, ".vault.azure.net"):
			t.api = typeAzureKeyVault
		case strings.Contains(host, "vault"):
			t.api = typeVault
		default:
			t.api = typeGeneric
		}
	}
	return t
}

// prepare describes the request.
func (m *manager) prepare() {
	m.answer = prepare(m.address, "GET", valueOf(healthPaths, m.api))
	if m.api == typeVault && m.target.Host != "" {
		m.target.Query = vaultQuery
	}
}

// credential names the token, if there is one.
func (m *manager) credential() *wire.Credential {
	switch {
	case m.token.Secret == "":
		return nil
	case m.api == typeVault:
		return &wire.Credential{Scheme: wire.SchemeHeader, Header: "x-vault-token", Secret: m.token.Secret}
	}
	return &wire.Credential{Scheme: wire.SchemeBearer, Secret: m.token.Secret}
}

// judgeSecretsManager is the verdict table of §3.9.
func judgeSecretsManager(all []manager) wire.Result {
	entries := make([]entry, len(all))
	for i := range all {
		m := &all[i]
		m.check, m.service = secretsManagerID, managerService(m.api, m.number)
		h := m.health()
		m.judge(h)
		m.show(h)
		entries[i] = m.entry
	}
	return managerList.result(entries, wire.Evidence{
		"manager_count": wire.Int(int64(len(all))),
		"healthy_count": wire.Int(healthy(entries)),
	})
}

// vaultHealth is what a Vault says of itself. A field that is not there, or is
// no truth value, is unknown.
type vaultHealth struct {
	sealed, initialized           bool
	knowsSealed, knowsInitialized bool
	version                       string
}

// health reads the answer of a Vault, whatever its status. What is truncated,
// malformed or too large is no answer.
func (m *manager) health() (h vaultHealth) {
	if m.api != typeVault || m.answer.failed() {
		return h
	}
	body, _ := m.json()
	h.sealed, h.knowsSealed = body.Field("sealed").Bool()
	h.initialized, h.knowsInitialized = body.Field("initialized").Bool()
	version, _ := body.Field("version").Text()
	h.version = clean(version, 60)
	return h
}

// judge gives one secrets manager its verdict.
func (m *manager) judge(h vaultHealth) {
	status := m.resp.Status
	switch {
	case m.failedExchange():
	case status == 401, status == 403:
		m.cause, m.severity = statusCause(status), wire.Fail
	case h.knowsInitialized && !h.initialized:
		// One that was never initialised is sealed as well, and nobody has keys to
		// unseal it with: both rows of §3.9 fail, and this one gives the true advice.
		m.cause, m.severity = causeUninitialized, wire.Fail
	case h.knowsSealed && h.sealed:
		m.cause, m.severity = causeSealed, wire.Fail
	case status >= 500 && status <= 599:
		m.cause, m.severity = cause5xx, wire.Fail
	default:
		m.cause, m.severity = m.answered(h)
	}
	passed, vault := m.severity == wire.Pass, m.api == typeVault
	switch {
	case passed && vault && m.token.Secret == "":
		m.sort = sortBareVault
	case passed && vault:
		m.sort = typeVault
	case (passed || m.cause == cause401 || m.cause == cause403) && m.token.Secret == "":
		m.sort = sortBare
	case m.cause == causeNotFound && isOlder(m.address):
		m.sort = sortOlder
	}
}

// answered judges an answer that is no failure by its status.
func (m *manager) answered(h vaultHealth) (cause string, s wire.Severity) {
	status, vault := m.resp.Status, m.api == typeVault
	switch {
	case !m.known:
		return causeUnknownType, wire.Warn
	case vault && (status == 200 || status == 429 || status == 473) && h.knowsSealed && h.knowsInitialized:
		return "", wire.Pass
	case m.api != typeGeneric && m.isHTML():
		return causeHTML, wire.Warn
	case vault && status == 200:
		return causeNoHealth, wire.Warn
	case vault && status == 472:
		return causeDRSecondary, wire.Warn
	case vault && status == 474:
		return causeNoActiveNode, wire.Warn
	case !vault && m.isSuccess():
		return "", wire.Pass
	}
	return statusCause(status), wire.Warn
}

// show fills in words and evidence. The health of none of the types needs a
// token, so that only a refusal tells something of it.
func (m *manager) show(h vaultHealth) {
	key := m.address.key
	token := tokenSubject(key, m.token, &managerSettings[3], m.number, "token of the secrets manager")
	m.more = append(m.typeWords(key), []word{{"tokenkey", token.key}, {"version", h.version}, {"types", "vault, azurekeyvault, generic"}}...)
	m.subjects = []subject{token, typeSubject(key, keyManagers, m.number, "<manager-type>")}
	answered := m.severity != "" && !m.answer.failed()
	refused := answered && (m.resp.Status == 401 || m.resp.Status == 403)
	m.facts = wire.Item{
		textField("type", m.shownAPI()), textField("url", m.shown),
		boolField("is_reachable", answered && (m.resp.Status < 500 || h.knowsSealed || h.knowsInitialized), m.severity != ""),
		boolField("is_authenticated", false, refused),
		boolField("is_sealed", h.sealed, h.knowsSealed), boolField("is_initialized", h.initialized, h.knowsInitialized),
		textField("version", h.version),
	}
}
