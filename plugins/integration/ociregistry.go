package main

import (
	"strings"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

const ociRegistryID = "check.integration.oci.registry"

// ociRegistry asks the registry for the root of its API, /v2/, without
// credentials (§3.1). Any registry answers there, with 200 or with 401.
var ociRegistry = sdk.Check{
	Info: wire.CheckInfo{
		ID:              ociRegistryID,
		Name:            "OCI Registry Connectivity",
		Description:     "Is the OCI registry reachable, and does it speak the registry API?",
		Category:        "integration",
		Class:           wire.ClassRead,
		DefaultSeverity: wire.Warn,
		Tags:            []string{"connectivity", "oci", "registry"},
		Settings:        []wire.SettingInfo{registrySetting},
		Access: []wire.Access{{
			Kind:    wire.KindHTTP,
			Class:   wire.ClassRead,
			Methods: []string{"GET"},
			Target:  "{" + keyRegistryURL + "}",
			Trim:    registryTrim,
			Path:    "/v2/",
			Reason:  "Ask the registry for the root of its API, without credentials.",
		}},
		EstimateMS: 5000,
		Related: []wire.Related{
			{ID: "check.integration.oci.credentials", Reason: "Are the configured credentials accepted?"},
			{ID: "check.integration.oci.pull", Reason: "May they read?"},
			{ID: "check.integration.oci.push", Reason: "May they write?"},
			{ID: "check.integration.oci.referrers", Reason: "Can attestations be linked to images?"},
			{ID: "check.integration.oci.capabilities", Reason: "Which optional features does the registry have?"},
		},
		Explain: &ociRegistryExplain,
	},
	Run: runOCIRegistry,
}

func runOCIRegistry(env *sdk.Env) wire.Result {
	setting, ok := env.Setting(keyRegistryURL)
	switch {
	case !ok || strings.TrimSpace(setting.Value) == "" && setting.Secret == "":
		return unconfigured(registrySetting)
	case setting.Secret != "":
		return hiddenAddress(setting.Key)
	}
	a := readAddress(setting, keyRegistryURL, registryTrim)
	return judgeOCIRegistry(a, get(env, a, "/v2/"))
}

// judgeOCIRegistry is the verdict table of §3.1. A row of §3.0 comes first.
func judgeOCIRegistry(a address, x exchange) wire.Result {
	evidence := ociRegistryEvidence(a, x)
	if x.kind() == wire.KindDenied {
		return denied(x, evidence)
	}
	r := wire.Result{Severity: wire.Pass, Evidence: evidence, Cause: failureCause(x)}
	if r.Cause != "" {
		r.Severity = wire.Fail
		r.Diagnosis = failureDiagnosis(x, "registry")
	} else {
		r.Cause, r.Severity = ociRegistryAnswer(x)
		r.Diagnosis = ociRegistryDiagnosis(a, x, r.Cause)
	}
	if r.Cause != "" {
		r.LikelyCauses = ociRegistryCauses(a, x, r.Cause)
		r.Remediation = ociRegistryRemediation(a, x, r.Cause)
	}
	return r
}

// ociRegistryAnswer judges an answer by its status.
func ociRegistryAnswer(x exchange) (cause string, s wire.Severity) {
	switch {
	case apiVersion(x) == "" && x.isHTML():
		return causeHTML, wire.Pass
	case x.resp.Status == 200 && apiVersion(x) == "" && x.kind() == wire.KindTooLarge:
		return causeTooLarge, wire.Pass
	case x.resp.Status == 200, x.resp.Status == 401:
		return "", wire.Pass
	case x.resp.Status == 404:
		return cause404, wire.Warn
	}
	return statusCause(x.resp.Status), wire.Warn
}

// ociRegistryEvidence is the evidence of §3.1 and set H.
func ociRegistryEvidence(a address, x exchange) wire.Evidence {
	e := wire.Evidence{
		"registry_url":    text(a.shown),
		"api_version":     text(apiVersion(x)),
		"is_registry_api": wire.Null(),
		"auth_challenge":  text(x.header("www-authenticate")),
	}
	if !x.failed() {
		e["is_registry_api"] = wire.Bool(isRegistryAPI(x))
	}
	x.facts(e)
	return e
}

// isRegistryAPI tells whether the answer is one that a registry gives: an
// API-version header, a Bearer or Basic challenge, or a 200 that is not HTML. A
// body that could not be read whole cannot be told from HTML.
func isRegistryAPI(x exchange) bool {
	if apiVersion(x) != "" || hasRegistryChallenge(x) {
		return true
	}
	return x.resp.Status == 200 && !x.isHTML() && x.kind() != wire.KindTooLarge
}

// hasRegistryChallenge looks at the scheme that begins each value of the header.
func hasRegistryChallenge(x exchange) bool {
	for _, value := range x.resp.Header["www-authenticate"] {
		scheme, _, _ := strings.Cut(strings.TrimSpace(value), " ")
		if strings.EqualFold(scheme, "bearer") || strings.EqualFold(scheme, "basic") {
			return true
		}
	}
	return false
}

// ociRegistryDiagnosis says what an answer means.
func ociRegistryDiagnosis(a address, x exchange, cause string) string {
	answered := x.target.HostPort() + " answers GET " + x.target.Path + " with " + x.status()
	switch cause {
	case "":
		if x.resp.Status == 401 && hasRegistryChallenge(x) {
			return answered + ": the registry is reachable and asks for authentication, as it should."
		}
		if x.resp.Status == 401 {
			return answered + ": it is reachable and asks for authentication. The answer carries no Bearer or Basic challenge, so it does not prove that this is a registry."
		}
		return answered + ": the registry is reachable and needs no authentication for its API."
	case causeHTML:
		return "A web page came back from " + x.url() + " (status " + x.status() + "), not the registry API. The address is reachable, but " + a.key + " probably points at a web interface or a sign-in page."
	case causeTooLarge:
		return answered + " and a body far larger than a registry sends. The address is reachable, but something other than the registry API probably answers."
	case causeRedirect:
		if where := x.location(); where != "" {
			return answered + " and points to " + clean(where, 200) + ". Doctor does not follow redirects, so " + a.key + " needs the address where the registry really is."
		}
		return answered + " without saying where to go. Doctor does not follow redirects, so the registry itself was not reached."
	case cause403:
		return answered + ": something at this address forbids even the unauthenticated question. The network path works; a rule about who may ask does not let Doctor in."
	case cause404:
		return answered + ": nothing there speaks the registry API. The host is reachable, but the path or the product is not the expected one."
	case cause405:
		return answered + ": the method is not allowed there. The host is reachable, but something in front of the registry, or another product, answers."
	case cause407:
		return answered + ": a proxy on the way asks for a user name and password. The registry itself was not reached."
	case cause429:
		return answered + ": too many requests from this address. The registry is reachable and asks to be left alone for a while" + retryAfter(x) + "."
	case cause5xx:
		return answered + ": the address is reachable, but the registry behind it does not work at the moment."
	}
	return answered + ": a registry answers 200 or 401 here. The host is reachable, but whether it is a registry stays open."
}

// retryAfter adds what the server asks for, when it is a number of seconds.
func retryAfter(x exchange) string {
	if seconds := x.header("retry-after"); isNumber(seconds) && len(seconds) <= 9 {
		return " (" + seconds + " seconds)"
	}
	return ""
}

// ociRegistryCauses are the check's own causes for an observation, else those of §3.0.5.
func ociRegistryCauses(a address, x exchange, cause string) []string {
	switch cause {
	case cause404:
		return []string{"The path prefix is missing from " + a.key + ".", "The product at this address does not offer the OCI Distribution API at /v2/."}
	case cause403:
		return []string{"The source address is not allowed."}
	case cause5xx:
		return []string{"The registry or its storage backend is down behind the proxy.", "The registry is restarting."}
	case causeHTML:
		return []string{a.key + " points at the web UI of the registry."}
	case causeStatusUnlisted:
		return []string{
			a.key + " is wrong: a typing error, another port, or http and https mixed up.",
			"The product at this address does not offer the OCI Distribution API at /v2/.",
			"The path prefix is missing from " + a.key + ".",
		}
	}
	return likelyCauses(x, cause, a.key)
}
