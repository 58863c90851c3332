//go:build wasip1

package main

import (
	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

// The way past the SDK: what a check here cannot say through it, it says to the
// kernel itself.

//go:wasmimport extism:host/env alloc
func kernelAlloc(size uint64) (block uint64)

//go:wasmimport extism:host/env length
func kernelLength(block uint64) uint64

//go:wasmimport extism:host/env load_u8
func kernelLoad8(offset uint64) uint32

//go:wasmimport extism:host/env store_u8
func kernelStore8(offset uint64, value uint32)

//go:wasmimport extism:host/env store_u64
func kernelStore64(offset uint64, value uint64)

//go:wasmimport extism:host/env input_length
func kernelInputLength() uint64

//go:wasmimport extism:host/env input_load_u8
func kernelInputLoad8(offset uint64) uint32

//go:wasmimport extism:host/env output_set
func kernelOutputSet(block, length uint64)

//go:wasmimport stella:doctor/v1 http_read
func httpRead(request uint64) (response uint64)

//go:wasmimport wasi_snapshot_preview1 proc_exit
func procExit(code uint32)

// answer makes out the output of this call and leaves with code 0, which an
// engine takes for success, before the SDK can write a result of its own.
func answer(out []byte) wire.Result {
	kernelOutputSet(writeBlock(out), uint64(len(out)))
	procExit(0)
	panic("unreachable")
}

// nonce reads the nonce, which the SDK does not show, from the input.
func nonce(*sdk.Env) string {
	in := make([]byte, kernelInputLength())
	for i := range in {
		in[i] = byte(kernelInputLoad8(uint64(i)))
	}
	var req wire.Request
	if err := wire.Unmarshal(in, &req); err != nil {
		panic(err)
	}
	return req.Nonce
}

// writeBlock copies b into a new block, by words but for the tail.
func writeBlock(b []byte) uint64 {
	block := kernelAlloc(uint64(len(b)))
	i := 0
	for ; i+8 <= len(b); i += 8 {
		var word uint64
		for j := range 8 {
			word |= uint64(b[i+j]) << (8 * j)
		}
		kernelStore64(block+uint64(i), word)
	}
	for ; i < len(b); i++ {
		kernelStore8(block+uint64(i), uint32(b[i]))
	}
	return block
}

func readBlock(block uint64) []byte {
	b := make([]byte, kernelLength(block))
	for i := range b {
		b[i] = byte(kernelLoad8(block + uint64(i)))
	}
	return b
}
