package schemas

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"

	"github.com/invopop/jsonschema"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/audit"
	"stella-ops.org/doctor/host/diff"
	"stella-ops.org/doctor/host/inspect"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/vet"
	"stella-ops.org/doctor/sdk/wire"
)

type schema = jsonschema.Schema

// The forms of names, as wire.Validate demands them.
const (
	formCheck   = `^check(\.[a-z0-9]+(-+[a-z0-9]+)*){2,}$`
	formCause   = `^[a-z0-9]+(\.[a-z0-9-]+)+$`
	formDotted  = `^[a-z0-9]+(-+[a-z0-9]+)*(\.[a-z0-9]+(-+[a-z0-9]+)*)*$`
	formDigest  = `^sha256:[0-9a-f]{64}$`
	formNonce   = `^[0-9a-f]{32}$`
	formSnake   = `^[a-z][a-z0-9_]*$`
	formSetting = `^[A-Za-z0-9_.-]+(:([A-Za-z0-9_.-]+|\*))+$`
	formSemVer  = `^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$`
	formUTC     = `Z$`
)

var (
	severities = []any{wire.Pass, wire.Info, wire.Warn, wire.Fail, wire.Skip}
	problems   = []any{wire.Warn, wire.Fail}
	runtimes   = []any{wire.RuntimeCompose, wire.RuntimeSystemd, wire.RuntimeKubernetes, wire.RuntimeAny}
	effects    = []any{wire.EffectRead, wire.EffectWrite, wire.EffectDestructive}
	classes    = []any{wire.ClassRead, wire.ClassWrite}
	guestSkips = []any{wire.SkipUnconfigured, wire.SkipNotApplicable, wire.SkipPrerequisite}
)

// mapped are the types that write themselves.
func mapped(t reflect.Type) *schema {
	switch t {
	case reflect.TypeFor[wire.Severity]():
		return &schema{Type: "string", Enum: severities}
	case reflect.TypeFor[wire.Evidence]():
		return &schema{Ref: "#/$defs/Evidence"}
	}
	return nil
}

// evidenceDefinitions are the definitions of evidence.
func evidenceDefinitions() jsonschema.Definitions {
	ref := func(name string) *schema { return &schema{Ref: "#/$defs/" + name} }
	return jsonschema.Definitions{
		"Evidence": {
			Type: "object", Description: "Evidence maps snake_case names to the facts behind a verdict.",
			PropertyNames: &schema{Pattern: formSnake}, AdditionalProperties: ref("Value"),
		},
		"Value": {
			Description: "Value is a scalar, a list of scalars, or a list of flat objects whose first field is called item.",
			AnyOf:       []*schema{ref("Scalar"), {Type: "array", Items: ref("Scalar")}, {Type: "array", Items: ref("Item")}},
		},
		"Item": {Type: "object", Required: []string{"item"}, PropertyNames: &schema{Pattern: formSnake}, AdditionalProperties: ref("Scalar")},
		"Scalar": {
			Description: "Scalar is null, a boolean, a number or a text.",
			AnyOf:       []*schema{{Type: "null"}, {Type: "boolean"}, {Type: "number"}, {Type: "string"}},
		},
	}
}

type rule = func(*schema)

func oneOf(words ...any) rule { return func(s *schema) { s.Enum = words } }
func form(pattern string) rule {
	return func(s *schema) { s.Pattern = pattern }
}
func atLeast(n string) rule { return func(s *schema) { s.Minimum = json.Number(n) } }
func between(least, most string) rule {
	return func(s *schema) { s.Minimum, s.Maximum = json.Number(least), json.Number(most) }
}
func present(s *schema) { s.MinLength = size(1) }
func some(s *schema)    { s.MinItems = size(1) }
func each(r rule) rule  { return func(s *schema) { r(s.Items) } }
func utc(s *schema)     { s.Format, s.Pattern = "date-time", formUTC }
func size(n uint64) *uint64 {
	return &n
}
func constant(word string) rule { return func(s *schema) { s.Const = word } }

// findingRules are the rules that a finding may be of.
func findingRules() []any {
	var all []any
	for _, r := range inspect.Rules() {
		all = append(all, r.ID)
	}
	return all
}

