package settings_test

import (
	"encoding/json"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/sdk/wire"
)

func TestIsSecret(t *testing.T) {
	secret := []string{
		"OCI:Token", "Registry:Token", "OCI:Password", "Registry:Password", "CI:Systems:0:ApiToken", "CI:Systems:*:ApiToken", "CI:ApiToken",
		"Secrets:Managers:12:Token", "Secrets:Vault:Token", "Vault:Token", "Slack:WebhookUrl", "Notify:Slack:WebhookUrl", "Teams:WebhookUrl",
		"Notify:Teams:WebhookUrl", "Webhooks:Endpoints:3:Url", "Webhooks:Endpoints:*:Url",
		"webhooks:ENDPOINTS:3:url", "oci:PASSWORD", "X:Passwd", "X:ClientSecret", "X:client_secret", "X:Api-Key", "X:AccessKeyId", "X:PRIVATE.KEY",
		"Database:ConnectionString", "ConnectionStrings:DefaultConnection", "Jwt:SecretKey", "X:PasswordHash", "X:Tokens:0", "X:ApiKeys:0:1", "Password",
		"Doctor:Plugins:Integration:Webhooks:Endpoints:0:Url", "doctor:plugins:acme.doctor.web:ConnectionStrings:X",
		"Doctor:Plugins:Database:ConnectionString", "Doctor:Proxy",
	}
	open := []string{
		"", ":", "OCI:RegistryUrl", "OCI:Username", "CI:Systems:0:Url", "Secrets:Managers:0:Url", "Secrets:Vault:Url", "Secrets:Managers:0:Name",
		"Webhooks:Endpoints:0:Name", "Webhooks:Endpoints:Url", "Password:Length", "Doctor:Tls:CaFile", "OCI:0",
	}
	for _, key := range secret {
		if !settings.IsSecret(key) {
			t.Errorf("%s is not secret", key)
		}
	}
	for _, key := range open {
		if settings.IsSecret(key) {
			t.Errorf("%s is secret", key)
		}
	}
	// Folding is for ASCII letters: the Kelvin sign is no K, so this key is not
	// secret, and no lookup takes it for the one that is.
	store := load(t, settings.Options{Set: []string{"OCI:Token=x"}})
	if _, ok := store.Lookup("OCI:To\u212aen"); ok || settings.IsSecret("OCI:To\u212aen") {
		t.Error("a letter that only looks like K passes for one")
	}
}

// No declaration of a plugin gets at a secret value: not under another name,
// not as an item, not through an override or a default, not by leaving out the
// mark that another plugin set.
func TestSecretsStayInTheHost(t *testing.T) {
	store := load(t, settings.Options{
		Set: []string{
			"OCI:Password=" + canary, "Doctor:Plugins:Integration:Vault:Token=" + canary, "Webhooks:Endpoints:0:Url=https://hooks.example.com/" + canary,
			"Slack:WebhookUrl=https://hooks.example.com:8443/" + canary, "Teams:WebhookUrl=not a url " + canary, "Acme:Pin=" + canary, "Acme:Pins:4:Code=" + canary,
			"OCI:RegistryUrl=https://doctor:" + canary + "@registry.example.com/v2", "Git:Url=https://a:" + canary + "/x@git.example.com",
			"Doctor:Proxy=http://u:" + canary + "@proxy.example.com", "Own:Code=" + canary, "Twice:Code=" + canary,
		},
	})
	infos := []wire.SettingInfo{
		{Key: "OCI:Password", Type: wire.TypeString},
		{Key: "Innocent:Name", Aliases: []string{"oci:password"}},
		{Key: "Vault:Token"},
		{Key: "Innocent:List:*", Aliases: []string{"Vault:Token"}},
		{Key: "OCI:*"}, {Key: "OCI:Password", Type: wire.TypeList},
		{Key: "Webhooks:Endpoints:*:Url", Type: wire.TypeURL},
		{Key: "Webhooks:Endpoints:0:URL", Type: wire.TypeString},
		{Key: "Slack:WebhookUrl", Type: wire.TypeURL}, {Key: "Teams:WebhookUrl", Type: wire.TypeURL},
		{Key: "Acme:Pin"}, {Key: "Acme:Pins:*:Code"}, {Key: "Other", Aliases: []string{"ACME:PIN"}},
		{Key: "OCI:RegistryUrl", Type: wire.TypeURL}, {Key: "Registry:Url", Aliases: []string{"OCI:RegistryUrl"}, Type: wire.TypeString}, {Key: "Git:Url"},
		{Key: "Doctor:Proxy"}, {Key: "X:Secret", Default: "d"},
		{Key: "Own:Code", Secret: true}, {Key: "Twice:Code"}, {Key: "twice:code", Secret: true},
	}
	marked := store.WithSecrets([]wire.SettingInfo{
		{Key: "Acme:Code", Aliases: []string{"acme:pin"}, Secret: true}, {Key: "Acme:Pins:*:Code", Secret: true}, {Key: "Git:Note"},
	})
	if store.IsSecret("Acme:Pin") || !marked.IsSecret("Doctor:Plugins:X:ACME:pin") || !marked.IsSecret("Acme:Pins:4:Code") || marked.IsSecret("Git:Note") {
		t.Error("WithSecrets marks the wrong keys, or the store it was called on")
	}
	r := marked.Resolve(integration, infos)
	given := r.Request()
	text, err := json.Marshal(given)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), canary) {
		t.Errorf("the guest gets the secret: %s", text)
	}
	if !strings.Contains(strings.Join(marked.Warnings(), "\n"), "--set shows Acme:Pin to ") {
		t.Errorf("no warning about a key that a plugin marked: %q", marked.Warnings())
	}
	for key, want := range map[string]wire.Setting{
		"OCI:Password":             {Secret: "secret:OCI:Password", Key: "OCI:Password"},
		"Innocent:Name":            {Secret: "secret:Innocent:Name", Key: "OCI:Password"},
		"Innocent:List:0":          {Secret: "secret:Innocent:List:0", Key: "Doctor:Plugins:Integration:Vault:Token"},
		"Webhooks:Endpoints:0:Url": {Secret: "secret:Webhooks:Endpoints:0:Url", Key: "Webhooks:Endpoints:0:Url", URL: &wire.SecretURL{Valid: true, Scheme: "https", Host: "hooks.example.com", Port: 443}},
		"Slack:WebhookUrl":         {Secret: "secret:Slack:WebhookUrl", Key: "Slack:WebhookUrl", URL: &wire.SecretURL{Valid: true, Scheme: "https", Host: "hooks.example.com", Port: 8443}},
		"Teams:WebhookUrl":         {Secret: "secret:Teams:WebhookUrl", Key: "Teams:WebhookUrl", URL: &wire.SecretURL{}},
		"OCI:RegistryUrl":          {Value: "https://***@registry.example.com/v2", Key: "OCI:RegistryUrl"},
		"Git:Url":                  {Value: "https://***@git.example.com", Key: "Git:Url"},
		"X:Secret":                 {Secret: "secret:X:Secret"},
	} {
		got, _ := json.Marshal(given[key])
		wanted, _ := json.Marshal(want)
		if string(got) != string(wanted) {
			t.Errorf("%s: got  %s\nwant %s", key, got, wanted)
		}
		if v, ok := r.Lookup(key); !ok || v.Secret == (want.Secret == "") {
			t.Errorf("%s: %+v", key, v)
		}
	}
}

