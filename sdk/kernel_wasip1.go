package sdk

// The binding to Extism's kernel. Its memory is not the guest's: a document
// crosses word by word through calls, 8 bytes each while 8 are left and then
// single bytes. The tail is never padded to a word, because only some kernels
// let a word reach beyond its block.
//
// Only what is used is imported: the import list of a module is a proof.

//go:wasmimport extism:host/env alloc
func kernelAlloc(size uint64) (block uint64)

//go:wasmimport extism:host/env free
func kernelFree(block uint64)

//go:wasmimport extism:host/env length
func kernelLength(block uint64) uint64

//go:wasmimport extism:host/env load_u8
func kernelLoad8(offset uint64) uint32

//go:wasmimport extism:host/env load_u64
func kernelLoad64(offset uint64) uint64

//go:wasmimport extism:host/env store_u8
func kernelStore8(offset uint64, value uint32)

//go:wasmimport extism:host/env store_u64
func kernelStore64(offset uint64, value uint64)

//go:wasmimport extism:host/env input_length
func kernelInputLength() uint64

//go:wasmimport extism:host/env input_load_u8
func kernelInputLoad8(offset uint64) uint32

//go:wasmimport extism:host/env input_load_u64
func kernelInputLoad64(offset uint64) uint64

//go:wasmimport extism:host/env output_set
func kernelOutputSet(block, length uint64)

//go:wasmimport extism:host/env error_set
func kernelErrorSet(block uint64)

//go:wasmimport extism:host/env log_debug
func kernelLogDebug(block uint64)

//go:wasmimport extism:host/env log_info
func kernelLogInfo(block uint64)

//go:wasmimport extism:host/env log_warn
func kernelLogWarn(block uint64)

// readInput returns the input of the current call.
func readInput() []byte {
	b := make([]byte, kernelInputLength())
	i := 0
	for ; i+8 <= len(b); i += 8 {
		putWord(b[i:i+8], kernelInputLoad64(uint64(i)))
	}
	for ; i < len(b); i++ {
		b[i] = byte(kernelInputLoad8(uint64(i)))
	}
	return b
}

// readBlock returns what stands in a block of kernel memory.
func readBlock(block uint64) []byte {
	b := make([]byte, kernelLength(block))
	i := 0
	for ; i+8 <= len(b); i += 8 {
		putWord(b[i:i+8], kernelLoad64(block+uint64(i)))
	}
	for ; i < len(b); i++ {
		b[i] = byte(kernelLoad8(block + uint64(i)))
	}
	return b
}

// writeBlock copies b into a new block of kernel memory. It returns zero, which
// is no block, for empty b and when the kernel has no memory left.
func writeBlock(b []byte) (block uint64) {
	if len(b) == 0 {
		return 0
	}
	if block = kernelAlloc(uint64(len(b))); block == 0 {
		return 0
	}
	i := 0
	for ; i+8 <= len(b); i += 8 {
		kernelStore64(block+uint64(i), word(b[i:i+8]))
	}
	for ; i < len(b); i++ {
		kernelStore8(block+uint64(i), uint32(b[i]))
	}
	return block
}

// word and putWord read and write 8 bytes in the order of WebAssembly,
// little-endian. Package encoding/binary would bring reflect along.

func word(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

func putWord(b []byte, v uint64) {
	_ = b[7]
	b[0], b[1], b[2], b[3] = byte(v), byte(v>>8), byte(v>>16), byte(v>>24)
	b[4], b[5], b[6], b[7] = byte(v>>32), byte(v>>40), byte(v>>48), byte(v>>56)
}
