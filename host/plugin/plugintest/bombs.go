package plugintest

// Case is one file that must not be accepted.
type Case struct {
	// ID says what is wrong with it. Those that begin with W are of the list of
	// hostile modules.
	ID string
	// Rule is the rule of package plugin that refuses it.
	Rule string
	Data func() []byte
}

// Hostile are files that must not be accepted, each for one reason.
func Hostile() []Case {
	var all []Case
	for _, list := range [][]Case{countBombs(), localBombs(), blockBombs(), sizeBombs(), malformed(), BadHeaders(),
		nameCases(), importCases(), exportCases(), codeCases(), BadSeals()} {
		all = append(all, list...)
	}
	return all
}

// huge is the largest count that fits 32 bits.
var huge = []byte{0xff, 0xff, 0xff, 0xff, 0x0f}

func countBombs() []Case {
	types0 := Section(sectionType, Vec(FuncType[byte](nil, nil)))
	return []Case{
		{"W01 import count", "import-count", func() []byte { return File(Section(sectionImport, huge)) }},
		{"W02 table count", "table-count", func() []byte { return File(Section(sectionTable, huge)) }},
		{"W03 global count", "global-count", func() []byte { return File(Section(sectionGlobal, huge)) }},
		{"W04 export count", "export-count", func() []byte { return File(Section(sectionExport, huge)) }},
		{"W05 element count", "element-count", func() []byte { return File(Section(sectionElement, huge)) }},
		{"W06 code count", "code-count", func() []byte { return File(Section(sectionCode, huge)) }},
		{"W08 function count", "function-count", func() []byte { return File(Section(sectionFunction, huge)) }},
		{"W09 type count", "type-count", func() []byte { return File(Section(sectionType, huge)) }},
		{"W10 parameter count", "param-count", func() []byte { return File(Section(sectionType, Ops(1, 0x60), huge)) }},
		{"W10 result count", "result-count", func() []byte { return File(Section(sectionType, Ops(1, 0x60, 0), huge)) }},
		{"W11 element functions", "element-items", func() []byte { return File(Section(sectionElement, Ops(1, 1, 0), huge)) }},
		{"W12 element expressions", "element-items", func() []byte { return File(Section(sectionElement, Ops(1, 5, FuncRef), huge)) }},
		{"W13 data count", "data-count", func() []byte { return File(Section(sectionData, huge)) }},
		{"W13 data size", "data-form", func() []byte { return File(Section(sectionData, Ops(1, 1), huge)) }},
		{"W14 custom section size", "section-size", func() []byte { return File(Join(Ops(sectionCustom), huge)) }},
		{"W15 function names", "name-section", func() []byte { return File(Custom("name", Section(namesFunctions, huge))) }},
		{"W16 local name functions", "name-section", func() []byte { return File(Custom("name", Section(namesLocals, huge))) }},
		{"W16 local names", "name-section", func() []byte { return File(Custom("name", Section(namesLocals, Ops(1, 0), huge))) }},
		{"W17 body size", "body-size", func() []byte {
			return File(types0, Section(sectionFunction, Many(1, 0)), Section(sectionCode, Ops(1), huge, Ops(0, opEnd)))
		}},
		{"local groups", "locals", func() []byte { return WithFunctions(1, BytesOf(Join(huge, Ops(opEnd)))) }},
		{"br_table targets", "br-table", func() []byte { return WithCode(NoLocals, Ops(0x0e), huge) }},
	}
}

