package plugin

import (
	"strings"
	"testing"
)

var (
	// overlong takes six bytes, tooBig sets bits that do not fit 32.
	overlong = []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x00}
	tooBig   = []byte{0xff, 0xff, 0xff, 0xff, 0x1f}
)

// W49: every number of the format, written too long and too large.
func TestW49EveryField(t *testing.T) {
	types0 := section(sectionType, vec(funcTypeOf(nil, nil)))
	fields := map[string]func(leb []byte) []byte{
		"section size":    func(b []byte) []byte { return file(join(ops(1), b, ops(0))) },
		"type count":      func(b []byte) []byte { return file(section(sectionType, b)) },
		"parameter count": func(b []byte) []byte { return file(section(sectionType, ops(1, 0x60), b, ops(0))) },
		"result count":    func(b []byte) []byte { return file(section(sectionType, ops(1, 0x60, 0), b, ops(0))) },
		"import count":    func(b []byte) []byte { return file(section(sectionImport, b)) },
		"import module":   func(b []byte) []byte { return file(section(sectionImport, ops(1), b, ops(0, 0, 0))) },
		"import name":     func(b []byte) []byte { return file(section(sectionImport, ops(1, 0), b, ops(0, 0))) },
		"import type":     func(b []byte) []byte { return file(types0, section(sectionImport, ops(1, 0, 0, 0), b)) },
		"function count":  func(b []byte) []byte { return file(section(sectionFunction, b)) },
		"function type":   func(b []byte) []byte { return file(types0, section(sectionFunction, ops(1), b)) },
		"table count":     func(b []byte) []byte { return file(section(sectionTable, b)) },
		"table minimum":   func(b []byte) []byte { return file(section(sectionTable, ops(1, byte(FuncRef), 0), b)) },
		"table maximum":   func(b []byte) []byte { return file(section(sectionTable, ops(1, byte(FuncRef), 1, 0), b)) },
		"memory count":    func(b []byte) []byte { return file(section(sectionMemory, b)) },
		"memory minimum":  func(b []byte) []byte { return file(section(sectionMemory, ops(1, 0), b)) },
		"memory maximum":  func(b []byte) []byte { return file(section(sectionMemory, ops(1, 1, 0), b)) },
		"global count":    func(b []byte) []byte { return file(section(sectionGlobal, b)) },
		"global i32.const": func(b []byte) []byte {
			return file(section(sectionGlobal, ops(1, byte(I32), 0, opI32Const), b, ops(opEnd)))
		},
		"global global.get": func(b []byte) []byte {
			return file(section(sectionGlobal, ops(1, byte(I32), 0, opGlobalGet), b, ops(opEnd)))
		},
		"global ref.func": func(b []byte) []byte {
			return file(section(sectionGlobal, ops(1, byte(FuncRef), 0, opRefFunc), b, ops(opEnd)))
		},
		"export count":   func(b []byte) []byte { return file(section(sectionExport, b)) },
		"export name":    func(b []byte) []byte { return file(section(sectionExport, ops(1), b, ops(0, 0))) },
		"export index":   func(b []byte) []byte { return file(section(sectionExport, ops(1, 0, 0), b)) },
		"start function": func(b []byte) []byte { return file(section(sectionStart, b)) },
		"element count":  func(b []byte) []byte { return file(section(sectionElement, b)) },
		"element form":   func(b []byte) []byte { return file(section(sectionElement, ops(1), b, ops(0, 0))) },
		"element table": func(b []byte) []byte {
			return file(section(sectionElement, ops(1, 2), b, ops(opI32Const, 0, opEnd, 0, 0)))
		},
		"element items":      func(b []byte) []byte { return file(section(sectionElement, ops(1, 1, 0), b)) },
		"element function":   func(b []byte) []byte { return file(section(sectionElement, ops(1, 1, 0, 1), b)) },
		"data count section": func(b []byte) []byte { return file(section(sectionDataCount, b)) },
		"code count":         func(b []byte) []byte { return file(section(sectionCode, b)) },
		"body size": func(b []byte) []byte {
			return file(types0, section(sectionFunction, many(1, 0)), section(sectionCode, ops(1), b, ops(0, opEnd)))
		},
		"local groups":       func(b []byte) []byte { return withFunctions(1, bytesOf(join(b, ops(opEnd)))) },
		"locals":             func(b []byte) []byte { return withFunctions(1, bytesOf(join(ops(1), b, ops(byte(I32), opEnd)))) },
		"data segments":      func(b []byte) []byte { return file(section(sectionData, b)) },
		"data form":          func(b []byte) []byte { return file(section(sectionData, ops(1), b, ops(0, 0))) },
		"data size":          func(b []byte) []byte { return file(section(sectionData, ops(1, 1), b)) },
		"data memory":        func(b []byte) []byte { return file(section(sectionData, ops(1, 2), b, ops(opI32Const, 0, opEnd, 0))) },
		"custom name":        func(b []byte) []byte { return file(section(sectionCustom, b)) },
		"name subsection":    func(b []byte) []byte { return file(custom("name", ops(0), b, ops(0))) },
		"name count":         func(b []byte) []byte { return file(custom("name", section(namesFunctions, b))) },
		"name index":         func(b []byte) []byte { return file(custom("name", section(namesFunctions, ops(1), b, ops(0)))) },
		"name of a function": func(b []byte) []byte { return file(custom("name", section(namesFunctions, ops(1, 0), b))) },
		"name of a local":    func(b []byte) []byte { return file(custom("name", section(namesLocals, ops(1, 0, 1, 0), b))) },
	}
	instructions := map[string]func(leb []byte) []byte{
		"block type":          func(b []byte) []byte { return join(ops(opBlock), b) },
		"br":                  func(b []byte) []byte { return join(ops(0x0c), b) },
		"br_table count":      func(b []byte) []byte { return join(ops(0x0e), b) },
		"br_table label":      func(b []byte) []byte { return join(ops(0x0e, 0), b) },
		"call":                func(b []byte) []byte { return join(ops(0x10), b) },
		"call_indirect type":  func(b []byte) []byte { return join(ops(0x11), b) },
		"call_indirect table": func(b []byte) []byte { return join(ops(0x11, 0), b) },
		"local.get":           func(b []byte) []byte { return join(ops(0x20), b) },
		"global.get":          func(b []byte) []byte { return join(ops(0x23), b) },
		"table.get":           func(b []byte) []byte { return join(ops(0x25), b) },
		"alignment":           func(b []byte) []byte { return join(ops(0x28), b) },
		"offset":              func(b []byte) []byte { return join(ops(0x28, 0), b) },
		"i32.const":           func(b []byte) []byte { return join(ops(opI32Const), b) },
		"ref.func":            func(b []byte) []byte { return join(ops(opRefFunc), b) },
		"memory.init":         func(b []byte) []byte { return join(ops(0xfc, 8), b) },
		"data.drop":           func(b []byte) []byte { return join(ops(0xfc, 9), b) },
		"table.init element":  func(b []byte) []byte { return join(ops(0xfc, 12), b) },
		"table.init table":    func(b []byte) []byte { return join(ops(0xfc, 12, 0), b) },
		"elem.drop":           func(b []byte) []byte { return join(ops(0xfc, 13), b) },
		"table.copy":          func(b []byte) []byte { return join(ops(0xfc, 14), b) },
		"table.grow":          func(b []byte) []byte { return join(ops(0xfc, 15), b) },
		"table.size":          func(b []byte) []byte { return join(ops(0xfc, 16), b) },
		"vector alignment":    func(b []byte) []byte { return join(ops(0xfd, 0), b) },
		"vector offset":       func(b []byte) []byte { return join(ops(0xfd, 0, 0), b) },
	}
	for name, build := range instructions {
		fields["instruction "+name] = func(b []byte) []byte { return withCode(noLocals, build(b)) }
	}
	for name, build := range fields {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			for _, leb := range [][]byte{overlong, tooBig} {
				_, err := Scan(build(leb))
				if RuleOf(err) != RuleLEB128 {
					t.Errorf("% x: got %v, want rule %s", leb, err, RuleLEB128)
				}
			}
		})
	}
}

