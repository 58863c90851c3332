package inspect

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/plugin/plugintest"
	"stella-ops.org/doctor/sdk/wire"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// everything is a file of which every part of the report has something to say.
func everything() []byte {
	return plugintest.Plugin(func(d *plugintest.Draft) {
		d.Datas = append(d.Datas, plugintest.DataAt(4096, "https://evil.example.org/beacon\x00https://api.example.com/v1\x0010.1.2.3\x00\x7fELF\x02\x01\x01"),
			plugintest.DataAt(8192, plugintest.GoBuildInfo("path\texample.com/decoy", "dep\texample.com/lib\tv0.2.0\th1:CCCC=", "=>\texample.com/fork\tv0.2.1\th1:DDDD=", "dep\texample.com/none\tv1.0.0+incompatible")))
		d.Exports = append(d.Exports, plugintest.Export("extra", plugintest.ExportFunction, 1))
		d.Customs = [][]byte{
			plugintest.Producers("language", [2]string{"Go", "go1.26.0"}),
			plugintest.AuditableCrates([]byte(`{"packages":[{"name":"serde","version":"1.0.0","source":"crates.io"},{"name":"app","version":"0.1.0","root":true},{"name":"cc","version":"1.0.1","kind":"build"}]}`)),
			plugintest.Custom("stage2", []byte("x")),
		}
	}, func(i *wire.PluginInfo) {
		i.Description = "Asks | writes <b>nothing</b>."
		c := &i.Checks[0]
		c.Settings = append(c.Settings, wire.SettingInfo{Key: "Demo:Password", Aliases: []string{"Demo:Pass"}, Type: wire.TypeString, Secret: true})
		c.Access[0].Secrets = []string{"Demo:Password"}
		c.Access = append(c.Access, wire.Access{Kind: wire.KindHTTP, Class: wire.ClassRead, Methods: []string{"GET", "HEAD"}, Target: "https://api.example.com", Path: "/v1",
			Redirects: wire.RedirectSameOrigin, Reason: "=HYPERLINK(\"http://evil.example.net\") [a](javascript:alert(1)) @everyone"})
	})
}

func everythingReport(t testing.TB) *Report {
	t.Helper()
	r, err := Inspect(everything(), Options{File: "acme.wasm", Beside: []Beside{
		{"acme.wasm.sigstore.json", artifact.Signature, []byte(bundleOf(`"hint":"AAAA"`, statement(strings.Repeat("0", 64))))},
		{"acme.wasm.old.sigstore.json", artifact.Signature, []byte("{}")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// writers are the forms of a report, by the ends of their golden files.
var writers = map[string]func(io.Writer, *Report) error{
	"txt": WriteText, "json": WriteJSON, "md": WriteMarkdown, "sarif.json": WriteSARIF, "html": WriteHTML,
	"cdx.json": func(w io.Writer, r *Report) error {
		text, err := SBOM(r, SBOMOptions{Generator: "1.0.0", Timestamp: "2026-01-02T03:04:05Z"})
		w.Write(text)
		return err
	},
}

func TestWriters(t *testing.T) {
	refused, err := Inspect(everything()[:300], Options{File: "cut.wasm"})
	if err == nil {
		t.Fatal("half a file is accepted")
	}
	started, err := Inspect(plugintest.With(func(d *plugintest.Draft) { d.Start = plugintest.U32(3) }), Options{File: "start.wasm"})
	if err == nil {
		t.Fatal("a start section is accepted")
	}
	for name, r := range map[string]*Report{"everything": everythingReport(t), "refused": refused, "start": started} {
		for end, write := range writers {
			var first, second bytes.Buffer
			if err := write(&first, r); err != nil {
				t.Fatal(err)
			}
			if err := write(&second, r); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
				t.Errorf("%s.%s: written twice it differs (%v)", name, end, err)
			}
			compareGolden(t, name+"."+end, first.Bytes())
		}
	}
}

func compareGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (run with -update to rewrite it):\n%s", name, got)
	}
}

// TestEverything holds that the golden report leaves no list empty, so that every
// part of the forms is seen.
func TestEverything(t *testing.T) {
	v := reflect.ValueOf(everythingReport(t)).Elem()
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Slice && f.Len() == 0 {
			t.Errorf("the report has no %s", v.Type().Field(i).Name)
		}
	}
}

// nasty are texts that would act where they are shown if they were not escaped.
var nasty = []string{
	"\x1b[2J\x1b]0;x\a", "\u202egnp.exe", "a\u200bb\u2028c\u0085d", "bad \xff utf-8", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)",
	"<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "[a](javascript:alert(1))", "![i](http://evil.example.com/x.png)",
	"| a | b |\n|---|---|", "```\n# heading", "::error::x", "##vso[task.complete]", "{{.}}", "{0}", "line\r\nbreak",
}

// V16: a report full of hostile words is inert in every form.
func TestNasty(t *testing.T) {
	for _, text := range nasty {
		r := everythingReport(t)
		poison(reflect.ValueOf(r).Elem(), text)
		for i := range r.Findings { // these are words of the program
			r.Findings[i].Rule, r.Findings[i].Level = RuleAddress, LevelNote
		}
		for end, write := range writers {
			var b bytes.Buffer
			if err := write(&b, r); err != nil {
				t.Fatalf("%s of %q: %v", end, text, err)
			}
			for _, c := range b.String() {
				if c == '\n' || c == '\t' && end == "html" {
					continue
				}
				if c == unicode.ReplacementChar && end != "txt" && end != "md" {
					continue
				}
				if unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || c == unicode.ReplacementChar {
					t.Errorf("%s of %q holds %U", end, text, c)
				}
			}
			if lower := strings.ToLower(b.String()); end == "html" && (strings.Contains(lower, "<script") || strings.Contains(lower, "<img")) {
				t.Errorf("html of %q holds an element", text)
			}
			if strings.HasSuffix(end, "json") && !json.Valid(b.Bytes()) {
				t.Errorf("%s of %q is no JSON", end, text)
			}
		}
	}
}

// poison puts text into every string below v.
func poison(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem(), text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			poison(v.Field(i), text)
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i), text)
		}
	}
}

// TestSBOMReferences: each module has a reference of its own, also where package
// URLs are the same: two that differ in case, and one that is called std.
func TestSBOMReferences(t *testing.T) {
	r := &Report{Digest: "sha256:00", SHA512: "sha512:00", Toolchain: []Tool{{Field: "language", Name: "Go", Version: "go1.26.8"}}}
	for _, path := range []string{"example.com/Azure/x", "example.com/azure/x", "std"} {
		r.Dependencies = append(r.Dependencies, Dependency{Ecosystem: EcosystemGo, Path: path, Version: "v1.0.0"})
	}
	r.Dependencies = append(r.Dependencies, Dependency{Ecosystem: EcosystemGo, Path: "std", Version: "1.26.8"})
	seen := map[string]bool{}
	list := components(r)
	for _, c := range list {
		if seen[c.Ref] {
			t.Errorf("%s stands twice", c.Ref)
		}
		seen[c.Ref] = true
	}
	if len(list) != 5 {
		t.Errorf("%d components: %+v", len(list), list)
	}
}
