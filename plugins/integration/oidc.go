package main

import (
	"slices"
	"strings"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

const (
	oidcID           = "check.integration.oidc"
	keyOIDCIssuer    = "Oidc:Issuer"
	keyOIDCAuthn     = "Authentication:Oidc:Issuer"
	keyOIDCAuthority = "Authority:Oidc:Issuer"

	oidcPath = "/.well-known/openid-configuration"
)

// oidc asks the identity provider for its discovery document (§3.15), with which
// everything that signs people in begins.
var oidc = sdk.Check{
	Info: wire.CheckInfo{
		ID:              oidcID,
		Name:            "OIDC Provider",
		Description:     "Does the OIDC provider answer with a discovery document that names its endpoints?",
		DefaultSeverity: wire.Warn,
		Tags:            []string{"connectivity", "oidc", "auth", "identity"},
		Settings:        []wire.SettingInfo{oidcSetting},
		Access: []wire.Access{{
			Kind:    wire.KindHTTP,
			Methods: []string{"GET"},
			Target:  "{" + keyOIDCIssuer + "}",
			Path:    oidcPath,
			Reason:  "Read the discovery document of the OIDC provider, without credentials.",
		}},
		EstimateMS: 5000,
		Related: []wire.Related{
			{ID: "check.auth.oidc", Reason: "Can tokens be verified? It fetches and counts the keys as well."},
			{ID: "check.integration.ldap", Reason: "Is the directory reachable? It is the other way to sign in."},
			{ID: "check.auth.config", Reason: "What relies on this issuer?"},
		},
		Explain: &oidcExplain,
	},
	Run:   runOIDC,
	Steps: func() []wire.Step { return usualSteps(oidcID, &oidcService) },
}

var oidcSetting = wire.SettingInfo{
	Key:         keyOIDCIssuer,
	Aliases:     []string{keyOIDCAuthn, keyOIDCAuthority},
	Type:        wire.TypeURL,
	Required:    true,
	Lead:        true,
	Description: "Issuer of the OIDC provider, such as https://login.example.com/realms/stella; trailing slashes are dropped.",
}

var oidcService = service{
	name:     "OIDC provider",
	noun:     "issuer of the OIDC provider",
	keys:     []string{keyOIDCIssuer, keyOIDCAuthn, keyOIDCAuthority},
	owner:    "gateway platform",
	unit:     "stellaops-gateway stellaops-platform",
	newValue: "<issuer>",
	noTarget: "<issuer>" + oidcPath,
	noHost:   "<issuer-host>",
	probe:    "curl -sS --max-time 10",
	healthy:  "a JSON document with authorization_endpoint, token_endpoint and jwks_uri is healthy",
}

func runOIDC(env *sdk.Env) wire.Result {
	a, end, ok := configured(env, oidcSetting, "")
	if !ok {
		return end
	}
	setting, _ := env.Setting(keyOIDCIssuer)
	return judgeOIDC(a, setting.Value, get(env, a, oidcPath))
}

// judgeOIDC is the verdict table of §3.15. A row of §3.0 comes first. issuer is
// the setting as it was written, which a provider has to repeat to the letter.
func judgeOIDC(a *address, issuer string, x *answer) wire.Result {
	d := readDiscovery(x)
	s := scene{check: oidcID, service: &oidcService, address: a, answer: x, cause: failureCause(x), more: d.words()}
	evidence := d.evidence(a, issuer, x)
	switch {
	case x.kind() == wire.KindDenied:
		return s.denied(evidence)
	case s.cause != "":
		return s.judged(wire.Fail, evidence, &oidcTables)
	}
	differs := d.isDocument() && d.issuer != "" && !d.matches(issuer)
	severity := wire.Fail
	switch {
	case !x.isSuccess():
		s.cause = statusCause(x.resp.Status)
	case d.isDocument():
		if severity = wire.Pass; len(d.missing) > 0 {
			severity, s.cause = wire.Warn, causeNoEndpoint
		} else if differs {
			s.cause = causeIssuer
		}
	case x.isPage():
		s.cause = causeHTML
	case x.kind() == wire.KindTooLarge:
		s.cause = causeTooLarge
	default:
		s.cause = causeNotJSON
	}
	if differs && s.cause == causeNoEndpoint {
		s.sort = otherIssuer
	}
	return s.judged(severity, evidence, &oidcTables)
}

// discovery is what is read of a discovery document.
type discovery struct {
	document wire.JSON
	// problem says why the body is no document; empty when it is one, and when
	// there is none to read.
	problem string
	// missing are the endpoints that are not there, or no text with something in it.
	missing []string
	// issuer is what the document calls itself.
	issuer string
}

// oidcEndpoints are the fields that a document must have, and their evidence.
var oidcEndpoints = []word{
	{"authorization_endpoint", "has_authorization_endpoint"},
	{"token_endpoint", "has_token_endpoint"},
	{"jwks_uri", "has_jwks_uri"},
}

// readDiscovery reads the document of a 2xx.
func readDiscovery(x *answer) discovery {
	d := discovery{missing: []string{}}
	if x.failed() || !x.isSuccess() {
		return d
	}
	if d.document, d.problem = x.json(); d.problem == "" && d.document.Kind() != wire.JSONObject {
		d.document, d.problem = wire.JSON{}, "it is JSON, but no object"
	}
	if d.problem != "" {
		return d
	}
	for _, e := range oidcEndpoints {
		if text, _ := d.document.Field(e.name).Text(); strings.Trim(text, " \t\r\n") == "" {
			d.missing = append(d.missing, e.name)
		}
	}
	d.issuer, _ = d.document.Field("issuer").Text()
	return d
}

func (d *discovery) isDocument() bool { return d.document.Kind() == wire.JSONObject }

// matches tells whether the document names the configured issuer. Trailing
// slashes are the only difference that means nothing here (§3.15).
func (d *discovery) matches(issuer string) bool {
	return strings.TrimRight(d.issuer, "/") == strings.TrimRight(strings.Trim(issuer, " \t\r\n"), "/")
}

// words are those of the texts of this check. The problem is a phrase of ours;
// the issuer is text of the server.
func (d *discovery) words() []word {
	return []word{
		{"problem", clean(d.problem, 200)},
		{"missing", strings.Join(d.missing, ", ")},
		{"documentissuer", d.shown()},
	}
}

// shown is the issuer of the document without what could be a secret.
func (d *discovery) shown() string { return bareURL(d.issuer) }

// evidence is that of §3.15 and set H.
func (d *discovery) evidence(a *address, issuer string, x *answer) wire.Evidence {
	e := make(wire.Evidence)
	notes(e, []word{
		{"issuer_url", a.shown},
		{"discovery_url", x.url()},
		{"issuer_in_document", d.shown()},
		{"is_issuer_match", ""},
		{"missing_fields", ""},
	})
	for _, f := range oidcEndpoints {
		e[f.value] = wire.Null()
		if d.isDocument() {
			e[f.value] = wire.Bool(!slices.Contains(d.missing, f.name))
		}
	}
	if d.isDocument() {
		e["missing_fields"] = wire.Strings(d.missing)
		if d.issuer != "" {
			e["is_issuer_match"] = wire.Bool(d.matches(issuer))
		}
	}
	x.facts(e)
	return e
}
