package plugin

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/sdk/wire"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// refusalCase is one file that must not be accepted. Ids that begin with W are
// those of the list of hostile modules.
type refusalCase struct {
	id   string
	rule string
	data func() []byte
}

func refusals() []refusalCase {
	var all []refusalCase
	for _, list := range [][]refusalCase{countBombs(), localBombs(), blockBombs(), sizeBombs(), malformed(), headerCases(),
		nameCases(), importCases(), exportCases(), codeCases(), sealCases()} {
		all = append(all, list...)
	}
	return all
}

// huge is the largest count that fits 32 bits.
var huge = []byte{0xff, 0xff, 0xff, 0xff, 0x0f}

func countBombs() []refusalCase {
	types0 := section(sectionType, vec(funcTypeOf(nil, nil)))
	return []refusalCase{
		{"W01 import count", RuleImportCount, func() []byte { return file(section(sectionImport, huge)) }},
		{"W02 table count", RuleTableCount, func() []byte { return file(section(sectionTable, huge)) }},
		{"W03 global count", RuleGlobalCount, func() []byte { return file(section(sectionGlobal, huge)) }},
		{"W04 export count", RuleExportCount, func() []byte { return file(section(sectionExport, huge)) }},
		{"W05 element count", RuleElementCount, func() []byte { return file(section(sectionElement, huge)) }},
		{"W06 code count", RuleCodeCount, func() []byte { return file(section(sectionCode, huge)) }},
		{"W08 function count", RuleFunctionCount, func() []byte { return file(section(sectionFunction, huge)) }},
		{"W09 type count", RuleTypeCount, func() []byte { return file(section(sectionType, huge)) }},
		{"W10 parameter count", RuleParamCount, func() []byte { return file(section(sectionType, ops(1, 0x60), huge)) }},
		{"W10 result count", RuleResultCount, func() []byte { return file(section(sectionType, ops(1, 0x60, 0), huge)) }},
		{"W11 element functions", RuleElementItems, func() []byte { return file(section(sectionElement, ops(1, 1, 0), huge)) }},
		{"W12 element expressions", RuleElementItems, func() []byte { return file(section(sectionElement, ops(1, 5, byte(FuncRef)), huge)) }},
		{"W13 data count", RuleDataCount, func() []byte { return file(section(sectionData, huge)) }},
		{"W13 data size", RuleDataForm, func() []byte { return file(section(sectionData, ops(1, 1), huge)) }},
		{"W14 custom section size", RuleSectionSize, func() []byte { return file(join(ops(sectionCustom), huge)) }},
		{"W15 function names", RuleNameSection, func() []byte { return file(custom("name", section(namesFunctions, huge))) }},
		{"W16 local name functions", RuleNameSection, func() []byte { return file(custom("name", section(namesLocals, huge))) }},
		{"W16 local names", RuleNameSection, func() []byte { return file(custom("name", section(namesLocals, ops(1, 0), huge))) }},
		{"W17 body size", RuleBodySize, func() []byte {
			return file(types0, section(sectionFunction, many(1, 0)), section(sectionCode, ops(1), huge, ops(0, opEnd)))
		}},
		{"local groups", RuleLocals, func() []byte { return withFunctions(1, bytesOf(join(huge, ops(opEnd)))) }},
		{"br_table targets", RuleBrTable, func() []byte { return withCode(noLocals, ops(0x0e), huge) }},
	}
}

func localBombs() []refusalCase {
	one := func(n uint32) func() []byte {
		return func() []byte { return withFunctions(1, code(locals(n))) }
	}
	many := func(functions int, n uint32) func() []byte {
		return func() []byte { return withFunctions(functions, code(locals(n))) }
	}
	return []refusalCase{
		{"W18 4 G locals", RuleLocals, one(1<<32 - 1)},
		{"W19 100 M locals", RuleLocals, one(100_000_000)},
		{"W20 10 M locals", RuleLocals, one(10_000_000)},
		{"W21 1 M locals", RuleLocals, one(1_000_000)},
		{"W22 50 k locals", RuleLocals, one(50_000)},
		{"W23 1 k functions of 50 k locals", RuleLocals, many(1_000, 50_000)},
		{"W24 10 k functions of 50 k locals", RuleLocals, many(10_000, 50_000)},
		{"W24 101 functions of 5 k locals", RuleTotalLocals, many(101, 5_000)},
		{"W25 100 k functions", RuleFunctionCount, func() []byte { return withFunctions(100_000, code(noLocals)) }},
		{"W26 1 M functions", RuleFunctionCount, func() []byte { return withFunctions(1_000_000, code(noLocals)) }},
		{"locals whose sum overflows", RuleLocals, func() []byte {
			return withFunctions(1, code(join(ops(2), huge, ops(byte(I32)), huge, ops(byte(I32)))))
		}},
	}
}