// fieldRules say what the Go type of a field does not.
var fieldRules = map[string]rule{
	"report.Report.schema":            constant(report.Schema),
	"report.Report.started_at":        utc,
	"report.Report.duration_ms":       atLeast("0"),
	"report.Summary.pass":             atLeast("0"),
	"report.Summary.info":             atLeast("0"),
	"report.Summary.warn":             atLeast("0"),
	"report.Summary.fail":             atLeast("0"),
	"report.Summary.skip":             atLeast("0"),
	"report.Summary.unjudged":         atLeast("0"),
	"report.Summary.waived":           atLeast("0"),
	"report.Summary.worst":            oneOf(wire.Pass, wire.Info, wire.Warn, wire.Fail),
	"report.Summary.exit_code":        oneOf(report.ExitOK, report.ExitFail, report.ExitWarn, report.ExitUnjudged),
	"report.Note.code":                form(formSnake),
	"report.Result.check":             form(formCheck),
	"report.Result.default_severity":  oneOf(wire.Info, wire.Warn, wire.Fail),
	"report.Result.outcome":           oneOf(report.Judged, report.Trap, report.Timeout, report.BadOutput, report.Denied, report.OutOfMemory, report.ABI),
	"report.Result.cause":             form(formCause),
	"report.Result.skip_reason":       oneOf(append(guestSkips, wire.SkipOffline, wire.SkipWriteNotAllowed)...),
	"report.Result.duration_ms":       atLeast("0"),
	"report.PluginRef.id":             form(formDotted),
	"report.PluginRef.digest":         form(formDigest),
	"report.Waiver.expires":           utc,
	"report.Request.n":                atLeast("1"),
	"report.Request.decision":         oneOf("allowed", "denied"),
	"report.Request.bytes":            atLeast("0"),
	"report.Request.duration_ms":      atLeast("0"),
	"report.RunStart.event":           constant(report.EventRunStart),
	"report.RunStart.schema":          constant(report.StreamSchema),
	"report.RunStart.started_at":      utc,
	"report.RunStart.checks":          each(form(formCheck)),
	"report.CheckLine.event":          constant(report.EventCheck),
	"report.RunEnd.event":             constant(report.EventRunEnd),
	"report.RunEnd.duration_ms":       atLeast("0"),
	"vet.Report.schema":               constant(vet.Schema),
	"vet.Report.verdict":              oneOf(vet.Passed, vet.Failed),
	"vet.Finding.level":               oneOf(vet.Error, vet.Warning, vet.Note),
	"vet.Finding.rule":                oneOf(vettingRules()...),
	"vet.Check.class":                 oneOf(classes...),
	"diff.Diff.schema":                constant(diff.Schema),
	"diff.Diff.step":                  oneOf("major", "minor", "patch", "pre-release", "build", "same", "lower", "new", "other"),
	"diff.Diff.relation":              oneOf(access.Same.String(), access.Narrower.String(), access.Wider.String()),
	"diff.Change.kind":                oneOf(diff.Added, diff.Removed, diff.Changed),
	"diff.Identity.digest":            form(formDigest),
	"audit.Line.kind":                 oneOf(audit.KindHeader, audit.KindRunStart, audit.KindCall, audit.KindOutcome, audit.KindMore, audit.KindRunEnd, audit.KindRecovered),
	"audit.Line.time":                 utc,
	"audit.Line.n":                    atLeast("1"),
	"audit.Call.decision":             oneOf(audit.Allowed, audit.Denied),
	"inspect.Report.schema":           constant(inspect.Schema),
	"inspect.Report.digest":           form(formDigest),
	"inspect.Report.sha512":           form(`^sha512:[0-9a-f]{128}$`),
	"inspect.Report.bytes":            atLeast("0"),
	"inspect.Refused.rule":            present,
	"inspect.Refused.text":            present,
	"inspect.Check.id":                form(formCheck),
	"inspect.Check.class":             oneOf(classes...),
	"inspect.Setting.key":             form(formSetting),
	"inspect.Import.class":            oneOf("read", "write", "tcp", "kernel", "log", "clock", "random", "environment", "output", "runtime", "refused"),
	"inspect.Export.kind":             oneOf("function", "table", "memory", "global"),
	"inspect.Export.role":             oneOf("contract", "runtime", "other"),
	"inspect.Section.entropy":         form(`^[0-8]\.[0-9]{2}$`),
	"inspect.Module.memory_min":       atLeast("0"),
	"inspect.Dependency.ecosystem":    oneOf(inspect.EcosystemGo, inspect.EcosystemCargo),
	"inspect.Found.kind":              oneOf("url", "host", "ip"),
	"inspect.Found.status":            oneOf(inspect.StatusDeclared, inspect.StatusDescribed, inspect.StatusSource, inspect.StatusLocal, inspect.StatusNotDeclared),
	"inspect.Found.count":             atLeast("1"),
	"inspect.Embedded.kind":           oneOf("elf", "pe", "macho", "wasm", "zip", "gzip", "zstd", "xz", "base64"),
	"inspect.Finding.rule":            oneOf(findingRules()...),
	"inspect.Finding.level":           oneOf(inspect.LevelNote, inspect.LevelWarning, inspect.LevelError),
	"wire.Result.version":             between("1", "1"),
	"wire.Result.nonce":               form(formNonce),
	"wire.Result.check":               form(formCheck),
	"wire.Result.unjudged":            constant(wire.UnjudgedDenied),
	"wire.Result.skip_reason":         oneOf(guestSkips...),
	"wire.Result.cause":               form(formCause),
	"wire.Result.likely_causes":       func(s *schema) { s.MaxItems = size(wire.MaxLikelyCauses); present(s.Items) },
	"wire.Remediation.summary":        present,
	"wire.Remediation.runbook_url":    form("^https://"),
	"wire.Step.order":                 atLeast("1"),
	"wire.Step.runtime":               oneOf(runtimes...),
	"wire.Step.description":           present,
	"wire.Step.effect":                oneOf(effects...),
	"wire.PluginInfo.abi":             between("1", "1"),
	"wire.PluginInfo.id":              form(formDotted),
	"wire.PluginInfo.name":            present,
	"wire.PluginInfo.version":         form(formSemVer),
	"wire.PluginInfo.category":        present,
	"wire.PluginInfo.checks":          some,
	"wire.CheckInfo.id":               form(formCheck),
	"wire.CheckInfo.name":             present,
	"wire.CheckInfo.description":      present,
	"wire.CheckInfo.class":            oneOf(classes...),
	"wire.CheckInfo.default_severity": oneOf(wire.Info, wire.Warn, wire.Fail),
	"wire.CheckInfo.tags":             each(form(`^[a-z0-9._-]+$`)),
	"wire.CheckInfo.timeout_ms":       between("0", "300000"),
	"wire.CheckInfo.estimate_ms":      between("0", "300000"),
	"wire.CheckInfo.depends_on":       each(form(formCheck)),
	"wire.CheckInfo.replacement_ids":  each(form(formCheck)),
	"wire.CheckInfo.runbook_url":      form("^https://"),
	"wire.SettingInfo.key":            form(formSetting),
	"wire.SettingInfo.aliases":        each(form(formSetting)),
	"wire.SettingInfo.type":           oneOf(wire.TypeString, wire.TypeInt, wire.TypeBool, wire.TypeURL, wire.TypeList),
	"wire.SettingInfo.group":          form(`^[a-z0-9_-]+$`),
	"wire.Access.kind":                oneOf(wire.KindHTTP, wire.KindTCP),
	"wire.Access.class":               oneOf(classes...),
	"wire.Access.methods":             each(oneOf("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")),
	"wire.Access.target":              present,
	"wire.Access.default_port":        each(between("1", "65535")),
	"wire.Access.redirects":           constant(wire.RedirectSameOrigin),
	"wire.Access.max_body":            between("0", "1048576"),
	"wire.Access.secrets":             each(form(formSetting)),
	"wire.Access.reason":              present,
	"wire.Related.id":                 form(formCheck),
	"wire.Related.reason":             present,
	"wire.Explain.what":               present,
	"wire.Explain.why":                present,
	"wire.VerdictInfo.when":           present,
	"wire.VerdictInfo.cause":          form(formCause),
	"wire.CauseInfo.id":               form(formCause),
	"wire.CauseInfo.text":             present,
}

