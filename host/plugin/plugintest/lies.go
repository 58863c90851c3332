package plugintest

import (
	"bytes"
	"compress/zlib"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// Lie is a sealed file that is accepted, and of which a report must say something.
type Lie struct {
	// ID says what is odd. Those that begin with V are of the list of attacks on
	// vetting.
	ID string
	// Finding is the rule of package inspect that tells of it; empty where nothing
	// can be found.
	Finding string
	Data    func() []byte
}

// The marks around the build information of Go.
const (
	goStart = "\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6"
	goEnd   = "\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2"
)

// GoBuildInfo is a build information of Go as the linker writes it.
func GoBuildInfo(lines ...string) string { return goStart + strings.Join(lines, "\n") + "\n" + goEnd }

// honest is a build information without anything to say of it.
var honest = GoBuildInfo("path\texample.com/acme", "mod\texample.com/acme\tv1.2.3\th1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	"dep\texample.com/lib\tv0.1.0\th1:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB=", "build\t-trimpath=true")

// Producers is a producers section of one field.
func Producers(field string, pairs ...[2]string) []byte {
	var values [][]byte
	for _, p := range pairs {
		values = append(values, Join(Str(p[0]), Str(p[1])))
	}
	return Custom("producers", Vec(Join(Str(field), Vec(values...))))
}

// AuditableCrates is a section of cargo-auditable that unpacks to text.
func AuditableCrates(text []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write(text)
	z.Close()
	return Custom(".dep-v0", b.Bytes())
}

// DataAt is a data segment at an address.
func DataAt(address uint32, content string) []byte {
	return Join(Ops(0, opI32Const), signed(address), Ops(opEnd), Str(content))
}

// signed encodes a number of 31 bits as a signed one.
func signed(v uint32) []byte {
	var b []byte
	for v >= 0x40 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// Honest is a sealed plugin of which there is nothing to say.
func Honest() []byte { return Plugin(nil, nil) }

// Plugin is the honest plugin after a change of its module and its description.
func Plugin(module func(*Draft), describe func(*wire.PluginInfo)) []byte {
	d, info := Valid(), Info()
	d.Customs = nil
	d.Codes[1] = Code(Locals(2), Ops(0x28, 2, 0x80, 0x01, 0x1a, opI32Const, 0))
	d.DataCount = nil
	d.Datas = [][]byte{DataAt(8, "hello"), DataAt(1024, honest)}
	c := &info.Checks[0]
	c.Settings = []wire.SettingInfo{{Key: "Demo:Url", Type: wire.TypeURL, Required: true, Lead: true}}
	c.Access = []wire.Access{{Kind: wire.KindHTTP, Class: wire.ClassRead, Methods: []string{"GET"}, Target: "{Demo:Url}", Reason: "Ask the service."}}
	if module != nil {
		module(&d)
	}
	if describe != nil {
		describe(&info)
	}
	return Join(d.Bytes(), Custom(wire.SectionName, wire.Marshal(&info)))
}

// Lies are files that lie, hide something or are odd, each in one way.
func Lies() []Lie {
	custom := func(sections ...[]byte) func() []byte {
		return func() []byte { return Plugin(func(d *Draft) { d.Customs = sections }, nil) }
	}
	data := func(segments ...[]byte) func() []byte {
		return func() []byte { return Plugin(func(d *Draft) { d.Datas = append(d.Datas, segments...) }, nil) }
	}
	info := func(text string) func() []byte {
		return func() []byte { return Plugin(func(d *Draft) { d.Datas[1] = DataAt(1024, text) }, nil) }
	}
	rust := [2]string{"Rust", "1.90.0"}
	return []Lie{
		{"V01 forged producers", "toolchain-conflict", custom(Producers("language", rust))},
		{"V01 two versions of the compiler", "toolchain-conflict", custom(Producers("processed-by", [2]string{"Go cmd/compile", "go1.26.0"}, [2]string{"Go cmd/compile", "go1.20.0"}))},
		{"V02 two producers sections", "custom-section-twice", custom(Producers("sdk", rust), Producers("sdk", rust))},
		{"V03 decoy before the build information", "go-build-several", data(DataAt(16, GoBuildInfo("path\texample.com/decoy")))},
		{"V03 more decoys than are read", "go-build-not-read", data(DataAt(4096, strings.Repeat(GoBuildInfo("path\texample.com/decoy"), 16)))},
		{"V03 decoy in a custom section", "go-build-outside-data", custom(Custom("version", []byte(GoBuildInfo("path\texample.com/decoy"))))},
		{"V04 address split over segments", "address-not-declared", data(DataAt(4096, "https://evil.exa"), DataAt(4112, "mple.net/beacon"))},
		{"V04 address split, later part first", "address-not-declared", data(DataAt(4112, "mple.net/beacon"), DataAt(4096, "https://evil.exa"))},
		{"V04 address behind a known one", "address-not-declared", func() []byte {
			return Plugin(func(d *Draft) { d.Datas = append(d.Datas, DataAt(4096, "https://api.example.com.evil.net/")) }, func(i *wire.PluginInfo) {
				i.Checks[0].RunbookURL = "https://api.example.com/"
			})
		}},
		{"V04 bare host", "address-not-declared", data(DataAt(4096, "c2.evil.example.net"))},
		{"V04 bare address of the cloud's metadata", "address-not-declared", data(DataAt(4096, "169.254.169.254"))},
		{"V04 address that code decodes", "", data(DataAt(4096, xored("https://evil.example.net/")))},
		{"literal host", "literal-host", func() []byte {
			return Plugin(nil, func(i *wire.PluginInfo) { i.Checks[0].Access[0].Target = "https://api.example.com" })
		}},
		{"import that no access is for", "import-without-access", func() []byte {
			return Plugin(nil, func(i *wire.PluginInfo) { i.Checks[0].Access = nil })
		}},
		{"access that no import is for", "access-without-import", func() []byte {
			return Plugin(nil, func(i *wire.PluginInfo) {
				i.Checks[0].Class = wire.ClassWrite
				i.Checks[0].Access = append(i.Checks[0].Access, wire.Access{Kind: wire.KindHTTP, Class: wire.ClassWrite, Methods: []string{"POST"}, Target: "{Demo:Url}", Reason: "Write."})
			})
		}},
		{"export of another name", "export-unknown", func() []byte {
			return Plugin(func(d *Draft) { d.Exports = append(d.Exports, Export("backdoor", ExportFunction, 1)) }, nil)
		}},
		{"data outside of the memory", "data-outside-memory", data(DataAt(1<<30, "x"))},
		{"data over data", "data-overlap", data(DataAt(10, "LLO"))},
		{"unknown custom section", "custom-section-unknown", custom(Custom("stage2", []byte("x")))},
		{"custom section of a relocatable file", "custom-section-unknown", custom(Custom("linking", []byte{2}))},
		{"large custom section", "custom-section-large", custom(Custom("version", bytes.Repeat([]byte("x"), 2<<20)))},
		{"debug information", "debug-information", custom(Custom(".debug_info", []byte("x")))},
		{"producers with a count that lies", "custom-section-malformed", custom(Custom("producers", huge))},
		{"producers with an escape sequence", "custom-section-malformed", custom(Producers("language", [2]string{"Go\x1b[2J", "1"}))},
		{"crates that are no zlib data", "custom-section-malformed", custom(Custom(".dep-v0", []byte("hello")))},
		{"V10 crates that unpack to 64 MB", "custom-section-malformed", custom(AuditableCrates(make([]byte, 64<<20)))},
		{"V10 crates of a million brackets", "custom-section-malformed", custom(AuditableCrates(bytes.Repeat([]byte("["), 1<<20)))},
		{"V12 crates with a key twice", "custom-section-malformed", custom(AuditableCrates([]byte(`{"packages":[],"packages":[]}`)))},
		{"build information that does not parse", "go-build-malformed", info(GoBuildInfo("dep\tonly-one-column"))},
		{"build information of more lines than are read", "go-build-malformed", info(GoBuildInfo("path\tx", strings.Repeat("build\ta=\n", 6000)))},
		{"build information of a module of a long name", "go-build-malformed", info(GoBuildInfo("path\tx", "dep\t"+strings.Repeat("a", 201)+"\tv1\th1:A="))},
		{"crate of a long name", "custom-section-malformed", custom(AuditableCrates([]byte(`{"packages":[{"name":"` + strings.Repeat("a", 201) + `","version":"1"}]}`)))},
		{"Go without build information", "go-build-missing", func() []byte {
			return Plugin(func(d *Draft) {
				d.Datas = d.Datas[:1]
				d.Customs = [][]byte{Producers("language", [2]string{"Go", "go1.26.0"})}
			}, nil)
		}},
		{"replaced module", "module-replaced", info(GoBuildInfo("path\tx", "dep\texample.com/lib\tv1.0.0", "=>\t../lib\t\t"))},
		{"module without a checksum", "module-without-sum", info(GoBuildInfo("path\tx", "dep\texample.com/lib\tv1.0.0"))},
		{"modified sources", "source-modified", info(GoBuildInfo("path\tx", "build\tvcs.revision=abc", "build\tvcs.modified=true"))},
		{"program for Linux within", "embedded-program", data(DataAt(4096, "\x7fELF\x02\x01\x01\x00"))},
		{"program for Windows within", "embedded-program", data(DataAt(4096, "MZ"+strings.Repeat("\x90", 62)+"PE\x00\x00"))},
		{"module within a module", "embedded-program", custom(Custom("version", []byte("\x00asm\x01\x00\x00\x00")))},
		{"archive within", "embedded-archive", data(DataAt(4096, "PK\x03\x04\x14\x00"))},
		{"5 KiB of base64", "embedded-base64", data(DataAt(4096, strings.Repeat("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0", 150)))},
	}
}

// xored hides text as code would that decodes it.
func xored(text string) string {
	b := []byte(text)
	for i := range b {
		b[i] ^= 0x5a
	}
	return string(b)
}
