//go:build wasip1

package main

import (
	"time"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

// sink keeps the compiler from proving that the work below is in vain.
var sink uint64

func loop(*sdk.Env) wire.Result {
	for {
		sink++
	}
}

func recurse(*sdk.Env) wire.Result {
	sink = deeper(1)
	return pass(nil)
}

func deeper(n uint64) uint64 { return deeper(n+1) + n }

func hoard(*sdk.Env) wire.Result {
	var all [][]byte
	for {
		b := make([]byte, 1<<20)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		all = append(all, b)
		sink += uint64(len(all))
	}
}

func sleep(*sdk.Env) wire.Result {
	time.Sleep(time.Hour)
	return pass(nil)
}

// kernelHeap makes the free list of Extism's kernel a ring and then has the
// host allocate in it. The words of a block before its data are status, size
// and use, 4 bytes each, and a word store reaches them because the kernel does
// not check it. With size -12 the block is its own successor. The list is
// searched only when the memory is full, so it is filled first.
func kernelHeap(*sdk.Env) wire.Result {
	request := writeBlock([]byte(`{"method":"GET","url":"http://registry.example.com/"}`))
	var last uint64
	for {
		last = kernelAlloc(32)
		if last == 0 {
			return pass(nil) // no memory left before the end of a page was met
		}
		left := kernelMemoryBytes() - last
		if left < 128 {
			break
		}
		if left > 8192 {
			kernelAlloc(left - 4096)
		}
	}
	const minusTwelve = 1<<32 - 12
	kernelStore64(last-8, minusTwelve|32<<32)
	httpRead(request)
	return pass(nil)
}
