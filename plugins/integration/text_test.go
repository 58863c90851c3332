package main

import (
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

// TestFill: one pass, known words only, and the text before an empty word goes with it.
func TestFill(t *testing.T) {
	a := readAddress(wire.Setting{Value: "https://registry.example.com", Key: keyRegistryURL}, keyRegistryURL, registryTrim)
	x := prepare(a, "GET", "/v2/")
	x.resp.Error = &wire.CallError{Message: "{key} {peer}"}
	s := &scene{service: &registryService, address: a, answer: x}
	for text, want := range map[string]string{
		"":                           "",
		"{key}":                      "OCI:RegistryUrl",
		"a{key}b{env}c":              "aOCI:RegistryUrlbOCI__RegistryUrlc",
		"{message}":                  "{key} {peer}",
		"x{issuer| by }y":            "xy",
		"x{host| at }y":              "x at registry.example.comy",
		"%{http_code} {print $1}":    "%{http_code} {print $1}",
		"{ grep {env}; } {":          "{ grep OCI__RegistryUrl; } {",
		"${HOME} {} {{key}} }{":      "${HOME} {} {OCI:RegistryUrl} }{",
		"{unknown|x} {KEY} {key":     "{unknown|x} {KEY} {key",
		"{jq} {helm} {jqsection}":    ".OCI.RegistryUrl .oci.registryUrl .OCI",
		"{ENVS}":                     "OCI__REGISTRYURL|REGISTRY__URL",
		"{urlarg} {hostarg}":         "https://registry.example.com/v2/ registry.example.com",
		"{peer} {path} {port} {url}": "registry.example.com:443 /v2/ 443 https://registry.example.com/v2/",
	} {
		if got := s.fill(text); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

func TestKeySpellings(t *testing.T) {
	for _, c := range []struct{ key, env, jq, helm string }{
		{"OCI:RegistryUrl", "OCI__RegistryUrl", ".OCI.RegistryUrl", ".oci.registryUrl"},
		{"CI:Systems:0:Url", "CI__Systems__0__Url", ".CI.Systems[0].Url", ".ci.systems[0].url"},
		{"Ldap:UseSsl", "Ldap__UseSsl", ".Ldap.UseSsl", ".ldap.useSsl"},
		{"S3:Endpoint", "S3__Endpoint", ".S3.Endpoint", ".s3.endpoint"},
		{"Doctor:Plugins:Integration:OCI:RegistryUrl", "Doctor__Plugins__Integration__OCI__RegistryUrl",
			".Doctor.Plugins.Integration.OCI.RegistryUrl", ".doctor.plugins.integration.oci.registryUrl"},
	} {
		if !isKey(c.key) || envKey(c.key) != c.env || keyPath(c.key, false) != c.jq || keyPath(c.key, true) != c.helm {
			t.Errorf("%s: %s %s %s", c.key, envKey(c.key), keyPath(c.key, false), keyPath(c.key, true))
		}
	}
	for _, key := range []string{"", ":", "a:", ":a", "a::b", "a b", "a'b", "a$b", "1a", "a-b", "_a", "a\n", "é", "a/b", "a.b"} {
		if isKey(key) {
			t.Errorf("%q passes", key)
		}
	}
	if got := camelCase("OCIToken"); got != "ociToken" {
		t.Errorf("camelCase gives %s", got)
	}
}

// TestKeyInAnyCase: sources write a key in any case, and texts repeat it so. The
// commands have it as it is documented: jq and Helm tell cases apart, and a
// second spelling beside the first keeps the service from starting. A key in
// capitals is one of the environment, where a compose file may name it so.
func TestKeyInAnyCase(t *testing.T) {
	for _, c := range []struct{ key, commands string }{
		{"OCI:REGISTRYURL", "OCI__REGISTRYURL .OCI.RegistryUrl .oci.registryUrl OCI__RegistryUrl|Registry__Url"},
		{"registry:url", "Registry__Url .Registry.Url .registry.url OCI__RegistryUrl|Registry__Url"},
		{"DOCTOR:PLUGINS:INTEGRATION:OCI:REGISTRYURL", "DOCTOR__PLUGINS__INTEGRATION__OCI__REGISTRYURL .Doctor.Plugins.Integration.OCI.RegistryUrl " +
			".doctor.plugins.integration.oci.registryUrl DOCTOR__PLUGINS__INTEGRATION__OCI__REGISTRYURL|OCI__RegistryUrl|Registry__Url"},
		{"Other:Key", "Other__Key .Other.Key .other.key Other__Key|OCI__RegistryUrl|Registry__Url"},
	} {
		a := readAddress(wire.Setting{Value: testURL, Key: c.key}, keyRegistryURL, registryTrim)
		s := &scene{service: &registryService, address: a, answer: prepare(a, "GET", "/v2/")}
		if got, want := s.fill("{key} {env} {jq} {helm} {envs}"), c.key+" "+c.commands; got != want {
			t.Errorf("%s gives\n%s, want\n%s", c.key, got, want)
		}
	}
}

func TestClean(t *testing.T) {
	for _, c := range []struct {
		in    string
		limit int
		want  string
	}{
		{"", 5, ""}, {"abc", 2, "ab"}, {" a\r\nb\t ", 20, "a  b"}, {"\x1b[31mred", 20, "[31mred"}, {"a\u202eb", 20, "a\ufffdb"},
		{"\xff\xfe", 20, "\ufffd\ufffd"}, {"ü€😀", 2, "ü€"}, {"a\u061cb\U000e0041", 20, "a\ufffdb\ufffd"},
	} {
		if got := clean(c.in, c.limit); got != c.want {
			t.Errorf("%q cut at %d gives %q, want %q", c.in, c.limit, got, c.want)
		}
	}
}

// TestTables: every cause of the shared tables is declared, and every move of
// every plan is one that each runtime knows or skips on purpose.
func TestTables(t *testing.T) {
	known := make(map[string]bool)
	for _, check := range plugin.Checks {
		for _, c := range check.Info.Explain.Causes {
			known[c.ID] = true
		}
	}
	known[cause401], known[causeNotFound] = true, true
	for _, rows := range [][]row{failureDiagnoses, sharedDiagnoses, sharedCauses, ociRegistryTables.diagnoses, ociRegistryTables.causes} {
		for _, r := range rows {
			if r.cause != "" && !known[r.cause] || len(r.texts) == 0 {
				t.Errorf("row %q %q", r.cause, r.variant)
			}
		}
	}
	skips := map[string][]move{wire.RuntimeSystemd: nil, wire.RuntimeCompose: nil, wire.RuntimeKubernetes: {lookSet, reach}}
	for _, p := range append(append([]plan{repairProxyPlan}, sharedPlans...), ociRegistryTables.plans...) {
		if p.moves[len(p.moves)-1] != verify {
			t.Errorf("the plan for %q does not end with verify", p.cause)
		}
		for _, in := range runtimes {
			for _, m := range p.moves {
				found := false
				for _, list := range [][]template{anyTemplates, in.templates} {
					for _, tpl := range list {
						found = found || tpl.move == m
					}
				}
				for _, skip := range skips[in.name] {
					found = found || m == skip
				}
				if !found {
					t.Errorf("%s has no template for move %d of the plan for %q", in.name, m, p.cause)
				}
			}
		}
	}
}
