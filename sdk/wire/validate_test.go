package wire

import (
	"errors"
	"strings"
	"testing"
)

// mutation is a document with one thing changed, and the sentence it earns;
// empty when the change is allowed.
type mutation[T any] struct {
	name   string
	change func(T)
	want   string
}

func runMutations[T any](t *testing.T, sample func() T, validate func(T) error, all []mutation[T]) {
	t.Helper()
	if err := validate(sample()); err != nil {
		t.Fatalf("the sample itself: %v", err)
	}
	for _, m := range all {
		t.Run(m.name, func(t *testing.T) {
			d := sample()
			m.change(d)
			got := ""
			if err := validate(d); err != nil {
				got = err.Error()
				if !errors.As(err, new(*ValidationError)) && !errors.As(err, new(*ABIError)) {
					t.Errorf("error of type %T", err)
				}
			}
			if got != m.want {
				t.Errorf("\n got %s\nwant %s", got, m.want)
			}
		})
	}
}

func TestValidateRequest(t *testing.T) {
	runMutations(t, sampleRequest, (*Request).Validate, []mutation[*Request]{
		{"newer version", func(r *Request) { r.Version = 9 }, ""},
		{"version", func(r *Request) { r.Version = 0 }, "request: version: is not at least 1"},
		{"nonce", func(r *Request) { r.Nonce = strings.ToUpper(sampleNonce) }, "request: nonce: 32 lower-case hex digits are wanted"},
		{"short nonce", func(r *Request) { r.Nonce = sampleNonce[1:] }, "request: nonce: 32 lower-case hex digits are wanted"},
		{"check", func(r *Request) { r.Check = "check.one" }, "request: check: check.one is not of the form check.<area>.<thing>, lower-case letters, digits and hyphens"},
		{"now with a fraction", func(r *Request) { r.Now = "2026-01-02T03:04:05.123Z" }, ""},
		{"now with an offset", func(r *Request) { r.Now = "2026-01-02T03:04:05+01:00" }, "request: now: a time of RFC 3339 in UTC is wanted"},
		{"month 13", func(r *Request) { r.Now = "2026-13-02T03:04:05Z" }, "request: now: a time of RFC 3339 in UTC is wanted"},
		{"empty fraction", func(r *Request) { r.Now = "2026-01-02T03:04:05.Z" }, "request: now: a time of RFC 3339 in UTC is wanted"},
		{"now empty", func(r *Request) { r.Now = "" }, "request: now: a time of RFC 3339 in UTC is wanted"},
		{"deadline", func(r *Request) { r.DeadlineMS = 0 }, "request: deadline_ms: is not between 1 and 300000"},
		{"deadline at the ceiling", func(r *Request) { r.DeadlineMS = MaxCheckMS }, ""},
		{"deadline above", func(r *Request) { r.DeadlineMS = MaxCheckMS + 1 }, "request: deadline_ms: is not between 1 and 300000"},
		{"asterisk", func(r *Request) { r.Settings["CI:Systems:*:Url"] = Setting{Value: "x"} }, "request: settings.CI:Systems:*:Url: the name is not of the form Section:Key"},
		{"no section", func(r *Request) { r.Settings["Url"] = Setting{Value: "x"} }, "request: settings.Url: the name is not of the form Section:Key"},
		{"nothing", func(r *Request) { r.Settings["A:B"] = Setting{} }, "request: settings.A:B: exactly one of value and secret is wanted"},
		{"both", func(r *Request) { r.Settings["A:B"] = Setting{Value: "x", Secret: "secret:A:B"} }, "request: settings.A:B: exactly one of value and secret is wanted"},
		{"handle", func(r *Request) { r.Settings["A:B"] = Setting{Secret: "hunter2"} }, "request: settings.A:B.secret: is no handle of a secret"},
		{"url of a value", func(r *Request) { r.Settings["A:B"] = Setting{Value: "x", URL: &SecretURL{}} }, "request: settings.A:B.url: goes with a secret only"},
	})
}

func TestValidateSealedSteps(t *testing.T) {
	steps := func(i *PluginInfo) []Step { return i.Checks[1].Explain.Steps }
	many := func(n int) func(*PluginInfo) {
		return func(i *PluginInfo) {
			all := make([]Step, n)
			for k := range all {
				all[k] = Step{Order: k + 1, Runtime: RuntimeAny, Description: "Wait.", Effect: EffectRead, Manual: true}
			}
			i.Checks[1].Explain.Steps = all
		}
	}
	runMutations(t, sampleInfo, (*PluginInfo).Validate, []mutation[*PluginInfo]{
		{"no steps", func(i *PluginInfo) { i.Checks[1].Explain.Steps = nil }, ""},
		{"order from 0", func(i *PluginInfo) { steps(i)[0].Order = 0 }, "plugin info: checks[1].explain.steps[0].order: is not 1, the next of its runtime"},
		{"order across runtimes", func(i *PluginInfo) { steps(i)[2].Order = 3 }, "plugin info: checks[1].explain.steps[2].order: is not 1, the next of its runtime"},
		{"runtime", func(i *PluginInfo) { steps(i)[0].Runtime = "docker" }, "plugin info: checks[1].explain.steps[0].runtime: docker is none of compose, systemd, kubernetes, any"},
		{"effect", func(i *PluginInfo) { steps(i)[0].Effect = "" }, "plugin info: checks[1].explain.steps[0].effect: one of read, write, destructive is wanted"},
		{"no description", func(i *PluginInfo) { steps(i)[0].Description = "" }, "plugin info: checks[1].explain.steps[0].description: text is wanted"},
		{"escape in a command", func(i *PluginInfo) { steps(i)[0].Command = "a\x1b" }, "plugin info: checks[1].explain.steps[0].command: is too long or holds a control character"},
		{"placeholders", func(i *PluginInfo) { steps(i)[0].Placeholders = []string{"b", "a"} }, "plugin info: checks[1].explain.steps[0].placeholders[1]: is not in sorted order"},
		{"as many as there may be", many(maxSteps), ""},
		{"one more", many(maxSteps + 1), "plugin info: checks[1].explain.steps: more than 100 are there"},
	})
}

