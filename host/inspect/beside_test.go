package inspect

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/plugin/plugintest"
)

// bundleOf is a bundle around a statement, with one kind of key.
func bundleOf(key, statement string) string {
	return fmt.Sprintf(`{"mediaType":%q,"verificationMaterial":{"publicKey":{%s}},"dsseEnvelope":{"payload":%q,"payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"AA=="}]}}`,
		artifact.Signature.MediaType(), key, base64.StdEncoding.EncodeToString([]byte(statement)))
}

func statement(sha256 string) string {
	return fmt.Sprintf(`{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"x","digest":{"sha256":%q}}]}`, sha256)
}

func TestSignatures(t *testing.T) {
	data := plugintest.Honest()
	own := strings.TrimPrefix(plugin.Digest(data), "sha256:")
	hint := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32)))
	good := bundleOf(`"hint":"`+hint+`"`, statement(own))
	raw := base64.StdEncoding.EncodeToString(decodeHex(t, own))
	for name, c := range map[string]struct {
		bundle  string
		finding string
		text    string
		key     string
	}{
		"of this file":            {good, "", "", "sha256:" + strings.Repeat("6b", 32)},
		"of its digest":           {`{"mediaType":"` + artifact.Signature.MediaType() + `","verificationMaterial":{"publicKey":{"hint":"x"}},"messageSignature":{"messageDigest":{"algorithm":"SHA2_256","digest":"` + raw + `"},"signature":"AA=="}}`, "", "", "x"},
		"T03 of another file":     {bundleOf(`"hint":"x"`, statement(strings.Repeat("0", 64))), RuleSignatureOther, "speaks of another file", "x"},
		"T02 empty":               {"", RuleSignatureBad, "ends too early", ""},
		"T08 key twice":           {`{"mediaType":"a","mediaType":"a"}`, RuleSignatureBad, "stands twice", ""},
		"T08 other case":          {strings.Replace(good, "mediaType", "MediaType", 1), RuleSignatureBad, "not of the type", ""},
		"T09 second document":     {good + good, RuleSignatureBad, "after the document", ""},
		"T10 base64 of URLs":      {strings.Replace(good, `"payload":"`, `"payload":"-_`, 1), RuleSignatureBad, "not base64", "sha256:" + strings.Repeat("6b", 32)},
		"T20 no subject":          {bundleOf(`"hint":"x"`, `{"subject":[]}`), RuleSignatureBad, "no subject", "x"},
		"T21 other digest":        {bundleOf(`"hint":"x"`, `{"subject":[{"digest":{"sha1":"00"}}]}`), RuleSignatureOther, "another file", "x"},
		"statement of no JSON":    {bundleOf(`"hint":"x"`, `hello`), RuleSignatureBad, "its statement", "x"},
		"no key":                  {strings.Replace(good, "publicKey", "otherKey", 1), RuleSignatureBad, "names no key", ""},
		"certificate of no use":   {strings.Replace(good, `"publicKey":{"hint":"`+hint+`"}`, `"certificate":{"rawBytes":"AAAA"}`, 1), RuleSignatureBad, "certificate cannot be read", ""},
		"V10 larger than allowed": {strings.Repeat(" ", artifact.Signature.Max()+1), RuleSignatureBad, "more than", ""},
		"V10 a million brackets":  {strings.Repeat("[", 1<<20), RuleSignatureBad, "nested", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Inspect(data, Options{Beside: []Beside{{"x.sigstore.json", artifact.Signature, []byte(c.bundle)}}})
			if err != nil {
				t.Fatal(err)
			}
			wantOne(t, r, c.finding, c.text)
			s := r.Signatures[0]
			if s.KeyHint != c.key || s.Matches != (c.finding == "") || (s.Problem == "") != (c.finding != RuleSignatureBad) {
				t.Errorf("the signature is told as %+v", s)
			}
		})
	}
}

