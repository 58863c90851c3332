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
		DefaultSeverity: wire.Warn,
		Tags:            []string{"connectivity", "oci", "registry"},
		Settings:        []wire.SettingInfo{registrySetting},
		Access: []wire.Access{{
			Kind:    wire.KindHTTP,
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
	Run:   runOCIRegistry,
	Steps: func() []wire.Step { return usualSteps(ociRegistryID, &registryService) },
}

func runOCIRegistry(env *sdk.Env) wire.Result {
	setting, ok := env.Setting(keyRegistryURL)
	switch {
	case !ok || strings.Trim(setting.Value, " \t\r\n") == "" && setting.Secret == "":
		return unconfigured(registrySetting)
	case setting.Secret != "":
		return hiddenAddress(setting.Key)
	}
	a := readAddress(setting, keyRegistryURL, registryTrim)
	return judgeOCIRegistry(a, get(env, a, "/v2/"))
}

// judgeOCIRegistry is the verdict table of §3.1. A row of §3.0 comes first.
func judgeOCIRegistry(a *address, x *answer) wire.Result {
	s := scene{check: ociRegistryID, service: &registryService, address: a, answer: x, cause: failureCause(x)}
	evidence := ociRegistryEvidence(a, x)
	switch {
	case x.kind() == wire.KindDenied:
		return s.denied(evidence)
	case s.cause != "":
		return s.judged(wire.Fail, evidence, &ociRegistryTables)
	}
	var severity wire.Severity
	if s.cause, severity = ociRegistryAnswer(x); x.resp.Status == 401 && !isRegistryAPI(x) {
		s.sort = unproven
	}
	return s.judged(severity, evidence, &ociRegistryTables)
}

// ociRegistryAnswer judges an answer by its status.
func ociRegistryAnswer(x *answer) (cause string, s wire.Severity) {
	switch {
	case x.isPage():
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
func ociRegistryEvidence(a *address, x *answer) wire.Evidence {
	e := make(wire.Evidence)
	notes(e, []word{
		{"registry_url", a.shown},
		{"api_version", apiVersion(x)},
		{"auth_challenge", x.header("www-authenticate")},
		{"is_registry_api", ""},
	})
	if !x.failed() {
		e["is_registry_api"] = wire.Bool(isRegistryAPI(x))
	}
	x.facts(e)
	return e
}

// isRegistryAPI tells whether the answer is one that a registry gives: an
// API-version header, a Bearer or Basic challenge, or a 200 that is not HTML. A
// body that could not be read whole cannot be told from HTML.
func isRegistryAPI(x *answer) bool {
	if apiVersion(x) != "" || hasRegistryChallenge(x) {
		return true
	}
	return x.resp.Status == 200 && !x.isHTML() && x.kind() != wire.KindTooLarge
}

// hasRegistryChallenge looks at the scheme that begins each value of the header.
func hasRegistryChallenge(x *answer) bool {
	for _, value := range x.resp.Header["www-authenticate"] {
		scheme, _, _ := strings.Cut(strings.Trim(value, " \t"), " ")
		if scheme = lower(scheme); scheme == "bearer" || scheme == "basic" {
			return true
		}
	}
	return false
}