func TestValidateResult(t *testing.T) {
	info := sampleInfo().Checks[1]
	validate := func(r *Result) error { return r.Validate(&info, sampleRequest()) }
	step := func(r *Result) *Step { return &r.Remediation.Steps[0] }
	runMutations(t, sampleResult, validate, []mutation[*Result]{
		{"version", func(r *Result) { r.Version = 0 }, "result: version: is not between 1 and 1"},
		{"newer version", func(r *Result) { r.Version = 2 }, "result: version: is not between 1 and 1"},
		{"no nonce", func(r *Result) { r.Nonce = "" }, "result: nonce: 32 lower-case hex digits are wanted"},
		{"another nonce", func(r *Result) { r.Nonce = strings.Repeat("0", 32) }, "result: nonce: does not echo the request"},
		{"another check", func(r *Result) { r.Check = "check.integration.oci.pull" }, "result: check: does not echo the request"},
		{"no verdict", func(r *Result) { r.Severity = "" }, "result: severity: exactly one of severity and unjudged is wanted, none is there"},
		{"both verdicts", func(r *Result) { r.Unjudged = UnjudgedDenied }, "result: severity: exactly one of severity and unjudged is wanted, both are there"},
		{"unknown severity", func(r *Result) { r.Severity = "error" }, "result: severity: error is none of pass, info, warn, fail, skip"},
		{"unknown unjudged", func(r *Result) { r.Severity, r.Unjudged = "", "timeout" }, "result: unjudged: timeout is none of denied"},
		{"unjudged, bare", func(r *Result) {
			*r = Result{Version: 1, Nonce: sampleNonce, Check: r.Check, Unjudged: UnjudgedDenied}
		}, ""},
		{"skip without reason", func(r *Result) { r.Severity = Skip }, "result: skip_reason: one of unconfigured, not_applicable, prerequisite is wanted"},
		{"skip with the host's reason", func(r *Result) { r.Severity, r.SkipReason = Skip, SkipOffline }, "result: skip_reason: offline is none of unconfigured, not_applicable, prerequisite"},
		{"skip, bare", func(r *Result) {
			*r = Result{Version: 1, Nonce: sampleNonce, Check: r.Check, Severity: Skip, SkipReason: SkipPrerequisite}
		}, ""},
		{"reason without skip", func(r *Result) { r.SkipReason = SkipUnconfigured }, "result: skip_reason: goes with skip only"},
		{"no cause", func(r *Result) { r.Cause = "" }, "result: cause: is required for warn and fail"},
		{"no cause on info", func(r *Result) { r.Severity, r.Cause, r.Remediation = Info, "", nil }, ""},
		{"cause on a pass", func(r *Result) { r.Severity, r.Cause = Pass, "http.200-html" }, ""},
		{"undeclared cause", func(r *Result) { r.Cause = "dns.nxdomain" }, "result: cause: dns.nxdomain is not declared by the check"},
		{"malformed cause", func(r *Result) { r.Cause = "TLS" }, "result: cause: TLS is no cause id such as tls.unknown-ca"},
		{"cause with a hyphen in the family", func(r *Result) { r.Cause = "a-b.c" }, "result: cause: a-b.c is no cause id such as tls.unknown-ca"},
		{"cause with an empty segment", func(r *Result) { r.Cause = "tls..x" }, "result: cause: tls..x is no cause id such as tls.unknown-ca"},
		{"no diagnosis", func(r *Result) { r.Diagnosis = "" }, "result: diagnosis: text is wanted"},
		{"escape in the diagnosis", func(r *Result) { r.Diagnosis = "a\x1b[2Jb" }, "result: diagnosis: holds a control character"},
		{"line break in the diagnosis", func(r *Result) { r.Diagnosis = "a\nb" }, "result: diagnosis: holds a control character"},
		{"C1 control in the diagnosis", func(r *Result) { r.Diagnosis = "a\u009bb" }, "result: diagnosis: holds a control character"},
		{"override of direction", func(r *Result) { r.Diagnosis = "a\u202eb" }, "result: diagnosis: holds a control character"},
		{"isolate", func(r *Result) { r.Diagnosis = "a\u2067b" }, "result: diagnosis: holds a control character"},
		{"invalid UTF-8", func(r *Result) { r.Diagnosis = "a\xff" }, "result: diagnosis: holds a control character"},
		{"long diagnosis", func(r *Result) { r.Diagnosis = strings.Repeat("a", maxText) }, ""},
		{"too long diagnosis", func(r *Result) { r.Diagnosis = strings.Repeat("a", maxText+1) }, "result: diagnosis: is longer than 4096 bytes"},
		{"evidence name", func(r *Result) { r.Evidence["HttpStatus"] = Int(1) }, "result: evidence.HttpStatus: the name is not snake_case"},
		{"evidence name empty", func(r *Result) { r.Evidence[""] = Int(1) }, "result: evidence.: the name is not snake_case"},
		{"list in a list", func(r *Result) { r.Evidence["a"] = List(List()) }, "result: evidence.a[0]: a scalar is wanted"},
		{"list in an item", func(r *Result) { r.Evidence["a"] = Items(Item{{"item", List()}}) }, "result: evidence.a[0].item: a scalar is wanted"},
		{"item without item", func(r *Result) { r.Evidence["a"] = Items(Item{{"name", Int(1)}, {"item", Int(1)}}) }, "result: evidence.a[0]: the first field is not item"},
		{"empty item", func(r *Result) { r.Evidence["a"] = Items(Item{}) }, "result: evidence.a[0]: the first field is not item"},
		{"field twice", func(r *Result) { r.Evidence["a"] = Items(Item{{"item", Int(1)}, {"item", Int(2)}}) }, "result: evidence.a[0].item: stands there twice"},
		{"field name", func(r *Result) { r.Evidence["a"] = Items(Item{{"item", Int(1)}, {"Name", Int(2)}}) }, "result: evidence.a[0].Name: the name is not snake_case"},
		{"long list", func(r *Result) { r.Evidence["a"] = List(make([]Value, maxValues)...) }, ""},
		{"too long list", func(r *Result) { r.Evidence["a"] = List(make([]Value, maxValues+1)...) }, "result: evidence.a: the list has more than 512 elements"},
		{"too long text", func(r *Result) { r.Evidence["a"] = String(strings.Repeat("a", maxValue+1)) }, "result: evidence.a: the text is longer than 8192 bytes"},
		{"four likely causes", func(r *Result) { r.LikelyCauses = []string{"a", "b", "c", "d"} }, ""},
		{"five likely causes", func(r *Result) { r.LikelyCauses = []string{"a", "b", "c", "d", "e"} }, "result: likely_causes: more than 4 are listed"},
		{"empty likely cause", func(r *Result) { r.LikelyCauses = []string{""} }, "result: likely_causes[0]: text is wanted"},
		{"no remediation", func(r *Result) { r.Remediation = nil }, "result: remediation: is required for warn and fail"},
		{"no steps", func(r *Result) { r.Remediation.Steps = nil }, "result: remediation.steps: at least one step is wanted"},
		{"no steps on info", func(r *Result) { r.Severity, r.Remediation.Steps = Info, nil }, ""},
		{"no summary", func(r *Result) { r.Remediation.Summary = "" }, "result: remediation.summary: text is wanted"},
		{"http runbook", func(r *Result) { r.Remediation.RunbookURL = "http://docs.example.com/" }, "result: remediation.runbook_url: http://docs.example.com/ is no https address"},
		{"script runbook", func(r *Result) { r.Remediation.RunbookURL = "javascript:alert(1)" }, "result: remediation.runbook_url: javascript:alert(1) is no https address"},
		{"order from 0", func(r *Result) { step(r).Order = 0 }, "result: remediation.steps[0].order: is not 1, the next of its runtime"},
		{"order with a gap", func(r *Result) { r.Remediation.Steps[1].Order = 3 }, "result: remediation.steps[1].order: is not 2, the next of its runtime"},
		{"order across runtimes", func(r *Result) { r.Remediation.Steps[2].Order = 3 }, "result: remediation.steps[2].order: is not 1, the next of its runtime"},
		{"runtime", func(r *Result) { step(r).Runtime = "docker" }, "result: remediation.steps[0].runtime: docker is none of compose, systemd, kubernetes, any"},
		{"effect", func(r *Result) { step(r).Effect = "" }, "result: remediation.steps[0].effect: one of read, write, destructive is wanted"},
		{"escape in a command", func(r *Result) { step(r).Command = "a\x1b" }, "result: remediation.steps[0].command: is too long or holds a control character"},
		{"line break in a command", func(r *Result) { step(r).Command = "ls\nrm -rf /" }, "result: remediation.steps[0].command: is too long or holds a control character"},
		{"zero width in a command", func(r *Result) { step(r).Command = "rm -rf /tmp/\u200bfoo" }, "result: remediation.steps[0].command: is too long or holds a control character"},
		{"return in a command", func(r *Result) { step(r).Command = "rm -rf /\rls" }, "result: remediation.steps[0].command: is too long or holds a control character"},
		{"unsorted placeholders", func(r *Result) { step(r).Placeholders = []string{"b", "a"} }, "result: remediation.steps[0].placeholders[1]: is not in sorted order"},
		{"safety", func(r *Result) { step(r).Safety = "a\x00" }, "result: remediation.steps[0].safety: holds a control character"},
		{"verification", func(r *Result) { r.Verification = "a\nb" }, "result: verification: holds a control character"},
	})
	if err := sampleResult().Validate(nil, nil); err != nil {
		t.Errorf("without info and request: %v", err)
	}
	r := sampleResult()
	r.Cause = "dns.nxdomain"
	if err := r.Validate(&CheckInfo{}, nil); err != nil {
		t.Errorf("a check without explain declares no causes: %v", err)
	}
	r.Evidence = make(Evidence)
	for i := range maxValues + 1 {
		r.Evidence["a"+strings.Repeat("b", i%90)+string(rune('a'+i/90))] = Null()
	}
	if err := r.Validate(nil, nil); err == nil || err.Error() != "result: evidence: more than 512 names are there" {
		t.Errorf("%d names: %v", len(r.Evidence), err)
	}
}