// nested returns n blocks inside one another, around the given code.
func nested(n int, op byte, inside ...byte) []byte {
	return join(rep(n, op, 0x40), inside, rep(n, opEnd))
}

func blockBombs() []refusalCase {
	loops := func(n int, l uint32, inside ...byte) func() []byte {
		return func() []byte { return withFunctions(1, code(locals(l), nested(n, opLoop, inside...))) }
	}
	deep := func(n int, op byte) func() []byte {
		return func() []byte { return withFunctions(1, code(noLocals, nested(n, op))) }
	}
	diamonds := func(l uint32, n int) func() []byte {
		return func() []byte {
			return withFunctions(1, code(locals(l), rep(n, 0x20, 0, opIf, 0x40, opElse, opEnd)))
		}
	}
	results := func(n int) func() []byte {
		return func() []byte { return file(section(sectionType, ops(1, 0x60, 0), many(n, byte(I32)))) }
	}
	arity := func(n int) func() []byte {
		return func() []byte {
			return with(func(d *draft) {
				d.types = append(d.types, join(ops(0x60), many(n, byte(I32)), ops(0)))
				d.codes[1] = code(noLocals, ops(opBlock, 3, opEnd))
			})
		}
	}
	return []refusalCase{
		{"W27 1 k loops, 1 k locals", RuleComplexity, loops(1_000, 1_000)},
		{"W28 2 k loops, 2 k locals", RuleComplexity, loops(2_000, 2_000)},
		{"W29 5 k loops, 5 k locals", RuleNesting, loops(5_000, 5_000)},
		{"W31 2 k loops, 2 k locals written", RuleComplexity, loops(2_000, 2_000, opI32Const, 1, 0x21, 0)},
		{"W32 100 k blocks", RuleNesting, deep(100_000, opBlock)},
		{"W33 1 M blocks", RuleBodySize, deep(1_000_000, opBlock)},
		{"W33 300 k blocks", RuleNesting, deep(300_000, opBlock)},
		{"W34 10 k ifs", RuleNesting, deep(10_000, opIf)},
		{"W34 50 k ifs", RuleNesting, deep(50_000, opIf)},
		{"W34 200 k ifs", RuleNesting, deep(200_000, opIf)},
		{"W35 5 k loops", RuleNesting, deep(5_000, opLoop)},
		{"W35 20 k loops", RuleNesting, deep(20_000, opLoop)},
		{"W35 100 k loops", RuleNesting, deep(100_000, opLoop)},
		{"W36 100 results", RuleResultCount, results(100)},
		{"W36 1 k results", RuleResultCount, results(1_000)},
		{"W36 5 k results", RuleResultCount, results(5_000)},
		{"W37 block of 17 parameters", RuleBlockArity, arity(17)},
		{"W37 block of 64 parameters", RuleBlockArity, arity(64)},
		{"W37 block of 100 parameters", RuleParamCount, arity(100)},
		{"W37 block of 500 parameters", RuleParamCount, arity(500)},
		{"W37 block of 1 k parameters", RuleParamCount, arity(1_000)},
		{"W37 block of 2 k parameters", RuleParamCount, arity(2_000)},
		{"W39 br_table of 10 k targets", RuleBrTable, func() []byte {
			return withFunctions(100, code(noLocals, ops(0x0e), many(10_000, 0), ops(0)))
		}},
		{"W39 49 br_tables of 8192 targets", RuleTotalBrTable, func() []byte {
			return withFunctions(49, code(noLocals, ops(0x0e), many(MaxBrTable, 0), ops(0)))
		}},
		{"W40 5 k diamonds, 1 k locals", RuleComplexity, diamonds(1_000, 5_000)},
		{"W40 20 k diamonds, 2 k locals", RuleComplexity, diamonds(2_000, 20_000)},
	}
}

