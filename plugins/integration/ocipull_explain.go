package main

import (
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// ociPullExplain is the long form of the check. The rows stand in the order in
// which they are tried.
var ociPullExplain = wire.Explain{
	What: "Sends one HEAD for the manifest of the test image with the configured credentials, as every pull begins; no layer is fetched. " +
		"Where the registry asks for a token, Doctor fetches one for reading that repository. " +
		"If Doctor's access policy refuses the request, or the token service, the check gives no verdict and names what to grant.",
	Why: "Credentials that are valid need not be allowed to read: scans and deployments fail then, one repository at a time.",
	Verdicts: slices.Concat([]wire.VerdictInfo{incompleteVerdict}, connectionVerdicts(wire.Fail), []wire.VerdictInfo{
		referenceVerdict,
		{When: "2xx with a web page and no API-version header", Severity: wire.Warn, Cause: causeHTML},
		{When: "2xx", Severity: wire.Pass},
	}, authVerdictRows(wire.Warn, wire.Fail), []wire.VerdictInfo{
		{When: "404: the test image is absent, so nothing is proven", Severity: wire.Info, Cause: causeImageAbsent},
	}, otherVerdicts),
	Causes: slices.Concat(connectionCauses, registryCauses, []wire.CauseInfo{
		{ID: causeIncomplete, Text: incompleteText},
		{ID: causeBadReference, Text: "The test repository or its tag cannot be part of an address."},
		{ID: causeScope, Text: "The credentials are accepted, but the token does not reach to the repository."},
		{ID: causeImageAbsent, Text: "The test image does not exist, or the registry hides it."},
	}),
	Fixes: []string{
		"Have the account given the right to read at the registry, and no more than that.",
		"Set " + keyTestRepository + " and " + keyTestTag + " to an image that exists.",
		"Set the new password or token after a rotation.",
		"Configure credentials where a registry limits those who have none.",
	},
}
