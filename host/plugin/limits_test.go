package plugin

import (
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

// atLimit builds, for each limit, a file in which exactly n of what is counted
// stand. The key is ScanLimit.What.
var atLimit = map[string]func(n int) []byte{
	"bytes of a file": func(n int) []byte {
		head := file(section(sectionData, ops(1, 1), str("")))
		return file(section(sectionData, ops(1, 1), bytesOf(make([]byte, n-len(head)-6))))
	},
	"custom sections": func(n int) []byte { return file(rep(n, custom("x")...)) },
	"bytes of custom sections": func(n int) []byte {
		return file(custom("x", make([]byte, n/2-2)), custom("x", make([]byte, n-n/2-2)))
	},
	"bytes of a name": func(n int) []byte { return file(custom(strings.Repeat("n", n))) },
	"functions with a name for debuggers": func(n int) []byte {
		return file(custom("name", section(namesFunctions, many(n, 0, 0))))
	},
	"locals with a name for debuggers": func(n int) []byte {
		return file(custom("name", section(namesLocals, ops(2, 0), many(n/2, 0, 0), ops(1), many(n-n/2, 0, 0))))
	},
	"function types":                func(n int) []byte { return file(section(sectionType, many(n, 0x60, 0, 0))) },
	"parameters of a function type": func(n int) []byte { return file(section(sectionType, ops(1, 0x60), many(n, byte(I32)), ops(0))) },
	"results of a function type":    func(n int) []byte { return file(section(sectionType, ops(1, 0x60, 0), many(n, byte(I32)))) },
	"imports": func(n int) []byte {
		return file(section(sectionType, ops(1, 0x60, 0, 0)), section(sectionImport, many(n, 0, 0, 0, 0)))
	},
	"functions":                       func(n int) []byte { return withFunctions(n, code(noLocals)) },
	"tables":                          func(n int) []byte { return file(section(sectionTable, many(n, byte(FuncRef), 0, 0))) },
	"entries of a table at the start": func(n int) []byte { return file(section(sectionTable, ops(1, byte(FuncRef), 0), u32(uint32(n)))) },
	"memories":                        func(n int) []byte { return file(section(sectionMemory, many(n, 0, 0))) },
	"globals":                         func(n int) []byte { return file(section(sectionGlobal, many(n, byte(I32), 0, opI32Const, 0, opEnd))) },
	"element segments":                func(n int) []byte { return file(section(sectionElement, many(n, 1, 0, 0))) },
	"data segments":                   func(n int) []byte { return file(section(sectionData, many(n, 1, 0))) },
	"bytes of a function body":        func(n int) []byte { return withFunctions(1, code(noLocals, rep(n-2, 1))) },
	"locals of a function":            func(n int) []byte { return withFunctions(1, code(locals(uint32(n)))) },
	"blocks inside one another":       func(n int) []byte { return withFunctions(1, code(noLocals, nested(n, opBlock))) },
	"targets of a br_table":           func(n int) []byte { return withFunctions(1, code(noLocals, ops(0x0e), many(n, 0), ops(0))) },
	"bytes of the sealed description": func(n int) []byte { i := sampleInfo(); return sealed(padded(wire.Marshal(&i), n)) },
	"pages of 64 KiB of the memory at the start": func(n int) []byte {
		return file(section(sectionMemory, ops(1, 0), u32(uint32(n))))
	},
	"sections": func(n int) []byte {
		info := sampleInfo()
		return file(rep(n-1, custom("x")...), custom(wire.SectionName, wire.Marshal(&info)))
	},
	"declared maximum of a table that grows": func(n int) []byte {
		return with(func(d *draft) { d.Tables[0] = join(ops(byte(FuncRef), 1, 0), u32(uint32(n))) })
	},
	"exports": func(n int) []byte {
		return with(func(d *draft) {
			d.Exports = nil
			for i := range n {
				d.Exports = append(d.Exports, exportOf(strings.Repeat("x", i%500)+string(rune('a'+i/500)), ExportFunction, 1))
			}
		})
	},
	"items of all element segments": func(n int) []byte {
		return with(func(d *draft) {
			d.Elements = [][]byte{join(ops(1, 0), many(n/2, 1)), join(ops(1, 0), many(n-n/2, 1))}
		})
	},
	"locals of all functions": func(n int) []byte {
		full, rest := n/MaxLocals, n%MaxLocals
		return file(
			section(sectionType, vec(funcTypeOf(nil, nil))),
			section(sectionFunction, many(full+1, 0)),
			section(sectionCode, u32(uint32(full+1)), rep(full, code(locals(MaxLocals))...), code(locals(uint32(rest)))))
	},
	"parameters or results of a block": func(n int) []byte {
		return with(func(d *draft) {
			d.Types = append(d.Types, join(ops(0x60), many(n, byte(I32)), ops(0)))
			d.Codes[1] = code(noLocals, ops(opBlock, 3, opEnd))
		})
	},
	"targets of all br_table instructions": func(n int) []byte {
		full, rest := n/MaxBrTable, n%MaxBrTable
		return withFunctions(1, code(noLocals,
			rep(full, join(ops(0x0e), many(MaxBrTable, 0), ops(0))...), ops(0x0e), many(rest, 0), ops(0)))
	},
	// The smallest product of 5 locals that is not below n.
	"parameters and locals times blocks of a function": func(n int) []byte {
		return withFunctions(1, code(locals(5), rep((n+4)/5, opBlock, 0x40, opEnd)))
	},
}

// Every limit accepts what reaches it and refuses one more.
func TestLimitsOnBothSides(t *testing.T) {
	for _, limit := range ScanLimits() {
		t.Run(strings.ReplaceAll(limit.What, " ", "_"), func(t *testing.T) {
			build := atLimit[limit.What]
			if build == nil {
				t.Fatal("no case for this limit")
			}
			read := func(data []byte) error {
				_, err := Scan(data)
				if limit.Rule == RuleSealSize || limit.Rule == RuleSectionCount {
					// A scan meets the limit of custom sections before this one.
					_, err = ReadInfo(data)
				}
				return err
			}
			if err := read(build(int(limit.Max))); err != nil {
				t.Errorf("%d are refused: %v", limit.Max, err)
			}
			if err := read(build(int(limit.Max) + 1)); RuleOf(err) != limit.Rule {
				t.Errorf("%d: got %v, want rule %s", limit.Max+1, err, limit.Rule)
			}
		})
	}
}
