package plugin

import "slices"

func (s *scanner) typeSection(r *reader) {
	n := r.count(RuleTypeCount, "types", 3, MaxTypes)
	s.types = make([]funcType, 0, n) // n was held against the bytes that are there
	for i := 0; i < n && r.err == nil; i++ {
		if form := r.byte("a type"); r.err == nil && form != 0x60 {
			r.pos--
			s.refuseType(r, form)
			return
		}
		params := typeList(r, RuleParamCount, "parameters", MaxParams)
		results := typeList(r, RuleResultCount, "results", MaxResults)
		if len(results) > 1 {
			s.features |= featureMultiValue
		}
		s.types = append(s.types, funcType{params, results})
	}
	s.m.Types = len(s.types)
}

func (s *scanner) refuseType(r *reader, form byte) {
	switch form {
	case 0x4e, 0x4f, 0x50, 0x5e, 0x5f:
		r.refuse(RuleGC, "type section: the entry at offset %d is a garbage-collected type, which is not supported", r.pos)
	default:
		r.refuse(RuleTypeForm, "type section: the entry at offset %d begins with 0x%02x, not with a function type", r.pos, form)
	}
}

func typeList(r *reader, rule, noun string, max int) []byte {
	n := r.count(rule, noun, 1, max)
	start := r.pos
	for i := 0; i < n && r.err == nil; i++ {
		r.valueType("a type")
	}
	if r.err != nil {
		return nil
	}
	return r.data[start:r.pos]
}

func (s *scanner) importSection(r *reader) {
	n := r.count(RuleImportCount, "imports", 4, MaxImports)
	for i := 0; i < n && r.err == nil; i++ {
		module := r.name("the module of an import")
		name := r.name("the name of an import")
		kind := r.byte("the kind of an import")
		if r.err == nil && kind != 0 {
			r.refuse(RuleImportKind, "import %s.%s is a %s; only functions can be imported", quote(module), quote(name), importKind(kind))
		}
		t := s.typeIndex(r)
		if r.err != nil {
			return
		}
		s.funcs = append(s.funcs, t)
		s.m.Imports = append(s.m.Imports, Import{
			Module: string(module), Name: string(name),
			Params: s.types[t].paramTypes(), Results: s.types[t].resultTypes(),
		})
	}
}

func importKind(kind byte) string {
	switch kind {
	case 1:
		return "table"
	case 2:
		return "memory"
	case 3:
		return "global"
	case 4:
		return "tag"
	}
	return "thing of unknown kind"
}

func (s *scanner) typeIndex(r *reader) uint32 {
	t := r.u32("a type index")
	if r.err == nil && int64(t) >= int64(len(s.types)) {
		r.refuse(RuleTypeIndex, "%s: type %d does not exist, the module has %d", r.where, t, len(s.types))
	}
	return t
}

func (s *scanner) functionSection(r *reader) {
	n := r.count(RuleFunctionCount, "functions", 1, MaxFunctions)
	s.funcs = slices.Grow(s.funcs, n)
	for i := 0; i < n && r.err == nil; i++ {
		s.funcs = append(s.funcs, s.typeIndex(r))
	}
	s.m.Functions = n
}

func (s *scanner) tableSection(r *reader) {
	n := r.count(RuleTableCount, "tables", 3, MaxTables)
	for i := 0; i < n && r.err == nil; i++ {
		t := Table{Type: r.refType("the type of a table")}
		flag := r.byte("the limits of a table")
		if r.err == nil && flag > 1 {
			r.refuse(RuleTableSize, "table section: table %d has limits of form 0x%02x, which is not supported", i, flag)
		}
		t.Min, t.Max, t.HasMax = r.limits(flag, "a table")
		if r.err != nil {
			return
		}
		if t.Min > MaxTableEntries {
			r.refuse(RuleTableSize, "table %d begins with %d entries, the limit is %d", i, t.Min, MaxTableEntries)
		} else if t.HasMax && t.Max < t.Min {
			r.refuse(RuleTableSize, "table %d has a maximum of %d below its minimum of %d", i, t.Max, t.Min)
		}
		if t.Type != FuncRef || i > 0 {
			s.features |= featureReferenceTypes
		}
		s.m.Tables = append(s.m.Tables, t)
	}
}