func localBombs() []Case {
	one := func(n uint32) func() []byte {
		return func() []byte { return WithFunctions(1, Code(Locals(n))) }
	}
	many := func(functions int, n uint32) func() []byte {
		return func() []byte { return WithFunctions(functions, Code(Locals(n))) }
	}
	return []Case{
		{"W18 4 G locals", "locals", one(1<<32 - 1)},
		{"W19 100 M locals", "locals", one(100_000_000)},
		{"W20 10 M locals", "locals", one(10_000_000)},
		{"W21 1 M locals", "locals", one(1_000_000)},
		{"W22 50 k locals", "locals", one(50_000)},
		{"W23 1 k functions of 50 k locals", "locals", many(1_000, 50_000)},
		{"W24 10 k functions of 50 k locals", "locals", many(10_000, 50_000)},
		{"W24 101 functions of 5 k locals", "total-locals", many(101, 5_000)},
		{"W25 100 k functions", "function-count", func() []byte { return WithFunctions(100_000, Code(NoLocals)) }},
		{"W26 1 M functions", "function-count", func() []byte { return WithFunctions(1_000_000, Code(NoLocals)) }},
		{"locals whose sum overflows", "locals", func() []byte {
			return WithFunctions(1, Code(Join(Ops(2), huge, Ops(I32), huge, Ops(I32))))
		}},
	}
}

// Nested returns n blocks inside one another, around the given code.
func Nested(n int, op byte, inside ...byte) []byte {
	return Join(Rep(n, op, 0x40), inside, Rep(n, opEnd))
}

func blockBombs() []Case {
	loops := func(n int, l uint32, inside ...byte) func() []byte {
		return func() []byte { return WithFunctions(1, Code(Locals(l), Nested(n, opLoop, inside...))) }
	}
	deep := func(n int, op byte) func() []byte {
		return func() []byte { return WithFunctions(1, Code(NoLocals, Nested(n, op))) }
	}
	diamonds := func(l uint32, n int) func() []byte {
		return func() []byte {
			return WithFunctions(1, Code(Locals(l), Rep(n, 0x20, 0, opIf, 0x40, opElse, opEnd)))
		}
	}
	results := func(n int) func() []byte {
		return func() []byte { return File(Section(sectionType, Ops(1, 0x60, 0), Many(n, I32))) }
	}
	arity := func(n int) func() []byte {
		return func() []byte {
			return With(func(d *Draft) {
				d.Types = append(d.Types, Join(Ops(0x60), Many(n, I32), Ops(0)))
				d.Codes[1] = Code(NoLocals, Ops(opBlock, 3, opEnd))
			})
		}
	}
	return []Case{
		{"W27 1 k loops, 1 k locals", "complexity", loops(1_000, 1_000)},
		{"W28 2 k loops, 2 k locals", "complexity", loops(2_000, 2_000)},
		{"W29 5 k loops, 5 k locals", "nesting", loops(5_000, 5_000)},
		{"W31 2 k loops, 2 k locals written", "complexity", loops(2_000, 2_000, opI32Const, 1, 0x21, 0)},
		{"W32 100 k blocks", "nesting", deep(100_000, opBlock)},
		{"W33 1 M blocks", "body-size", deep(1_000_000, opBlock)},
		{"W33 300 k blocks", "nesting", deep(300_000, opBlock)},
		{"W34 10 k ifs", "nesting", deep(10_000, opIf)},
		{"W34 50 k ifs", "nesting", deep(50_000, opIf)},
		{"W34 200 k ifs", "nesting", deep(200_000, opIf)},
		{"W35 5 k loops", "nesting", deep(5_000, opLoop)},
		{"W35 20 k loops", "nesting", deep(20_000, opLoop)},
		{"W35 100 k loops", "nesting", deep(100_000, opLoop)},
		{"W36 100 results", "result-count", results(100)},
		{"W36 1 k results", "result-count", results(1_000)},
		{"W36 5 k results", "result-count", results(5_000)},
		{"W37 block of 17 parameters", "block-arity", arity(17)},
		{"W37 block of 64 parameters", "block-arity", arity(64)},
		{"W37 block of 100 parameters", "param-count", arity(100)},
		{"W37 block of 500 parameters", "param-count", arity(500)},
		{"W37 block of 1 k parameters", "param-count", arity(1_000)},
		{"W37 block of 2 k parameters", "param-count", arity(2_000)},
		{"W39 br_table of 10 k targets", "br-table", func() []byte {
			return WithFunctions(100, Code(NoLocals, Ops(0x0e), Many(10_000, 0), Ops(0)))
		}},
		{"W39 49 br_tables of 8192 targets", "total-br-table", func() []byte {
			return WithFunctions(49, Code(NoLocals, Ops(0x0e), Many(maxBrTable, 0), Ops(0)))
		}},
		{"W40 5 k diamonds, 1 k locals", "complexity", diamonds(1_000, 5_000)},
		{"W40 20 k diamonds, 2 k locals", "complexity", diamonds(2_000, 20_000)},
	}
}

