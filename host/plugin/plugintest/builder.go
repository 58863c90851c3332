package plugintest

import (
	"bytes"
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// A builder of modules, small enough to be read beside the binary format: each
// function writes one production of the grammar, and nothing checks anything.

// Join puts parts behind one another.
func Join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// U32 is the shortest encoding of a number.
func U32(v uint32) []byte { return appendU32(nil, v) }

// BytesOf returns a vector of bytes: its length and the bytes.
func BytesOf(b []byte) []byte { return Join(U32(uint32(len(b))), b) }

// Str is a vector of the bytes of a text.
func Str(s string) []byte { return BytesOf([]byte(s)) }

// Vec returns a vector: the number of items and the items.
func Vec(items ...[]byte) []byte { return Join(U32(uint32(len(items))), Join(items...)) }

// Many returns a vector of n equal items.
func Many(n int, item ...byte) []byte { return Join(U32(uint32(n)), bytes.Repeat(item, n)) }

// Section is a section of any kind.
func Section(id byte, content ...[]byte) []byte {
	return Join([]byte{id}, BytesOf(Join(content...)))
}

// Custom is a custom section.
func Custom(name string, content ...[]byte) []byte {
	return Section(sectionCustom, Str(name), Join(content...))
}

// File is a module of sections.
func File(sections ...[]byte) []byte {
	return Join([]byte("\x00asm\x01\x00\x00\x00"), Join(sections...))
}

// FuncType is one entry of the type section.
func FuncType[T ~byte](params, results []T) []byte {
	write := func(types []T) []byte {
		b := make([]byte, len(types))
		for i, t := range types {
			b[i] = byte(t)
		}
		return BytesOf(b)
	}
	return Join([]byte{0x60}, write(params), write(results))
}

// Import is one entry of the import section; kind 0 is a function, and rest its type.
func Import(module, name string, kind byte, rest ...byte) []byte {
	return Join(Str(module), Str(name), []byte{kind}, rest)
}

// Export is one entry of the export section.
func Export(name string, kind byte, index uint32) []byte {
	return Join(Str(name), []byte{kind}, U32(index))
}

// Code returns a body: groups of locals, then instructions; the end is added.
func Code(locals []byte, instructions ...[]byte) []byte {
	return BytesOf(Join(locals, Join(instructions...), []byte{opEnd}))
}

// NoLocals is the vector of no groups, Locals the one of a single group.
var NoLocals = []byte{0}

// Locals is the vector of one group of n locals of type i32.
func Locals(n uint32) []byte { return Join([]byte{1}, U32(n), []byte{I32}) }

// Ops is a list of bytes: instructions, or any others.
func Ops(b ...byte) []byte { return b }

// Rep repeats bytes.
func Rep(n int, b ...byte) []byte { return bytes.Repeat(b, n) }

// Draft is a module by sections; empty sections are not written.
type Draft struct {
	Types, Imports, Funcs, Tables, Memories, Globals [][]byte
	Exports, Elements, Codes, Datas                  [][]byte
	Start, DataCount                                 []byte
	// Customs are whole sections, at the end.
	Customs [][]byte
}

// Bytes are those of the module.
func (d Draft) Bytes() []byte {
	var out [][]byte
	add := func(id byte, items [][]byte) {
		if len(items) > 0 {
			out = append(out, Section(id, Vec(items...)))
		}
	}
	raw := func(id byte, content []byte) {
		if content != nil {
			out = append(out, Section(id, content))
		}
	}
	add(sectionType, d.Types)
	add(sectionImport, d.Imports)
	add(sectionFunction, d.Funcs)
	add(sectionTable, d.Tables)
	add(sectionMemory, d.Memories)
	add(sectionGlobal, d.Globals)
	add(sectionExport, d.Exports)
	raw(sectionStart, d.Start)
	add(sectionElement, d.Elements)
	raw(sectionDataCount, d.DataCount)
	add(sectionCode, d.Codes)
	add(sectionData, d.Datas)
	return File(Join(out...), Join(d.Customs...))
}

// Valid returns a plugin that has every section, and passes Module.Check of package plugin.
// Type 0 is () -> i32, type 1 (i64) -> i64, type 2 () -> (); function 0 is the
// import, 1 and 2 are the exports.
func Valid() Draft {
	return Draft{
		Types:    [][]byte{FuncType(nil, Types(I32)), FuncType(Types(I64), Types(I64)), FuncType[byte](nil, nil)},
		Imports:  [][]byte{Import(wire.ImportModule, wire.FuncHTTPRead, 0, 1)},
		Funcs:    [][]byte{U32(0), U32(0), U32(2)},
		Tables:   [][]byte{Ops(FuncRef, 1, 2, 8)},
		Memories: [][]byte{Ops(1, 2, 16)},
		Globals: [][]byte{
			Ops(I32, 1, opI32Const, 0x80, 0x7f, opEnd),
			Ops(I64, 0, opI64Const, 42, opEnd),
			Join(Ops(F64, 0, opF64Const), make([]byte, 8), Ops(opEnd)),
		},
		Exports: [][]byte{
			Export("memory", ExportMemory, 0),
			Export("_initialize", ExportFunction, 3),
			Export(wire.ExportDescribe, ExportFunction, 1),
			Export(wire.ExportRun, ExportFunction, 2),
		},
		Elements:  [][]byte{Ops(0, opI32Const, 0, opEnd, 2, 1, 2), Ops(5, FuncRef, 1, opRefFunc, 1, opEnd)},
		DataCount: U32(2),
		Codes: [][]byte{
			Code(NoLocals, Ops(opI32Const, 0)),
			Code(Locals(2), everyShape()),
			Code(NoLocals, Ops(0x01)),
		},
		Datas: [][]byte{Join(Ops(0, opI32Const, 8, opEnd), Str("hello")), Join(Ops(1), Str("passive"))},
		Customs: [][]byte{Custom("name",
			Section(namesModule, Str("demo")),
			Section(namesFunctions, Vec(Join(U32(1), Str("doctor_describe")))),
			Section(namesLocals, Vec(Join(U32(1), Vec(Join(U32(0), Str("x"))))))),
			Custom("producers", Str("whoever")),
		},
	}
}

// everyShape is code with every shape of instruction. It need not type-check.
func everyShape() []byte {
	return Join(
		Ops(opBlock, 0x40, opLoop, I32, opIf, 2, opElse, 0x0c, 3, opEnd, opEnd, opEnd),
		Ops(0x20, 0, 0x21, 1, 0x22, 0, 0x23, 0, 0x24, 0, 0x10, 0, 0x11, 0, 0),
		Ops(opBlock, 0x40, 0x0e, 2, 0, 1, 0, opEnd, 0x0d, 0, 0x0f),
		Ops(0x28, 2, 0x80, 0x01, 0x36, 0, 0, 0x3f, 0, opMemoryGrow, 0, 0x6a, 0xc0),
		Ops(opI64Const, 0xff, 0x7f), Ops(opF32Const, 0, 0, 0, 0), Join(Ops(opF64Const), make([]byte, 8)),
		Ops(0x25, 0, 0x26, 0, 0x1a, 0x1b, 0x1c, 1, I32, opRefNull, FuncRef, 0xd1, opRefFunc, 1),
		Ops(0xfc, 0, 0xfc, 8, 1, 0, 0xfc, 9, 1, 0xfc, 10, 0, 0, 0xfc, 11, 0),
		Ops(0xfc, 12, 1, 0, 0xfc, 13, 1, 0xfc, 14, 0, 0, 0xfc, 15, 0, 0xfc, 16, 0, 0xfc, 17, 0),
		Join(Ops(0xfd, 12), make([]byte, 16)), Join(Ops(0xfd, 13), bytes.Repeat([]byte{31}, 16)),
		Ops(0xfd, 0, 4, 0, 0xfd, 0x15, 15, 0xfd, 0x54, 0, 0, 15, 0xfd, 0x0e, 0xfd, 0xfd, 0x01),
		Ops(opI32Const, 0),
	)
}

// With returns the bytes of the valid draft after a change.
func With(change func(*Draft)) []byte {
	d := Valid()
	change(&d)
	return d.Bytes()
}

// WithCode returns the valid module with other code in one function.
func WithCode(groups []byte, instructions ...[]byte) []byte {
	return With(func(d *Draft) { d.Codes[1] = Code(groups, instructions...) })
}

// WithFunctions returns a module of n functions of one body each.
func WithFunctions(n int, body []byte) []byte {
	return File(
		Section(sectionType, Vec(FuncType[byte](nil, nil))),
		Section(sectionFunction, Many(n, 0)),
		Section(sectionCode, U32(uint32(n)), bytes.Repeat(body, n)))
}

// WithImport returns the valid module with another import of the given type in
// front.
func WithImport[T ~byte](module, name string, params, results []T) []byte {
	return With(func(d *Draft) {
		d.Types = append(d.Types, FuncType(params, results))
		d.Imports = append(d.Imports, Import(module, name, 0, 3))
		// One function more in front: what the exports name moves up.
		d.Exports = [][]byte{
			Export(wire.ExportDescribe, ExportFunction, 2),
			Export(wire.ExportRun, ExportFunction, 3),
		}
	})
}

// Info is the description of a plugin of one check.
func Info() wire.PluginInfo {
	return wire.PluginInfo{
		ABI: 1, ID: "acme.demo", Name: "Demo", Version: "1.0.0", Category: "demo",
		Checks: []wire.CheckInfo{{
			ID: "check.demo.one", Name: "One", Description: "Does it work?",
			Class: wire.ClassRead, DefaultSeverity: wire.Warn, Tags: []string{"quick"},
		}},
	}
}

// Sealed returns the valid module with a hand-written seal.
func Sealed(content []byte, after ...[]byte) []byte {
	return Join(slices.Concat([][]byte{Valid().Bytes(), Custom(wire.SectionName, content)}, after)...)
}