func sizeBombs() []refusalCase {
	tables := func(n int, min uint32) func() []byte {
		return func() []byte {
			return file(section(sectionTable, u32(uint32(n)), rep(n, join(ops(byte(FuncRef), 0), u32(min))...)))
		}
	}
	memory := func(content ...byte) func() []byte {
		return func() []byte { return file(section(sectionMemory, content)) }
	}
	table := func(content ...byte) func() []byte {
		return func() []byte { return file(section(sectionTable, ops(1), content)) }
	}
	return []refusalCase{
		{"W41 table of 2^27", RuleTableSize, tables(1, 1<<27)},
		{"W41 16 tables of 2^27", RuleTableCount, tables(16, 1<<27)},
		{"W41 64 tables of 2^27", RuleTableCount, tables(64, 1<<27)},
		{"table with maximum below minimum", RuleTableSize, table(byte(FuncRef), 1, 2, 1)},
		{"table with 64-bit limits", RuleTableSize, table(byte(FuncRef), 4, 0)},
		{"table of a number type", RuleValueType, table(byte(I32), 0, 0)},
		{"table with an initialiser", RuleValueType, table(0x40, 0, byte(FuncRef), 0, 0, opRefNull, byte(FuncRef), opEnd)},
		{"W43 1 M types", RuleTypeCount, func() []byte { return file(section(sectionType, many(1_000_000, 0x60, 0, 0))) }},
		{"W44 300 k exports", RuleExportCount, func() []byte { return file(section(sectionExport, many(300_000, 0, 0, 0))) }},
		{"W45 memory of 65536 pages", RuleMemorySize, memory(1, 0, 0x80, 0x80, 4)},
		{"memory with a maximum of 65537 pages", RuleMemorySize, memory(1, 1, 1, 0x81, 0x80, 4)},
		{"memory with maximum below minimum", RuleMemorySize, memory(1, 1, 2, 1)},
		{"memory with limits of unknown form", RuleMemorySize, memory(1, 8, 1)},
		{"W46 100 memories", RuleMemoryCount, func() []byte { return file(section(sectionMemory, many(100, 0, 0))) }},
		{"W47 tag section", RuleExceptions, func() []byte { return file(section(sectionTag, ops(1, 0, 0))) }},
		{"W55 shared memory", RuleMemoryShared, memory(1, 3, 1, 2)},
		{"W55 64-bit memory", RuleMemory64, memory(1, 4, 1)},
		{"129 imports", RuleImportCount, func() []byte { return file(section(sectionImport, many(129, 0, 0, 0, 0))) }},
		{"10001 globals", RuleGlobalCount, func() []byte {
			return file(section(sectionGlobal, many(10_001, byte(I32), 0, opI32Const, 0, opEnd)))
		}},
		{"100001 data segments", RuleDataCount, func() []byte { return file(section(sectionData, many(100_001, 1, 0))) }},
		{"100001 element segments", RuleElementCount, func() []byte { return file(section(sectionElement, many(100_001, 1, 0, 0))) }},
		{"33 custom sections", RuleCustom, func() []byte { return file(rep(33, custom("x")...)) }},
		{"9 MB of custom sections", RuleCustom, func() []byte { return file(custom("x", make([]byte, 9<<20))) }},
		{"W58 more than 16 MiB", RuleSize, func() []byte { return join([]byte("\x1f\x8b"), make([]byte, MaxSize)) }},
	}
}

func TestRefusals(t *testing.T) {
	golden := &strings.Builder{}
	seen := make(map[string]bool)
	rules := make(map[string]bool)
	for _, c := range refusals() {
		if seen[c.id] {
			t.Fatalf("case %q stands twice", c.id)
		}
		seen[c.id], rules[c.rule] = true, true
		t.Run(strings.ReplaceAll(c.id, " ", "_"), func(t *testing.T) {
			data := c.data()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := Open(data)
			took := time.Since(start)
			runtime.ReadMemStats(&after)

			if err == nil {
				t.Fatalf("%d bytes are accepted, want rule %s", len(data), c.rule)
			}
			isRefusal(t, err)
			if RuleOf(err) != c.rule {
				t.Errorf("got %v, want rule %s", err, c.rule)
			}
			// A few milliseconds are usual; the bound leaves room for a busy machine
			// and none for work that a count drives.
			if took > time.Second {
				t.Errorf("%d bytes took %v", len(data), took)
			}
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 4<<20 {
				t.Errorf("%d bytes made the scanner allocate %d", len(data), grown)
			}
			r := err.(*Refusal)
			golden.WriteString(c.id + "\n    " + r.Error() + "\n")
			if r.Hint != "" {
				golden.WriteString("    hint: " + r.Hint + "\n")
			}
		})
	}
	compareGolden(t, filepath.Join("testdata", "refusals.golden"), golden.String())
	for _, rule := range declaredRules(t) {
		if !rules[rule] && rule != RuleSealPresent && rule != RuleSectionCount {
			t.Errorf("no case is refused by rule %s", rule)
		}
	}
}

func compareGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range min(len(gotLines), len(wantLines)) {
		if gotLines[i] != wantLines[i] {
			t.Fatalf("%s:%d differs (run with -update to rewrite it)\n got %s\nwant %s", path, i+1, gotLines[i], wantLines[i])
		}
	}
	t.Fatalf("%s has %d lines, want %d (run with -update to rewrite it)", path, len(gotLines), len(wantLines))
}

// declaredRules returns the values of the Rule constants of the package.
func declaredRules(t *testing.T) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), "refusal.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var rules []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "Rule") {
			rules = append(rules, strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`))
		}
		return true
	})
	if len(rules) < 50 {
		t.Fatalf("found only %d rules", len(rules))
	}
	return rules
}

// The names of the ABI in the sentences come from the contract.
func TestHostFunctions(t *testing.T) {
	if got := HostFunctions(); !slices.Equal(got, []string{wire.FuncHTTPRead, wire.FuncHTTPWrite, wire.FuncTCPProbe}) {
		t.Errorf("host functions are %v", got)
	}
}
