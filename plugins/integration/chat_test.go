package main

import (
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/sdktest"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

var chatKeys = []string{
	"config_key", "content_type", "error_kind", "error_message", "http_status", "is_host_reachable", "is_tls", "is_url_format_valid",
	"redirect_location", "request_method", "request_url", "response_time_ms", "tls_error", "webhook_host",
}

// webhook is a secret address as the host describes it.
func webhook(key string, u wire.SecretURL) map[string]wire.Setting {
	return map[string]wire.Setting{key: {Secret: wire.SecretPrefix + key, Key: key, URL: &u}}
}

// chatTable is the verdict table of §3.11 and §3.12 for answers.
func chatTable(status int, kind string) (wire.Severity, string) {
	if status >= 500 {
		return wire.Warn, "http.5xx"
	}
	return wire.Pass, ""
}

func TestSlack(t *testing.T) {
	s := sweep{check: slackID, keys: chatKeys, method: "GET", url: "https://hooks.slack.com/", failed: wire.Warn, want: chatTable,
		settings: webhook(keySlack, wire.SecretURL{Valid: true, Scheme: "https", Host: "hooks.slack.com", Port: 443})}
	s.run(t)
	wantShown(t, slackID, "slack")
}

func TestTeams(t *testing.T) {
	s := sweep{check: teamsID, keys: chatKeys, method: "GET", url: "https://acme.webhook.office.com/", failed: wire.Warn, want: chatTable,
		settings: webhook(keyTeams, wire.SecretURL{Valid: true, Scheme: "https", Host: "acme.webhook.office.com", Port: 443})}
	s.run(t)
	wantShown(t, teamsID, "teams")
}

// TestChatReachable: what is said of the host is what was seen of it.
func TestChatReachable(t *testing.T) {
	s := sweep{check: slackID, method: "GET", url: "https://hooks.slack.com/",
		settings: webhook(keySlack, wire.SecretURL{Valid: true, Scheme: "https", Host: "hooks.slack.com", Port: 443})}
	for want, resp := range map[string]wire.HTTPResponse{
		"true":  {Status: 503},
		"false": {Error: &wire.CallError{Kind: wire.KindRefused}},
		"null":  {Error: &wire.CallError{Kind: wire.KindRefused, On: wire.OnProxy}},
	} {
		r := s.play(t, resp)
		if got, _ := r.Evidence["is_host_reachable"].MarshalJSON(); string(got) != want {
			t.Errorf("%+v: is_host_reachable is %s, want %s", resp, got, want)
		}
	}
}

// TestChatExpected: an address that only looks like one of the vendor's is asked
// nothing. Case and trailing dots are gone when a guest learns of a host.
func TestChatExpected(t *testing.T) {
	for _, c := range []struct {
		check, key, url string
		good            bool
	}{
		{slackID, keySlack, "https://hooks.slack.com/services/T/B/x", true},
		{slackID, keySlack, "HTTPS://HOOKS.SLACK.COM:443/services/T/B/x", true},
		{slackID, keySlack, "https://hooks.slack.com./services", true},
		{slackID, keySlack, "http://hooks.slack.com/services/T/B/x", false},
		{slackID, keySlack, "https://hooks.slack.com:8443/services/T/B/x", false},
		{slackID, keySlack, "https://slack.com/services/T/B/x", false},
		{slackID, keySlack, "https://hooks.slack.com.evil.example.com/services", false},
		{slackID, keySlack, "https://evil-hooks.slack.com/services", false},
		{slackID, keySlack, "https://a.hooks.slack.com/services", false},
		{slackID, keySlack, "https://hooks.slack.com@evil.example.com/services", false},
		{slackID, keySlack, "hooks.slack.com/services/T/B/x", false},
		{slackID, keySlack, `"https://hooks.slack.com/services/T/B/x"`, false},
		{slackID, keySlack, "https://hooks.slack.com/services/T/B/x\nhttps://hooks.slack.com/", false},
		{teamsID, keyTeams, "https://acme.webhook.office.com/webhookb2/x", true},
		{teamsID, keyTeams, "https://webhook.office.com/webhookb2/x", true},
		{teamsID, keyTeams, "https://teams.microsoft.com/x", true},
		{teamsID, keyTeams, "https://emea.teams.microsoft.com:8443/x", true},
		{teamsID, keyTeams, "https://Acme.Webhook.Office.Com./x", true},
		{teamsID, keyTeams, "http://acme.webhook.office.com/webhookb2/x", false},
		{teamsID, keyTeams, "https://webhook.office.com.evil.example.com/x", false},
		{teamsID, keyTeams, "https://evil-webhook.office.com/x", false},
		{teamsID, keyTeams, "https://evilwebhook.office.com/x", false},
		{teamsID, keyTeams, "https://office.com/webhook.office.com", false},
		{teamsID, keyTeams, "https://evil.example.com/?webhook.office.com", false},
		{teamsID, keyTeams, "https://webhook.office.com@evil.example.com/x", false},
		{teamsID, keyTeams, "https://evil.example.com\\.webhook.office.com/x", false},
		{teamsID, keyTeams, "https://prod-1.westeurope.logic.azure.com/workflows/x", false},
		{teamsID, keyTeams, "https://..webhook.office.com/x", false},
		{teamsID, keyTeams, "https://[::1]/webhook.office.com", false},
	} {
		// What the host tells a guest of a secret address.
		u, rule := wire.ScreenURL(c.url)
		facts := wire.SecretURL{}
		if rule == "" {
			facts = wire.SecretURL{Valid: true, Scheme: u.Scheme, Host: u.Host, Port: u.Port}
		}
		asked := &exchange.Case{Request: wire.Request{Settings: webhook(c.key, facts)}}
		if c.good {
			asked.Exchanges = []exchange.Exchange{{Function: wire.FuncHTTPRead,
				Request: wire.HTTPRequest{Method: "GET", URL: u.Join(wire.TrimAll, "/").String()}, Response: wire.HTTPResponse{Status: 404}}}
		}
		r := sdktest.Play(t, plugin, c.check, asked)
		want, cause := wire.Pass, ""
		if !c.good {
			want, cause = wire.Warn, "config.foreign-webhook"
			if rule != "" {
				cause = "config.invalid-url"
			}
		}
		valid, _ := r.Evidence["is_url_format_valid"].AsBool()
		if r.Severity != want || r.Cause != cause || valid != c.good {
			t.Errorf("%s: %s %q, format valid %v; want %s %q", c.url, r.Severity, r.Cause, valid, want, cause)
		}
		wantWhole(t, c.check, chatKeys, &r)
		if c.good || r.Remediation == nil {
			continue
		}
		for _, s := range r.Remediation.Steps {
			if strings.Contains(s.Command, "evil") {
				t.Errorf("%s: a step asks a foreign host: %s", c.url, s.Command)
			}
		}
	}
}

func TestChatIdentity(t *testing.T) {
	s, m := described(t, slackID), described(t, teamsID)
	wantInfo(t, &s, "info", "notification slack webhook", "Slack:WebhookUrl Notify:Slack:WebhookUrl",
		"GET https://hooks.slack.com  /", "check.integration.teams check.integration.webhooks check.integration.smtp")
	wantInfo(t, &m, "info", "notification teams webhook", "Teams:WebhookUrl Notify:Teams:WebhookUrl",
		"GET {Teams:WebhookUrl} * /", "check.integration.slack check.integration.webhooks check.integration.smtp")
	if !s.Settings[0].Secret || !m.Settings[0].Secret {
		t.Error("an address is no secret")
	}
}

// TestChatSecret: no plan shows the address or takes it on a command line.
func TestChatSecret(t *testing.T) {
	for _, dir := range []string{"slack", "teams"} {
		for name, r := range casesOf(t, dir) {
			if r.Remediation == nil {
				continue
			}
			for _, s := range r.Remediation.Steps {
				for _, part := range []string{"jq -r", "yq -i", "helm get values", "WebhookUrl=", "/^(SLACK", "/services/"} {
					if strings.Contains(s.Command, part) && !strings.Contains(s.Command, `"<set>" : "<empty>"`) && !strings.Contains(s.Command, "WebhookUrl=%s") {
						t.Errorf("%s: %s", name, s.Command)
					}
				}
			}
		}
	}
}

// FuzzChat: no answer and no facts about an address break the contract.
func FuzzChat(f *testing.F) {
	addFailures(f)
	f.Fuzz(func(t *testing.T, url string, status int, name, value, body, kind, detail, message string, unused bool) {
		for _, c := range []*chat{&slackChat, &teamsChat} {
			u, rule := wire.ScreenURL(url)
			setting := wire.Setting{Secret: wire.SecretPrefix + c.lead.Key, Key: value, URL: &wire.SecretURL{Valid: rule == "", Scheme: u.Scheme, Host: u.Host, Port: u.Port}}
			for _, host := range []string{u.Host, "hooks.slack.com", "a.webhook.office.com"} {
				setting.URL.Host = host
				a, host := c.address(setting)
				x := prepare(a, "GET", "/")
				if a.rule == "" {
					x.resp = fuzzed(status, name, value, body, kind, detail, message, unused)
				}
				wantValid(t, c.check, chatKeys, c.judge(a, host, x))
			}
		}
	})
}