func TestValidateInfo(t *testing.T) {
	ci := func(i *PluginInfo) *CheckInfo { return &i.Checks[0] }
	oci := func(i *PluginInfo) *CheckInfo { return &i.Checks[1] }
	acc := func(i *PluginInfo) *Access { return &i.Checks[1].Access[0] }
	tcp := func(i *PluginInfo) *Access { return &i.Checks[0].Access[2] }
	set := func(i *PluginInfo, n int) *SettingInfo { return &i.Checks[1].Settings[n] }
	runMutations(t, sampleInfo, (*PluginInfo).Validate, []mutation[*PluginInfo]{
		{"newer abi", func(i *PluginInfo) { i.ABI, i.ID = 7, "" }, "plugin info: abi: the plugin needs contract version 7, the newest understood here is 1"},
		{"abi", func(i *PluginInfo) { i.ABI = 0 }, "plugin info: abi: is not at least 1"},
		{"id", func(i *PluginInfo) { i.ID = "Acme.Doctor" }, "plugin info: id: Acme.Doctor is not of dotted segments of lower-case letters, digits and hyphens"},
		{"id with a path", func(i *PluginInfo) { i.ID = "../x" }, "plugin info: id: ../x is not of dotted segments of lower-case letters, digits and hyphens"},
		{"id of 200", func(i *PluginInfo) { i.ID = strings.Repeat("a.", 99) + "ab" }, ""},
		{"id of 201", func(i *PluginInfo) { i.ID = strings.Repeat("a.", 100) + "b" }, "plugin info: id: " + strings.Repeat("a.", 30) + "... is not of dotted segments of lower-case letters, digits and hyphens"},
		{"name empty", func(i *PluginInfo) { i.Name = "" }, "plugin info: name: 1 to 100 characters are wanted"},
		{"name of 100", func(i *PluginInfo) { i.Name = strings.Repeat("ü", 100) }, ""},
		{"name of 101", func(i *PluginInfo) { i.Name = strings.Repeat("ü", 101) }, "plugin info: name: 1 to 100 characters are wanted"},
		{"name with a control", func(i *PluginInfo) { i.Name = "a\x07" }, "plugin info: name: holds a control character or outer white space"},
		{"version", func(i *PluginInfo) { i.Version = "v1.0.0" }, "plugin info: version: v1.0.0 is no SemVer version"},
		{"category", func(i *PluginInfo) { i.Category = "" }, "plugin info: category: 1 to 100 characters are wanted"},
		{"description", func(i *PluginInfo) { i.Description = "a\nb" }, "plugin info: description: holds a control character"},
		{"no checks", func(i *PluginInfo) { i.Checks = nil }, "plugin info: checks: at least one check is wanted"},
		{"unsorted", func(i *PluginInfo) { i.Checks[0], i.Checks[1] = i.Checks[1], i.Checks[0] }, "plugin info: checks[1].id: the checks are not sorted by id, each once"},
		{"twice", func(i *PluginInfo) { i.Checks[1] = i.Checks[0] }, "plugin info: checks[1].id: the checks are not sorted by id, each once"},
		{"check id", func(i *PluginInfo) { i.Checks = i.Checks[1:]; i.Checks[0].ID = "oci.registry" }, "plugin info: checks[0].id: oci.registry is not of the form check.<area>.<thing>, lower-case letters, digits and hyphens"},
		{"check without a thing", func(i *PluginInfo) { i.Checks = i.Checks[1:]; i.Checks[0].ID = "check.oci" }, "plugin info: checks[0].id: check.oci is not of the form check.<area>.<thing>, lower-case letters, digits and hyphens"},
		{"check name", func(i *PluginInfo) { oci(i).Name = " a" }, "plugin info: checks[1].name: holds a control character or outer white space"},
		{"class", func(i *PluginInfo) { oci(i).Class = "" }, "plugin info: checks[1].class: one of read, write is wanted"},
		{"class below the access", func(i *PluginInfo) { ci(i).Class = ClassRead }, "plugin info: checks[0].access[0].class: a check of class read cannot have write access"},
		{"class below the methods", func(i *PluginInfo) { ci(i).Access[0].Class = ClassRead }, "plugin info: checks[0].access[0].class: access with POST is of class write"},
		{"severity", func(i *PluginInfo) { oci(i).DefaultSeverity = Skip }, "plugin info: checks[1].default_severity: skip is none of info, warn, fail"},
		{"tag", func(i *PluginInfo) { oci(i).Tags[0] = "Quick" }, "plugin info: checks[1].tags[0]: Quick is not of lower-case letters, digits, hyphens and dots"},
		{"tag twice", func(i *PluginInfo) { oci(i).Tags[0] = "quick" }, "plugin info: checks[1].tags[2]: quick stands there twice"},
		{"key", func(i *PluginInfo) { set(i, 0).Key = "RegistryUrl" }, "plugin info: checks[1].settings[0].key: RegistryUrl is not of the form Section:Key"},
		{"key with an empty segment", func(i *PluginInfo) { set(i, 0).Key = "OCI::Url" }, "plugin info: checks[1].settings[0].key: OCI::Url is not of the form Section:Key"},
		{"key with two underscores", func(i *PluginInfo) { set(i, 0).Key = "OCI:A__B" }, "plugin info: checks[1].settings[0].key: OCI:A__B is not of the form Section:Key"},
		{"asterisk first", func(i *PluginInfo) { set(i, 0).Key = "*:Url" }, "plugin info: checks[1].settings[0].key: *:Url is not of the form Section:Key"},
		{"key twice in other case", func(i *PluginInfo) { set(i, 1).Key = "oci:registryurl" }, "plugin info: checks[1].settings[1]: oci:registryurl stands there twice, case aside"},
		{"alias twice", func(i *PluginInfo) { set(i, 1).Aliases[0] = "Registry:URL" }, "plugin info: checks[1].settings[1]: Registry:URL stands there twice, case aside"},
		{"alias of itself", func(i *PluginInfo) { set(i, 0).Aliases[0] = "oci:registryurl" }, "plugin info: checks[1].settings[0]: oci:registryurl stands there twice, case aside"},
		{"alias that is the key of another", func(i *PluginInfo) { set(i, 0).Aliases[0] = set(i, 1).Key }, ""},
		{"alias", func(i *PluginInfo) { set(i, 0).Aliases[0] = "x" }, "plugin info: checks[1].settings[0].aliases[0]: x is not of the form Section:Key"},
		{"older form of a single item", func(i *PluginInfo) { ci(i).Settings[0].Aliases = []string{"CI:Url"} }, ""},
		{"alias with two asterisks", func(i *PluginInfo) { ci(i).Settings[0].Aliases = []string{"CI:*:A:*:Url"} }, "plugin info: checks[0].settings[0].aliases[0]: has another number of asterisks than the key"},
		{"alias with an asterisk", func(i *PluginInfo) { set(i, 0).Aliases[0] = "A:*:B" }, "plugin info: checks[1].settings[0].aliases[0]: has another number of asterisks than the key"},
		{"type", func(i *PluginInfo) { set(i, 0).Type = "number" }, "plugin info: checks[1].settings[0].type: number is none of string, int, bool, url, list"},
		{"default of a secret", func(i *PluginInfo) { set(i, 2).Default = "x" }, "plugin info: checks[1].settings[2].default: a secret has no default"},
		{"default int", func(i *PluginInfo) { ci(i).Settings[3].Default = "x" }, "plugin info: checks[0].settings[3].default: is no integer"},
		{"default url", func(i *PluginInfo) { set(i, 0).Default = "http://127.1" }, "plugin info: checks[1].settings[0].default: is no address that can be used (host)"},
		{"two leads in a group", func(i *PluginInfo) { set(i, 2).Lead = true }, "plugin info: checks[1].settings[2].lead: the group has two leads"},
		{"aliases of a group", func(i *PluginInfo) { set(i, 2).Aliases = nil }, "plugin info: checks[1].settings[2].aliases: the keys of a group have the same number of aliases, one for each section"},
		{"kind", func(i *PluginInfo) { acc(i).Kind = "udp" }, "plugin info: checks[1].access[0].kind: udp is none of http, tcp"},
		{"access class", func(i *PluginInfo) { acc(i).Class = "" }, "plugin info: checks[1].access[0].class: one of read, write is wanted"},
		{"no methods", func(i *PluginInfo) { acc(i).Methods = nil }, "plugin info: checks[1].access[0].methods: at least one method is wanted"},
		{"lower-case method", func(i *PluginInfo) { acc(i).Methods[0] = "get" }, "plugin info: checks[1].access[0].methods[0]: get is none of GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE"},
		{"CONNECT", func(i *PluginInfo) { acc(i).Methods[0] = "CONNECT" }, "plugin info: checks[1].access[0].methods[0]: CONNECT is none of GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE"},
		{"method twice", func(i *PluginInfo) { acc(i).Methods = []string{"GET", "GET"} }, "plugin info: checks[1].access[0].methods[1]: GET stands there twice"},
		{"undeclared target", func(i *PluginInfo) { acc(i).Target = "{OCI:Url}" }, "plugin info: checks[1].access[0].target: {OCI:Url} names no declared setting in braces"},
		{"target is an alias", func(i *PluginInfo) { acc(i).Target = "{Registry:Url}" }, "plugin info: checks[1].access[0].target: {Registry:Url} names no declared setting in braces"},
		{"open brace", func(i *PluginInfo) { acc(i).Target = "{OCI:RegistryUrl" }, "plugin info: checks[1].access[0].target: {OCI:RegistryUrl names no declared setting in braces"},
		{"text after the brace", func(i *PluginInfo) { acc(i).Target = "{OCI:RegistryUrl}.evil.test" }, "plugin info: checks[1].access[0].target: {OCI:RegistryUrl}.evil.test names no declared setting in braces"},
		{"brace in the middle", func(i *PluginInfo) { acc(i).Target = "https://{OCI:Username}/" }, "plugin info: checks[1].access[0].target: https://{OCI:Username}/ is neither {Key} nor an address that can be used (url)"},
		{"literal wildcard", func(i *PluginInfo) { acc(i).Target = "https://*.example.com/" }, "plugin info: checks[1].access[0].target: https://*.example.com/ is neither {Key} nor an address that can be used (host)"},
		{"literal with user", func(i *PluginInfo) { acc(i).Target = "https://a:b@example.com/" }, "plugin info: checks[1].access[0].target: https://a:b@example.com/ is neither {Key} nor an address that can be used (userinfo)"},
		{"no target", func(i *PluginInfo) { acc(i).Target = "" }, "plugin info: checks[1].access[0].target:  is neither {Key} nor an address that can be used (url)"},
		{"target of another type", func(i *PluginInfo) { set(i, 0).Type = TypeBool }, "plugin info: checks[1].access[0].target: the setting is neither an url nor a string"},
		{"trim all", func(i *PluginInfo) { acc(i).Trim = "*" }, ""},
		{"trim", func(i *PluginInfo) { acc(i).Trim = "v2" }, "plugin info: checks[1].access[0].trim: v2 is no path that can be used"},
		{"path with dots", func(i *PluginInfo) { acc(i).Path = "/v2/../" }, "plugin info: checks[1].access[0].path: /v2/../ is no path that can be used"},
		{"path with a query", func(i *PluginInfo) { acc(i).Path = "/v2/?x" }, "plugin info: checks[1].access[0].path: /v2/?x is no path that can be used"},
		{"port of http", func(i *PluginInfo) { acc(i).Port = "{OCI:Username}" }, "plugin info: checks[1].access[0].port: goes with tcp only"},
		{"redirects", func(i *PluginInfo) { acc(i).Redirects = "any" }, "plugin info: checks[1].access[0].redirects: any is not same-origin"},
		{"largest body", func(i *PluginInfo) { acc(i).MaxBody = MaxBodyBytes }, ""},
		{"too large body", func(i *PluginInfo) { acc(i).MaxBody = MaxBodyBytes + 1 }, "plugin info: checks[1].access[0].max_body: is not between 0 and 1048576"},
		{"undeclared secret", func(i *PluginInfo) { acc(i).Secrets[0] = "OCI:Token" }, "plugin info: checks[1].access[0].secrets[0]: OCI:Token is not declared as a secret setting"},
		{"secret that is none", func(i *PluginInfo) { acc(i).Secrets[0] = "OCI:Username" }, "plugin info: checks[1].access[0].secrets[0]: OCI:Username is not declared as a secret setting"},
		{"secret of an item to one address", func(i *PluginInfo) { ci(i).Access[0].Target = "https://evil.example.com/" },
			"plugin info: checks[0].access[0].secrets[0]: has another number of asterisks than the target: a secret of one item goes to that item's address only"},
		{"no reason", func(i *PluginInfo) { acc(i).Reason = "" }, "plugin info: checks[1].access[0].reason: text is wanted"},
		{"tcp host", func(i *PluginInfo) { tcp(i).Target = "ldap.example.com" }, ""},
		{"tcp host and port", func(i *PluginInfo) { tcp(i).Target = "[::1]:636" }, ""},
		{"tcp path", func(i *PluginInfo) { tcp(i).Target = "ldap.example.com/" }, "plugin info: checks[0].access[2].target: ldap.example.com/ is no host or scheme://host:port"},
		{"tcp odd address", func(i *PluginInfo) { tcp(i).Target = "127.1:25" }, "plugin info: checks[0].access[2].target: 127.1:25 is no host or scheme://host:port"},
		{"tcp odd scheme", func(i *PluginInfo) { tcp(i).Target = "LDAP x://a" }, "plugin info: checks[0].access[2].target: LDAP x://a is no host or scheme://host:port"},
		{"tcp methods", func(i *PluginInfo) { tcp(i).Methods = []string{"GET"} }, "plugin info: checks[0].access[2].methods: goes with http only"},
		{"tcp slash at the end", func(i *PluginInfo) { tcp(i).Target = "ldap://ldap.example.com/" }, ""},
		{"tcp address alone", func(i *PluginInfo) { tcp(i).Target = "2001:db8::1" }, ""},
		{"tcp port of any item", func(i *PluginInfo) {
			ci(i).Settings = append(ci(i).Settings, SettingInfo{Key: "CI:Systems:*:Port", Type: TypeInt})
			tcp(i).Port = "{CI:Systems:*:Port}"
		}, "plugin info: checks[0].access[2].port: has an asterisk that the target lacks: it would be the port of any item"},
		{"tcp port setting", func(i *PluginInfo) { tcp(i).Port = "Email:Smtp:Port" }, "plugin info: checks[0].access[2].port: Email:Smtp:Port names no declared setting in braces"},
		{"tcp default port", func(i *PluginInfo) { tcp(i).DefaultPort = []int{0} }, "plugin info: checks[0].access[2].default_port[0]: is not between 1 and 65535"},
		{"timeout", func(i *PluginInfo) { oci(i).TimeoutMS = MaxCheckMS + 1 }, "plugin info: checks[1].timeout_ms: is not between 0 and 300000"},
		{"negative estimate", func(i *PluginInfo) { oci(i).EstimateMS = -1 }, "plugin info: checks[1].estimate_ms: is not between 0 and 300000"},
		{"depends on itself", func(i *PluginInfo) { oci(i).DependsOn[0] = oci(i).ID }, "plugin info: checks[1].depends_on[0]: names the check itself"},
		{"waits for a sibling", func(i *PluginInfo) { oci(i).DependsOn = []string{ci(i).ID, "check.core.network"} }, ""},
		{"two wait for each other", func(i *PluginInfo) {
			oci(i).DependsOn, ci(i).DependsOn = []string{ci(i).ID}, []string{"check.core.network", oci(i).ID}
		},
			"plugin info: checks[1].depends_on[0]: closes a circle: check.integration.ci.system waits for check.integration.oci.registry already, by itself or by way of others"},
		{"related", func(i *PluginInfo) { oci(i).Related[0].ID = "x" }, "plugin info: checks[1].related[0].id: x is not of the form check.<area>.<thing>, lower-case letters, digits and hyphens"},
		{"runbook", func(i *PluginInfo) { oci(i).RunbookURL = "http://docs.example.com" }, "plugin info: checks[1].runbook_url: http://docs.example.com is no https address"},
		{"deprecated, text only", func(i *PluginInfo) { ci(i).ReplacementIDs = nil }, ""},
		{"replaced, not deprecated", func(i *PluginInfo) { ci(i).Deprecated = "" }, "plugin info: checks[0].replacement_ids: goes with deprecated only"},
		{"no why", func(i *PluginInfo) { oci(i).Explain.Why = "" }, "plugin info: checks[1].explain.why: text is wanted"},
		{"verdict's cause", func(i *PluginInfo) { oci(i).Explain.Verdicts[1].Cause = "dns.nxdomain" }, "plugin info: checks[1].explain.verdicts[1].cause: dns.nxdomain is not among the causes"},
		{"verdict's severity", func(i *PluginInfo) { oci(i).Explain.Verdicts[1].Severity = "bad" }, "plugin info: checks[1].explain.verdicts[1].severity: bad is none of pass, info, warn, fail, skip"},
		{"cause twice", func(i *PluginInfo) { oci(i).Explain.Causes[1].ID = "tls.unknown-ca" }, "plugin info: checks[1].explain.causes[1].id: stands there twice"},
		{"cause id", func(i *PluginInfo) { oci(i).Explain.Causes[1].ID = "tls" }, "plugin info: checks[1].explain.causes[1].id: tls is no cause id such as tls.unknown-ca"},
	})
	var abi *ABIError
	if err := (&PluginInfo{ABI: 2}).Validate(); !errors.As(err, &abi) || abi.Have != 2 || abi.Max != Version {
		t.Errorf("got %v", err)
	}
}

