package plugin

import (
	"bytes"
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// A builder of modules, small enough to be read beside the binary format: each
// function writes one production of the grammar, and nothing checks anything.

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func u32(v uint32) []byte { return appendU32(nil, v) }

// bytesOf returns a vector of bytes: its length and the bytes.
func bytesOf(b []byte) []byte { return join(u32(uint32(len(b))), b) }

func str(s string) []byte { return bytesOf([]byte(s)) }

// vec returns a vector: the number of items and the items.
func vec(items ...[]byte) []byte { return join(u32(uint32(len(items))), join(items...)) }

// many returns a vector of n equal items.
func many(n int, item ...byte) []byte { return join(u32(uint32(n)), bytes.Repeat(item, n)) }

func section(id byte, content ...[]byte) []byte {
	return join([]byte{id}, bytesOf(join(content...)))
}

func custom(name string, content ...[]byte) []byte {
	return section(sectionCustom, str(name), join(content...))
}

func file(sections ...[]byte) []byte {
	return join([]byte("\x00asm\x01\x00\x00\x00"), join(sections...))
}

func funcTypeOf(params, results []ValueType) []byte {
	write := func(types []ValueType) []byte {
		b := make([]byte, len(types))
		for i, t := range types {
			b[i] = byte(t)
		}
		return bytesOf(b)
	}
	return join([]byte{0x60}, write(params), write(results))
}

func importOf(module, name string, kind byte, rest ...byte) []byte {
	return join(str(module), str(name), []byte{kind}, rest)
}

func exportOf(name string, kind ExportKind, index uint32) []byte {
	return join(str(name), []byte{byte(kind)}, u32(index))
}

// code returns a body: groups of locals, then instructions; the end is added.
func code(locals []byte, instructions ...[]byte) []byte {
	return bytesOf(join(locals, join(instructions...), []byte{opEnd}))
}

// noLocals is the vector of no groups, locals the one of a single group.
var noLocals = []byte{0}

func locals(n uint32) []byte { return join([]byte{1}, u32(n), []byte{byte(I32)}) }

func ops(b ...byte) []byte { return b }

func rep(n int, b ...byte) []byte { return bytes.Repeat(b, n) }

// draft is a module by sections; empty sections are not written.
type draft struct {
	types, imports, funcs, tables, memories, globals [][]byte
	exports, elements, codes, datas                  [][]byte
	start, dataCount                                 []byte
	customs                                          [][]byte // whole sections, at the end
}

func (d draft) bytes() []byte {
	var out [][]byte
	add := func(id byte, items [][]byte) {
		if len(items) > 0 {
			out = append(out, section(id, vec(items...)))
		}
	}
	raw := func(id byte, content []byte) {
		if content != nil {
			out = append(out, section(id, content))
		}
	}
	add(sectionType, d.types)
	add(sectionImport, d.imports)
	add(sectionFunction, d.funcs)
	add(sectionTable, d.tables)
	add(sectionMemory, d.memories)
	add(sectionGlobal, d.globals)
	add(sectionExport, d.exports)
	raw(sectionStart, d.start)
	add(sectionElement, d.elements)
	raw(sectionDataCount, d.dataCount)
	add(sectionCode, d.codes)
	add(sectionData, d.datas)
	return file(join(out...), join(d.customs...))
}

// validDraft returns a plugin that has every section, and passes [Module.Check].
// Type 0 is () -> i32, type 1 (i64) -> i64, type 2 () -> (); function 0 is the
// import, 1 and 2 are the exports.
func validDraft() draft {
	return draft{
		types:    [][]byte{funcTypeOf(nil, types(I32)), funcTypeOf(types(I64), types(I64)), funcTypeOf(nil, nil)},
		imports:  [][]byte{importOf(wire.ImportModule, wire.FuncHTTPRead, 0, 1)},
		funcs:    [][]byte{u32(0), u32(0), u32(2)},
		tables:   [][]byte{ops(byte(FuncRef), 1, 2, 8)},
		memories: [][]byte{ops(1, 2, 16)},
		globals: [][]byte{
			ops(byte(I32), 1, opI32Const, 0x80, 0x7f, opEnd),
			ops(byte(I64), 0, opI64Const, 42, opEnd),
			join(ops(byte(F64), 0, opF64Const), make([]byte, 8), ops(opEnd)),
		},
		exports: [][]byte{
			exportOf("memory", ExportMemory, 0),
			exportOf("_initialize", ExportFunction, 3),
			exportOf(wire.ExportDescribe, ExportFunction, 1),
			exportOf(wire.ExportRun, ExportFunction, 2),
		},
		elements:  [][]byte{ops(0, opI32Const, 0, opEnd, 2, 1, 2), ops(5, byte(FuncRef), 1, opRefFunc, 1, opEnd)},
		dataCount: u32(2),
		codes: [][]byte{
			code(noLocals, ops(opI32Const, 0)),
			code(locals(2), everyShape()),
			code(noLocals, ops(0x01)),
		},
		datas: [][]byte{join(ops(0, opI32Const, 8, opEnd), str("hello")), join(ops(1), str("passive"))},
		customs: [][]byte{custom("name",
			section(namesModule, str("demo")),
			section(namesFunctions, vec(join(u32(1), str("doctor_describe")))),
			section(namesLocals, vec(join(u32(1), vec(join(u32(0), str("x"))))))),
			custom("producers", str("whoever")),
		},
	}
}

// everyShape is code with every shape of instruction. It need not type-check.
func everyShape() []byte {
	return join(
		ops(opBlock, 0x40, opLoop, byte(I32), opIf, 2, opElse, 0x0c, 3, opEnd, opEnd, opEnd),
		ops(0x20, 0, 0x21, 1, 0x22, 0, 0x23, 0, 0x24, 0, 0x10, 0, 0x11, 0, 0),
		ops(opBlock, 0x40, 0x0e, 2, 0, 1, 0, opEnd, 0x0d, 0, 0x0f),
		ops(0x28, 2, 0x80, 0x01, 0x36, 0, 0, 0x3f, 0, opMemoryGrow, 0, 0x6a, 0xc0),
		ops(opI64Const, 0xff, 0x7f), ops(opF32Const, 0, 0, 0, 0), join(ops(opF64Const), make([]byte, 8)),
		ops(0x25, 0, 0x26, 0, 0x1a, 0x1b, 0x1c, 1, byte(I32), opRefNull, byte(FuncRef), 0xd1, opRefFunc, 1),
		ops(0xfc, 0, 0xfc, 8, 1, 0, 0xfc, 9, 1, 0xfc, 10, 0, 0, 0xfc, 11, 0),
		ops(0xfc, 12, 1, 0, 0xfc, 13, 1, 0xfc, 14, 0, 0, 0xfc, 15, 0, 0xfc, 16, 0, 0xfc, 17, 0),
		join(ops(0xfd, 12), make([]byte, 16)), join(ops(0xfd, 13), bytes.Repeat([]byte{31}, 16)),
		ops(0xfd, 0, 4, 0, 0xfd, 0x15, 15, 0xfd, 0x54, 0, 0, 15, 0xfd, 0x0e, 0xfd, 0xfd, 0x01),
		ops(opI32Const, 0),
	)
}

// with returns the bytes of the valid draft after a change.
func with(change func(*draft)) []byte {
	d := validDraft()
	change(&d)
	return d.bytes()
}

// withCode returns the valid module with other code in one function.
func withCode(groups []byte, instructions ...[]byte) []byte {
	return with(func(d *draft) { d.codes[1] = code(groups, instructions...) })
}

// withFunctions returns a module of n functions of one body each.
func withFunctions(n int, body []byte) []byte {
	return file(
		section(sectionType, vec(funcTypeOf(nil, nil))),
		section(sectionFunction, many(n, 0)),
		section(sectionCode, u32(uint32(n)), bytes.Repeat(body, n)))
}

// withImport returns the valid module with another import of the given type in
// front.
func withImport(module, name string, params, results []ValueType) []byte {
	return with(func(d *draft) {
		d.types = append(d.types, funcTypeOf(params, results))
		d.imports = append(d.imports, importOf(module, name, 0, 3))
		// One function more in front: what the exports name moves up.
		d.exports = [][]byte{
			exportOf(wire.ExportDescribe, ExportFunction, 2),
			exportOf(wire.ExportRun, ExportFunction, 3),
		}
	})
}

func sampleInfo() wire.PluginInfo {
	return wire.PluginInfo{
		ABI: 1, ID: "acme.demo", Name: "Demo", Version: "1.0.0", Category: "demo",
		Checks: []wire.CheckInfo{{
			ID: "check.demo.one", Name: "One", Description: "Does it work?",
			Class: wire.ClassRead, DefaultSeverity: wire.Warn, Tags: []string{"quick"},
		}},
	}
}

// sealed returns the valid module with a hand-written seal.
func sealed(content []byte, after ...[]byte) []byte {
	return join(slices.Concat([][]byte{validDraft().bytes(), custom(wire.SectionName, content)}, after)...)
}
