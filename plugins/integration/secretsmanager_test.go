package main

import (
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

var (
	managersKeys   = []string{"healthy_count", "manager_count", "managers"}
	managersFields = []string{"type", "url", "is_reachable", "is_authenticated", "is_sealed", "is_initialized", "version"}
)

func managerItem(number, url, api string) map[string]wire.Setting {
	key := "Secrets:Managers:" + number + ":"
	return map[string]wire.Setting{key + "Url": {Value: url, Key: key + "Url"}, key + "Type": {Value: api, Key: key + "Type"}}
}

// TestSecretsManager holds the verdict table of §3.9 for every type and every
// answer of a Vault.
func TestSecretsManager(t *testing.T) {
	const base = "https://secrets.example.com"
	usual := func(status int) (wire.Severity, string) {
		switch {
		case status == 401, status == 403:
			return wire.Fail, usualCause(status)
		case status >= 500:
			return wire.Fail, "http.5xx"
		}
		return wire.Warn, usualCause(status)
	}
	vault := sweep{
		check: secretsManagerID, keys: managersKeys, method: "GET", failed: wire.Fail,
		url:      base + "/v1/sys/health?standbyok=true&sealedcode=200&uninitcode=200",
		settings: managerItem("0", base, "vault"),
		want: func(status int, kind string) (wire.Severity, string) {
			switch status {
			case 200:
				return wire.Warn, "vault.no-health"
			case 472:
				return wire.Warn, "vault.dr-secondary"
			case 474:
				return wire.Warn, "vault.no-active-node"
			}
			return usual(status)
		},
	}
	t.Run("vault", vault.run)
	for body, cause := range map[string]string{
		`{"initialized":true,"sealed":true}`:                      "vault.sealed",
		`{"sealed":true}`:                                         "vault.sealed",
		`{"initialized":false,"sealed":true}`:                     "vault.uninitialized",
		`{"initialized":false}`:                                   "vault.uninitialized",
		` {"x":[{}],"sealed" : false , "initialized":true} ` + "": "",
	} {
		told := vault
		told.body = body
		told.want = func(status int, kind string) (wire.Severity, string) {
			switch {
			case kind == wire.KindTooLarge, status == 401, status == 403:
				return vault.want(status, kind)
			case cause != "":
				return wire.Fail, cause
			case status == 200, status == 429, status == 473:
				return wire.Pass, ""
			}
			return vault.want(status, kind)
		}
		t.Run("vault "+body, told.statuses)
	}
	page := vault
	page.header = map[string][]string{"content-type": {"text/html"}}
	page.want = func(status int, kind string) (wire.Severity, string) {
		if status >= 200 && status < 300 {
			return wire.Warn, "http.200-html"
		}
		return vault.want(status, kind)
	}
	t.Run("vault page", page.statuses)

	for _, c := range []struct {
		api, path string
		html      bool
		want      string
	}{
		{"azurekeyvault", "/healthstatus", false, "pass "},
		{"azurekeyvault", "/healthstatus", true, "warn http.200-html"},
		{"generic", "/health", false, "pass "},
		{"generic", "/health", true, "pass "},
		{"doppler", "/health", false, "warn config.unknown-type"},
		{"doppler", "/health", true, "warn config.unknown-type"},
	} {
		s := vault
		s.url, s.settings = base+c.path, managerItem("0", base, c.api)
		if c.html {
			s.header = map[string][]string{"content-type": {"text/html"}}
		}
		s.want = func(status int, kind string) (wire.Severity, string) {
			severity, cause, _ := strings.Cut(c.want, " ")
			switch {
			case status == 401, status == 403, status >= 500:
				return usual(status)
			case status >= 200 && status < 300, c.api == "doppler":
				return wire.Severity(severity), cause
			}
			return usual(status)
		}
		t.Run(c.api, s.run)
	}
	wantShown(t, secretsManagerID, "secretsmanager")
	wantNoSecrets(t, "secretsmanager")
	for _, r := range casesOf(t, "secretsmanager") {
		wantItems(t, &r, "managers", managersFields...)
	}
}

// TestSecretsManagerType: what a type and a host name are taken for.
func TestSecretsManagerType(t *testing.T) {
	for _, c := range []struct{ configured, host, want string }{
		{"", "vault.example.com", "vault"}, {"", "x.vault.azure.net", "azurekeyvault"}, {"", "vault.azure.net.example.com", "vault"},
		{"", "secrets.example.com", "generic"}, {"Vault", "x.vault.azure.net", "vault"}, {"azure key vault", "a", "azurekeyvault"},
		{"GENERIC", "vault.example.com", "generic"}, {"hashicorp", "vault.example.com", "generic, unknown"}, {"-", "vault.example.com", "generic, unknown"},
	} {
		m := managerType(c.configured, c.host)
		got := m.api
		if !m.known {
			got += ", unknown"
		}
		if got != c.want {
			t.Errorf("%q at %s: %s, want %s", c.configured, c.host, got, c.want)
		}
	}
}

// TestSecretsManagerAdvice: nobody is told to initialise a Vault, and revoking is
// destructive, manual and last.
func TestSecretsManagerAdvice(t *testing.T) {
	wantTokenPlans(t, "secretsmanager")
	for name, r := range casesOf(t, "secretsmanager") {
		if r.Remediation == nil {
			continue
		}
		for _, s := range r.Remediation.Steps {
			if strings.Contains(s.Command, "operator init") || strings.Contains(s.Command, "sys/init") ||
				s.Effect != wire.EffectRead && strings.Contains(lower(s.Description), "initiali") {
				t.Errorf("%s: %+v", name, s)
			}
		}
	}
}

func TestSecretsManagerMany(t *testing.T) {
	settings := func(number string) map[string]wire.Setting {
		s := managerItem(number, "https://secrets.example.com/"+strings.Repeat("&", 1900), strings.Repeat("<", 100))
		s["Secrets:Managers:"+number+":Name"] = wire.Setting{Value: strings.Repeat("&", 100), Key: "x"}
		return s
	}
	req := func(string) wire.HTTPRequest {
		return wire.HTTPRequest{Method: "GET", URL: "https://secrets.example.com/" + strings.Repeat("&", 1900) + "/health"}
	}
	for _, n := range []int{1, 100, 300} {
		for _, status := range []int{0, 302, 403} {
			r := itemsOf(t, secretsManagerID, n, settings, req, hostileAnswer(status))
			wantWhole(t, secretsManagerID, managersKeys, &r)
			wantItems(t, &r, "managers", managersFields...)
		}
	}
}

func TestSecretsManagerIdentity(t *testing.T) {
	c := described(t, secretsManagerID)
	wantListInfo(t, &c, "fail", "integration secrets vault security keyvault", []string{
		"Secrets:Managers:*:Url Secrets:Vault:Url Vault:Url", "Secrets:Managers:*:Name", "Secrets:Managers:*:Type",
		"Secrets:Managers:*:Token Secrets:Vault:Token Vault:Token",
	}, []string{
		"GET {Secrets:Managers:*:Url} /v1/sys/health Secrets:Managers:*:Token",
		"GET {Secrets:Managers:*:Url} /healthstatus Secrets:Managers:*:Token",
		"GET {Secrets:Managers:*:Url} /health Secrets:Managers:*:Token",
	}, "check.integration.oci.credentials check.integration.ci.system")
	if !c.Settings[3].Secret {
		t.Error("the token is not secret")
	}
}

// FuzzSecretsManager: no answer and no settings break the contract.
func FuzzSecretsManager(f *testing.F) {
	f.Add("https://vault.example.com", "", "main", "Vault:Token", 200, "content-type", "text/html", `{"sealed":true,"initialized":false,"version":"\ud800"}`, "", "", "", false)
	f.Add("https://u:p@vault.example.com", "vault", "{key}", "", 302, "location", "//@\x1b[31m", "\xff", "reset", "", "\u202e", true)
	f.Add("http://[::1]/$(x)", "x\x00", "", "a:b c", 473, "", "", `{"sealed":false,"initialized":true}`, "too_large", "", "", false)
	f.Fuzz(func(t *testing.T, url, api, name, tokenKey string, status int, header, value, body, kind, detail, message string, unused bool) {
		all := make([]manager, 2)
		for i := range all {
			m := &all[i]
			m.number, m.name = 7*i, clean(name, 60)
			m.address = itemAddress(wire.Setting{Value: url, Key: "Secrets:Managers:0:Url"}, "Secrets:Managers:0:Url", "")
			m.itemType = managerType(api, m.address.base.Host)
			m.token = wire.Setting{Secret: tokenKey, Key: tokenKey}
			if m.prepare(); m.address.rule == "" {
				m.resp = fuzzed(status, header, value, body, kind, detail, message, unused)
			}
		}
		wantValidList(t, secretsManagerID, managersKeys, judgeSecretsManager(all))
	})
}
