package main

import (
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// s3StorageTables say what the answers of object storage mean, where the shared
// tables do not (§3.16).
var s3StorageTables = tables{
	diagnoses: []row{
		{"", "", []string{"{peer} answers {method} {path} with {status}: the object storage is reachable, and its answer is one of the S3 API."}},
		{"", unproven, []string{
			"{peer} answers {method} {path} with {status}: it is reachable.",
			"The answer has no x-amz-request-id header, so nothing proves that object storage gave it."}},
		{causeHTML, "", []string{
			"A web page came back from {url} (status {status}), not the S3 API.",
			"The address is reachable, but {key} probably points at the console of the storage."}},
		{cause5xx, "", []string{
			"{peer} answers {method} {path} with {status}.",
			"The address is reachable, but the object storage behind it does not work at the moment."}},
	},
	causes: []row{
		{causeHTML, "", []string{
			"{key} points at the port of the console instead of that of the API.",
			"A sign-in page or a captive portal answers instead of the API."}},
		{cause5xx, "", []string{
			"The storage is starting, in healing, or out of disk.",
			"A fault inside the storage: see its log."}},
		{cause5xx, "501", methodCauses},
		{cause5xx, "502", storageGatewayCauses},
		{cause5xx, "503", storageGatewayCauses},
		{cause5xx, "504", storageGatewayCauses},
	},
	plans: []plan{
		{causeInvalidURL, "Set {key} to the address of the storage's API, such as https://s3.example.com.", standard},
		{causeHTML, "Set {key} to the address of the API, not of the console.", standard},
	},
}

var storageGatewayCauses = []string{
	"The storage is starting, in healing, or out of disk.",
	"The reverse proxy is up, but the storage behind it is down or starting.",
}

// s3StorageExplain is the long form of the check.
var s3StorageExplain = wire.Explain{
	What: "Sends one HEAD to the root of the configured endpoint, without credentials and without following redirects, and one GET where HEAD is not allowed (405, 501). " +
		"Storage that lets nobody list it answers 307, 400, 403 or 404 there, which is as good as 200. " +
		"If Doctor's access policy refuses the request, the check gives no verdict and names what to grant.",
	Why: "Blobs, SBOMs and evidence are kept in object storage: while it does not answer, scans and exports fail late and with errors that name something else.",
	Verdicts: append(connectionVerdicts(wire.Fail), []wire.VerdictInfo{
		{When: "2xx with a web page", Severity: wire.Warn, Cause: causeHTML},
		{When: "any other status below 500", Severity: wire.Pass},
		{When: "5xx", Severity: wire.Warn, Cause: cause5xx},
	}...),
	Causes: append(slices.Clip(connectionCauses), []wire.CauseInfo{
		{ID: causeHTML, Text: "A web page answers where the S3 API should be."},
		{ID: cause5xx, Text: "The object storage, or what is in front of it, does not work."},
	}...),
	Fixes: []string{
		"Correct the address, port or scheme in " + keyS3Endpoint + ": the console often has the port beside that of the API.",
		"Make the name resolve, and the port reachable, from where Stella Ops runs.",
		"Add the CA that signed the storage's certificate to the trust store and to Doctor:Tls:CaFile; never turn verification off.",
		"Set Doctor:Proxy where a proxy is required.",
		"Bring the storage back up, or make room on its disks.",
	},
}
