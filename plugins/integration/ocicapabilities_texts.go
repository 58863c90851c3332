package main

// ociCapabilitiesTables say what the matrix means (§3.6). The variants are the
// names of capabilities.
var ociCapabilitiesTables = tables{
	diagnoses: []row{
		{"", "", []string{
			"The registry at {peer} has all five features that were asked for{left|; }.",
			"It states its version, lists referrers, takes chunked uploads and mounts, and allows deletion."}},
		{causeNoReferrers, "", []string{
			"The registry at {peer} has {score} of the five features that were asked for, and lacks {lacking}{left|; }.",
			"Without the referrers API, attestations have to be found by fallback tags of the form sha256-<hex>."}},
		{causeUnsupported, "", []string{
			"The registry at {peer} has {score} of the five features that were asked for, and lacks {lacking}{left|; }.",
			"What is missing matters only where it is needed{open|; open remains: }."}},
		{causeUnknown, "", []string{
			"The registry at {peer} has {score} of the five features that were asked for{left|; }.",
			"Open remains: {open}; the answer to {method} {path} with {status} says nothing about support."}},
	},
	causes: []row{
		{causeUnsupported, "distribution_version", []string{"The version of the registry is too old to state it.", "A proxy drops the header that states it."}},
		{causeUnsupported, "chunked_upload", []string{"Chunked upload is disabled.", "The registry is a read-only mirror or a pull-through cache."}},
		{causeUnsupported, "cross_repo_mount", []string{"The registry does not implement mounting from another repository."}},
		{causeUnsupported, "delete", []string{"Deletion is disabled by policy.", "A proxy in front of the registry allows no DELETE."}},
		{causeUnknown, "", []string{
			"The account lacks the writer role.",
			"The push test repository does not exist.",
			"The registry, or a proxy in front of it, limits or forbids the question."}},
		{causeUnknown, "distribution_version", []string{"The registry, or a proxy in front of it, does not work at the moment."}},
		{causeUnknown, "referrers_api", []string{
			"The test image does not exist.",
			"The account may not read it.",
			"The registry, or a proxy in front of it, limits or forbids the question."}},
		{causeUnknown, "delete", []string{
			"The registry does not answer OPTIONS.",
			"The account lacks the writer role.",
			"A proxy in front of the registry answers OPTIONS by itself."}},
		{causeNoReferrers, "", []string{
			"The registry does not speak OCI Distribution 1.1.",
			"The version of the registry is too old.",
			"The referrers API is switched off."}},
	},
	plans: []plan{
		{causeNoReferrers, referrersSummary, []move{askReferrers, upgradeRegistry, verify}},
		{causeUnsupported, featureSummary, []move{tryUpload, enableFeature, verify}},
		{causeUnknown, "Have the account given the right to write to {repository}, if that exists.", []move{probe, tryUpload, grantWriter, verify}},
	},
	others: []otherPlan{
		{"", plan{causeUnsupported, featureSummary, []move{probe, enableFeature, verify}}, "distribution_version"},
		{"", plan{causeUnsupported, featureSummary, []move{askDelete, enableFeature, verify}}, "delete"},
		{"", plan{causeUnknown, "Find out why the root of the registry API does not answer.", []move{look, probe, remoteLog, verify}}, "distribution_version"},
		{subjectRepository, plan{causeUnknown, "Set the test repository and its tag to an image that exists and may be read.", []move{look, reach, askReferrers, tryPull, change, nextSubject, look, change, apply, verify}}, "referrers_api"},
		{"", plan{causeUnknown, "Ask for the allowed methods by hand, and have the account given the right to delete where that is wanted.", []move{askDelete, grantWriter, verify}}, "delete"},
		{subjectRepository, plan{causeBadReference, "Set {repokey} to the name of a repository, such as team/app.", standard}, ruleRepository},
		{subjectTag, plan{causeBadReference, "Set {tagkey} to a tag, such as latest, or to a digest.", standard}, ruleTag},
	},
	base: &registryTables,
}

const featureSummary = "Switch the missing feature on, or upgrade the registry, where it is needed."
