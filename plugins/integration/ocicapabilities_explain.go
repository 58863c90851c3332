package main

import (
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// ociCapabilitiesExplain is the long form of the check. The rows stand in the
// order in which they are tried.
var ociCapabilitiesExplain = wire.Explain{
	What: "Asks five questions with the configured credentials: which version the registry states at /v2/; whether it lists the referrers of the test image; " +
		"whether it opens an upload in the push test repository; whether it understands a mount of the empty blob of two bytes from library/alpine; and whether OPTIONS on the manifest and on a blob allows DELETE. " +
		"Uploads are cancelled at once; nothing is deleted. It runs only with --allow-write; incomplete credentials skip it, and it ends with the first answer that decides the verdict. " +
		"If Doctor's access policy refuses a request, or the token service, the check gives no verdict and names what to grant.",
	Why: "Referrers link attestations to images, chunked upload carries large SBOMs, mounts make promotion quick, and deletion is what garbage collection lives on.",
	Verdicts: append(connectionVerdicts(wire.Fail), []wire.VerdictInfo{
		referenceVerdict,
		{When: "the version: 2xx with a web page and no API-version header", Severity: wire.Warn, Cause: causeHTML},
		{When: "no referrers API: 404 without an index, 405, or 200 with another body", Severity: wire.Warn, Cause: causeNoReferrers},
		{When: "another feature is missing: no version stated at 200 or 401, 405 or 501 to a POST, no DELETE among the methods allowed", Severity: wire.Info, Cause: causeUnsupported},
		{When: "any other answer, which leaves a feature open: 401, 403, 404, 429, 5xx, no digest, no token", Severity: wire.Info, Cause: causeUnknown},
		{When: "all five features are there", Severity: wire.Pass},
	}...),
	Causes: slices.Concat(connectionCauses, []wire.CauseInfo{
		{ID: causeBadReference, Text: "A test repository or tag cannot be part of an address."},
		{ID: causeHTML, Text: "A web page answers where the registry API should be."},
		{ID: causeNoReferrers, Text: "The registry does not have the referrers API."},
		{ID: causeUnsupported, Text: "The registry lacks an optional feature."},
		{ID: causeUnknown, Text: "Whether the registry has a feature could not be told, mostly for want of a right."},
	}),
	Fixes: []string{
		"Upgrade the registry to one that speaks OCI Distribution 1.1.",
		"Switch on what is missing where it is needed; deletion that is switched on makes later deletions possible.",
		"Have the account given the right to write to the push test repository.",
		"Set " + keyTestRepository + " and " + keyPushRepository + " to repositories that exist.",
	},
}
