package plugin

import (
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

func malformed() []refusalCase {
	types0 := section(sectionType, vec(funcTypeOf(nil, nil)))
	return []refusalCase{
		{"W48 cut inside a section header", RuleTruncated, func() []byte { return file(ops(1, 0x80)) }},
		{"W48 cut inside a section", RuleSectionSize, func() []byte { return file(ops(1, 4, 1, 0x60, 0)) }},
		{"W48 section ends inside a type", RuleTruncated, func() []byte { return file(section(sectionType, ops(1, 0x60, 1, byte(I32)))) }},
		{"W49 over-long section size", RuleLEB128, func() []byte { return file(join(ops(1), overlong, ops(0))) }},
		{"W50 section twice", RuleSectionOrder, func() []byte { return file(types0, types0) }},
		{"W50 section out of order", RuleSectionOrder, func() []byte { return file(section(sectionImport, ops(0)), types0) }},
		{"W50 data count after code", RuleSectionOrder, func() []byte { return file(section(sectionCode, ops(0)), section(sectionDataCount, ops(0))) }},
		{"W50 unknown section", RuleSectionID, func() []byte { return file(section(14)) }},
		{"W50 trailing bytes", RuleSectionSize, func() []byte { return join(validDraft().bytes(), []byte("PK\x03\x04 trailing")) }},
		{"W50 bytes after the last entry", RuleSectionSize, func() []byte { return file(section(sectionType, ops(0, 0, 0))) }},
		{"type of unknown form", RuleTypeForm, func() []byte { return file(section(sectionType, ops(1, 0x40, 0, 0))) }},
		{"struct type", RuleGC, func() []byte { return file(section(sectionType, ops(1, 0x5f, 0, 0))) }},
		{"unknown value type", RuleValueType, func() []byte { return file(section(sectionType, ops(1, 0x60, 1, 0x63, 0))) }},
		{"type index beyond the types", RuleTypeIndex, func() []byte { return file(types0, section(sectionFunction, ops(1, 7))) }},
		{"functions without code", RuleCodeCount, func() []byte { return file(types0, section(sectionFunction, ops(1, 0))) }},
		{"code without functions", RuleCodeCount, func() []byte { return file(section(sectionCode, ops(1, 2, 0, opEnd))) }},
		{"data count without data", RuleDataCount, func() []byte { return file(section(sectionDataCount, ops(3))) }},
		{"global of unknown mutability", RuleConstExpr, func() []byte { return file(section(sectionGlobal, ops(1, byte(I32), 2, opI32Const, 0, opEnd))) }},
		{"extended constant", RuleConstExpr, func() []byte {
			return file(section(sectionGlobal, ops(1, byte(I32), 0, opI32Const, 1, opI32Const, 1, 0x6a, opEnd)))
		}},
		{"call in a constant", RuleConstExpr, func() []byte { return file(section(sectionGlobal, ops(1, byte(I32), 0, 0x10, 0, opEnd))) }},
		{"vector instruction in a constant", RuleConstExpr, func() []byte {
			return file(section(sectionGlobal, ops(1, byte(V128), 0, opPrefixFD, 0x0f, opEnd)))
		}},
		{"element of unknown form", RuleElementForm, func() []byte { return file(section(sectionElement, ops(1, 8, 0, 0))) }},
		{"element of unknown kind", RuleElementForm, func() []byte { return file(section(sectionElement, ops(1, 1, 1, 0))) }},
		{"element without a table", RuleIndex, func() []byte { return file(section(sectionElement, ops(1, 0, opI32Const, 0, opEnd, 0))) }},
		{"data of unknown form", RuleDataForm, func() []byte { return file(section(sectionData, ops(1, 3, 0))) }},
		{"data without a memory", RuleIndex, func() []byte { return file(section(sectionData, ops(1, 0, opI32Const, 0, opEnd, 0))) }},
		{"name subsection longer than its section", RuleNameSection, func() []byte { return file(custom("name", ops(namesModule, 9, 0))) }},
		{"name subsection shorter than its content", RuleTruncated, func() []byte { return file(custom("name", ops(namesFunctions, 3, 1, 0, 5), []byte("hello"))) }},
		{"name subsection longer than its content", RuleNameSection, func() []byte { return file(custom("name", ops(namesFunctions, 3, 0, 1, 1))) }},
		{"two name sections", RuleNameSection, func() []byte { return file(custom("name"), custom("name")) }},
	}
}

func headerCases() []refusalCase {
	raw := func(id, rule, data string) refusalCase {
		return refusalCase{id, rule, func() []byte { return []byte(data) }}
	}
	return []refusalCase{
		raw("empty file", RuleNotWasm, ""),
		raw("three bytes of the magic", RuleNotWasm, "\x00as"),
		raw("W48 cut inside the header", RuleTruncated, "\x00asm\x01\x00"),
		raw("W50 wrong version", RuleVersion, "\x00asm\x02\x00\x00\x00"),
		raw("W50 component", RuleComponent, "\x00asm\x0d\x00\x01\x00"),
		raw("W58 gzip", RuleNotWasm, "\x1f\x8b\x08\x00"),
		raw("W58 zstd", RuleNotWasm, "\x28\xb5\x2f\xfd\x00"),
		raw("zip", RuleNotWasm, "PK\x03\x04\x14"),
		raw("tar", RuleNotWasm, strings.Repeat("\x00a", 128)+"\x00ustar\x0000"),
		raw("ELF program", RuleNotWasm, "\x7fELF\x02\x01"),
		raw("Windows program", RuleNotWasm, "MZ\x90\x00"),
		raw("HTML page", RuleNotWasm, "\r\n<!DOCTYPE html><html><body>Not Found"),
		raw("HTML page with a byte order mark", RuleNotWasm, "\ufeff<HTML>"),
		raw("WebAssembly text", RuleNotWasm, "(module\n  (func))"),
		raw("JSON", RuleNotWasm, `{"errors":[{"code":"DENIED"}]}`),
		raw("text", RuleNotWasm, "hello"),
		raw("long text cut in a character", RuleNotWasm, "x"+strings.Repeat("\u00e9", 400)),
		raw("Git LFS pointer", RuleNotWasm, "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
		raw("other bytes", RuleNotWasm, "\x00\x01\x02\x03"),
	}
}

func nameCases() []refusalCase {
	imported := func(module, name string) func() []byte {
		return func() []byte { return withImport(module, name, types(I64), types(I64)) }
	}
	return []refusalCase{
		{"W51 escape in an import module", RuleNameText, imported("evil\x1b[2J", "f")},
		{"W51 escape in an import name", RuleNameText, imported("stella:doctor/v1", "http_read\x1b]0;x\x07")},
		{"W51 bidi override in an import", RuleNameText, imported("stella:doctor/v1", "http_\u202edaer")},
		{"W51 zero width space in an import", RuleNameText, imported("stella:doctor/v1", "http_read\u200b")},
		{"W51 import that is not UTF-8", RuleNameText, imported("stella:doctor/v1", "\xff\xfe")},
		{"W51 new line in an export", RuleNameText, func() []byte {
			return with(func(d *draft) { d.exports = append(d.exports, exportOf("a\nb", ExportFunction, 1)) })
		}},
		{"W51 escape in a custom section", RuleNameText, func() []byte { return file(custom("a\x9bb\x1b")) }},
		{"W51 line separator in a custom section", RuleNameText, func() []byte { return file(custom("a\u2028b")) }},
		{"W51 debug name that is not UTF-8", RuleNameText, func() []byte { return file(custom("name", section(namesModule, str("\xc0")))) }},
		{"W51 homoglyph in an import", RuleImportNotAllowed, imported("stella:doctor/v1", "http_re\u0430d")},
		{"name of 1025 bytes", RuleNameLength, func() []byte { return file(custom(strings.Repeat("n", 1025))) }},
		{"name longer than its section", RuleTruncated, func() []byte { return file(section(sectionCustom, huge)) }},
	}
}

func importCases() []refusalCase {
	imported := func(module, name string, params, results []ValueType) func() []byte {
		return func() []byte { return withImport(module, name, params, results) }
	}
	kind := func(rest ...byte) func() []byte {
		return func() []byte { return file(section(sectionImport, vec(join(str("env"), str("x"), rest)))) }
	}
	one, two, four := types(I32), types(I32, I32), types(I32, I32, I32, I32)
	i64 := types(I64)
	return []refusalCase{
		{"W52 imported table", RuleImportKind, kind(1, byte(FuncRef), 0, 0)},
		{"W52 imported memory", RuleImportKind, kind(2, 0, 1)},
		{"W52 imported global", RuleImportKind, kind(3, byte(I32), 0)},
		{"W52 imported tag", RuleImportKind, kind(4, 0, 0)},
		{"W52 import of unknown kind", RuleImportKind, kind(9, 0, 0)},
		{"W53 http_write of another signature", RuleImportSignature, imported(wire.ImportModule, wire.FuncHTTPWrite, one, i64)},
		{"W53 tcp_probe of another signature", RuleImportSignature, imported(wire.ImportModule, wire.FuncTCPProbe, i64, one)},
		{"W53 unknown host function", RuleImportNotAllowed, imported(wire.ImportModule, "exec", i64, i64)},
		{"W53 upper case", RuleImportNotAllowed, imported(wire.ImportModule, "HTTP_READ", i64, i64)},
		{"W53 unknown module", RuleImportNotAllowed, imported("evil", "f", i64, i64)},
		{"W53 empty names", RuleImportNotAllowed, imported("", "", i64, i64)},
		{"W53 other contract version", RuleImportNotAllowed, imported("stella:doctor/v2", wire.FuncHTTPRead, i64, i64)},
		{"W53 abort of AssemblyScript", RuleImportNotAllowed, imported("env", "abort", four, nil)},
		{"W53 Extism user module", RuleImportNotAllowed, imported("extism:host/user", "kv_read", i64, i64)},
		{"W53 Extism http_request", RuleImportNotAllowed, imported(moduleExtism, "http_request", types(I64, I64), i64)},
		{"W53 Extism http_status_code", RuleImportNotAllowed, imported(moduleExtism, "http_status_code", nil, one)},
		{"W53 Extism http_headers", RuleImportNotAllowed, imported(moduleExtism, "http_headers", nil, i64)},
		{"W53 Extism var_get", RuleImportNotAllowed, imported(moduleExtism, "var_get", i64, i64)},
		{"W53 Extism var_set", RuleImportNotAllowed, imported(moduleExtism, "var_set", types(I64, I64), nil)},
		{"W53 Extism config_get", RuleImportNotAllowed, imported(moduleExtism, "config_get", i64, i64)},
		{"W53 Extism reset", RuleImportNotAllowed, imported(moduleExtism, "reset", nil, nil)},
		{"W53 Extism memory_bytes", RuleImportNotAllowed, imported(moduleExtism, "memory_bytes", nil, i64)},
		{"W53 Extism input_set", RuleImportNotAllowed, imported(moduleExtism, "input_set", types(I64, I64), nil)},
		{"W53 WASI path_open", RuleImportNotAllowed, imported(moduleWASI, "path_open", types(I32, I32, I32, I32, I32, I64, I64, I32, I32), one)},
		{"W53 WASI fd_read", RuleImportNotAllowed, imported(moduleWASI, "fd_read", four, one)},
		{"W53 WASI sock_accept", RuleImportNotAllowed, imported(moduleWASI, "sock_accept", types(I32, I32, I32), one)},
		{"W53 WASI sock_open", RuleImportNotAllowed, imported(moduleWASI, "sock_open", types(I32, I32, I32), one)},
		{"W53 WASI clock_res_get", RuleImportNotAllowed, imported(moduleWASI, "clock_res_get", two, one)},
		{"W53 older WASI", RuleImportNotAllowed, imported("wasi_unstable", "fd_write", four, one)},
		{"W54 http_read of i32", RuleImportSignature, imported(wire.ImportModule, wire.FuncHTTPRead, one, one)},
		{"W54 http_read of two results", RuleImportSignature, imported(wire.ImportModule, wire.FuncHTTPRead, i64, types(I64, I64))},
		{"W54 fd_write without a result", RuleImportSignature, imported(moduleWASI, "fd_write", four, nil)},
	}
}

func exportCases() []refusalCase {
	exports := func(list ...[]byte) func() []byte {
		return func() []byte { return with(func(d *draft) { d.exports = list }) }
	}
	describe, run := exportOf(wire.ExportDescribe, ExportFunction, 1), exportOf(wire.ExportRun, ExportFunction, 2)
	withType := func(t []byte) func() []byte {
		return func() []byte {
			return with(func(d *draft) {
				d.types = append(d.types, t)
				d.funcs[1] = u32(3)
			})
		}
	}
	return []refusalCase{
		{"W54 no exports", RuleExportMissing, exports()},
		{"W54 no doctor_run", RuleExportMissing, exports(describe)},
		{"W54 no doctor_describe", RuleExportMissing, exports(run)},
		{"W54 export with a parameter", RuleExportSignature, withType(funcTypeOf(types(I32), types(I32)))},
		{"W54 export without a result", RuleExportSignature, withType(funcTypeOf(nil, nil))},
		{"W54 export of i64", RuleExportSignature, withType(funcTypeOf(nil, types(I64)))},
		{"W54 export of two results", RuleExportSignature, withType(funcTypeOf(nil, types(I32, I32)))},
		{"W54 export that is a global", RuleExportKind, exports(describe, exportOf(wire.ExportRun, ExportGlobal, 0))},
		{"W54 export that is an import", RuleExportKind, func() []byte {
			return withImportHandedOn()
		}},
		{"_initialize with a result", RuleExportSignature, exports(describe, run, exportOf("_initialize", ExportFunction, 1))},
		{"_start", RuleCommand, exports(describe, run, exportOf("_start", ExportFunction, 3))},
		{"export twice", RuleExportDuplicate, exports(describe, run, run)},
		{"export of unknown kind", RuleExportKind, exports(describe, run, exportOf("x", 4, 0))},
		{"export of a function that is not there", RuleIndex, exports(describe, run, exportOf("x", ExportFunction, 9))},
		{"export of a memory that is not there", RuleIndex, exports(describe, run, exportOf("x", ExportMemory, 1))},
		{"W56 start section", RuleStart, func() []byte { return with(func(d *draft) { d.start = u32(3) }) }},
		{"start function that is not there", RuleIndex, func() []byte { return with(func(d *draft) { d.start = u32(99) }) }},
		{"no memory", RuleMemoryMissing, func() []byte {
			return with(func(d *draft) {
				d.memories, d.datas, d.dataCount = nil, nil, nil
				d.exports = [][]byte{describe, run}
				d.codes[1] = code(noLocals, ops(opI32Const, 0))
			})
		}},
	}
}

// withImportHandedOn exports the host's get_log_level as doctor_run: it has the
// right signature, and the wrong author.
func withImportHandedOn() []byte {
	return with(func(d *draft) {
		d.imports = append(d.imports, importOf(moduleExtism, "get_log_level", 0, 0))
		d.exports = [][]byte{exportOf(wire.ExportDescribe, ExportFunction, 2), exportOf(wire.ExportRun, ExportFunction, 1)}
	})
}

func codeCases() []refusalCase {
	one := func(id, rule string, instructions ...byte) refusalCase {
		return refusalCase{id, rule, func() []byte { return withCode(noLocals, instructions) }}
	}
	growing := func(table ...byte) func() []byte {
		return func() []byte { return with(func(d *draft) { d.tables[0] = table }) }
	}
	return []refusalCase{
		one("return_call", RuleTailCall, 0x12, 1),
		one("return_call_indirect", RuleTailCall, 0x13, 0, 0),
		one("try", RuleExceptions, 0x06, 0x40, opEnd),
		one("throw", RuleExceptions, 0x08, 0),
		one("try_table", RuleExceptions, 0x1f, 0x40, 0, opEnd),
		one("call_ref", RuleGC, 0x14, 0),
		one("struct.new", RuleGC, 0xfb, 0, 0),
		one("null of a struct type", RuleGC, opRefNull, 0x6b),
		one("W55 atomic load", RuleAtomics, 0xfe, 0x10, 2, 0),
		one("relaxed SIMD", RuleRelaxedSIMD, 0xfd, 0x80, 0x02),
		one("instruction that does not exist", RuleInstruction, 0xff),
		one("0xfc instruction that does not exist", RuleInstruction, 0xfc, 18),
		one("0xfc instruction with padding", RuleInstruction, 0xfc, 0x8a, 0x00),
		one("0xfd instruction that does not exist", RuleInstruction, 0xfd, 0x9a, 0x01),
		one("0xfd instruction with padding", RuleInstruction, 0xfd, 0x8c, 0x00),
		one("else without if", RuleInstruction, opElse),
		one("second else", RuleInstruction, opIf, 0x40, opElse, opElse, opEnd),
		one("code after the end", RuleInstruction, opEnd),
		one("block without end", RuleTruncated, opBlock, 0x40),
		one("constant cut short", RuleTruncated, opF64Const, 0, 0),
		one("vector cut short", RuleTruncated, 0xfd, 0x0c, 0),
		one("label too deep", RuleIndex, 0x0c, 1),
		one("br_table label too deep", RuleIndex, 0x0e, 0, 1),
		one("local that is not there", RuleIndex, 0x20, 0),
		one("global that is not there", RuleIndex, 0x23, 9),
		one("function that is not there", RuleIndex, 0x10, 99),
		one("table that is not there", RuleIndex, 0x25, 1),
		one("type that is not there", RuleIndex, 0x11, 99, 0),
		one("block type that is not there", RuleIndex, opBlock, 9, opEnd),
		one("element that is not there", RuleIndex, 0xfc, 13, 9),
		one("data that is not there", RuleIndex, 0xfc, 9, 9),
		one("second memory", RuleIndex, opMemoryGrow, 1),
		one("second memory to copy to", RuleIndex, 0xfc, 10, 0, 1),
		one("lane that is not there", RuleIndex, 0xfd, 0x15, 16),
		one("shuffle of lane 32", RuleIndex, append([]byte{0xfd, 0x0d, 32}, make([]byte, 15)...)...),
		one("alignment of 2^5", RuleInstruction, 0x28, 5, 0),
		one("load from a second memory", RuleInstruction, 0x28, 0x42, 1, 0),
		one("select of two types", RuleInstruction, 0x1c, 2, byte(I32), byte(I32)),
		{"data.drop without data count", RuleDataCount, func() []byte { return with(func(d *draft) { d.dataCount = nil }) }},
		{"load without a memory", RuleIndex, func() []byte { return withFunctions(1, code(noLocals, ops(0x28, 0, 0))) }},
		{"W63 table.grow without maximum", RuleTableGrow, growing(byte(FuncRef), 0, 2)},
		{"W63 table.grow with a huge maximum", RuleTableGrow, growing(append([]byte{byte(FuncRef), 1, 2}, huge...)...)},
		{"table.grow of no table", RuleIndex, func() []byte { return withFunctions(1, code(noLocals, ops(0xfc, 15, 0))) }},
	}
}

func sealCases() []refusalCase {
	info := func(change func(*wire.PluginInfo)) []byte {
		i := sampleInfo()
		change(&i)
		return wire.Marshal(&i)
	}
	good := info(func(*wire.PluginInfo) {})
	seal := func(content []byte, after ...[]byte) func() []byte {
		return func() []byte { return sealed(content, after...) }
	}
	return []refusalCase{
		{"no seal", RuleSealMissing, func() []byte { return validDraft().bytes() }},
		{"two seals", RuleSealSecond, seal(good, custom(wire.SectionName, good))},
		{"two different seals", RuleSealSecond, seal([]byte("{}"), custom(wire.SectionName, good))},
		{"section after the seal", RuleSealPosition, seal(good, custom("later"))},
		{"empty seal", RuleSealDocument, seal(nil)},
		{"seal that is no JSON", RuleSealDocument, seal([]byte("hello"))},
		{"seal with trailing bytes", RuleSealDocument, seal(join(good, []byte(" x")))},
		{"seal with a key twice", RuleSealDocument, seal([]byte(`{"abi":1,"abi":1}`))},
		{"seal of an empty object", RuleSealContent, seal([]byte("{}"))},
		{"seal without checks", RuleSealContent, seal(info(func(i *wire.PluginInfo) { i.Checks = nil }))},
		{"seal with a bad id", RuleSealContent, seal(info(func(i *wire.PluginInfo) { i.ID = "../\x1b[31m" }))},
		{"newer contract", RuleABINewer, seal(info(func(i *wire.PluginInfo) { i.ABI = 2 }))},
		{"seal that is too large", RuleSealSize, seal(padded(good, MaxSeal+1))},
	}
}

// padded lengthens a JSON object to n bytes with a field that nobody knows.
func padded(object []byte, n int) []byte {
	const key = `,"unknown":"`
	fill := n - len(object) - len(key) - 1
	return join(object[:len(object)-1], []byte(key), rep(fill, 'x'), []byte(`"}`))
}
