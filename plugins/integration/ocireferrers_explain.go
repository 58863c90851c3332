package main

import (
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// ociReferrersExplain is the long form of the check. The rows stand in the order
// in which they are tried.
var ociReferrersExplain = wire.Explain{
	What: "Sends one HEAD for the digest of the test image, with the configured credentials, and one GET for its referrers. " +
		"Where the registry does not tell the digest, the manifest is fetched and its digest worked out. Incomplete credentials skip the check. " +
		"If Doctor's access policy refuses a request, or the token service, the check gives no verdict and names what to grant.",
	Why: "Signatures, SBOMs and attestations hang on images as referrers. Without the API they have to be found by fallback tags, which tools overwrite and mirrors leave behind: " +
		"Azure, Amazon and Google registries, Harbor from 2.6, Quay from 3.12, Artifactory 7 and Zot have it; GHCR, Docker Hub and the plain registry:2 do not.",
	Verdicts: slices.Concat(connectionVerdicts(wire.Fail), []wire.VerdictInfo{
		referenceVerdict,
		{When: "the test image: 404, so nothing can be asked about it", Severity: wire.Info, Cause: causeImageAbsent},
		{When: "the test image: no digest can be had", Severity: wire.Info, Cause: causeNoDigest},
		{When: "the test image: 401 without credentials", Severity: wire.Info, Cause: causeNoCredentials},
		{When: "the test image: 401, and the token service refuses the credentials", Severity: wire.Info, Cause: causeExchangeRejected},
		{When: "the test image: 401 with insufficient_scope", Severity: wire.Info, Cause: causeScope},
		{When: "the test image: 401 to the token of the token service", Severity: wire.Info, Cause: causeTokenRefused},
		{When: "the test image: 401 otherwise", Severity: wire.Info, Cause: cause401},
		{When: "the test image: 403", Severity: wire.Info, Cause: cause403},
		{When: "either question: 2xx with a web page and no API-version header", Severity: wire.Warn, Cause: causeHTML},
		{When: "the referrers: 200, or 404, with an OCI index", Severity: wire.Pass},
		{When: "the referrers: 200 with a body over the limit", Severity: wire.Warn, Cause: causeTooLarge},
		{When: "the referrers: 200 with any other body", Severity: wire.Warn, Cause: causeNoIndex},
		{When: "the referrers: 404 without an index, or 405", Severity: wire.Warn, Cause: causeNoReferrers},
	}, authVerdictRows(wire.Warn, wire.Warn), otherVerdicts),
	Causes: slices.Concat(connectionCauses, registryCauses, []wire.CauseInfo{
		{ID: causeBadReference, Text: "The test repository or its tag cannot be part of an address."},
		{ID: causeScope, Text: "The credentials are accepted, but the token does not reach to the repository."},
		{ID: causeImageAbsent, Text: "The test image does not exist, or the registry hides it."},
		{ID: causeNoDigest, Text: "The registry does not tell the digest of the test image, and it cannot be worked out."},
		{ID: causeNoReferrers, Text: "The registry does not have the referrers API."},
		{ID: causeNoIndex, Text: "The answer is no OCI index."},
		{ID: causeTooLarge, Text: "The answer is too large to be read."},
	}),
	Fixes: []string{
		"Upgrade the registry, or switch its referrers API on.",
		"Rely on fallback tags of the form sha256-<hex>, which needs no change.",
		"Set " + keyTestRepository + " and " + keyTestTag + " to an image that exists.",
		"Have the account given the right to read.",
	},
}
