package main

// ociReferrersTables say what the answers mean for the linking of attestations
// (§3.5).
var ociReferrersTables = tables{
	diagnoses: []row{
		{"", "", []string{
			"{peer} answers {method} {path} with an index: the registry lists what refers to an image.",
			"Attestations can be linked to images."}},
		{"", "404", []string{
			"{peer} answers {method} {path} with 404 and an index: the registry has the API, and nothing refers to the image yet.",
			"Attestations can be linked to images."}},
		{causeImageAbsent, "", []string{
			"{peer} answers {method} {path} with 404: there is no image {repository}:{tag} for {login}.",
			"Whether attestations can be linked stays open: the test image has to be one that exists."}},
		{causeNoDigest, "", []string{
			"{peer} answers {method} {path} with {status}, but tells no digest, and what came is no manifest that one could be worked out from.",
			"Whether attestations can be linked stays open."}},
		{causeNoDigest, "too_large", []string{
			"{peer} answers {method} {path} with {status} and a manifest that is too large to work out its digest, which it does not tell either.",
			"Whether attestations can be linked stays open."}},
		{causeNoReferrers, "", []string{
			"{peer} answers {method} {path} with {status} and no index: the registry does not list what refers to an image.",
			"Attestations have to be found by fallback tags of the form sha256-<hex>."}},
		{causeNoIndex, "", []string{
			"{peer} answers {method} {path} with 200, but the body is no OCI index.",
			"The registry does not list what refers to an image as OCI Distribution 1.1 has it."}},
		{causeTooLarge, "", []string{
			"{peer} answers {method} {path} with 200 and a body that is too large to be read.",
			"Whether it is a list of what refers to the image stays open."}},
		{causeHTML, "", []string{
			"A web page came back from {url} (status {status}), not the registry API.",
			"The address is reachable, but {key} probably points at a web interface or a sign-in page."}},
		{causeScope, "", []string{
			"{peer} answers {method} {path} with 401 to {login}: insufficient_scope.",
			"Whether attestations can be linked stays open without the right to read {repository}."}},
		{cause403, "", []string{
			"{peer} answers {method} {path} with 403 to {login}.",
			"Whether attestations can be linked stays open without the right to read {repository}."}},
		{causeStatusUnlisted, "", []string{
			"{peer} answers {method} {path} with {status}, which is no answer to that question.",
			"Whether attestations can be linked stays open."}},
	},
	causes: []row{
		{causeNoReferrers, "", []string{
			"The registry does not speak OCI Distribution 1.1.",
			"The version of the registry is too old.",
			"The referrers API is switched off."}},
		{causeNoIndex, "", []string{
			"The registry does not speak OCI Distribution 1.1.",
			"Another product, or a proxy, answers in place of the registry."}},
		{causeTooLarge, "", []string{
			"Very much refers to the test image.",
			"Something other than the registry API answers."}},
		{causeNoDigest, "", []string{
			"A proxy drops Docker-Content-Digest from the answer.",
			"Another product answers in place of the registry."}},
		{causeHTML, "", []string{"{key} points at the web UI of the registry."}},
		{causeStatusUnlisted, "", []string{
			"A proxy in front of the registry does not let the question through.",
			"The registry does not speak OCI Distribution 1.1."}},
	},
	plans: []plan{
		{causeNoReferrers, referrersSummary, []move{probe, upgradeRegistry, verify}},
		{causeNoIndex, referrersSummary, []move{probe, upgradeRegistry, verify}},
		{causeStatusUnlisted, "Find out what answers in place of the registry.", []move{look, probe, remoteLog, verify}},
	},
	others: []otherPlan{
		{subjectRepository, plan{causeNoDigest, "Set the test repository and its tag to an image whose digest the registry tells.", anotherImage}, ""},
		{subjectRepository, plan{causeTooLarge, "Set the test repository and its tag to an image that little refers to.", anotherImage}, ""},
	},
	base: &ociPullTables,
}

const referrersSummary = "Upgrade the registry to one with the referrers API, or rely on fallback tags of the form sha256-<hex>."
