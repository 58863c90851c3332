package plugin

// Opcodes that the scanner treats by name.
const (
	opBlock      = 0x02
	opLoop       = 0x03
	opIf         = 0x04
	opElse       = 0x05
	opEnd        = 0x0b
	opMemoryGrow = 0x40
	opGlobalGet  = 0x23
	opI32Const   = 0x41
	opI64Const   = 0x42
	opF32Const   = 0x43
	opF64Const   = 0x44
	opRefNull    = 0xd0
	opRefFunc    = 0xd2
	opPrefixFC   = 0xfc
	opPrefixFD   = 0xfd
	simdConst    = 0x0c
)

// immediate says what follows an opcode. The zero value is no instruction of
// WebAssembly 2.0, so that a hole in a table refuses.
type immediate uint8

const (
	immUnknown immediate = iota
	immNone
	immSignExtension // none, but an extension of 1.0
	immBlock
	immElse
	immEnd
	immLabel
	immLabels
	immCall
	immCallIndirect
	immSelect
	immLocal
	immGlobal
	immTable
	immMemArg
	immMemory
	immS32
	immS64
	immF32
	immF64
	immRefNull
	immRefFunc
	immPrefixFC
	immPrefixFD
	// The rest follows a prefix.
	immSaturation
	immMemoryInit
	immDataDrop
	immMemoryCopy
	immMemoryFill
	immTableInit
	immElemDrop
	immTableCopy
	immTableGrow
	immV128
	immShuffle
	immLane
	immMemArgLane
)

// fill sets the entries from first to last.
func fill(t []immediate, first, last int, imm immediate) {
	for i := first; i <= last; i++ {
		t[i] = imm
	}
}

// opcodes is the first byte of an instruction → what follows it.
var opcodes = func() (t [256]immediate) {
	fill(t[:], 0x00, 0x01, immNone) // unreachable, nop
	fill(t[:], opBlock, opIf, immBlock)
	t[opElse] = immElse
	t[opEnd] = immEnd
	fill(t[:], 0x0c, 0x0d, immLabel) // br, br_if
	t[0x0e] = immLabels
	t[0x0f] = immNone // return
	t[0x10] = immCall
	t[0x11] = immCallIndirect
	fill(t[:], 0x1a, 0x1b, immNone) // drop, select
	t[0x1c] = immSelect
	fill(t[:], 0x20, 0x22, immLocal)
	fill(t[:], 0x23, 0x24, immGlobal)
	fill(t[:], 0x25, 0x26, immTable)
	fill(t[:], 0x28, 0x3e, immMemArg)
	fill(t[:], 0x3f, opMemoryGrow, immMemory)
	t[opI32Const] = immS32
	t[opI64Const] = immS64
	t[opF32Const] = immF32
	t[opF64Const] = immF64
	fill(t[:], 0x45, 0xbf, immNone) // comparisons, arithmetic, conversions
	fill(t[:], 0xc0, 0xc4, immSignExtension)
	t[opRefNull] = immRefNull
	t[0xd1] = immNone // ref.is_null
	t[opRefFunc] = immRefFunc
	t[opPrefixFC] = immPrefixFC
	t[opPrefixFD] = immPrefixFD
	return t
}()

// opcodesFC is the byte after 0xfc → what follows it.
var opcodesFC = func() (t [256]immediate) {
	fill(t[:], 0, 7, immSaturation)
	t[8] = immMemoryInit
	t[9] = immDataDrop
	t[10] = immMemoryCopy
	t[11] = immMemoryFill
	t[12] = immTableInit
	t[13] = immElemDrop
	t[14] = immTableCopy
	t[15] = immTableGrow
	fill(t[:], 16, 17, immTable) // table.size, table.fill
	return t
}()

// opcodesFD is the number after 0xfd (below 256) → what follows it.
var opcodesFD = func() (t [256]immediate) {
	fill(t[:], 0x00, 0x0b, immMemArg)
	t[simdConst] = immV128
	t[0x0d] = immShuffle
	fill(t[:], 0x0e, 0x14, immNone) // swizzle, splats
	fill(t[:], 0x15, 0x22, immLane)
	fill(t[:], 0x23, 0x53, immNone)
	fill(t[:], 0x54, 0x5b, immMemArgLane)
	fill(t[:], 0x5c, 0x5d, immMemArg)
	fill(t[:], 0x5e, 0xff, immNone)
	for _, hole := range []int{0x9a, 0xa2, 0xa5, 0xa6, 0xaf, 0xb0, 0xb2, 0xb3, 0xb4, 0xbb,
		0xc2, 0xc5, 0xc6, 0xcf, 0xd0, 0xd2, 0xd3, 0xd4, 0xe2, 0xee} {
		t[hole] = immUnknown
	}
	return t
}()

// unsupported names the extension that an unknown first byte belongs to.
func unsupported(op byte) (rule, what string) {
	switch op {
	case 0x12, 0x13, 0x15:
		return RuleTailCall, "tail calls are not supported"
	case 0x06, 0x07, 0x08, 0x09, 0x0a, 0x18, 0x19, 0x1f:
		return RuleExceptions, "exceptions are not supported"
	case 0x14, 0xd3, 0xd4, 0xd5, 0xd6, 0xfb:
		return RuleGC, "typed references and garbage-collected types are not supported"
	case 0xfe:
		return RuleAtomics, "threads and atomics are not supported"
	}
	return RuleInstruction, "no such instruction"
}
