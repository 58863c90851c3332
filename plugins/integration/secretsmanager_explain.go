package main

import (
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// secretsManagerExplain is the long form of the check. The rows stand in the
// order in which they are tried.
var secretsManagerExplain = wire.Explain{
	What: "Sends one GET to the health path of each secrets manager, with its token if there is one: /v1/sys/health of a vault, /healthstatus of an azurekeyvault, /health of a generic one. " +
		"A Vault tells in its answer whether it is initialised and unsealed; none of these paths needs a token, so that a pass does not prove the token. " +
		"Without a Type the host name tells: one that ends with .vault.azure.net is an azurekeyvault, one with vault in it a vault, any other generic. A Type that is none of the three is asked like generic and never passes. " +
		"Secrets:Vault:Url and Vault:Url name a single vault, with the Token of the same section, and count only where the list has no address. " +
		"The worst secrets manager decides, the first among equals; an item without an address is a fault, a gap in the numbers is none. " +
		"If none failed and Doctor's access policy refused a request, the check gives no verdict and names what to grant.",
	Why: "Credentials of registries, forges and CI systems come from here: while it is sealed or out of reach, they cannot be read, and what fails are their users.",
	Verdicts: slices.Concat([]wire.VerdictInfo{
		{When: "an item has no address; no request is made", Severity: wire.Fail, Cause: causeMissingURL},
	}, connectionVerdicts(wire.Fail), []wire.VerdictInfo{
		{When: "401", Severity: wire.Fail, Cause: cause401},
		{When: "403", Severity: wire.Fail, Cause: cause403},
		{When: "vault: initialized is false in the answer, whatever its status", Severity: wire.Fail, Cause: causeUninitialized},
		{When: "vault: sealed is true in the answer, whatever its status", Severity: wire.Fail, Cause: causeSealed},
		{When: "5xx", Severity: wire.Fail, Cause: cause5xx},
		{When: "any other answer, where Type is none that is known", Severity: wire.Warn, Cause: causeUnknownType},
		{When: "vault: 200, 429 or 473 with sealed false and initialized true", Severity: wire.Pass},
		{When: "vault or azurekeyvault: 2xx with a web page", Severity: wire.Warn, Cause: causeHTML},
		{When: "vault: 200 without readable sealed and initialized", Severity: wire.Warn, Cause: causeNoHealth},
		{When: "vault: 472", Severity: wire.Warn, Cause: causeDRSecondary},
		{When: "vault: 474", Severity: wire.Warn, Cause: causeNoActiveNode},
		{When: "azurekeyvault or generic: 2xx", Severity: wire.Pass},
	}, statusVerdicts(wire.Warn, cause403, cause5xx)),
	Causes: append(append(slices.Clip(connectionCauses), statusCauses...), []wire.CauseInfo{
		{ID: causeMissingURL, Text: "An item of the list has no address."},
		{ID: causeUnknownType, Text: "The type of an item is none that is known."},
		{ID: cause401, Text: "The token is not accepted, or is missing."},
		{ID: causeSealed, Text: "The Vault is sealed and gives out no secrets."},
		{ID: causeUninitialized, Text: "The Vault was never initialised, or lost its storage."},
		{ID: causeNoHealth, Text: "Something answers, but not with the health of a Vault."},
		{ID: causeDRSecondary, Text: "The Vault only stands by for disasters."},
		{ID: causeNoActiveNode, Text: "The Vault does not reach the active node of its cluster."},
		{ID: causeHTML, Text: "A web page answers where the health path should be."},
	}...),
	Fixes: []string{
		"Correct the address, port, scheme or path prefix, and the Type.",
		"Have a sealed Vault unsealed by the holders of its keys.",
		"Have a new token issued, set it, and revoke the old one when the check passes.",
		"Add the CA that signed the certificate to the trust store and to Doctor:Tls:CaFile; never turn verification off.",
		"Make the name resolve, and the port reachable, from where Stella Ops runs.",
	},
}
