//go:build wasip1

package main

import "stella-ops.org/doctor/sdk/wire"

// The way past the SDK.

//go:wasmimport extism:host/env alloc
func kernelAlloc(size uint64) (block uint64)

//go:wasmimport extism:host/env store_u8
func kernelStore8(offset uint64, value uint32)

//go:wasmimport extism:host/env input_length
func kernelInputLength() uint64

//go:wasmimport extism:host/env input_load_u8
func kernelInputLoad8(offset uint64) uint32

//go:wasmimport stella:doctor/v1 http_read
func httpRead(request uint64) (response uint64)

// nonce reads the nonce, which the SDK does not show, from the input.
func nonce() string {
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

func writeBlock(b []byte) uint64 {
	block := kernelAlloc(uint64(len(b)))
	for i := range b {
		kernelStore8(block+uint64(i), uint32(b[i]))
	}
	return block
}