// neverNull are the exceptions from nullable: what is never nil in a document.
var neverNull = map[string]bool{"wire.PluginInfo.checks": true, "report.CheckLine.result": true}

// structRules say what holds between fields.
var structRules = map[string]rule{
	"report.Result": func(s *schema) {
		s.AllOf = append(s.AllOf,
			when(field("outcome", &schema{Const: report.Judged}), field("severity", &schema{Type: "string"}), fields(map[string]*schema{"severity": {Type: "null"}, "cause": {Type: "null"}})),
			when(field("severity", &schema{Const: wire.Skip}), field("skip_reason", &schema{Type: "string"}), field("skip_reason", &schema{Type: "null"})),
			when(field("severity", &schema{Enum: problems}), field("cause", &schema{Type: "string"}), nil),
		)
	},
	"wire.Result": func(s *schema) {
		s.OneOf = []*schema{{Required: []string{"severity"}}, {Required: []string{"unjudged"}}}
		s.AllOf = append(s.AllOf,
			when(required(field("severity", &schema{Enum: problems}), "severity"), required(&schema{}, "cause", "diagnosis", "remediation"), nil),
			when(required(field("severity", &schema{Const: wire.Skip}), "severity"), required(&schema{}, "skip_reason"), &schema{Not: required(&schema{}, "skip_reason")}),
			when(required(field("severity", &schema{Enum: []any{wire.Pass, wire.Info}}), "severity"), required(&schema{}, "diagnosis"), nil),
		)
	},
	"wire.Access": func(s *schema) {
		s.AllOf = append(s.AllOf, when(field("kind", &schema{Const: wire.KindHTTP}), required(&schema{}, "methods"), &schema{Not: required(&schema{}, "methods")}))
	},
}

func when(condition, then, otherwise *schema) *schema {
	return &schema{If: condition, Then: then, Else: otherwise}
}

func fields(props map[string]*schema) *schema {
	s := &schema{Properties: jsonschema.NewProperties()}
	for _, name := range sorted(props) {
		s.Properties.Set(name, props[name])
	}
	return s
}

func field(name string, prop *schema) *schema { return fields(map[string]*schema{name: prop}) }

func required(s *schema, names ...string) *schema {
	s.Required = names
	return s
}

func sorted(props map[string]*schema) []string {
	return slices.Sorted(maps.Keys(props))
}

func vettingRules() []any {
	var all []any
	for _, r := range vet.Rules {
		all = append(all, r.Rule)
	}
	return all
}
