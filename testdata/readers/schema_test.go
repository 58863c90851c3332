package readers

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"stella-ops.org/doctor/host/cassette"
	"stella-ops.org/doctor/host/report"
)

// compile reads a committed schema and holds it against the schema of schemas.
func compile(t *testing.T, file string) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	return compileText(t, file, string(data))
}

func compileText(t *testing.T, name, text string) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(name, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validate returns what a schema has against a document.
func validate(t *testing.T, s *jsonschema.Schema, doc []byte) error {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	if err != nil {
		t.Fatalf("%v in\n%s", err, doc)
	}
	return s.Validate(value)
}

const (
	reportSchema = "host/report/report.schema.json"
	streamSchema = "host/report/stream.schema.json"
	resultSchema = "sdk/wire/result.schema.json"
	infoSchema   = "sdk/wire/plugininfo.schema.json"
)

func TestReportSchema(t *testing.T) {
	s := compile(t, reportSchema)
	for name, r := range samples(t) {
		if err := validate(t, s, render(t, r, report.WriteJSON)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStreamSchema(t *testing.T) {
	s := compile(t, streamSchema)
	for name, r := range samples(t) {
		doc := render(t, r, report.WriteNDJSON)
		if !bytes.HasSuffix(doc, []byte("\n")) {
			t.Errorf("%s: the last line has no end", name)
		}
		lines := bytes.Split(bytes.TrimSuffix(doc, []byte("\n")), []byte("\n"))
		if len(lines) != len(r.Results)+2 {
			t.Errorf("%s: %d lines for %d results", name, len(lines), len(r.Results))
		}
		for i, line := range lines {
			if err := validate(t, s, line); err != nil {
				t.Errorf("%s: line %d: %v", name, i+1, err)
			}
			var head struct{ Event string }
			want := map[int]string{0: report.EventRunStart, len(lines) - 1: report.EventRunEnd}[i]
			if err := json.Unmarshal(line, &head); err != nil || want != "" && head.Event != want || want == "" && head.Event != report.EventCheck {
				t.Errorf("%s: line %d is a %s (%v)", name, i+1, head.Event, err)
			}
		}
	}
}

// TestWireSchemas holds the golden documents of the contract to the schemas, and
// those of one kind to no other.
func TestWireSchemas(t *testing.T) {
	result, info := compile(t, resultSchema), compile(t, infoSchema)
	files, err := filepath.Glob(filepath.Join(root, "testdata", "wire", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	results, infos := 0, 0
	for _, file := range files {
		doc, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		isResult, isInfo := strings.HasPrefix(filepath.Base(file), "result-"), strings.HasPrefix(filepath.Base(file), "plugin-info")
		if err := validate(t, result, doc); (err == nil) != isResult {
			t.Errorf("%s as a result: %v", file, err)
		}
		if err := validate(t, info, doc); (err == nil) != isInfo {
			t.Errorf("%s as a plugin info: %v", file, err)
		}
		if isResult {
			results++
		}
		if isInfo {
			infos++
		}
	}
	if results < 4 || infos < 2 {
		t.Errorf("only %d results and %d plugin infos were found", results, infos)
	}
}

// TestSchemasRefuse breaks good documents in one place each. A patch is merged
// into the document at the path; "-" takes the field out.
func TestSchemasRefuse(t *testing.T) {
	good := map[string][]byte{
		reportSchema: render(t, everything(t), report.WriteJSON),
		resultSchema: wireDocument(t, "result-fail"),
		infoSchema:   wireDocument(t, "plugin-info"),
	}
	for schema, patches := range map[string][]string{
		reportSchema: {
			"schema -", `schema "stellaops.doctor.report/v2"`, `started_at "yesterday"`, `started_at "2026-01-02T03:04:05+01:00"`, "duration_ms -1", `duration_ms "7"`, "host null", "summary.fail -1", "summary.waived -",
			`summary.worst "skip"`, "summary.exit_code 1", "notes null", "notes.0.text -", "results null", `results.0.check "no id"`, "results.0.severity null", `results.0.severity "error"`, "results.0.severity -",
			"results.0.cause null", `results.0.cause "Refused"`, `results.0.outcome "crashed"`, `results.0.outcome "trap"`, `results.0.default_severity "pass"`, "results.0.evidence null", `results.0.evidence {"Camel":1}`,
			`results.0.evidence {"a":{"b":1}}`, `results.0.evidence {"a":[[1]]}`, `results.0.evidence {"a":[{"b":1}]}`, `results.0.evidence {"a":[{"item":0,"b":[]}]}`, "results.0.likely_causes null", "results.0.remediation.steps null",
			`results.0.remediation.steps.0.runtime "docker"`, `results.0.remediation.steps.0.effect "none"`, "results.0.remediation.steps.0.order 0", "results.0.requests.0.n 0", `results.0.requests.0.decision "maybe"`,
			`results.0.skip_reason "offline"`, `results.0.plugin.digest "sha1:00"`, "results.0.waiver -", `results.0.waiver {"reason":"r"}`, `results.6.waiver.expires "2026"`,
		},
		resultSchema: {
			"version -", "version 2", "version 1.5", `nonce "short"`, "check -", "severity -", `severity "error"`, `unjudged "denied"`, "cause -", `cause "tls"`, "diagnosis -", "remediation -", "remediation null", `skip_reason "unconfigured"`,
			`likely_causes ["a","b","c","d","e"]`, `likely_causes [""]`, `remediation.summary ""`, `remediation.runbook_url "http://a.example.com"`, "remediation.steps.0.manual -", `remediation.steps.0.runtime "helm"`, `evidence {"a":{}}`,
		},
		infoSchema: {
			"abi -", "abi 2", `id "Upper.Case"`, `id "a..b"`, "name -", `version "v1.0.0"`, `version "1.0"`, `version "01.0.0"`, "checks []", "checks null", "checks -", `checks.0.id "check.one"`, `checks.0.class "execute"`,
			`checks.0.default_severity "skip"`, "checks.0.timeout_ms 300001", `checks.0.settings.0.key "NoSection"`, `checks.0.settings.0.type "number"`, `checks.0.access.0.kind "udp"`, `checks.0.access.0.methods ["TRACE"]`,
			"checks.0.access.0.methods -", `checks.0.access.1.methods ["GET"]`, "checks.0.access.1.default_port [0]", "checks.0.access.0.reason -",
		},
	} {
		s := compile(t, schema)
		if err := validate(t, s, good[schema]); err != nil {
			t.Errorf("%s: the good document: %v", schema, err)
		}
		for _, patch := range patches {
			if err := validate(t, s, patched(t, good[schema], patch)); err == nil {
				t.Errorf("%s admits %s", schema, patch)
			}
		}
	}
}

// TestSchemasIgnoreUnknown holds that unknown fields are no fault, anywhere.
func TestSchemasIgnoreUnknown(t *testing.T) {
	for schema, doc := range map[string][]byte{
		reportSchema: render(t, everything(t), report.WriteJSON),
		resultSchema: wireDocument(t, "result-fail"),
		infoSchema:   wireDocument(t, "plugin-info"),
		streamSchema: bytes.SplitAfter(render(t, everything(t), report.WriteNDJSON), []byte("\n"))[1],
	} {
		var value any
		if err := json.Unmarshal(doc, &value); err != nil {
			t.Fatal(err)
		}
		added := grease(value)
		out, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(t, compile(t, schema), out); err != nil || added < 5 {
			t.Errorf("%s: with %d unknown fields: %v", schema, added, err)
		}
	}
}

// grease adds a field that nobody knows to every object but evidence, whose names
// are data, and returns how many it added.
func grease(value any) int {
	n := 0
	switch x := value.(type) {
	case map[string]any:
		for name := range maps.Clone(x) {
			if name != "evidence" {
				n += grease(x[name])
			}
		}
		x["x_unknown"] = map[string]any{"a": nil}
		n++
	case []any:
		for _, e := range x {
			n += grease(e)
		}
	}
	return n
}

func wireDocument(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "testdata", "wire", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// patched returns doc with one value changed: "a.0.b JSON" sets, "a.0.b -" removes.
func patched(t *testing.T, doc []byte, patch string) []byte {
	t.Helper()
	var top any
	if err := json.Unmarshal(doc, &top); err != nil {
		t.Fatal(err)
	}
	place, text, _ := strings.Cut(patch, " ")
	names := strings.Split(place, ".")
	at := top
	for _, name := range names[:len(names)-1] {
		at = step(t, at, name)
	}
	last := names[len(names)-1]
	object, ok := at.(map[string]any)
	if !ok {
		t.Fatalf("%s: no object", patch)
	}
	if text == "-" {
		if _, ok := object[last]; !ok {
			t.Fatalf("%s: there is nothing to take out", patch)
		}
		delete(object, last)
	} else {
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			t.Fatalf("%s: %v", patch, err)
		}
		object[last] = value
	}
	out, err := json.Marshal(top)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func step(t *testing.T, at any, name string) any {
	t.Helper()
	switch x := at.(type) {
	case map[string]any:
		return x[name]
	case []any:
		for i := range x {
			if string(rune('0'+i)) == name {
				return x[i]
			}
		}
	}
	t.Fatalf("no %s", name)
	return nil
}

// TestCassetteSchema holds the header of a cassette to its schema: one with
// everything, and what breaks it.
func TestCassetteSchema(t *testing.T) {
	s := compile(t, "host/cassette/cassette.schema.json")
	header := cassette.Header{
		Schema: cassette.Schema, FailOn: "warn", VerifyFlags: []string{"--config", "app.yaml"},
		Plugins: []cassette.Plugin{{ID: "acme.web", Version: "1.0.0", Digest: "sha256:" + strings.Repeat("0", 64), Path: "web.wasm"}},
		ByHost:  []string{"check.acme.web"},
	}
	doc, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate(t, s, doc); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"schema", "fail_on", "verify_flags", "plugins", "by_host"} {
		var broken map[string]any
		if err := json.Unmarshal(doc, &broken); err != nil {
			t.Fatal(err)
		}
		broken[name] = 7
		bad, err := json.Marshal(broken)
		if err != nil {
			t.Fatal(err)
		}
		if validate(t, s, bad) == nil {
			t.Errorf("a header with a number for %s is taken", name)
		}
	}
}
