//go:build wasip1

// Command guest is the Go guest of the tests of package sandbox. It speaks to
// the engine's kernel without any SDK; each export misbehaves in its own way.
package main

import (
	"os"
	"strings"
	"time"
)

//go:wasmimport extism:host/env input_length
func inputLength() uint64

//go:wasmimport extism:host/env input_load_u8
func inputLoad(offset uint64) uint32

//go:wasmimport extism:host/env alloc
func alloc(n uint64) uint64

//go:wasmimport extism:host/env length
func length(offset uint64) uint64

//go:wasmimport extism:host/env load_u8
func load(offset uint64) uint32

//go:wasmimport extism:host/env store_u8
func store(offset uint64, value uint32)

//go:wasmimport extism:host/env output_set
func outputSet(offset, n uint64)

//go:wasmimport extism:host/env error_set
func errorSet(offset uint64)

//go:wasmimport extism:host/env log_info
func logInfo(offset uint64)

//go:wasmimport extism:host/env log_debug
func logDebug(offset uint64)

//go:wasmimport test:host ask
func ask(offset uint64) uint64

func input() []byte {
	b := make([]byte, inputLength())
	for i := range b {
		b[i] = byte(inputLoad(uint64(i)))
	}
	return b
}

func put(b []byte) uint64 {
	offset := alloc(uint64(len(b)))
	for i, c := range b {
		store(offset+uint64(i), uint32(c))
	}
	return offset
}

func get(offset uint64) []byte {
	b := make([]byte, length(offset))
	for i := range b {
		b[i] = byte(load(offset + uint64(i)))
	}
	return b
}

func output(b []byte) { outputSet(put(b), uint64(len(b))) }

var calls int

// echo answers with its input in upper case, and with how often this instance
// was called.
//
//go:wasmexport echo
func echo() int32 {
	calls++
	output([]byte(strings.ToUpper(string(input())) + strings.Repeat("!", calls)))
	return 0
}

//go:wasmexport relay
func relay() int32 {
	output(append(get(ask(put(input()))), '.'))
	return 0
}

//go:wasmexport boom
func boom() int32 { panic("the \x1b[31mguest's\x1b[0m words") }

//go:wasmexport bomb
func bomb() int32 {
	var all [][]byte
	for i := 0; ; i++ {
		b := make([]byte, 1<<20)
		b[i%len(b)] = byte(i)
		all = append(all, b)
		if i < 0 {
			output(all[i])
		}
	}
}

//go:wasmexport deep
func deep() int32 { return deeper(1) }

func deeper(n int32) int32 {
	var pad [64]int32
	pad[n%64] = n
	return deeper(n+1) + pad[(n+1)%64]
}

//go:wasmexport exit0early
func exit0early() int32 { os.Exit(0); return 0 }

//go:wasmexport exit0late
func exit0late() int32 { output([]byte("done")); os.Exit(0); return 0 }

//go:wasmexport exit3
func exit3() int32 { os.Exit(3); return 0 }

//go:wasmexport sleep
func sleep() int32 {
	time.Sleep(time.Hour)
	output([]byte("awake"))
	return 0
}

//go:wasmexport lock
func lock() int32 { select {} }

//go:wasmexport loud
func loud() int32 {
	line := []byte(strings.Repeat("x", 1023) + "\n")
	for range 1024 {
		os.Stderr.Write(line)
		os.Stdout.Write(line)
	}
	output([]byte("quiet"))
	return 0
}

//go:wasmexport logs
func logs() int32 {
	logDebug(put([]byte("first")))
	logInfo(put([]byte("second")))
	output([]byte("ok"))
	return 0
}

//go:wasmexport gripe
func gripe() int32 {
	errorSet(put([]byte("no luck\nat all")))
	return 1
}

// world tells what the guest can see of the world.
//
//go:wasmexport world
func world() int32 {
	var b strings.Builder
	b.WriteString(time.Now().UTC().Format(time.RFC3339))
	b.WriteString(" env=" + strings.Join(os.Environ(), ","))
	b.WriteString(" args=" + strings.Join(os.Args, ","))
	if _, err := os.ReadDir("/"); err != nil {
		b.WriteString(" no-files")
	}
	output([]byte(b.String()))
	return 0
}

func main() {}
