package readers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/net/html"

	"stella-ops.org/doctor/host/inspect"
	"stella-ops.org/doctor/host/plugin/plugintest"
)

const inspectionSchema = "host/inspect/inspection.schema.json"

// inspections are the reports that every form is tried on: the golden ones, those
// of the hostile files, and the golden one full of words that would act if they
// were not escaped.
func inspections(t *testing.T) map[string]*inspect.Report {
	t.Helper()
	all := map[string]*inspect.Report{}
	for _, name := range []string{"everything", "refused", "start"} {
		all[name] = goldenInspection(t, name)
	}
	for _, lie := range plugintest.Lies() {
		all["lie: "+lie.ID], _ = inspect.Inspect(lie.Data(), inspect.Options{File: "x.wasm"})
	}
	for _, c := range plugintest.BadSeals() {
		all["seal: "+c.ID], _ = inspect.Inspect(c.Data(), inspect.Options{File: "dir/a b#c.wasm"})
	}
	for i, text := range nasty {
		r := goldenInspection(t, "everything")
		poisonInspection(reflect.ValueOf(r).Elem(), text)
		all[fmt.Sprintf("nasty %d", i)] = r
	}
	return all
}

func goldenInspection(t *testing.T, name string) *inspect.Report {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "host", "inspect", "testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var r inspect.Report
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return &r
}

// closed are the fields whose words are not a file's own.
var closed = map[string]bool{"Schema": true, "Digest": true, "SHA512": true, "Class": true, "Kind": true, "Role": true, "Entropy": true, "Ecosystem": true, "Status": true,
	"Rule": true, "Level": true, "Key": true, "Methods": true, "Secrets": true, "Redirects": true, "ID": true}

