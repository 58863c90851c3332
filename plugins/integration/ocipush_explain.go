package main

import (
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// ociPushExplain is the long form of the check. The rows stand in the order in
// which they are tried.
var ociPushExplain = wire.Explain{
	What: "Sends one POST that opens an upload in the push test repository, with the configured credentials, as every push begins, and cancels the upload at once with a DELETE; no data is written. " +
		"It runs only with --allow-write, and only when credentials are configured. Where the registry asks for a token, Doctor fetches one for writing to that repository. " +
		"If Doctor's access policy refuses the request, or the token service, the check gives no verdict and names what to grant.",
	Why: "Credentials that may read need not be allowed to write: promotions, signatures and attestations fail then, often long after the build.",
	Verdicts: slices.Concat([]wire.VerdictInfo{incompleteVerdict}, connectionVerdicts(wire.Fail), []wire.VerdictInfo{
		referenceVerdict,
		{When: "202, and the upload is cancelled", Severity: wire.Pass},
		{When: "202, and the upload cannot be cancelled: no Location, another server, any other answer than 2xx or 404", Severity: wire.Info, Cause: causeUploadLeft},
		{When: "any other 2xx with a web page and no API-version header", Severity: wire.Warn, Cause: causeHTML},
	}, slices.Delete(authVerdictRows(wire.Warn, wire.Fail), 1, 2), []wire.VerdictInfo{
		{When: "404", Severity: wire.Warn, Cause: causeRepositoryAbsent},
	}, otherVerdicts),
	Causes: slices.Concat(connectionCauses, registryCauses[1:], []wire.CauseInfo{
		{ID: causeIncomplete, Text: incompleteText},
		{ID: causeBadReference, Text: "The push test repository cannot be part of an address."},
		{ID: causeScope, Text: "The credentials are accepted, but the token does not reach to writing."},
		{ID: causeRepositoryAbsent, Text: "The repository does not exist, and pushing does not create it."},
		{ID: causeUploadLeft, Text: "Pushing is allowed, but the upload that was opened could not be cancelled."},
	}),
	Fixes: []string{
		"Have the account given the right to write at the registry, and no more than that.",
		"Create the repository, or set " + keyPushRepository + " to one that exists.",
		"Set the new password or token after a rotation.",
		"Tell the registry the address under which it is reached, so that the Location of uploads leads there.",
	},
}