func decodeHex(t *testing.T, s string) []byte {
	t.Helper()
	var out []byte
	for i := 0; i < len(s); i += 2 {
		var b byte
		if _, err := fmt.Sscanf(s[i:i+2], "%02x", &b); err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

// wantOne wants exactly one finding, of a rule and with a text, or none.
func wantOne(t *testing.T, r *Report, rule, text string) {
	t.Helper()
	switch {
	case rule == "" && len(r.Findings) > 0:
		t.Errorf("findings: %+v", r.Findings)
	case rule != "" && (len(r.Findings) != 1 || r.Findings[0].Rule != rule || !strings.Contains(r.Findings[0].Text, text)):
		t.Errorf("findings %+v, want one of rule %s with %q", r.Findings, rule, text)
	}
}

func TestSBOMBeside(t *testing.T) {
	data := plugintest.Honest()
	r, err := Inspect(data, Options{})
	if err != nil {
		t.Fatal(err)
	}
	own, err := SBOM(r, SBOMOptions{})
	if err != nil {
		t.Fatal(err)
	}
	other := plugintest.Plugin(func(d *plugintest.Draft) { d.Globals = nil; d.Codes[1] = d.Codes[0] }, nil)
	if len(r.Dependencies) != 1 {
		t.Fatalf("the honest file names %d modules", len(r.Dependencies))
	}
	for name, c := range map[string]struct {
		data    []byte
		sbom    string
		finding string
		text    string
	}{
		"own":                     {data, string(own), "", ""},
		"V07 of another file":     {other, string(own), RuleSBOMOther, "another SHA-256"},
		"without a digest":        {data, strings.NewReplacer("SHA-256", "MD5", "SHA-512", "SHA-1").Replace(string(own)), RuleSBOMNoDigest, "no SHA-256"},
		"V08 without the modules": {data, strings.NewReplacer("example.com/lib", "example.com/other").Replace(string(own)), RuleSBOMIncomplete, "lacks 1 module"},
		"of another format":       {data, `{"spdxVersion":"SPDX-2.3"}`, RuleSBOMBad, "no CycloneDX document"},
		"no JSON":                 {data, `<bom/>`, RuleSBOMBad, ""},
		"V10 of 17 MB":            {data, strings.Repeat(" ", 17<<20), RuleSBOMBad, "more than"},
		"V10 a million brackets":  {data, strings.Repeat(`{"a":`, 1_000_000), RuleSBOMBad, "nested"},
		"V12 key twice":           {data, `{"bomFormat":"CycloneDX","bomFormat":"CycloneDX"}`, RuleSBOMBad, "twice"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Inspect(c.data, Options{Beside: []Beside{{"x.cdx.json", artifact.SBOM, []byte(c.sbom)}}})
			if err != nil {
				t.Fatal(err)
			}
			wantOne(t, r, c.finding, c.text)
		})
	}
}

// TestOwnSBOM: the bill of materials that is made of a file is complete beside it,
// where a module is replaced by another and where by a directory.
func TestOwnSBOM(t *testing.T) {
	for _, replacement := range []string{"=>\texample.com/fork\tv2.0.0\th1:A=", "=>\t../lib\t\t"} {
		data := plugintest.Plugin(func(d *plugintest.Draft) {
			d.Datas = [][]byte{plugintest.DataAt(8, plugintest.GoBuildInfo("path\tx", "dep\texample.com/lib\tv1.0.0", replacement))}
		}, nil)
		r, err := Inspect(data, Options{})
		if err != nil {
			t.Fatal(err)
		}
		own, err := SBOM(r, SBOMOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if r, err = Inspect(data, Options{Beside: []Beside{{"x.cdx.json", artifact.SBOM, own}}}); err != nil {
			t.Fatal(err)
		}
		for _, f := range r.Findings {
			if f.Rule == RuleSBOMIncomplete {
				t.Errorf("%s: %s", replacement, f.Text)
			}
		}
	}
}

func TestTooManyBeside(t *testing.T) {
	many := make([]Beside, artifact.MaxAttachments+1)
	r, err := Inspect(plugintest.Honest(), Options{Beside: many})
	if err != nil {
		t.Fatal(err)
	}
	wantOne(t, r, RuleTooManyBeside, "65 files")
}
