package plugintest

import (
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

func malformed() []Case {
	types0 := Section(sectionType, Vec(FuncType[byte](nil, nil)))
	return []Case{
		{"W48 cut inside a section header", "truncated", func() []byte { return File(Ops(1, 0x80)) }},
		{"W48 cut inside a section", "section-size", func() []byte { return File(Ops(1, 4, 1, 0x60, 0)) }},
		{"W48 section ends inside a type", "truncated", func() []byte { return File(Section(sectionType, Ops(1, 0x60, 1, I32))) }},
		{"W49 over-long section size", "leb128", func() []byte { return File(Join(Ops(1), overlong, Ops(0))) }},
		{"W50 section twice", "section-order", func() []byte { return File(types0, types0) }},
		{"W50 section out of order", "section-order", func() []byte { return File(Section(sectionImport, Ops(0)), types0) }},
		{"W50 data count after code", "section-order", func() []byte { return File(Section(sectionCode, Ops(0)), Section(sectionDataCount, Ops(0))) }},
		{"W50 unknown section", "section-id", func() []byte { return File(Section(14)) }},
		{"W50 trailing bytes", "section-size", func() []byte { return Join(Valid().Bytes(), []byte("PK\x03\x04 trailing")) }},
		{"W50 bytes after the last entry", "section-size", func() []byte { return File(Section(sectionType, Ops(0, 0, 0))) }},
		{"type of unknown form", "type-form", func() []byte { return File(Section(sectionType, Ops(1, 0x40, 0, 0))) }},
		{"struct type", "gc", func() []byte { return File(Section(sectionType, Ops(1, 0x5f, 0, 0))) }},
		{"unknown value type", "value-type", func() []byte { return File(Section(sectionType, Ops(1, 0x60, 1, 0x63, 0))) }},
		{"type index beyond the types", "type-index", func() []byte { return File(types0, Section(sectionFunction, Ops(1, 7))) }},
		{"functions without code", "code-count", func() []byte { return File(types0, Section(sectionFunction, Ops(1, 0))) }},
		{"code without functions", "code-count", func() []byte { return File(Section(sectionCode, Ops(1, 2, 0, opEnd))) }},
		{"data count without data", "data-count", func() []byte { return File(Section(sectionDataCount, Ops(3))) }},
		{"global of unknown mutability", "const-expr", func() []byte { return File(Section(sectionGlobal, Ops(1, I32, 2, opI32Const, 0, opEnd))) }},
		{"extended constant", "const-expr", func() []byte {
			return File(Section(sectionGlobal, Ops(1, I32, 0, opI32Const, 1, opI32Const, 1, 0x6a, opEnd)))
		}},
		{"call in a constant", "const-expr", func() []byte { return File(Section(sectionGlobal, Ops(1, I32, 0, 0x10, 0, opEnd))) }},
		{"vector instruction in a constant", "const-expr", func() []byte {
			return File(Section(sectionGlobal, Ops(1, V128, 0, opPrefixFD, 0x0f, opEnd)))
		}},
		{"element of unknown form", "element-form", func() []byte { return File(Section(sectionElement, Ops(1, 8, 0, 0))) }},
		{"element of unknown kind", "element-form", func() []byte { return File(Section(sectionElement, Ops(1, 1, 1, 0))) }},
		{"element without a table", "index", func() []byte { return File(Section(sectionElement, Ops(1, 0, opI32Const, 0, opEnd, 0))) }},
		{"data of unknown form", "data-form", func() []byte { return File(Section(sectionData, Ops(1, 3, 0))) }},
		{"data without a memory", "index", func() []byte { return File(Section(sectionData, Ops(1, 0, opI32Const, 0, opEnd, 0))) }},
		{"name subsection longer than its section", "name-section", func() []byte { return File(Custom("name", Ops(namesModule, 9, 0))) }},
		{"name subsection shorter than its content", "truncated", func() []byte { return File(Custom("name", Ops(namesFunctions, 3, 1, 0, 5), []byte("hello"))) }},
		{"name subsection longer than its content", "name-section", func() []byte { return File(Custom("name", Ops(namesFunctions, 3, 0, 1, 1))) }},
		{"two name sections", "name-section", func() []byte { return File(Custom("name"), Custom("name")) }},
	}
}

// BadHeaders are files that are refused by their first bytes.
func BadHeaders() []Case {
	raw := func(id, rule, data string) Case {
		return Case{id, rule, func() []byte { return []byte(data) }}
	}
	return []Case{
		raw("empty file", "not-wasm", ""),
		raw("three bytes of the magic", "not-wasm", "\x00as"),
		raw("W48 cut inside the header", "truncated", "\x00asm\x01\x00"),
		raw("W50 wrong version", "version", "\x00asm\x02\x00\x00\x00"),
		raw("W50 component", "component", "\x00asm\x0d\x00\x01\x00"),
		raw("W58 gzip", "not-wasm", "\x1f\x8b\x08\x00"),
		raw("W58 zstd", "not-wasm", "\x28\xb5\x2f\xfd\x00"),
		raw("zip", "not-wasm", "PK\x03\x04\x14"),
		raw("tar", "not-wasm", strings.Repeat("\x00a", 128)+"\x00ustar\x0000"),
		raw("ELF program", "not-wasm", "\x7fELF\x02\x01"),
		raw("Windows program", "not-wasm", "MZ\x90\x00"),
		raw("HTML page", "not-wasm", "\r\n<!DOCTYPE html><html><body>Not Found"),
		raw("HTML page with a byte order mark", "not-wasm", "\ufeff<HTML>"),
		raw("WebAssembly text", "not-wasm", "(module\n  (func))"),
		raw("JSON", "not-wasm", `{"errors":[{"code":"DENIED"}]}`),
		raw("text", "not-wasm", "hello"),
		raw("long text cut in a character", "not-wasm", "x"+strings.Repeat("\u00e9", 400)),
		raw("Git LFS pointer", "not-wasm", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
		raw("other bytes", "not-wasm", "\x00\x01\x02\x03"),
	}
}

func nameCases() []Case {
	imported := func(module, name string) func() []byte {
		return func() []byte { return WithImport(module, name, Types(I64), Types(I64)) }
	}
	return []Case{
		{"W51 escape in an import module", "name-text", imported("evil\x1b[2J", "f")},
		{"W51 escape in an import name", "name-text", imported("stella:doctor/v1", "http_read\x1b]0;x\x07")},
		{"W51 bidi override in an import", "name-text", imported("stella:doctor/v1", "http_\u202edaer")},
		{"W51 zero width space in an import", "name-text", imported("stella:doctor/v1", "http_read\u200b")},
		{"W51 import that is not UTF-8", "name-text", imported("stella:doctor/v1", "\xff\xfe")},
		{"W51 new line in an export", "name-text", func() []byte {
			return With(func(d *Draft) { d.Exports = append(d.Exports, Export("a\nb", ExportFunction, 1)) })
		}},
		{"W51 escape in a custom section", "name-text", func() []byte { return File(Custom("a\x9bb\x1b")) }},
		{"W51 line separator in a custom section", "name-text", func() []byte { return File(Custom("a\u2028b")) }},
		{"W51 debug name that is not UTF-8", "name-text", func() []byte { return File(Custom("name", Section(namesModule, Str("\xc0")))) }},
		{"W51 homoglyph in an import", "import-not-allowed", imported("stella:doctor/v1", "http_re\u0430d")},
		{"name of 1025 bytes", "name-length", func() []byte { return File(Custom(strings.Repeat("n", 1025))) }},
		{"name longer than its section", "truncated", func() []byte { return File(Section(sectionCustom, huge)) }},
	}
}

func importCases() []Case {
	imported := func(module, name string, params, results []byte) func() []byte {
		return func() []byte { return WithImport(module, name, params, results) }
	}
	kind := func(rest ...byte) func() []byte {
		return func() []byte { return File(Section(sectionImport, Vec(Join(Str("env"), Str("x"), rest)))) }
	}
	one, two, four := Types(I32), Types(I32, I32), Types(I32, I32, I32, I32)
	i64 := Types(I64)
	return []Case{
		{"W52 imported table", "import-kind", kind(1, FuncRef, 0, 0)},
		{"W52 imported memory", "import-kind", kind(2, 0, 1)},
		{"W52 imported global", "import-kind", kind(3, I32, 0)},
		{"W52 imported tag", "import-kind", kind(4, 0, 0)},
		{"W52 import of unknown kind", "import-kind", kind(9, 0, 0)},
		{"W53 http_write of another signature", "import-signature", imported(wire.ImportModule, wire.FuncHTTPWrite, one, i64)},
		{"W53 tcp_probe of another signature", "import-signature", imported(wire.ImportModule, wire.FuncTCPProbe, i64, one)},
		{"W53 unknown host function", "import-not-allowed", imported(wire.ImportModule, "exec", i64, i64)},
		{"W53 upper case", "import-not-allowed", imported(wire.ImportModule, "HTTP_READ", i64, i64)},
		{"W53 unknown module", "import-not-allowed", imported("evil", "f", i64, i64)},
		{"W53 empty names", "import-not-allowed", imported("", "", i64, i64)},
		{"W53 other contract version", "import-not-allowed", imported("stella:doctor/v2", wire.FuncHTTPRead, i64, i64)},
		{"W53 abort of AssemblyScript", "import-not-allowed", imported("env", "abort", four, nil)},
		{"W53 Extism user module", "import-not-allowed", imported("extism:host/user", "kv_read", i64, i64)},
		{"W53 Extism http_request", "import-not-allowed", imported(moduleExtism, "http_request", Types(I64, I64), i64)},
		{"W53 Extism http_status_code", "import-not-allowed", imported(moduleExtism, "http_status_code", nil, one)},
		{"W53 Extism http_headers", "import-not-allowed", imported(moduleExtism, "http_headers", nil, i64)},
		{"W53 Extism var_get", "import-not-allowed", imported(moduleExtism, "var_get", i64, i64)},
		{"W53 Extism var_set", "import-not-allowed", imported(moduleExtism, "var_set", Types(I64, I64), nil)},
		{"W53 Extism config_get", "import-not-allowed", imported(moduleExtism, "config_get", i64, i64)},
		{"W53 Extism reset", "import-not-allowed", imported(moduleExtism, "reset", nil, nil)},
		{"W53 Extism memory_bytes", "import-not-allowed", imported(moduleExtism, "memory_bytes", nil, i64)},
		{"W53 Extism input_set", "import-not-allowed", imported(moduleExtism, "input_set", Types(I64, I64), nil)},
		{"W53 WASI path_open", "import-not-allowed", imported(moduleWASI, "path_open", Types(I32, I32, I32, I32, I32, I64, I64, I32, I32), one)},
		{"W53 WASI fd_read", "import-not-allowed", imported(moduleWASI, "fd_read", four, one)},
		{"W53 WASI sock_accept", "import-not-allowed", imported(moduleWASI, "sock_accept", Types(I32, I32, I32), one)},
		{"W53 WASI sock_open", "import-not-allowed", imported(moduleWASI, "sock_open", Types(I32, I32, I32), one)},
		{"W53 WASI clock_res_get", "import-not-allowed", imported(moduleWASI, "clock_res_get", two, one)},
		{"W53 older WASI", "import-not-allowed", imported("wasi_unstable", "fd_write", four, one)},
		{"W54 http_read of i32", "import-signature", imported(wire.ImportModule, wire.FuncHTTPRead, one, one)},
		{"W54 http_read of two results", "import-signature", imported(wire.ImportModule, wire.FuncHTTPRead, i64, Types(I64, I64))},
		{"W54 fd_write without a result", "import-signature", imported(moduleWASI, "fd_write", four, nil)},
	}
}

func exportCases() []Case {
	exports := func(list ...[]byte) func() []byte {
		return func() []byte { return With(func(d *Draft) { d.Exports = list }) }
	}
	describe, run := Export(wire.ExportDescribe, ExportFunction, 1), Export(wire.ExportRun, ExportFunction, 2)
	withType := func(t []byte) func() []byte {
		return func() []byte {
			return With(func(d *Draft) {
				d.Types = append(d.Types, t)
				d.Funcs[1] = U32(3)
			})
		}
	}
	return []Case{
		{"W54 no exports", "export-missing", exports()},
		{"W54 no doctor_run", "export-missing", exports(describe)},
		{"W54 no doctor_describe", "export-missing", exports(run)},
		{"W54 export with a parameter", "export-signature", withType(FuncType(Types(I32), Types(I32)))},
		{"W54 export without a result", "export-signature", withType(FuncType[byte](nil, nil))},
		{"W54 export of i64", "export-signature", withType(FuncType(nil, Types(I64)))},
		{"W54 export of two results", "export-signature", withType(FuncType(nil, Types(I32, I32)))},
		{"W54 export that is a global", "export-kind", exports(describe, Export(wire.ExportRun, ExportGlobal, 0))},
		{"W54 export that is an import", "export-kind", func() []byte {
			return withImportHandedOn()
		}},
		{"_initialize with a result", "export-signature", exports(describe, run, Export("_initialize", ExportFunction, 1))},
		{"_start", "command-module", exports(describe, run, Export("_start", ExportFunction, 3))},
		{"export twice", "export-duplicate", exports(describe, run, run)},
		{"export of unknown kind", "export-kind", exports(describe, run, Export("x", 4, 0))},
		{"export of a function that is not there", "index", exports(describe, run, Export("x", ExportFunction, 9))},
		{"export of a memory that is not there", "index", exports(describe, run, Export("x", ExportMemory, 1))},
		{"W56 start section", "start-section", func() []byte { return With(func(d *Draft) { d.Start = U32(3) }) }},
		{"start function that is not there", "index", func() []byte { return With(func(d *Draft) { d.Start = U32(99) }) }},
		{"no memory", "memory-missing", func() []byte {
			return With(func(d *Draft) {
				d.Memories, d.Datas, d.DataCount = nil, nil, nil
				d.Exports = [][]byte{describe, run}
				d.Codes[1] = Code(NoLocals, Ops(opI32Const, 0))
			})
		}},
	}
}

// withImportHandedOn exports the host's get_log_level as doctor_run: it has the
// right signature, and the wrong author.
func withImportHandedOn() []byte {
	return With(func(d *Draft) {
		d.Imports = append(d.Imports, Import(moduleExtism, "get_log_level", 0, 0))
		d.Exports = [][]byte{Export(wire.ExportDescribe, ExportFunction, 2), Export(wire.ExportRun, ExportFunction, 1)}
	})
}

func codeCases() []Case {
	one := func(id, rule string, instructions ...byte) Case {
		return Case{id, rule, func() []byte { return WithCode(NoLocals, instructions) }}
	}
	growing := func(table ...byte) func() []byte {
		return func() []byte { return With(func(d *Draft) { d.Tables[0] = table }) }
	}
	return []Case{
		one("return_call", "tail-call", 0x12, 1),
		one("return_call_indirect", "tail-call", 0x13, 0, 0),
		one("try", "exceptions", 0x06, 0x40, opEnd),
		one("throw", "exceptions", 0x08, 0),
		one("try_table", "exceptions", 0x1f, 0x40, 0, opEnd),
		one("call_ref", "gc", 0x14, 0),
		one("struct.new", "gc", 0xfb, 0, 0),
		one("null of a struct type", "gc", opRefNull, 0x6b),
		one("W55 atomic load", "atomics", 0xfe, 0x10, 2, 0),
		one("relaxed SIMD", "relaxed-simd", 0xfd, 0x80, 0x02),
		one("instruction that does not exist", "instruction", 0xff),
		one("0xfc instruction that does not exist", "instruction", 0xfc, 18),
		one("0xfc instruction with padding", "instruction", 0xfc, 0x8a, 0x00),
		one("0xfd instruction that does not exist", "instruction", 0xfd, 0x9a, 0x01),
		one("0xfd instruction with padding", "instruction", 0xfd, 0x8c, 0x00),
		one("else without if", "instruction", opElse),
		one("second else", "instruction", opIf, 0x40, opElse, opElse, opEnd),
		one("code after the end", "instruction", opEnd),
		one("block without end", "truncated", opBlock, 0x40),
		one("constant cut short", "truncated", opF64Const, 0, 0),
		one("vector cut short", "truncated", 0xfd, 0x0c, 0),
		one("label too deep", "index", 0x0c, 1),
		one("br_table label too deep", "index", 0x0e, 0, 1),
		one("local that is not there", "index", 0x20, 0),
		one("global that is not there", "index", 0x23, 9),
		one("function that is not there", "index", 0x10, 99),
		one("table that is not there", "index", 0x25, 1),
		one("type that is not there", "index", 0x11, 99, 0),
		one("block type that is not there", "index", opBlock, 9, opEnd),
		one("element that is not there", "index", 0xfc, 13, 9),
		one("data that is not there", "index", 0xfc, 9, 9),
		one("second memory", "index", opMemoryGrow, 1),
		one("second memory to copy to", "index", 0xfc, 10, 0, 1),
		one("lane that is not there", "index", 0xfd, 0x15, 16),
		one("shuffle of lane 32", "index", append([]byte{0xfd, 0x0d, 32}, make([]byte, 15)...)...),
		one("alignment of 2^5", "instruction", 0x28, 5, 0),
		one("load from a second memory", "instruction", 0x28, 0x42, 1, 0),
		one("select of two types", "instruction", 0x1c, 2, I32, I32),
		{"data.drop without data count", "data-count", func() []byte { return With(func(d *Draft) { d.DataCount = nil }) }},
		{"load without a memory", "index", func() []byte { return WithFunctions(1, Code(NoLocals, Ops(0x28, 0, 0))) }},
		{"W63 table.grow without maximum", "table-grow", growing(FuncRef, 0, 2)},
		{"W63 table.grow with a huge maximum", "table-grow", growing(append([]byte{FuncRef, 1, 2}, huge...)...)},
		{"table.grow of no table", "index", func() []byte { return WithFunctions(1, Code(NoLocals, Ops(0xfc, 15, 0))) }},
	}
}

// BadSeals are files whose seal is not in order.
func BadSeals() []Case {
	info := func(change func(*wire.PluginInfo)) []byte {
		i := Info()
		change(&i)
		return wire.Marshal(&i)
	}
	good := info(func(*wire.PluginInfo) {})
	seal := func(content []byte, after ...[]byte) func() []byte {
		return func() []byte { return Sealed(content, after...) }
	}
	return []Case{
		{"no seal", "seal-missing", func() []byte { return Valid().Bytes() }},
		{"two seals", "seal-second", seal(good, Custom(wire.SectionName, good))},
		{"two different seals", "seal-second", seal([]byte("{}"), Custom(wire.SectionName, good))},
		{"section after the seal", "seal-position", seal(good, Custom("later"))},
		{"empty seal", "seal-document", seal(nil)},
		{"seal that is no JSON", "seal-document", seal([]byte("hello"))},
		{"seal with trailing bytes", "seal-document", seal(Join(good, []byte(" x")))},
		{"seal with a key twice", "seal-document", seal([]byte(`{"abi":1,"abi":1}`))},
		{"seal of an empty object", "seal-content", seal([]byte("{}"))},
		{"seal without checks", "seal-content", seal(info(func(i *wire.PluginInfo) { i.Checks = nil }))},
		{"seal with a bad id", "seal-content", seal(info(func(i *wire.PluginInfo) { i.ID = "../\x1b[31m" }))},
		{"newer contract", "abi-newer", seal(info(func(i *wire.PluginInfo) { i.ABI = 2 }))},
		{"seal that is too large", "seal-size", seal(Padded(good, maxSeal+1))},
	}
}

// Padded lengthens a JSON object to n bytes with a field that nobody knows.
func Padded(object []byte, n int) []byte {
	const key = `,"unknown":"`
	fill := n - len(object) - len(key) - 1
	return Join(object[:len(object)-1], []byte(key), Rep(fill, 'x'), []byte(`"}`))
}
