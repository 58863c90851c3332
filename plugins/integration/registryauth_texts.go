package main

import "stella-ops.org/doctor/sdk/wire"

// registryTables say what the checks with credentials have in common. The
// variants are those of the credentials: see [login].
var registryTables = tables{
	diagnoses: []row{
		{causeIncomplete, noPassword, []string{
			"User name {user} is configured for the registry and no password in the same section.",
			"No request was made: one half of the credentials proves nothing."}},
		{causeIncomplete, noUsername, []string{
			"A password is configured for the registry in {passkey} and no user name in any section.",
			"No request was made: one half of the credentials proves nothing."}},
		{causeIncomplete, badUsername, []string{
			"The user name for the registry has a colon or a character that cannot be sent.",
			"No request was made: basic authentication has no way to carry such a name."}},
		{causeNoCredentials, "", []string{
			"{peer} answers {method} {path} with 401, and no credentials are configured.",
			"The registry wants a user name and a password, or a token, for this."}},
		{causeExchangeRejected, "", []string{
			"The registry's token service{realm| at } refuses {login}, so there is no token for {peer}.",
			"The user name or the password is wrong, expired or revoked."}},
		{causeExchangeFailed, "", []string{
			"{peer} asks for a token, but its token service{realm| at } gave no usable answer.",
			"Whether the credentials are accepted stays open."}},
		{causeBadReference, ruleRepository, []string{"The repository in {repokey} cannot be used: it is no name of a repository, such as team/app.", "No request was made."}},
		{causeBadReference, ruleTag, []string{"The tag in {tagkey} cannot be used: it is neither a tag nor a digest.", "No request was made."}},
		{causeTokenRefused, "", []string{
			"The token service{realm| at } gave a token for {login}, but {peer} answers {method} {path} with 401 to it{autherror|: }.",
			"The credentials are right, but the registry does not trust the token."}},
		{cause401, "", []string{
			"{peer} answers {method} {path} with 401 to {login}{autherror|: }.",
			"The registry is reachable, but does not accept the credentials."}},
	},
	causes: []row{
		{causeIncomplete, "", []string{
			"A reference to a secret did not resolve, so the value is empty where it is read.",
			"The key of one half is misspelt, or stands in another section than the other half."}},
		{causeIncomplete, badUsername, []string{"User name and password were put into {userkey} together.", "A reference in the value was not resolved."}},
		{causeNoCredentials, "", []string{"The registry wants credentials, and none are set."}},
		{causeExchangeRejected, "", credentialCauses},
		{causeExchangeFailed, "", []string{
			"The token service is down, overloaded or limits the rate of requests.",
			"The registry names a token service that does not exist, or one over plain HTTP."}},
		{causeTokenRefused, "", []string{
			"The clock of the registry and that of its token service differ.",
			"The token is made out for another service name than the registry expects.",
			"The registry does not know the certificate that the token service signs with."}},
		{cause401, "", credentialCauses},
		{cause401, methodBearer, credentialCauses[1:]},
		{causeRealmNotGranted, "", []string{"The token service of the registry is at another address than the registry, and " + keyTokenRealm + " does not name it."}},
		{causeScope, "", permissionCauses},
		{cause403, "", permissionCauses},
		{causeBadReference, "", []string{
			"The value has a host, a scheme, a tag or capitals in it; only the name of the repository belongs there.",
			"A reference in the value was not resolved."}},
		{causeBadReference, ruleTag, []string{"The value is a whole image name, or has a character that no tag has.", "A reference in the value was not resolved."}},
	},
	plans: []plan{
		{causeExchangeFailed, "Bring the token service of the registry back: its log tells what is wrong.", []move{probe, remoteLog, repairTokens, verify}},
		{causeTokenRefused, "Have registry and token service agree on clock, service name and certificate.", []move{look, probe, tryLogin, repairTokens, verify}},
		{causeRealmNotGranted, "Name the token service of the registry in " + keyTokenRealm + ", if it is the right one.", []move{tryRealm, verify}},
	},
	others: []otherPlan{
		{subjectPassword, plan{causeIncomplete, "Set the password that goes with user name {user}, in the same section.", standard}, noPassword},
		{subjectUsername, plan{causeIncomplete, "Set the user name that goes with the password, in the same section.", standard}, noUsername},
		{subjectUsername, plan{causeIncomplete, "Set a user name that can be sent.", standard}, badUsername},
		{subjectUsername, plan{causeNoCredentials, "Configure a user name and a password for the registry.", bothCredentials}, ""},
		{subjectPassword, plan{causeExchangeRejected, renewSummary, renewCredentials}, ""},
		{subjectToken, plan{cause401, renewSummary, renewCredentials}, methodBearer},
		{subjectPassword, plan{cause401, renewSummary, renewCredentials}, ""},
	},
	base: &ociRegistryTables,
}

const renewSummary = "Set {credkey} to a value that the registry accepts."

var (
	renewCredentials = []move{look, reach, probe, tryLogin, newCredentials, change, apply, verify, revokeOld, verify}
	// The user name, the password, and back past the token to what is no secret:
	// the new environment brings the new secret along.
	bothCredentials = []move{look, reach, probe, change, nextSubject, change, nextSubject, nextSubject, apply, verify}

	credentialCauses = []string{
		"The password was rotated.",
		"The token is revoked or expired.",
		"The service account is expired or locked.",
	}
	permissionCauses = []string{
		"The account was removed from the repository, or never had the role.",
		"A policy of the organisation forbids it.",
		"The source address is not allowed.",
	}
)

// registryCauses explains the causes that every check with credentials may set; the first one
// only those that run without any.
var registryCauses = []wire.CauseInfo{
	{ID: causeNoCredentials, Text: "The registry wants credentials, and none are configured."},
	{ID: causeExchangeFailed, Text: "The token service of the registry gave no usable answer."},
	{ID: causeExchangeRejected, Text: "The token service of the registry refuses the credentials."},
	{ID: causeTokenRefused, Text: "The registry refuses the token that its own token service gave."},
	{ID: cause401, Text: "The registry refuses the credentials."},
	{ID: cause403, Text: "The request is forbidden."},
	{ID: causeRedirect, Text: "The registry, or a portal in front of it, points to another address."},
	{ID: cause405, Text: "The method is not allowed at the address."},
	{ID: cause407, Text: "A proxy on the way asks for authentication."},
	{ID: cause429, Text: "A rate limit is reached."},
	{ID: cause5xx, Text: "The registry, or what it depends on, does not work."},
	{ID: causeHTML, Text: "A web page answers where the registry API should be."},
	{ID: causeStatusUnlisted, Text: "The status is none that a registry answers with."},
}