// What is masked breaks the same rule of the screen as what the operator wrote,
// and what has no user information passes unchanged.
func TestUserInfo(t *testing.T) {
	for value, want := range map[string]string{
		"https://u:p@registry.example.com":           "https://***@registry.example.com",
		"https://token@registry.example.com:5000/v2": "https://***@registry.example.com:5000/v2",
		"https://u:p/w@registry.example.com":         "https://***@registry.example.com",
		"https://u:p#w?@registry.example.com":        "https://***@registry.example.com",
		"https://u:12/w@registry.example.com":        "https://u:12/w@registry.example.com", // host u, port 12
		"https://u:p@ss/w@registry.example.com":      "https://***@registry.example.com",
		"https://[::1]:5000/a@b":                     "https://[::1]:5000/a@b",
		"https://registry.example.com/@scope/name":   "https://registry.example.com/@scope/name",
		"https://registry.example.com:5000/a@sha256": "https://registry.example.com:5000/a@sha256",
		"u:p@registry.example.com":                   "***@registry.example.com",
		"u:p/w@registry.example.com:5000/v2":         "***@registry.example.com:5000/v2",
		"//u:p@registry.example.com":                 "//***@registry.example.com",
		"https:/u:p@registry.example.com":            "https:/***@registry.example.com",
		"HTTPS:u:p@registry.example.com":             "HTTPS:***@registry.example.com",
		"http//u:p@registry.example.com":             "***@registry.example.com",
		"u:p@https://registry.example.com":           "***@https://registry.example.com",
		"git@registry.example.com:a/b":               "git@registry.example.com:a/b",
		"a@b":                                        "a@b",
		"https://registry.example.com":               "https://registry.example.com",
	} {
		r, _ := resolve(t, []wire.SettingInfo{registryURL}, "OCI:RegistryUrl="+value)
		got := r.Request()["OCI:RegistryUrl"].Value
		if got != want {
			t.Errorf("%s: got %s, want %s", value, got, want)
		}
		if v, _ := r.Lookup("OCI:RegistryUrl"); v.Value != value {
			t.Errorf("%s: the host sees %s", value, v.Value)
		}
		_, rule := wire.ScreenURL(value)
		if _, masked := wire.ScreenURL(got); (rule == "") != (masked == "") {
			t.Errorf("%s breaks %q, %s %q", value, rule, got, masked)
		}
	}
}

func TestParseBool(t *testing.T) {
	for text, want := range map[string]bool{"true": true, "TRUE": true, " 1 ": true, "false": false, "0": false, "": false} {
		if got, err := settings.ParseBool(text); got != want || err != nil {
			t.Errorf("%q: %v %v", text, got, err)
		}
	}
	for _, text := range []string{"yes", "on", "2", "truee", canary} {
		if got, err := settings.ParseBool(text); got || err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%q: %v %v", text, got, err)
		}
	}
}