func (r *reader) refType(what string) ValueType {
	v := ValueType(r.byte(what))
	if r.err == nil && v != FuncRef && v != ExternRef {
		r.pos--
		r.refuse(RuleValueType, "%s: %s at offset %d is 0x%02x, which is no reference type of WebAssembly 2.0", r.where, what, r.pos, byte(v))
	}
	return v
}

func (s *scanner) memorySection(r *reader) {
	n := r.count(RuleMemoryCount, "memories", 2, MaxMemories)
	for i := 0; i < n && r.err == nil; i++ {
		flag := r.byte("the limits of the memory")
		switch {
		case r.err != nil:
			return
		case flag&4 != 0 && flag < 8:
			r.refuse(RuleMemory64, "the memory has 64-bit addresses, which is not supported")
		case flag == 2 || flag == 3:
			r.refuse(RuleMemoryShared, "the memory is shared between threads, which is not supported")
		case flag > 1:
			r.refuse(RuleMemorySize, "memory section: limits of form 0x%02x are not supported", flag)
		}
		var m Memory
		m.Min, m.Max, m.HasMax = r.limits(flag, "the memory")
		if r.err != nil {
			return
		}
		switch {
		case m.Min > MaxMemoryPages:
			r.refuse(RuleMemorySize, "the memory begins with %d pages of 64 KiB, the limit is %d", m.Min, MaxMemoryPages)
		case m.HasMax && m.Max > maxWasmPages:
			r.refuse(RuleMemorySize, "the memory has a maximum of %d pages of 64 KiB, the format allows %d", m.Max, maxWasmPages)
		case m.HasMax && m.Max < m.Min:
			r.refuse(RuleMemorySize, "the memory has a maximum of %d pages below its minimum of %d", m.Max, m.Min)
		}
		s.m.Memory = &m
	}
}

func (s *scanner) globalSection(r *reader) {
	n := r.count(RuleGlobalCount, "globals", 5, MaxGlobals)
	for i := 0; i < n && r.err == nil; i++ {
		r.valueType("the type of a global")
		if mutable := r.byte("a global"); r.err == nil && mutable > 1 {
			r.refuse(RuleConstExpr, "global section: global %d has mutability 0x%02x", i, mutable)
		}
		s.constExpr(r)
	}
	s.m.Globals = n
}

func (s *scanner) exportSection(r *reader) {
	n := r.count(RuleExportCount, "exports", 3, MaxExports)
	seen := make(map[string]bool)
	for i := 0; i < n && r.err == nil; i++ {
		name := string(r.name("the name of an export"))
		kind := ExportKind(r.byte("the kind of an export"))
		index := r.u32("the index of an export")
		if r.err != nil {
			return
		}
		if seen[name] {
			r.refuse(RuleExportDuplicate, "export %s stands twice", quote(name))
			return
		}
		seen[name] = true
		e := Export{Name: name, Kind: kind, Index: index}
		switch {
		case kind > ExportGlobal:
			r.refuse(RuleExportKind, "export %s is of unknown kind 0x%02x", quote(name), byte(kind))
		case int64(index) >= int64(s.exportable(kind)):
			r.refuse(RuleIndex, "export %s names %s %d, the module has %d", quote(name), kind, index, s.exportable(kind))
		case kind == ExportFunction:
			t := s.types[s.funcs[index]]
			e.Params, e.Results = t.paramTypes(), t.resultTypes()
		}
		s.m.Exports = append(s.m.Exports, e)
	}
}

func (s *scanner) exportable(kind ExportKind) int {
	switch kind {
	case ExportFunction:
		return len(s.funcs)
	case ExportTable:
		return len(s.m.Tables)
	case ExportMemory:
		return s.memories()
	}
	return s.m.Globals
}

func (s *scanner) memories() int {
	if s.m.Memory == nil {
		return 0
	}
	return 1
}

func (s *scanner) startSection(r *reader) {
	f := r.u32("the start function")
	if r.err == nil && int64(f) >= int64(len(s.funcs)) {
		r.refuse(RuleIndex, "start section names function %d, the module has %d", f, len(s.funcs))
	}
	s.m.Start = true
}
