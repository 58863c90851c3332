package plugin

// rare reads the instructions that are too seldom to weigh on the loop of
// [body.scan].
func (b *body) rare(at, p int, op byte, imm immediate) (int, *Refusal) {
	switch imm {
	case immLabels:
		return b.labels(at, p)
	case immCallIndirect:
		return b.callIndirect(at, p)
	case immSelect:
		return b.selectTyped(at, p)
	case immTable:
		b.features |= featureReferenceTypes
		return b.index(at, p, "table", len(b.m.Tables))
	case immMemory:
		if op == opMemoryGrow {
			b.m.MemoryGrows++
		}
		return b.memoryIndex(at, p)
	case immRefNull:
		b.features |= featureReferenceTypes
		if p >= len(b.code) {
			return lebCut, nil
		}
		if v := ValueType(b.code[p]); v != FuncRef && v != ExternRef {
			return 0, refuse(RuleGC, "", "function %d: the null at offset %d is of type 0x%02x, which is not supported", b.function, at, byte(v))
		}
		return p + 1, nil
	case immPrefixFC:
		return b.prefixFC(at, p)
	case immPrefixFD:
		return b.prefixFD(at, p)
	}
	rule, what := unsupported(op)
	return 0, refuse(rule, "", "function %d has instruction 0x%02x at offset %d: %s", b.function, op, at, what)
}

// index reads an index and compares it with what there is.
func (b *body) index(at, p int, what string, have int) (int, *Refusal) {
	v, p := readU32(b.code, p)
	if p >= 0 && int64(v) >= int64(have) {
		return 0, b.noSuch(at, what, v, have)
	}
	return p, nil
}

// memoryIndex reads the byte that stands for the one memory.
func (b *body) memoryIndex(at, p int) (int, *Refusal) {
	if p >= len(b.code) {
		return lebCut, nil
	}
	if m := b.code[p]; m != 0 || b.m.Memory == nil {
		return 0, b.noSuch(at, "memory", uint32(m), b.memories())
	}
	return p + 1, nil
}

func (b *body) labels(at, p int) (int, *Refusal) {
	n, p := readU32(b.code, p)
	if p < 0 {
		return p, nil
	}
	// The default target comes on top.
	if left := len(b.code) - p; int64(n)+1 > int64(left) {
		return 0, refuse(RuleBrTable, "", "function %d has a br_table at offset %d that claims %d targets, %s left", b.function, at, n, plural(left, "byte"))
	}
	if n > MaxBrTable {
		return 0, refuse(RuleBrTable, "", "function %d has a br_table at offset %d with %d targets, the limit is %d", b.function, at, n, MaxBrTable)
	}
	b.m.MaxBrTable = max(b.m.MaxBrTable, int(n))
	if b.totalBrTable += int(n); b.totalBrTable > MaxTotalBrTable {
		return 0, refuse(RuleTotalBrTable, "", "the br_table instructions have more than %d targets together", MaxTotalBrTable)
	}
	for i := uint32(0); i <= n; i++ {
		var v uint32
		if v, p = readU32(b.code, p); p < 0 {
			return p, nil
		}
		if int64(v) > int64(b.depth) {
			return 0, b.noSuch(at, "label", v, b.depth+1)
		}
	}
	return p, nil
}

func (b *body) callIndirect(at, p int) (int, *Refusal) {
	p, refusal := b.index(at, p, "type", len(b.types))
	if refusal != nil || p < 0 {
		return p, refusal
	}
	return b.index(at, p, "table", len(b.m.Tables))
}

func (b *body) selectTyped(at, p int) (int, *Refusal) {
	b.features |= featureReferenceTypes
	if len(b.code)-p < 2 {
		return lebCut, nil
	}
	if b.code[p] != 1 || !ValueType(b.code[p+1]).valid() {
		return 0, refuse(RuleInstruction, "", "function %d has a select at offset %d with other than one value type", b.function, at)
	}
	return p + 2, nil
}

func (b *body) prefixFC(at, p int) (int, *Refusal) {
	if p >= len(b.code) {
		return lebCut, nil
	}
	// Every number is below 128, so a longer encoding is padding, which some
	// engines read and others do not.
	sub := b.code[p]
	imm := opcodesFC[sub]
	p++
	switch imm {
	case immUnknown:
		return 0, refuse(RuleInstruction, "", "function %d has instruction 0xfc 0x%02x at offset %d: no such instruction", b.function, sub, at)
	case immSaturation:
		b.features |= featureSaturation
		return p, nil
	case immTable, immTableGrow:
		b.features |= featureReferenceTypes
	default:
		b.features |= featureBulkMemory
	}
	return b.bulk(at, p, imm)
}