func TestSemVer(t *testing.T) {
	for v, want := range map[string]bool{
		"0.0.0": true, "1.2.3": true, "10.20.30": true, "1.0.0-alpha": true, "1.0.0-alpha.1": true, "1.0.0-0.3.7": true, "1.0.0-x-y-z.--": true, "1.0.0+001": true,
		"1.0.0-a+b-c.d": true, "1.0.0+a-b": true, "1.0.0-0a": true,
		"": false, "1": false, "1.2": false, "1.2.3.4": false, "01.2.3": false, "1.02.3": false, "v1.2.3": false, "1.2.3-": false, "1.2.3+": false, "1.2.3-01": false, "1.2.3-a..b": false,
		"1.2.3-ä": false, "1.2.x": false, "-1.2.3": false, "1.2.3 ": false, "1.2.3+a+b": false, "1..3": false,
	} {
		if isSemVer(v) != want {
			t.Errorf("%q: %v", v, !want)
		}
	}
}

func TestValidateHTTPRequest(t *testing.T) {
	runMutations(t, sampleHTTPRequest, (*HTTPRequest).Validate, []mutation[*HTTPRequest]{
		{"E061", func(q *HTTPRequest) { q.Method = "CONNECT" }, "http request: method: CONNECT is none of GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE"},
		{"E062", func(q *HTTPRequest) { q.Method = "get" }, "http request: method: get is none of GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE"},
		{"method with a line break", func(q *HTTPRequest) { q.Method = "GET\r\n" }, "http request: method: GET?? is none of GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE"},
		{"no url", func(q *HTTPRequest) { q.URL = "" }, "http request: url: an address is wanted"},
		{"E064", func(q *HTTPRequest) { q.Header["x"] = []string{"a\r\nHost: b"} }, "http request: header.x[0]: the value holds a control character"},
		{"E065", func(q *HTTPRequest) { q.Header["x"] = []string{"a", "a\nb"} }, "http request: header.x[1]: the value holds a control character"},
		{"E066", func(q *HTTPRequest) { q.Header["x y"] = []string{"a"} }, "http request: header.x y: the name is no lower-case header name"},
		{"E067", func(q *HTTPRequest) { q.Header["x\r\ny"] = []string{"a"} }, "http request: header.x??y: the name is no lower-case header name"},
		{"header in upper case", func(q *HTTPRequest) { q.Header["Accept"] = []string{"a"} }, "http request: header.Accept: the name is no lower-case header name"},
		{"header without name", func(q *HTTPRequest) { q.Header[""] = []string{"a"} }, "http request: header.: the name is no lower-case header name"},
		{"tab in a value", func(q *HTTPRequest) { q.Header["x"] = []string{"a\tb"} }, ""},
		{"body of a GET", func(q *HTTPRequest) { q.Method = "GET" }, "http request: body: goes with POST, PUT, PATCH and DELETE only"},
		{"largest body", func(q *HTTPRequest) { q.Body = make([]byte, MaxRequestBodyBytes) }, ""},
		{"body over the limit", func(q *HTTPRequest) { q.Body = make([]byte, MaxRequestBodyBytes+1) }, "http request: body: has more than 65536 bytes"},
		{"max_body", func(q *HTTPRequest) { q.MaxBody = -1 }, "http request: max_body: is not between 0 and 1048576"},
		{"scheme", func(q *HTTPRequest) { q.Credential.Scheme = "digest" }, "http request: credential.scheme: digest is none of basic, bearer, header, oci_token"},
		{"anonymous oci_token", func(q *HTTPRequest) { q.Credential.Secret = "" }, ""},
		{"bearer without secret", func(q *HTTPRequest) { q.Credential = &Credential{Scheme: SchemeBearer} }, "http request: credential.secret: the handle of a secret is wanted"},
		{"value for a handle", func(q *HTTPRequest) { q.Credential.Secret = "hunter2" }, "http request: credential.secret: the handle of a secret is wanted"},
		{"basic without name", func(q *HTTPRequest) { q.Credential = &Credential{Scheme: SchemeBasic, Secret: "secret:A:B"} }, ""},
		{"undo", func(q *HTTPRequest) { q.Undo = "DELETE" }, ""},
		{"undo by reading", func(q *HTTPRequest) { q.Undo = "GET" }, "http request: undo: goes with, and is one of, POST, PUT, PATCH and DELETE"},
		{"undo of a GET", func(q *HTTPRequest) { q.Method, q.Body, q.Undo = "GET", nil, "DELETE" }, "http request: undo: goes with, and is one of, POST, PUT, PATCH and DELETE"},
		{"name with a colon", func(q *HTTPRequest) { q.Credential.Username = "a:b" }, "http request: credential.username: holds a colon or a control character"},
		{"bearer with a name", func(q *HTTPRequest) { q.Credential.Scheme, q.Credential.Scope = SchemeBearer, "" }, "http request: credential.username: goes with basic and oci_token only"},
		{"header without name of it", func(q *HTTPRequest) { q.Credential = &Credential{Scheme: SchemeHeader, Secret: "secret:A:B"} }, "http request: credential.header: goes with header, and is required there"},
		{"header with a line break", func(q *HTTPRequest) {
			q.Credential = &Credential{Scheme: SchemeHeader, Secret: "secret:A:B", Header: "a\n"}
		}, "http request: credential.header: is no lower-case header name"},
		{"scope of bearer", func(q *HTTPRequest) {
			q.Credential = &Credential{Scheme: SchemeBearer, Secret: "secret:A:B", Scope: "x"}
		}, "http request: credential.scope: goes with oci_token only"},
	})
}

func TestValidateTCPRequest(t *testing.T) {
	runMutations(t, sampleTCPRequest, (*TCPRequest).Validate, []mutation[*TCPRequest]{
		{"no host", func(q *TCPRequest) { q.Host = "" }, "tcp request: host: a host is wanted"},
		{"banner", func(q *TCPRequest) { q.Banner = -1 }, "tcp request: banner: is not between 0 and 1024"},
		{"long banner", func(q *TCPRequest) { q.Banner = 1025 }, "tcp request: banner: is not between 0 and 1024"},
		{"longest banner", func(q *TCPRequest) { q.Banner = 1024 }, ""},
		{"port", func(q *TCPRequest) { q.Port = 0 }, ""}, // for the screen to say
	})
}

func TestLimits(t *testing.T) {
	seen := make(map[string]bool)
	for _, l := range Limits() {
		if !isSnake(l.Name) || seen[l.Name] || l.Default <= 0 || l.Ceiling < l.Default || l.What == "" {
			t.Errorf("%+v", l)
		}
		switch l.Unit {
		case "bytes", "ms", "count", "characters":
		default:
			t.Errorf("%+v: unit", l)
		}
		seen[l.Name] = true
	}
}
