package sandbox

import (
	"fmt"
	"strings"
)

// A small assembler: enough of the binary format to write hostile guests down
// as readable as text.

const (
	opUnreachable = 0x00
	opLoop        = 0x03
	opIf          = 0x04
	opEnd         = 0x0b
	opBr          = 0x0c
	opBrIf        = 0x0d
	opCall        = 0x10
	opDrop        = 0x1a
	opLocalGet    = 0x20
	opLocalTee    = 0x22
	opMemoryGrow  = 0x40
	opI32Const    = 0x41
	opI64Const    = 0x42
	opI32Eqz      = 0x45
	opI32Add      = 0x6a
	opI64Add      = 0x7c
	opI64LtU      = 0x54
	opI32Eq       = 0x46
	opPrefix      = 0xfc
	opTableGrow   = 0x0f
	opRefNull     = 0xd0
	void          = 0x40
	funcref       = 0x70
)

// uleb and sleb are the two integer encodings.
func uleb(v uint64) []byte {
	var b []byte
	for {
		c := byte(v & 0x7f)
		if v >>= 7; v == 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

func sleb(v int64) []byte {
	var b []byte
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

// code joins opcodes (int), and what other helpers return ([]byte).
func code(parts ...any) []byte {
	var b []byte
	for _, part := range parts {
		switch v := part.(type) {
		case int:
			b = append(b, byte(v))
		case []byte:
			b = append(b, v...)
		default:
			panic(fmt.Sprintf("code: %T", part))
		}
	}
	return b
}

func i32(v int32) []byte { return code(opI32Const, sleb(int64(v))) }
func i64(v int64) []byte { return code(opI64Const, sleb(v)) }
func get(local uint64) []byte {
	return code(opLocalGet, uleb(local))
}

// forever repeats body.
func forever(body ...any) []byte {
	return code(opLoop, void, code(body...), opBr, 0, opEnd)
}

// wat is a module under construction.
type wat struct {
	types   []string
	imports []imported
	funcs   []function
	memory  int // pages, at least; 0 for none
	table   bool
	start   string
}

type imported struct{ module, name, sig string }

type function struct {
	name   string // exported under it
	sig    string // "i64 i64 -> i32"
	locals []byte // one value type each
	body   func(w *wat) []byte
}

// kernel and ask are the imports that most guests need.
func kernel(name, sig string) imported { return imported{"extism:host/env", name, sig} }

var ask = imported{"test:host", "ask", "i64 -> i64"}

// call calls a function by name.
func (w *wat) call(name string) []byte {
	for i, f := range w.imports {
		if f.name == name {
			return code(opCall, uleb(uint64(i)))
		}
	}
	for i, f := range w.funcs {
		if f.name == name {
			return code(opCall, uleb(uint64(len(w.imports)+i)))
		}
	}
	panic("no function " + name)
}

func (w *wat) typeIndex(sig string) []byte {
	for i, t := range w.types {
		if t == sig {
			return uleb(uint64(i))
		}
	}
	w.types = append(w.types, sig)
	return uleb(uint64(len(w.types) - 1))
}

func valueTypes(names string) []byte {
	var b []byte
	for name := range strings.FieldsSeq(names) {
		b = append(b, map[string]byte{"i32": 0x7f, "i64": 0x7e, "f64": 0x7c}[name])
	}
	return append(uleb(uint64(len(b))), b...)
}

func text(s string) []byte { return append(uleb(uint64(len(s))), s...) }

// build returns the module.
func (w wat) build() []byte {
	var imports, funcs, exports, bodies []byte
	for _, f := range w.imports {
		imports = append(imports, code(text(f.module), text(f.name), 0, w.typeIndex(f.sig))...)
	}
	var start []byte
	for i, f := range w.funcs {
		index := uleb(uint64(len(w.imports) + i))
		funcs = append(funcs, w.typeIndex(f.sig)...)
		exports = append(exports, code(text(f.name), 0, index)...)
		var locals []byte
		for _, l := range f.locals {
			locals = append(locals, 1, l)
		}
		body := code(uleb(uint64(len(f.locals))), locals, f.body(&w), opEnd)
		bodies = append(bodies, code(uleb(uint64(len(body))), body)...)
		if f.name == w.start {
			start = index
		}
	}
	var types []byte
	for _, sig := range w.types {
		params, results, _ := strings.Cut(sig, "->")
		types = append(types, code(0x60, valueTypes(params), valueTypes(results))...)
	}
	module := []byte("\x00asm\x01\x00\x00\x00")
	section := func(id int, count int, content []byte) {
		if count > 0 {
			content = code(uleb(uint64(count)), content)
			module = append(module, code(id, uleb(uint64(len(content))), content)...)
		}
	}
	section(1, len(w.types), types)
	section(2, len(w.imports), imports)
	section(3, len(w.funcs), funcs)
	if w.table {
		section(4, 1, []byte{funcref, 0, 1})
	}
	if w.memory > 0 {
		section(5, 1, code(0, uleb(uint64(w.memory))))
	}
	section(7, len(w.funcs), exports)
	if start != nil {
		module = append(module, code(8, uleb(uint64(len(start))), start)...)
	}
	section(10, len(w.funcs), bodies)
	return module
}

// plain is a function body that calls nothing.
func plain(parts ...any) func(*wat) []byte {
	return func(*wat) []byte { return code(parts...) }
}