// poisonInspection puts text into every string that a file may choose.
func poisonInspection(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Pointer:
		if !v.IsNil() {
			poisonInspection(v.Elem(), text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if !closed[v.Type().Field(i).Name] {
				poisonInspection(v.Field(i), text)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			poisonInspection(v.Index(i), text)
		}
	}
}

func renderInspection(t *testing.T, r *inspect.Report, write func(io.Writer, *inspect.Report) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestInspectionSchema(t *testing.T) {
	s := compile(t, inspectionSchema)
	for name, r := range inspections(t) {
		if err := validate(t, s, renderInspection(t, r, inspect.WriteJSON)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := bytes.Replace(renderInspection(t, goldenInspection(t, "everything"), inspect.WriteJSON), []byte(`"level": "note"`), []byte(`"level": "fine"`), 1)
	if err := validate(t, s, broken); err == nil {
		t.Error("the schema admits an unknown level")
	}
}

func TestInspectionSARIF(t *testing.T) {
	schema := compileText(t, "sarif.json", sarifSchema(t))
	for name, r := range inspections(t) {
		doc := renderInspection(t, r, inspect.WriteSARIF)
		if err := validate(t, schema, doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		log, err := sarif.FromBytes(doc)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		run := log.Runs[0]
		if len(run.Results) != len(r.Findings) || *run.Invocations[0].ExitCode != map[bool]int{true: inspect.ExitRefused}[r.Refused != nil] {
			t.Errorf("%s: %d results for %d findings, exit code %d", name, len(run.Results), len(r.Findings), *run.Invocations[0].ExitCode)
		}
		for i, res := range run.Results {
			if f := r.Findings[i]; *res.RuleID != f.Rule || res.Level != f.Level || *run.Tool.Driver.Rules[res.RuleIndex].ID != f.Rule {
				t.Errorf("%s: result %d is %s of level %s, want %+v", name, i, *res.RuleID, res.Level, f)
			}
			if text := *res.Message.Text; strings.Contains(strings.ReplaceAll(text, `\](`, ""), "](") {
				t.Errorf("%s: the message holds a link: %s", name, text)
			}
		}
	}
}

func TestInspectionHTML(t *testing.T) {
	for name, r := range inspections(t) {
		page, err := html.Parse(bytes.NewReader(renderInspection(t, r, inspect.WriteHTML)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		checkHTML(t, name, page)
		text := squeezed(htmlText(page))
		if !strings.Contains(text, r.Digest) {
			t.Errorf("%s: the page does not show the digest", name)
		}
		for _, f := range r.Findings {
			if !strings.Contains(text, f.Rule) {
				t.Errorf("%s: the page does not show %s", name, f.Rule)
			}
		}
	}
}

func TestInspectionMarkdown(t *testing.T) {
	for name, r := range inspections(t) {
		page, kinds := inert(t, name, renderInspection(t, r, inspect.WriteMarkdown))
		if !strings.Contains(page, r.Digest) {
			t.Errorf("%s: the page does not show the digest", name)
		}
		if want := len(r.Findings); want > 0 && kinds["TableRow"] < want {
			t.Errorf("%s: %d rows for %d findings", name, kinds["TableRow"], want)
		}
	}
}

// cycloneSchema is the schema that OWASP publishes, which cyclonedx-go carries for
// its own tests, with those that it refers to.
func cycloneSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go").Output()
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	for name, file := range map[string]string{"bom-1.6.schema.json": "bom-1.6.schema.json", "spdx.schema.json": "spdx.schema.json", "jsf-0.82.schema.json": "jsf-0.82.schemax.json"} {
		data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "schema", file))
		if err != nil {
			data, err = os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "schema", name))
		}
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource("http://cyclonedx.org/schema/"+name, doc); err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Compile("http://cyclonedx.org/schema/bom-1.6.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSBOM(t *testing.T) {
	schema := cycloneSchema(t)
	for name, r := range inspections(t) {
		for _, o := range []inspect.SBOMOptions{{}, {Generator: "1.0.0", Timestamp: "2026-01-02T03:04:05Z"}} {
			doc, err := inspect.SBOM(r, o)
			if err != nil {
				t.Fatal(err)
			}
			if err := validate(t, schema, doc); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			var bom cdx.BOM
			if err := cdx.NewBOMDecoder(bytes.NewReader(doc), cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			checkSBOM(t, name, r, &bom)
		}
	}
	doc, _ := inspect.SBOM(goldenInspection(t, "everything"), inspect.SBOMOptions{})
	if err := validate(t, schema, bytes.Replace(doc, []byte(`"alg": "SHA-256"`), []byte(`"alg": "CRC-32"`), 1)); err == nil {
		t.Error("the schema admits an unknown hash")
	}
}

// checkSBOM holds the document against the report: the digests of the file, every
// module, and a graph whose every node is a component.
func checkSBOM(t *testing.T, name string, r *inspect.Report, bom *cdx.BOM) {
	t.Helper()
	top := bom.Metadata.Component
	sums := map[cdx.HashAlgorithm]string{}
	for _, h := range *top.Hashes {
		sums[h.Algorithm] = h.Value
	}
	if "sha256:"+sums[cdx.HashAlgoSHA256] != r.Digest || "sha512:"+sums[cdx.HashAlgoSHA512] != r.SHA512 {
		t.Errorf("%s: the document is for another file: %v", name, sums)
	}
	refs := map[string]bool{top.BOMRef: true}
	for _, c := range *bom.Components {
		if refs[c.BOMRef] || c.PackageURL == "" {
			t.Errorf("%s: component %s stands twice or has no package URL", name, c.Name)
		}
		refs[c.BOMRef] = true
	}
	for _, d := range *bom.Dependencies {
		if !refs[d.Ref] {
			t.Errorf("%s: the graph names %s, which is no component", name, d.Ref)
		}
		if d.Ref == top.BOMRef && len(*d.Dependencies) != len(*bom.Components) {
			t.Errorf("%s: the plugin depends on %d of %d components", name, len(*d.Dependencies), len(*bom.Components))
		}
	}
}
