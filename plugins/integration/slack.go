package main

import (
	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

const (
	slackID       = "check.integration.slack"
	keySlack      = "Slack:WebhookUrl"
	keySlackAlias = "Notify:Slack:WebhookUrl"
	slackHost     = "hooks.slack.com"
)

// slack asks the host of Slack's webhooks for its root (§3.11).
var slack = sdk.Check{
	Info: wire.CheckInfo{
		ID:              slackID,
		Name:            "Slack Webhook",
		Description:     "Is the Slack webhook address one of Slack's, and can Slack be reached?",
		DefaultSeverity: wire.Info,
		Tags:            []string{"notification", "slack", "webhook"},
		Settings:        []wire.SettingInfo{slackChat.lead},
		Access: []wire.Access{{
			Kind:    wire.KindHTTP,
			Methods: []string{"GET"},
			Target:  "https://" + slackHost,
			Path:    "/",
			Reason:  "Ask the host of Slack's webhooks for its root; nothing is posted, and the address of the webhook is not sent.",
		}},
		EstimateMS: 5000,
		Related: []wire.Related{
			{ID: "check.integration.teams", Reason: "Does the webhook of Teams work? It is another way to tell people."},
			{ID: "check.integration.webhooks", Reason: "Do the other webhooks work?"},
			{ID: "check.integration.smtp", Reason: "Can mail be sent instead?"},
		},
		Explain: &slackExplain,
	},
	Run:   slackChat.run,
	Steps: slackChat.usualSteps,
}

var slackChat = chat{
	check: slackID,
	lead: wire.SettingInfo{
		Key:         keySlack,
		Aliases:     []string{keySlackAlias},
		Type:        wire.TypeURL,
		Secret:      true,
		Required:    true,
		Lead:        true,
		Description: "Address of the incoming webhook of Slack; it begins with https://" + slackHost + "/, and who knows it can post.",
	},
	service: &service{
		name:     "webhook service of Slack",
		noun:     "Slack webhook address",
		keys:     []string{keySlack, keySlackAlias},
		owner:    "platform",
		unit:     "stellaops-platform",
		noTarget: "https://" + slackHost,
		noHost:   slackHost,
		probe:    `curl -sS -o /dev/null -w '%{http_code}\n' --max-time 10`,
		healthy:  "any status below 500 is healthy",
	},
	expected: func(u *wire.SecretURL) bool { return u.Scheme == "https" && u.Host == slackHost && u.Port == 443 },
	tables:   &slackTables,
}
