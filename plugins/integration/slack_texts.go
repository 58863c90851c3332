package main

import "stella-ops.org/doctor/sdk/wire"

// slackTables say what is special to Slack (§3.11).
var slackTables = tables{
	diagnoses: append([]row{
		{causeForeign, "", []string{
			"The address in {key} begins with {shown}/, not with https://" + slackHost + "/ as every webhook of Slack does.",
			"No request was made."}},
	}, chatDiagnoses...),
	causes: append([]row{
		{causeForeign, "", []string{
			"The address of another product was pasted into {key}.",
			"The address of a Slack channel or app was pasted instead of that of its incoming webhook."}},
	}, chatCauses...),
	plans: append([]plan{
		{causeForeign, slackSummary, standard},
		{causeInvalidURL, slackSummary, standard},
	}, vendorPlans...),
}

const slackSummary = "Set {key} to the address of the incoming webhook, as Slack shows it."

// slackExplain is the long form of the check.
var slackExplain = wire.Explain{
	What: "Looks at scheme, host and port of the configured address, which itself never leaves the host, and sends one GET to https://" + slackHost + "/. " +
		"Nothing is posted and no secret is sent, so the check cannot tell whether the webhook is accepted. " +
		"If Doctor's access policy refuses the request, the check gives no verdict and names what to grant.",
	Why: "Alerts that go to Slack are lost in silence when Slack cannot be reached; the check never fails, because nothing else depends on it.",
	Verdicts: append([]wire.VerdictInfo{
		{When: "the address does not begin with https://" + slackHost + "/; no request is made", Severity: wire.Warn, Cause: causeForeign},
	}, chatVerdicts...),
	Causes: append([]wire.CauseInfo{
		{ID: causeForeign, Text: "The configured address is none of a Slack webhook."},
	}, chatCauseInfos...),
	Fixes: []string{
		"Set " + keySlack + " to the address of the incoming webhook, as Slack shows it, without quotes.",
		"Let Stella Ops out to " + slackHost + " on port 443, or set HTTPS_PROXY for it and Doctor:Proxy for Doctor.",
		"Add the CA of a proxy that inspects TLS to the trust store and to Doctor:Tls:CaFile; never turn verification off.",
	},
}