// Padding within the length that the format allows is what linkers write.
func TestPaddingAccepted(t *testing.T) {
	padded := []byte{0x81, 0x80, 0x80, 0x80, 0x00}
	data := file(join(ops(sectionType), []byte{0x88, 0x80, 0x80, 0x80, 0x00}, padded, ops(0x60, 0, 0)))
	if _, err := Scan(data); err != nil {
		t.Error(err)
	}
}

func TestLEB128(t *testing.T) {
	for _, c := range []struct {
		name          string
		bytes         []byte
		u32, s32, s64 int // the position after the number, or the code
	}{
		{"nothing", nil, lebCut, lebCut, lebCut},
		{"zero", ops(0), 1, 1, 1},
		{"one byte, negative", ops(0x7f), 1, 1, 1},
		{"cut", ops(0x80), lebCut, lebCut, lebCut},
		{"five bytes, all of 32 bits", ops(0xff, 0xff, 0xff, 0xff, 0x0f), 5, lebBad, 5},
		{"five bytes, -1", ops(0xff, 0xff, 0xff, 0xff, 0x7f), lebBad, 5, 5},
		{"five bytes, largest positive", ops(0xff, 0xff, 0xff, 0xff, 0x07), 5, 5, 5},
		{"five bytes, sign not repeated", ops(0x80, 0x80, 0x80, 0x80, 0x08), 5, lebBad, 5},
		{"five bytes, bit 32", ops(0x80, 0x80, 0x80, 0x80, 0x10), lebBad, lebBad, 5},
		{"six bytes", overlong, lebBad, lebBad, 6},
		{"ten bytes, -1", join(rep(9, 0xff), ops(0x7f)), lebBad, lebBad, 10},
		{"ten bytes, sign not repeated", join(rep(9, 0xff), ops(0x01)), lebBad, lebBad, lebBad},
		{"eleven bytes", join(rep(10, 0x80), ops(0)), lebBad, lebBad, lebBad},
	} {
		if _, got := readU32(c.bytes, 0); got != c.u32 {
			t.Errorf("%s: u32 ends at %d, want %d", c.name, got, c.u32)
		}
		if got := skipS32(c.bytes, 0); got != c.s32 {
			t.Errorf("%s: s32 ends at %d, want %d", c.name, got, c.s32)
		}
		if got := skipS64(c.bytes, 0); got != c.s64 {
			t.Errorf("%s: s64 ends at %d, want %d", c.name, got, c.s64)
		}
	}
	if v, next := readTypeIndex(ops(0x40|0x80, 0x00), 0); v != 64 || next != 2 {
		t.Errorf("type index is %d, %d", v, next)
	}
	for _, b := range [][]byte{ops(0x41), ops(0xc0, 0x7f), overlong, ops(0xff, 0xff, 0xff, 0xff, 0x1f)} {
		if v, next := readTypeIndex(b, 0); next != lebBad {
			t.Errorf("type index % x is accepted as %d", b, v)
		}
	}
}

func FuzzLEB128(f *testing.F) {
	f.Add([]byte{0x80, 0x01})
	f.Fuzz(func(t *testing.T, b []byte) {
		v, next := readU32(b, 0)
		if next > len(b) || next == 0 || next < lebBad {
			t.Fatalf("position %d of %d", next, len(b))
		}
		if next > 0 {
			if again, _ := readU32(appendU32(nil, v), 0); again != v {
				t.Fatalf("%d reads back as %d", v, again)
			}
		}
		for _, p := range []int{skipS32(b, 0), skipS64(b, 0)} {
			if p > len(b) || p == 0 || p < lebBad {
				t.Fatalf("position %d of %d", p, len(b))
			}
		}
	})
}