func (b *body) bulk(at, p int, imm immediate) (int, *Refusal) {
	switch imm {
	case immMemoryInit:
		p, refusal := b.dataIndex(at, p)
		if refusal != nil || p < 0 {
			return p, refusal
		}
		return b.memoryIndex(at, p)
	case immDataDrop:
		return b.dataIndex(at, p)
	case immMemoryCopy:
		p, refusal := b.memoryIndex(at, p)
		if refusal != nil || p < 0 {
			return p, refusal
		}
		return b.memoryIndex(at, p)
	case immMemoryFill:
		return b.memoryIndex(at, p)
	case immTableInit:
		p, refusal := b.index(at, p, "element segment", b.m.Elements)
		if refusal != nil || p < 0 {
			return p, refusal
		}
		return b.index(at, p, "table", len(b.m.Tables))
	case immElemDrop:
		return b.index(at, p, "element segment", b.m.Elements)
	case immTableCopy:
		p, refusal := b.index(at, p, "table", len(b.m.Tables))
		if refusal != nil || p < 0 {
			return p, refusal
		}
		return b.index(at, p, "table", len(b.m.Tables))
	case immTableGrow:
		return b.tableGrow(at, p)
	}
	return b.index(at, p, "table", len(b.m.Tables))
}

// dataIndex needs the data count section: the segments themselves come later.
func (b *body) dataIndex(at, p int) (int, *Refusal) {
	if b.dataCount < 0 {
		return 0, refuse(RuleDataCount, "", "function %d names a data segment at offset %d, and there is no data count section", b.function, at)
	}
	return b.index(at, p, "data segment", b.dataCount)
}

// tableGrow accepts growth only within a declared maximum: no engine bounds
// the memory that tables take.
func (b *body) tableGrow(at, p int) (int, *Refusal) {
	v, p := readU32(b.code, p)
	if p < 0 {
		return p, nil
	}
	if int64(v) >= int64(len(b.m.Tables)) {
		return 0, b.noSuch(at, "table", v, len(b.m.Tables))
	}
	switch t := b.m.Tables[v]; {
	case !t.HasMax:
		return 0, refuse(RuleTableGrow, "link with a maximum for the table, or without table.grow",
			"function %d grows table %d, which declares no maximum", b.function, v)
	case t.Max > MaxTableEntries:
		return 0, refuse(RuleTableGrow, "link with a lower maximum for the table, or without table.grow",
			"function %d grows table %d, which declares a maximum of %d entries, the limit is %d", b.function, v, t.Max, MaxTableEntries)
	}
	b.m.TableGrows++
	return p, nil
}

func (b *body) prefixFD(at, p int) (int, *Refusal) {
	b.features |= featureSIMD
	if p >= len(b.code) {
		return lebCut, nil
	}
	sub := b.code[p]
	p++
	if sub >= 0x80 {
		// Numbers from 128 to 255 take a second byte of 1, relaxed SIMD one of
		// 2 or more. Padding (a second byte of 0) is refused as above.
		if p >= len(b.code) {
			return lebCut, nil
		}
		switch second := b.code[p]; {
		case second == 1:
		case second == 2 || second == 3:
			return 0, refuse(RuleRelaxedSIMD, "", "function %d has instruction 0xfd 0x%02x 0x%02x at offset %d: relaxed SIMD is not supported", b.function, sub, second, at)
		default:
			return 0, refuse(RuleInstruction, "", "function %d has instruction 0xfd 0x%02x 0x%02x at offset %d: no such instruction", b.function, sub, second, at)
		}
		p++
	}
	switch opcodesFD[sub] {
	case immNone:
		return p, nil
	case immMemArg:
		return b.memArg(at, p)
	case immMemArgLane:
		p, refusal := b.memArg(at, p)
		if refusal != nil || p < 0 {
			return p, refusal
		}
		return b.lanes(at, p, 1, 16)
	case immV128:
		return p + 16, nil
	case immShuffle:
		return b.lanes(at, p, 16, 32)
	case immLane:
		return b.lanes(at, p, 1, 16)
	}
	return 0, refuse(RuleInstruction, "", "function %d has instruction 0xfd 0x%02x at offset %d: no such instruction", b.function, sub, at)
}

// lanes reads n lane numbers, each below max.
func (b *body) lanes(at, p, n, max int) (int, *Refusal) {
	if len(b.code)-p < n {
		return lebCut, nil
	}
	for _, lane := range b.code[p : p+n] {
		if int(lane) >= max {
			return 0, b.noSuch(at, "lane", uint32(lane), max)
		}
	}
	return p + n, nil
}
