package main

import (
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// ciSystemExplain is the long form of the check. The rows stand in the order in
// which they are tried.
var ciSystemExplain = wire.Explain{
	What: "Sends one GET to each CI system, with its token if there is one: /api/json of a jenkins, /api/v4/version of a gitlab, /api/v3/rate_limit of a github (/rate_limit of api.github.com), " +
		"/_apis/connectionData of an azuredevops, /health of a generic one. A Jenkins or GitLab that accepts it is asked for its runners as well. " +
		"Without a Type the host name tells, else it is generic. A Type that is none of these is asked like generic and never passes. " +
		"A token goes to the configured address only: for github.com, whose API is at https://api.github.com, it is not sent, and the result says so. " +
		"CI:Url, CI:Type and CI:ApiToken name a single system and count only where the list has no address. " +
		"The worst system decides, the first among equals; an item without an address is a fault, a gap in the numbers is none. " +
		"If none failed and Doctor's access policy refused a request, the check gives no verdict and names what to grant.",
	Why: "Scans are started by CI systems and gate their builds: one that is out of reach, or has no runners, holds up releases.",
	Verdicts: slices.Concat([]wire.VerdictInfo{
		{When: "an item has no address; no request is made", Severity: wire.Fail, Cause: causeMissingURL},
	}, connectionVerdicts(wire.Fail), []wire.VerdictInfo{
		{When: "jenkins: the user name of the token cannot be sent; no request is made", Severity: wire.Fail, Cause: causeUsername},
		{When: "github.com: 401 or 403, while the token belongs to another address and was not sent", Severity: wire.Fail, Cause: causeTokenNotSent},
		{When: "401", Severity: wire.Fail, Cause: cause401},
		{When: "403", Severity: wire.Fail, Cause: cause403},
		{When: "5xx", Severity: wire.Fail, Cause: cause5xx},
		{When: "any other answer, where Type is none that is known", Severity: wire.Warn, Cause: causeUnknownType},
		{When: "any type but generic: 2xx with a web page", Severity: wire.Warn, Cause: causeHTML},
	}, statusVerdicts(wire.Warn, cause403, cause5xx, causeStatusUnlisted), []wire.VerdictInfo{
		{When: "any other status but 2xx", Severity: wire.Warn, Cause: causeStatusUnlisted},
		{When: "jenkins or gitlab: 2xx, and none of the runners that it has is available", Severity: wire.Warn, Cause: causeNoRunners},
		{When: "github.com: 2xx, while the token belongs to another address and was not sent", Severity: wire.Pass, Cause: causeTokenNotSent},
		{When: "2xx, whatever came of the question for runners", Severity: wire.Pass},
	}),
	Causes: append(append(slices.Clip(connectionCauses), statusCauses...), []wire.CauseInfo{
		{ID: causeMissingURL, Text: "An item of the list has no address."},
		{ID: causeUnknownType, Text: "The type of an item is none that is known."},
		{ID: causeUsername, Text: "The user name of the token cannot be sent."},
		{ID: causeTokenNotSent, Text: "The token belongs to an address where the API is not."},
		{ID: cause401, Text: "The token is not accepted, or is missing."},
		{ID: causeNoRunners, Text: "No runner is available."},
		{ID: causeHTML, Text: "A web page answers where the API should be."},
	}...),
	Fixes: []string{
		"Correct the address, port, scheme or path prefix, and the Type.",
		"Have a new token issued, set it, and revoke the old one when the check passes.",
		"Start the agents, or resume those that are paused.",
		"Set Doctor:Proxy where a proxy is required.",
		"Add the CA that signed the certificate to the trust store and to Doctor:Tls:CaFile; never turn verification off.",
	},
}
