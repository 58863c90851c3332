package main

import (
	"bytes"
	"encoding/binary"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"stella-ops.org/doctor/sdk/wire"
)

// makeModule writes a plugin file with exactly one thing wrong with it:
// mkmodule KIND FILE. The kind sound has nothing wrong, and shows that the
// others are refused for what they are named after.
func makeModule(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mkmodule KIND FILE")
	}
	kinds := moduleKinds(func() []byte { return []byte(ts.ReadFile(ts.Getenv("INTEGRATION"))) })
	kind, ok := kinds[args[0]]
	if !ok {
		ts.Fatalf("unknown kind %s, there are: %s", args[0], strings.Join(slices.Sorted(maps.Keys(kinds)), " "))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), kind(), 0o644))
}

// moduleKinds makes a file of each kind; real reads the first-party plugin.
func moduleKinds(real func() []byte) map[string]func() []byte {
	sealed := func(m wasmModule) func() []byte {
		return func() []byte { return slices.Concat(m.bytes(), sealSection(wire.Version)) }
	}
	importing := func(module, name string, params, results []byte) func() []byte {
		return sealed(wasmModule{imported: &wasmImport{module, name, params, results}})
	}
	const (
		wasi   = "wasi_snapshot_preview1"
		extism = "extism:host/env"
	)
	one, three := []byte{i32}, []byte{i32, i32, i32}
	return map[string]func() []byte{
		"sound": sealed(wasmModule{}),
		// The first-party plugin with another digest: a section at its beginning
		// that means nothing.
		"other-digest": func() []byte {
			file := real()
			return slices.Concat(file[:8], wasmSection(0, wasmVector([]byte("other"))), file[8:])
		},
		"unsealed": wasmModule{}.bytes,
		"two-seals": func() []byte {
			return slices.Concat(wasmModule{}.bytes(), sealSection(wire.Version), sealSection(wire.Version))
		},
		"newer-abi": func() []byte { return slices.Concat(wasmModule{}.bytes(), sealSection(99)) },
		"truncated": func() []byte {
			file := sealed(wasmModule{})()
			return file[:len(file)-100] // inside the seal
		},
		"half": func() []byte {
			file := real()
			return file[:len(file)/2]
		},
		"cut-in-header": func() []byte { return sealed(wasmModule{})()[:6] },
		"empty":         func() []byte { return nil },
		"text":          func() []byte { return []byte("this is no module\n") },
		"gzip":          func() []byte { return []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03") },
		"component":     func() []byte { return []byte("\x00asm\x0d\x00\x01\x00") },
		"one-over":      func() []byte { return grown(sealed(wasmModule{})(), 16<<20+1) },
		"17-mib":        func() []byte { return grown(sealed(wasmModule{})(), 17<<20) },
		// A valid core module of somebody else: it exports nothing of ours.
		"plain":         sealed(wasmModule{exports: []string{"memory"}}),
		"no-run":        sealed(wasmModule{exports: []string{"memory", wire.ExportDescribe}}),
		"command":       sealed(wasmModule{exports: []string{"memory", wire.ExportDescribe, wire.ExportRun, "_start"}}),
		"start-section": sealed(wasmModule{start: true}),
		// Engines make room for as many imports as this claims to have.
		"import-bomb": func() []byte {
			return slices.Concat(wasmHeader(), []byte{2, 5, 0xff, 0xff, 0xff, 0xff, 0x0f})
		},
		"sock-open":    importing(wasi, "sock_open", three, one),
		"sock-accept":  importing(wasi, "sock_accept", three, one),
		"path-open":    importing(wasi, "path_open", []byte{i32, i32, i32, i32, i32, i64, i64, i32, i32}, one),
		"http-request": importing(extism, "http_request", []byte{i64, i64}, []byte{i64}),
		"http-write":   importing(wire.ImportModule, wire.FuncHTTPWrite, []byte{i32}, []byte{i64}),
		// A description in which everything is used, in words that a terminal or
		// Markdown could take for more than words.
		"described": func() []byte { info := describedInfo(); return sealedModule(&info) },
		// The scanner does not type-check code, the engine does.
		"ill-typed":        wasmModule{illTyped: true}.bytes,
		"ill-typed-sealed": sealed(wasmModule{illTyped: true}),
	}
}

// makeConfig writes a configuration file that no editor leaves as it is:
// mkconfig KIND FILE. All but large hold the text `OCI: {}` in some form.
func makeConfig(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mkconfig KIND FILE")
	}
	const text = "OCI: {}\n"
	var data []byte
	switch args[0] {
	case "utf-16": // with a byte order mark, as an old editor saves it
		data = []byte{0xff, 0xfe}
		for _, c := range []byte(text) {
			data = append(data, c, 0)
		}
	case "zero-byte":
		data = []byte(text + "A: b\x00c, more text\n")
	case "latin-1":
		data = []byte(text + "A: caf\xe9\n")
	case "exact", "large": // 4 MiB, and a byte more
		data = append([]byte(`{"OCI":{}}`), bytes.Repeat([]byte(" "), 4<<20-10)...)
		if args[0] == "large" {
			data = append(data, ' ')
		}
	default:
		ts.Fatalf("unknown kind %s", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o644))
}

