package main

import (
	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

const (
	teamsID       = "check.integration.teams"
	keyTeams      = "Teams:WebhookUrl"
	keyTeamsAlias = "Notify:Teams:WebhookUrl"
)

// teams asks the host of the configured Teams webhook for its root (§3.12).
var teams = sdk.Check{
	Info: wire.CheckInfo{
		ID:              teamsID,
		Name:            "Teams Webhook",
		Description:     "Is the Teams webhook address one of Microsoft's, and can its host be reached?",
		DefaultSeverity: wire.Info,
		Tags:            []string{"notification", "teams", "webhook"},
		Settings:        []wire.SettingInfo{teamsChat.lead},
		Access: []wire.Access{{
			Kind:    wire.KindHTTP,
			Methods: []string{"GET"},
			Target:  "{" + keyTeams + "}",
			Trim:    wire.TrimAll,
			Path:    "/",
			Reason:  "Ask the host of the Teams webhook for its root; nothing is posted, and the path of the webhook is not sent.",
		}},
		EstimateMS: 5000,
		Related: []wire.Related{
			{ID: slackID, Reason: "Does the webhook of Slack work? It is another way to tell people."},
			{ID: "check.integration.webhooks", Reason: "Do the other webhooks work?"},
			{ID: "check.integration.smtp", Reason: "Can mail be sent instead?"},
		},
		Explain: &teamsExplain,
	},
	Run:   teamsChat.run,
	Steps: teamsChat.usualSteps,
}

var teamsChat = chat{
	check: teamsID,
	lead: wire.SettingInfo{
		Key:         keyTeams,
		Aliases:     []string{keyTeamsAlias},
		Type:        wire.TypeURL,
		Secret:      true,
		Required:    true,
		Lead:        true,
		Description: "Address of the incoming webhook of Teams, on a host of webhook.office.com or teams.microsoft.com; who knows it can post.",
	},
	service: &service{
		name:     "webhook service of Teams",
		noun:     "Teams webhook address",
		keys:     []string{keyTeams, keyTeamsAlias},
		owner:    "platform",
		unit:     "stellaops-platform",
		noTarget: "<webhook-origin>",
		noHost:   "<webhook-host>",
		probe:    `curl -sS -o /dev/null -w '%{http_code}\n' --max-time 10`,
		healthy:  "any status below 500 is healthy",
	},
	expected: isTeams,
	tables:   &teamsTables,
}

// isTeams takes the host for what it is, not for what it contains:
// webhook.office.com.example.com belongs to somebody else.
func isTeams(u *wire.SecretURL) bool {
	return u.Scheme == "https" && (below(u.Host, "webhook.office.com") || below(u.Host, "teams.microsoft.com"))
}
