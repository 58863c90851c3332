package main

// ociRegistryTables say what the answers of a registry mean, where the shared
// tables do not (§3.1).
var ociRegistryTables = tables{
	diagnoses: []row{
		{"", "200", []string{"{peer} answers {method} {path} with 200: the registry is reachable and needs no authentication for its API."}},
		{"", "401", []string{"{peer} answers {method} {path} with 401: the registry is reachable and asks for authentication, as it should."}},
		{"", unproven, []string{
			"{peer} answers {method} {path} with 401: it is reachable and asks for authentication.",
			"The answer has no Bearer or Basic challenge, so nothing proves that a registry gave it."}},
		{causeHTML, "", []string{
			"A web page came back from {url} (status {status}), not the registry API.",
			"The address is reachable, but {key} probably points at a web interface or a sign-in page."}},
		{causeTooLarge, "", []string{
			"{peer} answers {method} {path} with {status} and a body far larger than a registry sends.",
			"The address is reachable, but something other than the registry API probably answers."}},
		{causeRedirect, "", []string{
			"{peer} answers {method} {path} with {status}{location| and points to }.",
			"Doctor does not follow redirects: {key} needs the address where the registry really is."}},
		{cause403, "", []string{
			"{peer} answers {method} {path} with 403: it forbids the question before it asks for credentials.",
			"The network path works, but a rule about who may ask keeps Doctor out."}},
		{cause404, "", []string{
			"{peer} answers {method} {path} with 404: nothing speaks the registry API there.",
			"The host is reachable, but the path or the product is not the expected one."}},
		{cause405, "", []string{
			"{peer} answers {method} {path} with 405: the method is not allowed there.",
			"The host is reachable, but something in front of the registry, or another product, answers."}},
		{cause407, "", []string{
			"A proxy on the way to {peer} answers {method} {path} with 407 and asks for a user name and password.",
			"The registry itself was not reached."}},
		{cause429, "", []string{
			"{peer} answers {method} {path} with 429: too many requests came from this address{retry|, and it asks for a pause of }.",
			"The registry is reachable."}},
		{cause5xx, "", []string{
			"{peer} answers {method} {path} with {status}.",
			"The address is reachable, but the registry behind it does not work at the moment."}},
		{causeStatusUnlisted, "", []string{
			"{peer} answers {method} {path} with {status}, where a registry answers 200 or 401.",
			"The host is reachable, but whether it is a registry stays open."}},
	},
	causes: []row{
		{cause404, "", []string{
			"The path prefix is missing from {key}.",
			"The product at this address does not offer the OCI Distribution API at /v2/."}},
		{cause403, "", []string{"The source address is not allowed."}},
		{cause5xx, "", []string{"The registry or its storage backend is down behind the proxy."}},
		{causeHTML, "", []string{"{key} points at the web UI of the registry."}},
		{causeStatusUnlisted, "", []string{
			"{key} is wrong: a typing error, another port, or http and https mixed up.",
			"The product at this address does not offer the OCI Distribution API at /v2/.",
			"The path prefix is missing from {key}."}},
	},
	plans: []plan{
		{causeInvalidURL, "Set {key} to the address of the registry, such as https://registry.example.com.", standard},
		{cause404, apiSummary, standard},
		{causeHTML, apiSummary, standard},
		{causeTooLarge, apiSummary, standard},
		{causeStatusUnlisted, apiSummary, standard},
	},
}

// unproven is the variant of a 401 that any web server could have given.
const unproven = "401 unproven"

const apiSummary = "Set {key} to the address below which the registry API /v2/ is found."
