package main

import "stella-ops.org/doctor/sdk/wire"

// teamsTables say what is special to Teams (§3.12). Its host is configured, so
// that it may be mistyped.
var teamsTables = tables{
	diagnoses: append([]row{
		{causeForeign, "", []string{
			"The address in {key} is on {shown}, which is neither https://webhook.office.com nor https://teams.microsoft.com nor a host within one of them.",
			"No request was made."}},
	}, chatDiagnoses...),
	causes: append([]row{
		{causeForeign, "", []string{
			"The address of another product was pasted into {key}.",
			"The address is a workflow on another domain of Microsoft's, which this check does not know.",
			"The host only looks like one of Microsoft's."}},
		{causeDNSName, "", teamsNameCauses},
	}, chatCauses...),
	plans: append([]plan{
		{causeForeign, teamsSummary, standard},
		{causeInvalidURL, teamsSummary, standard},
		{causeDNSName, resolveSummary, lookup},
	}, vendorPlans...),
}

var teamsNameCauses = []string{
	"The host in {key} is mistyped, or the webhook was removed.",
	"The resolver that this container, pod or host uses does not resolve names of the internet.",
	proxyNotSet,
}

const teamsSummary = "Set {key} to the address of the incoming webhook, as Teams shows it."

// teamsExplain is the long form of the check.
var teamsExplain = wire.Explain{
	What: "Looks at scheme, host and port of the configured address, whose path never leaves the host, and sends one GET to the root of that host. " +
		"Nothing is posted, so the check cannot tell whether the webhook is accepted. " +
		"If Doctor's access policy refuses the request, the check gives no verdict and names what to grant.",
	Why: "Alerts that go to Teams are lost in silence when Teams cannot be reached; the check never fails, because nothing else depends on it.",
	Verdicts: append([]wire.VerdictInfo{
		{When: "the address is not https, or its host is not webhook.office.com, teams.microsoft.com or a name within one of them; no request is made", Severity: wire.Warn, Cause: causeForeign},
	}, chatVerdicts...),
	Causes: append([]wire.CauseInfo{
		{ID: causeForeign, Text: "The configured address is none of a Teams webhook that this check knows."},
	}, chatCauseInfos...),
	Fixes: []string{
		"Set " + keyTeams + " to the address of the incoming webhook, as Teams shows it, without quotes.",
		"Let Stella Ops out to the host of the webhook on port 443, or set HTTPS_PROXY for it and Doctor:Proxy for Doctor.",
		"Add the CA of a proxy that inspects TLS to the trust store and to Doctor:Tls:CaFile; never turn verification off.",
	},
}
