package main

// ociPushTables say what the answers mean for writing (§3.4).
var ociPushTables = tables{
	diagnoses: []row{
		{"", "", []string{
			"{peer} answers {method} {path} with 202 to {login}: that is enough to write to {repository}.",
			"The upload that this opened was cancelled, and no data was written."}},
		{causeUploadLeft, "", []string{
			"{peer} answers {method} {path} with 202 to {login}: that is enough to write to {repository}.",
			"The upload that this opened could not be cancelled and is left to expire; it holds no data."}},
		{causeUploadLeft, noLocation, []string{
			"{peer} answers {method} {path} with 202 to {login}: that is enough to write to {repository}.",
			"The answer does not say where the upload is, so it could not be cancelled and is left to expire; it holds no data."}},
		{causeUploadLeft, badLocation, []string{
			"{peer} answers {method} {path} with 202 to {login}: that is enough to write to {repository}.",
			"The Location of the upload is no address that can be asked, so it could not be cancelled and is left to expire; it holds no data."}},
		{causeUploadLeft, elsewhere, []string{
			"{peer} answers {method} {path} with 202 to {login}: that is enough to write to {repository}.",
			"The Location of the upload leads to another server, where it could not be cancelled without credentials; it is left to expire and holds no data."}},
		{causeUploadLeft, outside, []string{
			"{peer} answers {method} {path} with 202 to {login}: that is enough to write to {repository}.",
			"The Location of the upload does not lead below {path}, and Doctor deletes nothing else; the upload is left to expire and holds no data."}},
		{causeRepositoryAbsent, "", []string{
			"{peer} answers {method} {path} with 404 to {login}.",
			"The repository {repository}, or its project, does not exist, and pushing does not create it."}},
		{causeScope, "", []string{
			"{peer} answers {method} {path} with 401 to {login}: insufficient_scope.",
			"The credentials are accepted, but not for writing to {repository}."}},
		{cause403, "", []string{
			"{peer} answers {method} {path} with 403 to {login}.",
			"The credentials are accepted, but may not write to {repository}."}},
		{cause405, "", []string{
			"{peer} answers {method} {path} with 405: nothing can be uploaded there.",
			"The registry is reachable, but is read-only, or something in front of it is."}},
		{cause5xx, "", []string{
			"{peer} answers {method} {path} with {status}.",
			"The registry is reachable, but could not open an upload."}},
		{causeStatusUnlisted, "", []string{
			"{peer} answers {method} {path} with {status}, where a registry answers 202.",
			"Whether {login} may write stays open."}},
	},
	causes: []row{
		{causeUploadLeft, "", []string{"A proxy in front of the registry lets no DELETE through.", "The registry does not cancel uploads."}},
		{causeUploadLeft, noLocation, []string{"A proxy drops the Location from the answer.", "Another product answers in place of the registry."}},
		{causeUploadLeft, badLocation, []string{"The registry does not know the address under which it is reached.", "A proxy rewrites the Location and breaks it."}},
		{causeUploadLeft, elsewhere, []string{
			"The registry does not know the address under which it is reached.",
			"TLS ends at a proxy, and the registry believes that it is reached over plain HTTP.",
			"The registry has uploads sent to its storage directly."}},
		{causeUploadLeft, outside, []string{
			"The registry keeps uploads at another path.",
			"A proxy rewrites the Location, or the path prefix in {key} is not the one that the registry knows."}},
		{causeRepositoryAbsent, "", []string{
			"The repository or its project does not exist, and pushing does not create it.",
			"The registry hides what the account may not write to."}},
		{causeScope, "", writerCauses},
		{cause403, "", writerCauses},
		{cause405, "", []string{"The registry is a read-only mirror or a pull-through cache."}},
		{cause5xx, "", []string{"The storage of the registry is full or down."}},
	},
	plans: []plan{
		{causeUploadLeft, "Have the registry give an address for uploads that is reached from here, and take DELETE there.", []move{tryUpload, externalURL, verify}},
		{causeScope, writerSummary, []move{probe, tryUpload, grantWriter, verify}},
		{cause403, writerSummary, []move{probe, tryUpload, grantWriter, verify}},
		{cause405, "Push to the registry itself, not to a mirror or a cache of it.", standard},
	},
	others: []otherPlan{
		{subjectRepository, plan{causeRepositoryAbsent, "Create {repository} at the registry, or set {repokey} to one that exists.", []move{look, reach, probe, createRepository, change, apply, verify}}, ""},
		{subjectRepository, plan{causeBadReference, "Set {repokey} to the name of a repository, such as team/app.", standard}, ruleRepository},
	},
	base: &registryTables,
}

const writerSummary = "Have the account given the right to write to {repository} at the registry."

var writerCauses = []string{
	"The account may only read.",
	"A policy of the organisation or the team forbids it.",
	"The source address is not allowed.",
}
