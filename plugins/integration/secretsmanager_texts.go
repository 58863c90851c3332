package main

// managerService is what a secrets manager of this type and number is in texts
// (§3.9, Fix).
func managerService(api string, number int) *service {
	s := &service{
		name:     "secrets manager",
		noun:     "address of the secrets manager",
		keys:     itemKeys(&managerSettings[0], number),
		owner:    "platform",
		unit:     "stellaops-platform",
		newValue: "<manager-url>",
		noTarget: "<manager-url>" + valueOf(healthPaths, api),
		noHost:   "<manager-host>",
		probe:    `curl -sS -o /dev/null -w '%{http_code} %{content_type}\n' --max-time 10`,
		healthy:  "200 is healthy",
	}
	if api == typeVault {
		s.name, s.noun = "Vault", "address of the Vault"
		s.newValue, s.noTarget, s.noHost = "<vault-url>", "<vault-url>"+valueOf(healthPaths, api)+"?"+vaultQuery, "<vault-host>"
		s.probe, s.healthy = "curl -sS --max-time 10", "initialized true and sealed false is healthy"
	}
	return s
}

var managerList = list{
	check:    secretsManagerID,
	one:      "secrets manager",
	many:     "secrets managers",
	well:     "are healthy. Their health paths answer without a token, so nothing is shown about the tokens.",
	evidence: "managers",
	tables: tables{
		diagnoses: []row{
			{"", typeVault, []string{vaultWell, noProof}},
			{"", sortBareVault, []string{vaultWell}},
			{"", "", []string{"{peer} answers {method} {path} with {status}: the {service} is healthy.", noProof}},
			{"", sortBare, []string{"{peer} answers {method} {path} with {status}: the {service} is healthy."}},
			{causeMissingURL, "", missingDiagnosis},
			{causeSealed, "", []string{"The Vault at {peer} is sealed.", "It runs but gives out no secret until it is unsealed."}},
			{causeUninitialized, "", []string{"The Vault at {peer} says that it was never initialised.", "It holds no secret: either it is a new one, or its storage is not the one that it had."}},
			{causeNoHealth, "", []string{"{peer} answers {method} {path} with {status}, but not with the health of a Vault.", "Whether a Vault is there, and whether it is unsealed, stays open."}},
			{causeDRSecondary, "", []string{"The Vault at {peer} is a secondary for disaster recovery (472).", "It is reachable but gives out no secrets in this role."}},
			{causeNoActiveNode, "", []string{"The Vault at {peer} is a standby that does not reach the active node (474).", "It is reachable but cannot pass on what it is asked."}},
			{cause401, "", []string{"{peer} answers {method} {path} with 401: it does not accept the token in {tokenkey}.", refusedMeaning}},
			{cause401, sortBare, []string{"{peer} answers {method} {path} with 401 and was asked without a token, because none is set in {tokenkey}.", refusedMeaning}},
			{cause403, "", []string{"{peer} answers {method} {path} with 403: it refuses the request, with the token in {tokenkey}.", refusedMeaning}},
			{cause403, sortBare, []string{"{peer} answers {method} {path} with 403 and was asked without a token, because none is set in {tokenkey}.", refusedMeaning}},
			{causeUnknownType, "", unknownTypeDiagnosis},
		},
		causes: []row{
			{causeMissingURL, "", missingCauses},
			{causeSealed, "", []string{
				"The Vault was restarted and waits for its keys to be typed in.",
				"What unseals it on its own, an HSM or a KMS, is out of its reach.",
				"Somebody sealed it on purpose.",
			}},
			{causeUninitialized, "", []string{
				"The storage backend is new, or was wiped.",
				"The Vault opened another storage backend than before.",
				"{key} points at another Vault than the one in use.",
			}},
			{causeNoHealth, "", []string{
				"Another product answers at this address.",
				"The path prefix is missing from {key}.",
				"A proxy answers in front of the Vault.",
			}},
			{causeDRSecondary, "", []string{"{key} points at a cluster that only stands by for disasters.", "A failover to the other cluster is not complete."}},
			{causeNoActiveNode, "", []string{"The active node is down, or an election is under way.", "A firewall keeps the nodes of the cluster apart."}},
			{cause401, "", []string{
				"The token in {tokenkey} is expired or revoked.",
				"The token is one of another secrets manager.",
				"A proxy in front of the {service} asks for credentials of its own.",
			}},
			{cause401, sortBare, []string{"The {service}, or a proxy in front of it, asks for a token, and {tokenkey} is not set."}},
			{cause403, "", []string{
				"The token in {tokenkey} is expired or revoked.",
				"The source address is not allowed.",
				"A web application firewall blocks the request.",
			}},
			{cause403, sortBare, []string{
				"The source address is not allowed.",
				"A web application firewall blocks the request.",
				"The {service} asks for a token, and {tokenkey} is not set.",
			}},
			{causeUnknownType, "", unknownTypeCauses},
			{causeNotFound, "", typeCauses},
			{causeNotFound, sortOlder, notFoundCauses},
		},
		plans: []plan{
			{causeMissingURL, missingSummary, standard},
			{causeSealed, "Have the Vault unsealed by the holders of its keys.", []move{probe, unseal, autoUnseal, verify}},
			{causeUninitialized, "Find out where the storage of the Vault is, or set {key} to the Vault that has the secrets.",
				[]move{look, reach, probe, checkStorage, change, apply, verify}},
			{causeDRSecondary, "Set {key} to the primary cluster, or complete the failover.", standard},
			{causeNoActiveNode, "Bring the active node of the Vault back, or make it reachable for this one.", []move{look, probe, activeNode, verify}},
		},
		others: tokenPlans,
	},
}

const (
	vaultWell     = "The Vault at {peer} is initialised and unsealed{version|; its version is }."
	sortBareVault = "bare-vault"
	sortOlder     = "older" // the single form has no type that could be wrong
)

// What the lists of services have in common.
const (
	noProof        = "Its health path answers without a token, so nothing is shown about {tokenkey}."
	refusedMeaning = "The {service} is reachable, but Stella Ops is not let in."
)

var (
	missingDiagnosis     = []string{"No address is set in {key}.", "No request was made."}
	unknownTypeDiagnosis = []string{
		"{typekey} is {type}, which is no type that Doctor knows.",
		"It was asked as a generic one: {peer} answers {method} {path} with {status}, which shows little."}
	unknownTypeCauses = []string{"The value of {typekey} is mistyped.", "The product is none that Doctor has questions for: generic is the type for it."}
	typeCauses        = []string{
		"{typekey} is not the type of the product at this address, or is not set and was guessed.",
		"The path prefix is missing from {key}.",
		"Another product answers at this address.",
	}
)
