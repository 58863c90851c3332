package main

import (
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// unguessed is the variant of a 404 where no provider was recognised.
const unguessed = "404 unguessed"

// gitTables say what the answers of a Git provider mean, where the shared tables
// do not (§3.7).
var gitTables = tables{
	diagnoses: []row{
		{"", "", []string{"{peer} answers {method} {path} with {status}: the Git provider is reachable."}},
		{"", "401", []string{"{peer} answers {method} {path} with 401: the Git provider is reachable and asks for authentication, as it may."}},
		{"", "403", []string{"{peer} answers {method} {path} with 403: the Git provider is reachable and lets no anonymous caller in, as it may."}},
		{causeHTML, "", []string{
			"A web page came back from {url} (status {status}), not the API of {provider}.",
			"The address is reachable, but a sign-in page or the web interface answers."}},
		{causeNotFound, "", []string{
			"{peer} answers {method} {path} with 404: the API of {provider} is not there.",
			"The host is reachable, but either it runs another product than {provider}, or a path prefix is missing."}},
		{causeNotFound, unguessed, []string{
			"{peer} answers {method} {path} with 404, and neither key nor host name tells which provider runs there.",
			"The host is reachable, but nothing is found at the address."}},
	},
	causes: []row{
		{causeNotFound, "", []string{
			"Another product than {provider} runs at this address: the kind of provider was taken from the key or the host name.",
			"The path prefix is missing from {key}."}},
		{causeNotFound, unguessed, []string{
			"The path in {key} is wrong.",
			"Another product answers at this address."}},
		{causeHTML, "", []string{
			"A sign-in page answers instead of the API.",
			"The web interface answers instead of the API: the path prefix in {key} is wrong, or another product than {provider} runs there."}},
		{cause5xx, "", gitFaultCauses},
		{cause5xx, "502", gitGatewayCauses},
		{cause5xx, "503", gitGatewayCauses},
		{cause5xx, "504", gitGatewayCauses},
		{cause5xx, "501", methodCauses},
	},
	plans: []plan{
		{causeInvalidURL, "Set {key} to the web address of the Git provider, such as https://gitlab.example.com.", standard},
		{causeNotFound, gitSummary, standard},
		{causeHTML, gitSummary, standard},
		{causeStatusUnlisted, gitSummary, standard},
	},
}

// gitVendorTables are for providers whose service is not the site's.
var gitVendorTables = tables{
	diagnoses: append(slices.Clip(vendorDiagnoses), gitTables.diagnoses...),
	causes:    append(slices.Clip(vendorCauses), gitTables.causes...),
	plans:     append(slices.Clip(vendorPlans), gitTables.plans...),
}

var (
	gitFaultCauses   = []string{"The Git provider is in maintenance.", "A fault inside the Git provider: see its log."}
	gitGatewayCauses = []string{"The Git provider is in maintenance.", "The reverse proxy is up, but the Git provider behind it is down or starting."}
)

const gitSummary = "Set {key} to the address below which the API is found, or name the provider by its own key, " + keyGitHubURL + ", " + keyGitLabURL + " or " + keyGiteaURL + "."

// gitExplain is the long form of the check.
var gitExplain = wire.Explain{
	What: "Finds out which Git provider is configured, by the key (" + keyGitHubURL + ", " + keyGitLabURL + ", " + keyGiteaURL + ") or else by the host name, and sends one GET to its API, " +
		"without credentials and without following redirects. An address for Git over SSH is skipped: there is no API to ask. " +
		"If Doctor's access policy refuses the request, the check gives no verdict and names what to grant.",
	Why: "Sources, pull requests and their statuses come and go through the API of the Git provider: without it, no commit is scanned and no result is reported back.",
	Verdicts: slices.Concat([]wire.VerdictInfo{
		{When: "the address is one for Git over SSH; no request is made", Severity: wire.Skip},
	}, connectionVerdicts(wire.Fail), []wire.VerdictInfo{
		{When: "2xx with a web page, from a provider that is known", Severity: wire.Warn, Cause: causeHTML},
		{When: "2xx", Severity: wire.Pass},
		{When: "401 or 403", Severity: wire.Pass},
	}, statusVerdicts(wire.Warn, cause403)),
	Causes: append(slices.Clip(connectionCauses), []wire.CauseInfo{
		{ID: causeHTML, Text: "A web page answers where the API should be."},
		{ID: causeRedirect, Text: "The Git provider, or a portal in front of it, points to another address."},
		{ID: causeNotFound, Text: "The API of the provider that was recognised is not at the address."},
		{ID: cause405, Text: "GET is not allowed at the address."},
		{ID: cause407, Text: "A proxy on the way asks for authentication."},
		{ID: cause429, Text: "A rate limit is reached."},
		{ID: cause5xx, Text: "The Git provider, or what is in front of it, does not work."},
		{ID: causeStatusUnlisted, Text: "The status is none that a Git provider answers with."},
	}...),
	Fixes: []string{
		"Correct the address, port, scheme or path prefix in the key that supplied it.",
		"Use " + keyGitHubURL + ", " + keyGitLabURL + " or " + keyGiteaURL + " where the host name does not tell the provider, or tells the wrong one.",
		"Make the name resolve, and the port reachable, from where Stella Ops runs.",
		"Add the CA that signed the provider's certificate to the trust store and to Doctor:Tls:CaFile; never turn verification off.",
		"Set Doctor:Proxy where a proxy is required.",
	},
}