func sizeBombs() []Case {
	tables := func(n int, min uint32) func() []byte {
		return func() []byte {
			return File(Section(sectionTable, U32(uint32(n)), Rep(n, Join(Ops(FuncRef, 0), U32(min))...)))
		}
	}
	memory := func(content ...byte) func() []byte {
		return func() []byte { return File(Section(sectionMemory, content)) }
	}
	table := func(content ...byte) func() []byte {
		return func() []byte { return File(Section(sectionTable, Ops(1), content)) }
	}
	return []Case{
		{"W41 table of 2^27", "table-size", tables(1, 1<<27)},
		{"W41 16 tables of 2^27", "table-count", tables(16, 1<<27)},
		{"W41 64 tables of 2^27", "table-count", tables(64, 1<<27)},
		{"table with maximum below minimum", "table-size", table(FuncRef, 1, 2, 1)},
		{"table with 64-bit limits", "table-size", table(FuncRef, 4, 0)},
		{"table of a number type", "value-type", table(I32, 0, 0)},
		{"table with an initialiser", "value-type", table(0x40, 0, FuncRef, 0, 0, opRefNull, FuncRef, opEnd)},
		{"W43 1 M types", "type-count", func() []byte { return File(Section(sectionType, Many(1_000_000, 0x60, 0, 0))) }},
		{"W44 300 k exports", "export-count", func() []byte { return File(Section(sectionExport, Many(300_000, 0, 0, 0))) }},
		{"W45 memory of 65536 pages", "memory-size", memory(1, 0, 0x80, 0x80, 4)},
		{"memory with a maximum of 65537 pages", "memory-size", memory(1, 1, 1, 0x81, 0x80, 4)},
		{"memory with maximum below minimum", "memory-size", memory(1, 1, 2, 1)},
		{"memory with limits of unknown form", "memory-size", memory(1, 8, 1)},
		{"W46 100 memories", "memory-count", func() []byte { return File(Section(sectionMemory, Many(100, 0, 0))) }},
		{"W47 tag section", "exceptions", func() []byte { return File(Section(sectionTag, Ops(1, 0, 0))) }},
		{"W55 shared memory", "memory-shared", memory(1, 3, 1, 2)},
		{"W55 64-bit memory", "memory-64", memory(1, 4, 1)},
		{"129 imports", "import-count", func() []byte { return File(Section(sectionImport, Many(129, 0, 0, 0, 0))) }},
		{"10001 globals", "global-count", func() []byte {
			return File(Section(sectionGlobal, Many(10_001, I32, 0, opI32Const, 0, opEnd)))
		}},
		{"100001 data segments", "data-count", func() []byte { return File(Section(sectionData, Many(100_001, 1, 0))) }},
		{"100001 element segments", "element-count", func() []byte { return File(Section(sectionElement, Many(100_001, 1, 0, 0))) }},
		{"33 custom sections", "custom-sections", func() []byte { return File(Rep(33, Custom("x")...)) }},
		{"9 MB of custom sections", "custom-sections", func() []byte { return File(Custom("x", make([]byte, 9<<20))) }},
		{"W58 more than 16 MiB", "size", func() []byte { return Join([]byte("\x1f\x8b"), make([]byte, maxSize)) }},
	}
}
