package main

// ociPullTables say what the answers mean for reading (§3.3).
var ociPullTables = tables{
	diagnoses: []row{
		{"", "", []string{"{peer} answers {method} {path} with {status} to {login}: that is enough to read the test image {repository}:{tag}."}},
		{"", methodAnonymous, []string{
			"{peer} answers {method} {path} with {status}, and no credentials are configured.",
			"Anybody may read the test image {repository}:{tag}."}},
		{causeImageAbsent, "", []string{
			"{peer} answers {method} {path} with 404: there is no image {repository}:{tag} for {login}.",
			"Whether it may read stays open: the test image has to be one that exists."}},
		{causeScope, "", []string{
			"{peer} answers {method} {path} with 401 to {login}: insufficient_scope.",
			"The credentials are accepted, but not for reading {repository}."}},
		{cause403, "", []string{
			"{peer} answers {method} {path} with 403 to {login}.",
			"The credentials are accepted, but may not read {repository}."}},
		{causeStatusUnlisted, "", []string{
			"{peer} answers {method} {path} with {status}, which is no answer to the question for a manifest.",
			"Whether {login} may read stays open."}},
	},
	causes: []row{
		{causeImageAbsent, "", []string{
			"The test image does not exist in this registry.",
			"The registry hides what the account may not read."}},
		{causeNoCredentials, "", []string{"Reading without credentials is not allowed, and none are set."}},
		{cause429, methodAnonymous, []string{"The rate limit for requests without credentials is reached."}},
	},
	plans: []plan{
		{causeScope, readerSummary, []move{probe, tryPull, grantReader, verify}},
		{cause403, readerSummary, []move{probe, tryPull, grantReader, verify}},
	},
	others: []otherPlan{
		{subjectRepository, plan{causeImageAbsent, "Set the test repository and its tag to an image that exists.", anotherImage}, ""},
		{subjectRepository, plan{causeBadReference, "Set {repokey} to the name of a repository, such as team/app.", standard}, ruleRepository},
		{subjectTag, plan{causeBadReference, "Set {tagkey} to a tag, such as latest, or to a digest.", standard}, ruleTag},
	},
	base: &registryTables,
}

const readerSummary = "Have the account given the right to read {repository} at the registry."

// anotherImage changes the repository, then the tag. Neither is a secret.
var anotherImage = []move{look, reach, probe, tryPull, change, nextSubject, look, change, apply, verify}
