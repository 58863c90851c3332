package main

import (
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// ociRegistryExplain is the long form of the check. The rows stand in the order
// in which they are tried.
var ociRegistryExplain = wire.Explain{
	What: "Sends one GET to /v2/ below the configured address, without credentials and without following redirects. " +
		"If Doctor's access policy refuses the request, the check gives no verdict and names what to grant.",
	Why: "Every pull, push, scan and attestation goes through the registry: if this question fails, they all do, and their errors are harder to read.",
	Verdicts: slices.Concat(connectionVerdicts(wire.Fail), []wire.VerdictInfo{
		{When: "2xx with a web page and no API-version header", Severity: wire.Pass, Cause: causeHTML},
		{When: "200 with a body over the limit and no API-version header", Severity: wire.Pass, Cause: causeTooLarge},
		{When: "200", Severity: wire.Pass},
		{When: "401", Severity: wire.Pass},
		{When: "404", Severity: wire.Warn, Cause: cause404},
	}, statusVerdicts(wire.Warn, causeNotFound)),
	Causes: append(slices.Clip(connectionCauses), []wire.CauseInfo{
		{ID: causeHTML, Text: "A web page answers where the registry API should be."},
		{ID: causeTooLarge, Text: "The answer is far larger than one of the registry API."},
		{ID: causeRedirect, Text: "The registry, or a portal in front of it, points to another address."},
		{ID: cause403, Text: "The request is forbidden before any credentials are asked for."},
		{ID: cause404, Text: "Nothing at the address speaks the registry API."},
		{ID: cause405, Text: "GET is not allowed at the address."},
		{ID: cause407, Text: "A proxy on the way asks for authentication."},
		{ID: cause429, Text: "A rate limit is reached."},
		{ID: cause5xx, Text: "The registry, or what it depends on, does not work."},
		{ID: causeStatusUnlisted, Text: "The status is none that a registry answers with."},
	}...),
	Fixes: []string{
		"Correct the address, port, scheme or path prefix in " + keyRegistryURL + ".",
		"Make the name resolve, and the port reachable, from where Stella Ops runs.",
		"Add the CA that signed the registry's certificate to the trust store and to Doctor:Tls:CaFile; never turn verification off.",
		"Set Doctor:Proxy where a proxy is required.",
		"Bring the registry, or its storage, back up.",
	},
}
