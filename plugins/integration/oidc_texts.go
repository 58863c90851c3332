package main

import (
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// otherIssuer is the variant of a document that lacks endpoints and names another
// issuer besides.
const otherIssuer = "other issuer"

// oidcTables say what the answers of an OIDC provider mean, where the shared
// tables do not (§3.15).
var oidcTables = tables{
	diagnoses: []row{
		{"", "", []string{"{peer} answers {method} {path} with a discovery document that names all three endpoints: the OIDC provider is reachable."}},
		{causeIssuer, "", []string{
			"The OIDC provider is reachable, but its discovery document names another issuer than {key} does{documentissuer|: }.",
			"Tokens carry the issuer of the document, and whoever compares it with {key} refuses them."}},
		{causeNoEndpoint, "", []string{
			"The discovery document at {url} lacks {missing}.",
			"The address is reachable, but nobody can sign in through what answers there."}},
		{causeNoEndpoint, otherIssuer, []string{
			"The discovery document at {url} lacks {missing}, and names another issuer than {key} does{documentissuer|: }.",
			"The address is reachable, but nobody can sign in through what answers there."}},
		{causeHTML, "", []string{
			"A web page came back from {url} (status {status}), not a discovery document.",
			"The address is reachable, but {key} probably points at the sign-in page."}},
		{causeNotJSON, "", []string{
			"{peer} answers {method} {path} with {status} and a body that is no discovery document: {problem}.",
			"The address is reachable, but either no OIDC provider answers there, or something on the way changes its answers."}},
		{causeNotFound, "", []string{
			"{peer} answers {method} {path} with 404: there is no discovery document.",
			"The host is reachable, but {key} is no issuer there."}},
	},
	causes: []row{
		{causeIssuer, "", []string{
			"{key} spells the issuer otherwise: the host, the path, capitals, or http for https.",
			"The provider has another public address in its own configuration."}},
		{causeNoEndpoint, "", []string{"The server is no OIDC provider, or speaks OAuth 2.0 only."}},
		{causeHTML, "", []string{
			"{key} points at the sign-in page instead of the issuer.",
			"A captive portal answers instead of the provider."}},
		{causeNotJSON, "", []string{
			"Something other than an OIDC provider answers at this address.",
			"A proxy on the way cuts off or rewrites the answer."}},
		{causeNotFound, "", []string{
			"A slash at the end of {key} is too many or missing where the provider expects the other.",
			"The path of the realm or tenant is missing from {key}."}},
		{cause401, "", []string{"A proxy in front of the provider asks for credentials, although the document is public."}},
		{cause403, "", []string{
			"The source address is not allowed.",
			"A web application firewall blocks the request."}},
		{cause5xx, "", oidcDownCauses},
		{cause5xx, "501", methodCauses},
		{cause5xx, "502", oidcGatewayCauses},
		{cause5xx, "503", oidcGatewayCauses},
		{cause5xx, "504", oidcGatewayCauses},
	},
	plans: []plan{
		{causeInvalidURL, "Set {key} to the issuer of the provider, such as https://login.example.com/realms/stella.", standard},
		{causeIssuer, "Set {key} to the issuer that the document names, or correct the public address of the provider.", standard},
		{causeNoEndpoint, "Set {key} to the issuer of a provider that speaks OpenID Connect, or complete the configuration of this one.", standard},
		{causeHTML, oidcSummary, standard},
		{causeNotJSON, oidcSummary, standard},
		{causeTooLarge, oidcSummary, standard},
		{causeNotFound, oidcSummary, standard},
		{causeStatusUnlisted, oidcSummary, standard},
		{cause401, "Have the discovery document served to everyone, as it is meant to be.", []move{look, probe, allowMethod, verify}},
	},
}

var (
	oidcDownCauses = []string{
		"The provider is starting, or its database is down.",
		"A fault inside the provider: see its log.",
	}
	oidcGatewayCauses = []string{
		"The provider is starting, or its database is down.",
		"The reverse proxy is up, but the provider behind it is down.",
	}
)

const oidcSummary = "Set {key} to the issuer of the provider, below which its discovery document is found."

// oidcExplain is the long form of the check.
var oidcExplain = wire.Explain{
	What: "Sends one GET to " + oidcPath + " below the configured issuer, without credentials and without following redirects, and looks for authorization_endpoint, token_endpoint and jwks_uri in the document. " +
		"No key is fetched and nobody signs in. " +
		"If Doctor's access policy refuses the request, the check gives no verdict and names what to grant.",
	Why: "Everyone who signs in, and every service that verifies a token, begins with this document: without it nobody gets in.",
	Verdicts: append(append(connectionVerdicts(wire.Fail), []wire.VerdictInfo{
		{When: "2xx with a JSON object that has all three endpoints and names another issuer", Severity: wire.Pass, Cause: causeIssuer},
		{When: "2xx with a JSON object that has all three endpoints", Severity: wire.Pass},
		{When: "2xx with a JSON object that lacks an endpoint", Severity: wire.Warn, Cause: causeNoEndpoint},
		{When: "2xx with a web page", Severity: wire.Fail, Cause: causeHTML},
		{When: "2xx with a body over the limit", Severity: wire.Fail, Cause: causeTooLarge},
		{When: "2xx with anything else, JSON that names a field twice included", Severity: wire.Fail, Cause: causeNotJSON},
		{When: "401", Severity: wire.Fail, Cause: cause401},
	}...), statusVerdicts(wire.Fail)...),
	Causes: append(append(slices.Clip(connectionCauses), []wire.CauseInfo{
		{ID: causeIssuer, Text: "The document names another issuer than the one that is configured."},
		{ID: causeNoEndpoint, Text: "The document lacks endpoints that nobody can sign in without."},
		{ID: causeHTML, Text: "A web page answers where the discovery document should be."},
		{ID: causeTooLarge, Text: "The answer is far larger than a discovery document."},
		{ID: causeNotJSON, Text: "The answer is no JSON object that can be read."},
		{ID: cause401, Text: "The document, which is public, is not served without credentials."},
	}...), statusCauses...),
	Fixes: []string{
		"Correct the issuer in " + keyOIDCIssuer + ": scheme, host, port, and the path of the realm or tenant.",
		"Make the name resolve, and the port reachable, from where Stella Ops runs.",
		"Add the CA that signed the provider's certificate to the trust store and to Doctor:Tls:CaFile; never turn verification off.",
		"Set Doctor:Proxy where a proxy is required.",
		"Bring the provider, or its database, back up.",
	},
}
