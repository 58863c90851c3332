package plugintest

import "stella-ops.org/doctor/sdk/wire"

// The numbers of the binary format, and the limits of the scanner, stand here once
// more: a file that must be refused is not built from what refuses it.

// Sections of a module, and subsections of its name section.
const (
	sectionCustom    = 0
	sectionType      = 1
	sectionImport    = 2
	sectionFunction  = 3
	sectionTable     = 4
	sectionMemory    = 5
	sectionGlobal    = 6
	sectionExport    = 7
	sectionStart     = 8
	sectionElement   = 9
	sectionCode      = 10
	sectionData      = 11
	sectionDataCount = 12
	sectionTag       = 13

	namesModule    = 0
	namesFunctions = 1
	namesLocals    = 2
)

// Opcodes that are used by name.
const (
	opBlock      = 0x02
	opLoop       = 0x03
	opIf         = 0x04
	opElse       = 0x05
	opEnd        = 0x0b
	opMemoryGrow = 0x40
	opI32Const   = 0x41
	opI64Const   = 0x42
	opF32Const   = 0x43
	opF64Const   = 0x44
	opRefNull    = 0xd0
	opRefFunc    = 0xd2
	opPrefixFD   = 0xfd
)

// Value types and kinds of exports.
const (
	I32            byte = 0x7f
	I64            byte = 0x7e
	F64            byte = 0x7c
	V128           byte = 0x7b
	FuncRef        byte = 0x70
	ExportFunction byte = 0
	ExportMemory   byte = 2
	ExportGlobal   byte = 3
)

const (
	moduleExtism = "extism:host/env"
	moduleWASI   = "wasi_snapshot_preview1"

	maxSize    = wire.MaxModuleBytes
	maxBrTable = 8_192
	maxSeal    = wire.MaxOutputBytes
)

// Types is a list of value types.
func Types(t ...byte) []byte { return t }

// overlong takes six bytes for a number of 32 bits.
var overlong = []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x00}

// appendU32 appends the shortest encoding of v.
func appendU32(b []byte, v uint32) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}
