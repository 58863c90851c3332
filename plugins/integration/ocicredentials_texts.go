package main

// ociCredentialsTables say what the answers mean for the credentials (§3.2).
var ociCredentialsTables = tables{
	diagnoses: []row{
		{"", "", []string{"{peer} answers {method} {path} with 200 to {login}: the registry accepts the credentials."}},
		{"", proofToken, []string{"The token service{realm| at } gave a token for {login}, and {peer} answers {method} {path} with 200 to it: the registry accepts the credentials."}},
		{"", proofNone, []string{"{peer} answers {method} {path} with 200 to {login}: the registry accepts the credentials, unless it asks nobody for any."}},
		{"", proofAnonymous, []string{
			"No credentials are configured, and {peer} answers {method} {path} with 200 to a request without any.",
			"The registry needs none to be reached; pull and push may still."}},
		{"", proofAnonymousToken, []string{
			"No credentials are configured, and the token service{realm| at } gives {peer} a token for anybody.",
			"The registry can be reached without credentials; pull and push may still need some."}},
		{causeRealmNotGranted, "", []string{
			"{peer} answers {method} {path} with 401 and names a token service{realm| at } that Doctor may not ask.",
			"The registry is reachable, but the credentials were not proven: set " + keyTokenRealm + " if that service belongs to the registry."}},
		{cause403, "", []string{
			"{peer} answers {method} {path} with 403 to {login}.",
			"The registry is reachable, but a rule keeps out the account, or the address that Doctor calls from."}},
	},
	causes: []row{
		{cause403, "", []string{"The source address is not allowed.", "The account is disabled."}},
	},
	plans: []plan{
		{cause403, "Have the account enabled, or the source address allowed, at the registry.", []move{look, probe, tryLogin, allowSource, verify}},
	},
	base: &registryTables,
}