// Value types and instructions of the binary format.
const (
	i32        = 0x7f
	i64        = 0x7e
	opI32Const = 0x41
	opI64Const = 0x42
	opEnd      = 0x0b
)

// wasmImport is a function that a module asks its host for.
type wasmImport struct {
	module, name    string
	params, results []byte
}

// wasmModule is a small module with the two exports of the contract, and what is to
// be different about it.
type wasmModule struct {
	imported *wasmImport
	exports  []string // nil for what the contract wants
	start    bool     // a start section
	illTyped bool     // doctor_run returns an i64 where its type says i32
}

func (p wasmModule) bytes() []byte {
	types := [][]byte{wasmFuncType(nil, []byte{i32}), wasmFuncType(nil, nil)}
	var imports [][]byte
	first := byte(0) // index of the first function of the module's own
	if f := p.imported; f != nil {
		types = append(types, wasmFuncType(f.params, f.results))
		imports = append(imports, slices.Concat(wasmVector([]byte(f.module)), wasmVector([]byte(f.name)), []byte{0, 2}))
		first = 1
	}
	names := p.exports
	if names == nil {
		names = []string{"memory", wire.ExportDescribe, wire.ExportRun}
	}
	index := map[string][]byte{
		"memory": {2, 0}, wire.ExportDescribe: {0, first}, wire.ExportRun: {0, first + 1}, "_start": {0, first + 2},
	}
	var exports [][]byte
	for _, name := range names {
		exports = append(exports, slices.Concat(wasmVector([]byte(name)), index[name]))
	}
	run := wasmBody(opI32Const, 0, opEnd)
	if p.illTyped {
		run = wasmBody(opI64Const, 0, opEnd)
	}
	out := slices.Concat(wasmHeader(), wasmSection(1, wasmVectors(types)))
	if imports != nil {
		out = append(out, wasmSection(2, wasmVectors(imports))...)
	}
	out = slices.Concat(out,
		wasmSection(3, []byte{3, 0, 0, 1}), // three functions and their types
		wasmSection(5, []byte{1, 0, 1}),    // one memory of one page
		wasmSection(7, wasmVectors(exports)))
	if p.start {
		out = append(out, wasmSection(8, []byte{first + 2})...)
	}
	return append(out, wasmSection(10, wasmVectors([][]byte{wasmBody(opI32Const, 0, opEnd), run, wasmBody(opEnd)}))...)
}

// grown fills a file up with zeros.
func grown(file []byte, size int) []byte { return append(file, make([]byte, size-len(file))...) }

func wasmHeader() []byte { return []byte("\x00asm\x01\x00\x00\x00") }

// sealSection returns the section that describes a plugin of one check, whatever its
// module holds.
func sealSection(abi int) []byte {
	return sealOf(&wire.PluginInfo{
		ABI: abi, ID: "acme.demo", Name: "Demo", Version: "1.0.0", Category: "demo",
		Checks: []wire.CheckInfo{{
			ID: "check.demo.one", Name: "One", Description: "Does it work?",
			Class: wire.ClassRead, DefaultSeverity: wire.Warn, Tags: []string{"quick"},
		}},
	})
}

// sealOf returns the section that holds a description.
func sealOf(info *wire.PluginInfo) []byte {
	return wasmSection(0, slices.Concat(wasmVector([]byte(wire.SectionName)), wire.Marshal(info)))
}

func wasmSection(id byte, content []byte) []byte { return append([]byte{id}, wasmVector(content)...) }

// wasmVector puts the length of b in front of it.
func wasmVector(b []byte) []byte { return append(binary.AppendUvarint(nil, uint64(len(b))), b...) }

// wasmVectors puts the number of items in front of them.
func wasmVectors(list [][]byte) []byte {
	return append(binary.AppendUvarint(nil, uint64(len(list))), bytes.Join(list, nil)...)
}

func wasmFuncType(params, results []byte) []byte {
	return slices.Concat([]byte{0x60}, wasmVector(params), wasmVector(results))
}

// wasmBody is the code of a function without locals.
func wasmBody(code ...byte) []byte { return wasmVector(append([]byte{0}, code...)) }
