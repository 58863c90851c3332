package inspect

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/plugin/plugintest"
	"stella-ops.org/doctor/sdk/wire"
)

// TestRefused holds that a report says of a refused file what package plugin says.
func TestRefused(t *testing.T) {
	for _, c := range plugintest.Hostile() {
		data := c.Data()
		r, err := Inspect(data, Options{})
		if plugin.RuleOf(err) != c.Rule || r.Refused == nil || r.Refused.Rule != c.Rule || r.Findings[0].Rule != RuleRefused {
			t.Errorf("%s: %v, and the report says %+v", c.ID, err, r.Refused)
		}
		if _, opened := plugin.Open(data); opened == nil || opened.Error() != err.Error() {
			t.Errorf("%s: Open says %v, Inspect says %v", c.ID, opened, err)
		}
		if r.Digest != plugin.Digest(data) || r.Bytes != len(data) {
			t.Errorf("%s: the report does not identify the file", c.ID)
		}
	}
}

// The classes cover what may be imported.
func TestImportClasses(t *testing.T) {
	classes := map[string]string{}
	for _, i := range []plugin.Import{
		{Module: wire.ImportModule, Name: wire.FuncHTTPRead, Params: []plugin.ValueType{plugin.I64}, Results: []plugin.ValueType{plugin.I64}},
		{Module: wire.ImportModule, Name: wire.FuncHTTPWrite, Params: []plugin.ValueType{plugin.I64}, Results: []plugin.ValueType{plugin.I64}},
		{Module: wire.ImportModule, Name: wire.FuncTCPProbe, Params: []plugin.ValueType{plugin.I64}, Results: []plugin.ValueType{plugin.I64}},
		{Module: "extism:host/env", Name: "log_info", Params: []plugin.ValueType{plugin.I64}},
		{Module: "extism:host/env", Name: "free", Params: []plugin.ValueType{plugin.I64}},
		{Module: "wasi_snapshot_preview1", Name: "proc_exit", Params: []plugin.ValueType{plugin.I32}},
		{Module: "wasi_snapshot_preview1", Name: "random_get", Params: []plugin.ValueType{plugin.I32, plugin.I32}, Results: []plugin.ValueType{plugin.I32}},
		{Module: "wasi_snapshot_preview1", Name: "sock_accept"},
	} {
		classes[i.Name] = importClass(i)
	}
	for name, want := range map[string]string{wire.FuncHTTPRead: "read", wire.FuncHTTPWrite: "write", wire.FuncTCPProbe: "tcp", "log_info": "log",
		"free": "kernel", "proc_exit": "runtime", "random_get": "random", "sock_accept": "refused"} {
		if classes[name] != want {
			t.Errorf("%s is of class %s, want %s", name, classes[name], want)
		}
	}
}

// TestInspectHostileTime holds the time for files whose every byte is searched in
// vain.
func TestInspectHostileTime(t *testing.T) {
	for _, piece := range []string{"a.io ", "https://a.b ", "MZ", "PK\x03\x04\x14\x00", "\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6"} {
		data := plugintest.Plugin(func(d *plugintest.Draft) {
			d.Datas = [][]byte{plugintest.DataAt(8, strings.Repeat(piece, (4<<20)/len(piece)))}
		}, nil)
		start := time.Now()
		r, err := Inspect(data, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%.20q took %v", piece, took)
		}
		if len(r.Strings) > maxFound || len(r.Findings) > 10*maxPerRule || len(r.Embedded) > 10*maxEmbedded {
			t.Errorf("%.20q floods the report", piece)
		}
	}
}

// TestInspectManyModules: modules and settings without end give no report without
// end, wherever they stand.
func TestInspectManyModules(t *testing.T) {
	lines := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format+"\n", i)
		}
		return plugintest.GoBuildInfo("path\tx", b.String())
	}
	for name, text := range map[string]string{
		"modules in one":       lines(40_000, "dep\ta/%d\tv1\th1:A="),
		"modules in many":      strings.Repeat(lines(4000, "dep\ta/%d\tv1\th1:A="), 40),
		"settings":             strings.Repeat(lines(40_000, "build\tk%d=v"), 4),
		"long words":           strings.Repeat(lines(1, "dep\ta/%d"+strings.Repeat("x", 200_000)+"\tv1\th1:A="), 16),
		"modules without sums": strings.Repeat(lines(4000, "dep\ta/%d\tv1"), 40),
	} {
		inData := plugintest.Plugin(func(d *plugintest.Draft) { d.Datas = [][]byte{plugintest.DataAt(8, text)} }, nil)
		inCustom := plugintest.Plugin(func(d *plugintest.Draft) {
			for range 2 {
				d.Customs = append(d.Customs, plugintest.Custom("version", []byte(text)))
			}
		}, nil)
		for where, data := range map[string][]byte{"data": inData, "custom sections": inCustom} {
			start := time.Now()
			r, err := Inspect(data, Options{})
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := WriteJSON(&b, r); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took > 10*time.Second || b.Len() > 2<<20 {
				t.Errorf("%s in %s: %v, and %d bytes of JSON", name, where, took, b.Len())
			}
			if !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Rule == RuleGoBuildBad || f.Rule == RuleGoBuildMore }) {
				t.Errorf("%s in %s: nothing is told of what was not read: %+v", name, where, r.Findings)
			}
		}
	}
}

// More addresses than are listed are told of.
func TestManyAddresses(t *testing.T) {
	var text strings.Builder
	for i := range 1000 {
		text.WriteString("h" + string(rune('a'+i%26)) + strings.Repeat("x", i/26) + ".evil.com ")
	}
	r, err := Inspect(plugintest.Plugin(func(d *plugintest.Draft) { d.Datas = append(d.Datas, plugintest.DataAt(4096, text.String())) }, nil), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Strings) != maxFound || !slices.ContainsFunc(r.Findings, func(f Finding) bool {
		return f.Rule == RuleAddressesMore && strings.Contains(f.Text, "501 are not listed")
	}) {
		t.Errorf("%d addresses, findings %+v", len(r.Strings), r.Findings)
	}
}

// FuzzInspect: no bytes make an inspection panic, take for accepted what Open
// refuses, or write what is not escaped.
func FuzzInspect(f *testing.F) {
	f.Add(plugintest.Honest(), []byte("{}"))
	f.Add(everything(), []byte(bundleOf(`"hint":"x"`, statement("00"))))
	for _, lie := range plugintest.Lies() {
		if data := lie.Data(); len(data) < 1<<13 {
			f.Add(data, []byte("{}"))
		}
	}
	f.Fuzz(func(t *testing.T, data, beside []byte) {
		r, err := Inspect(data, Options{File: "x.wasm", Beside: []Beside{
			{"x.wasm.sigstore.json", artifact.Signature, beside}, {"x.wasm.cdx.json", artifact.SBOM, beside}}})
		var refusal *plugin.Refusal
		if _, opened := plugin.Open(data); (opened == nil) != (err == nil) || err != nil && !errors.As(err, &refusal) {
			t.Fatalf("Open says %v, Inspect says %v", opened, err)
		}
		if _, err := SBOM(r, SBOMOptions{}); err != nil { // the other forms write the same words
			t.Fatal(err)
		}
		var text bytes.Buffer
		if err := WriteText(&text, r); err != nil {
			t.Fatal(err)
		}
		for _, c := range text.String() {
			if c != '\n' && (c < 0x20 || c == 0x7f) {
				t.Fatalf("the text holds %U", c)
			}
		}
	})
}
