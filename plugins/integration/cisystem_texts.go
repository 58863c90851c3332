package main

// ciService is what a CI system of this type and number is in texts (§3.8, Fix).
func ciService(api string, number int) *service {
	return &service{
		name:     "CI system",
		noun:     "address of the CI system",
		keys:     itemKeys(&ciSettings[0], number),
		owner:    "platform",
		unit:     "stellaops-platform",
		newValue: "<ci-url>",
		noTarget: "<ci-url>" + valueOf(ciPaths, api),
		noHost:   "<ci-host>",
		probe:    `curl -sS -o /dev/null -w '%{http_code}\n' --max-time 10`,
		healthy:  "200, 401 and 403 show that it is there: no token is sent by hand",
	}
}

// sortRefused narrows a token that was not sent: the API does not answer without.
const sortRefused = "refused"

var ciList = list{
	check:    ciSystemID,
	one:      "CI system",
	many:     "CI systems",
	well:     "are well: each is reachable and takes what it is asked with.",
	evidence: "systems",
	tables: tables{
		diagnoses: []row{
			{"", "", []string{"{peer} answers {method} {path} with {status} and accepts the token in {tokenkey}{runners|; }."}},
			{"", sortBare, []string{"{peer} answers {method} {path} with {status}{runners|; }.", "It was asked without a token, because none is set in {tokenkey}."}},
			{"", typeGeneric, []string{"{peer} answers {method} {path} with {status}: the {service} is healthy.", noProof}},
			{causeMissingURL, "", missingDiagnosis},
			{causeUsername, "", []string{"The user name in {userkey} cannot be sent: it has a colon or a control character, or is too long.", "No request was made."}},
			{causeTokenNotSent, "", []string{
				"{peer}, which has the API of github.com, answers {method} {path} with {status}.",
				"The token in {tokenkey} was not tried: it goes to the address in {key} only, and that is not the address of the API."}},
			{causeTokenNotSent, sortRefused, []string{
				"{peer}, which has the API of github.com, answers {method} {path} with {status}.",
				"The token in {tokenkey} was not sent: it goes to the address in {key} only, and that is not the address of the API."}},
			{cause401, "", []string{"{peer} answers {method} {path} with 401: it does not accept the token in {tokenkey}.", refusedMeaning}},
			{cause401, sortBare, []string{"{peer} answers {method} {path} with 401 and was asked without a token, because none is set in {tokenkey}.", refusedMeaning}},
			{cause403, "", []string{"{peer} answers {method} {path} with 403: it refuses the request, with the token in {tokenkey}.", refusedMeaning}},
			{cause403, sortBare, []string{"{peer} answers {method} {path} with 403 and was asked without a token, because none is set in {tokenkey}.", refusedMeaning}},
			{causeUnknownType, "", unknownTypeDiagnosis},
			{causeNotFound, "", []string{
				"{peer} answers {method} {path} with 404: the API of {type} is not there.",
				"The host is reachable, but the type or the path is another."}},
			{causeNotFound, typeGeneric, []string{
				"{peer} answers {method} {path} with 404: no health page is there.",
				"The host is reachable, but the type or the path is another."}},
			{causeNoRunners, "", []string{
				"{peer} answers {method} {path} with {status}, but no runner is available, of {runnertotal} in all.",
				"It takes jobs and does not run them."}},
		},
		causes: []row{
			{causeMissingURL, "", missingCauses},
			{causeUsername, "", []string{"User name and token were put into {userkey} together.", "A line break or a stray character was pasted with the user name."}},
			{causeTokenNotSent, "", []string{"{key} has the address of the web interface of github.com: its API is at https://api.github.com."}},
			{cause401, "", []string{
				"The token in {tokenkey} is expired, revoked or mistyped.",
				"The token is one of another instance.",
				"For Jenkins, {userkey} is not the user that the token belongs to.",
			}},
			{cause401, sortBare, []string{"The {service} asks for a token, and {tokenkey} is not set."}},
			{cause403, "", []string{
				"The token in {tokenkey} lacks the scope to read the API.",
				"The source address is not allowed.",
				"A web application firewall blocks the request.",
			}},
			{cause403, sortBare, []string{
				"The {service} asks for a token, and {tokenkey} is not set.",
				"The source address is not allowed.",
				"A web application firewall blocks the request.",
			}},
			{causeUnknownType, "", unknownTypeCauses},
			{causeNotFound, "", typeCauses},
			{causeNotFound, typeGitHub, append([]string{"Rate limits are not enabled at this GitHub server: then it answers 404 here and is well otherwise."}, typeCauses...)},
			{causeNoRunners, "", []string{
				"The agents are stopped, or their machines are down.",
				"The agents are paused.",
				"The agents lost their connection to the controller.",
			}},
		},
		plans: []plan{
			{causeMissingURL, missingSummary, standard},
			{causeTokenNotSent, "Set {key} to https://api.github.com, where the API of github.com is.", standard},
			{causeNotFound, "Correct {key}, or {typekey} if the product is another.", standard},
			{causeNoRunners, "Start the agents of the {service}, or resume them.", []move{look, probe, startAgents, verify}},
		},
		others: append([]otherPlan{
			{"username", plan{causeUsername, "Set {key} to the user name alone.", companion}, ""},
		}, tokenPlans...),
	},
}
