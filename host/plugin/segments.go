package plugin

// constExpr reads an expression that is one constant instruction and its end.
// Longer forms (extended constants) are refused.
func (s *scanner) constExpr(r *reader) {
	op := r.byte("a constant expression")
	if r.err != nil {
		return
	}
	b := r.data[:r.end]
	next := r.pos
	switch op {
	case opI32Const:
		next = skipS32(b, r.pos)
	case opI64Const:
		next = skipS64(b, r.pos)
	case opF32Const:
		r.skip(4, "a constant")
		next = r.pos
	case opF64Const:
		r.skip(8, "a constant")
		next = r.pos
	case opGlobalGet:
		_, next = readU32(b, r.pos)
	case opRefFunc:
		var f uint32
		f, next = readU32(b, r.pos)
		if next >= 0 && int64(f) >= int64(len(s.funcs)) {
			r.refuse(RuleIndex, "%s names function %d, the module has %d", r.where, f, len(s.funcs))
			return
		}
		s.features |= featureReferenceTypes
	case opRefNull:
		r.refType("a null reference")
		next = r.pos
		s.features |= featureReferenceTypes
	case opPrefixFD:
		if sub := r.byte("a constant"); r.err == nil && sub != simdConst {
			r.refuse(RuleConstExpr, "%s: instruction 0xfd 0x%02x does not belong in a constant expression", r.where, sub)
		}
		r.skip(16, "a constant")
		next = r.pos
		s.features |= featureSIMD
	default:
		r.refuse(RuleConstExpr, "%s: instruction 0x%02x does not belong in a constant expression", r.where, op)
	}
	if r.err != nil {
		return
	}
	if next < 0 {
		r.badLEB(next, "a constant")
		return
	}
	r.pos = next
	if end := r.byte("a constant expression"); r.err == nil && end != opEnd {
		r.refuse(RuleConstExpr, "%s: a constant expression has more than one instruction", r.where)
	}
}

// Flags of an element segment: bit 0 is passive or declarative, bit 1 an
// explicit table or declarative, bit 2 expressions in place of function indices.
const (
	elementPassive     = 1
	elementExplicit    = 2
	elementExpressions = 4
)

func (s *scanner) elementSection(r *reader) {
	n := r.count(RuleElementCount, "element segments", 3, MaxElements)
	for i := 0; i < n && r.err == nil; i++ {
		flags := r.u32("the form of an element segment")
		if r.err == nil && flags > 7 {
			r.refuse(RuleElementForm, "element section: segment %d has form %d, which is unknown", i, flags)
		}
		if flags != 0 {
			s.features |= featureBulkMemory
		}
		if flags&elementPassive == 0 {
			s.elementOffset(r, flags)
		}
		if flags&(elementPassive|elementExplicit) != 0 {
			s.elementKind(r, flags)
		}
		s.elementItems(r, flags)
	}
	s.m.Elements = n
}

func (s *scanner) elementOffset(r *reader, flags uint32) {
	var table uint32
	if flags&elementExplicit != 0 {
		table = r.u32("the table of an element segment")
	}
	if r.err == nil && int64(table) >= int64(len(s.m.Tables)) {
		r.refuse(RuleIndex, "element section names table %d, the module has %d", table, len(s.m.Tables))
	}
	s.constExpr(r)
}

func (s *scanner) elementKind(r *reader, flags uint32) {
	if flags&elementExpressions != 0 {
		r.refType("the type of an element segment")
		return
	}
	if kind := r.byte("the kind of an element segment"); r.err == nil && kind != 0 {
		r.refuse(RuleElementForm, "element section: a segment is of kind 0x%02x, only functions are known", kind)
	}
}

func (s *scanner) elementItems(r *reader, flags uint32) {
	least := 1
	if flags&elementExpressions != 0 {
		least = 3
	}
	n := r.count(RuleElementItems, "items in a segment", least, MaxElementItems)
	if s.m.ElementItems += n; s.m.ElementItems > MaxElementItems {
		r.refuse(RuleElementItems, "element section has more than %d items", MaxElementItems)
	}
	for i := 0; i < n && r.err == nil; i++ {
		if flags&elementExpressions != 0 {
			s.constExpr(r)
			continue
		}
		if f := r.u32("a function index"); r.err == nil && int64(f) >= int64(len(s.funcs)) {
			r.refuse(RuleIndex, "element section names function %d, the module has %d", f, len(s.funcs))
		}
	}
}

func (s *scanner) dataSection(r *reader) {
	n := r.count(RuleDataCount, "data segments", 2, MaxData)
	for i := 0; i < n && r.err == nil; i++ {
		flags := r.u32("the form of a data segment")
		switch {
		case r.err != nil:
			return
		case flags > 2:
			r.refuse(RuleDataForm, "data section: segment %d has form %d, which is unknown", i, flags)
		case flags == 1:
			s.features |= featureBulkMemory
		default:
			s.dataOffset(r, flags)
		}
		size := r.u32("the size of a data segment")
		if r.err == nil && int64(size) > int64(r.left()) {
			r.refuse(RuleDataForm, "data section: segment %d claims %d bytes, %s left", i, size, plural(r.left(), "byte"))
			return
		}
		r.skip(int(size), "a data segment")
	}
	s.m.DataSegments = n
}

func (s *scanner) dataOffset(r *reader, flags uint32) {
	var memory uint32
	if flags == 2 {
		memory = r.u32("the memory of a data segment")
	}
	if r.err == nil && int64(memory) >= int64(s.memories()) {
		r.refuse(RuleIndex, "data section names memory %d, the module has %d", memory, s.memories())
	}
	s.constExpr(r)
}
