package plugin

// codeSection reads every body. Sizes are checked here, instructions by
// [scanner.body].
func (s *scanner) codeSection(r *reader) {
	n := r.count(RuleCodeCount, "function bodies", 3, MaxFunctions)
	if r.err == nil && n != s.m.Functions {
		r.refuse(RuleCodeCount, "the module declares %d functions and has %d bodies", s.m.Functions, n)
	}
	imports := len(s.m.Imports)
	for i := 0; i < n && r.err == nil; i++ {
		function := imports + i
		size := r.u32("the size of a function body")
		switch {
		case r.err != nil:
			return
		case int64(size) > int64(r.left()):
			r.refuse(RuleBodySize, "function %d claims a body of %d bytes, %s left", function, size, plural(r.left(), "byte"))
			return
		case size > MaxBody:
			r.refuse(RuleBodySize, "function %d has a body of %d bytes, the limit is %d", function, size, MaxBody)
			return
		}
		s.m.MaxBody = max(s.m.MaxBody, int(size))
		body := &reader{data: r.data, pos: r.pos, end: r.pos + int(size), where: "code section"}
		if r.err = s.function(body, function); r.err != nil {
			return
		}
		r.pos = body.end
	}
	s.codes = n
}

// function reads the locals of one body and then its instructions.
func (s *scanner) function(r *reader, function int) *Refusal {
	groups := r.count(RuleLocals, "groups of locals in a function", 2, MaxBody)
	locals := int64(0)
	for i := 0; i < groups && r.err == nil; i++ {
		locals += int64(r.u32("the number of locals"))
		r.valueType("the type of a local")
		if locals > MaxLocals {
			return refuse(RuleLocals, "", "function %d has %d locals or more, the limit is %d", function, locals, MaxLocals)
		}
	}
	if r.err != nil {
		return r.err
	}
	if s.m.TotalLocals += int(locals); s.m.TotalLocals > MaxTotalLocals {
		return refuse(RuleTotalLocals, "", "the functions have more than %d locals together", MaxTotalLocals)
	}
	s.m.MaxLocals = max(s.m.MaxLocals, int(locals))

	variables := int(locals) + len(s.types[s.funcs[function]].params)
	b := body{scanner: s, code: r.data[:r.end], function: function, variables: uint32(variables)}
	if refusal := b.scan(r.pos); refusal != nil {
		return refusal
	}
	product := variables * b.blocks
	if product > MaxComplexity {
		return refuse(RuleComplexity, "", "function %d has %d parameters and locals and %d blocks, a product over %d", function, variables, b.blocks, MaxComplexity)
	}
	s.m.MaxComplexity = max(s.m.MaxComplexity, product)
	s.m.MaxNesting = max(s.m.MaxNesting, b.deepest)
	return nil
}

// body is the walk over the instructions of one function.
type body struct {
	*scanner
	code      []byte // the file up to the end of the body
	function  int
	variables uint32 // parameters and locals
	depth     int
	deepest   int
	blocks    int
}

// scan walks from p to the end of the body, which must be the end of its
// outermost block. A step that returns a negative position has met a bad
// number; one that returns a refusal is final.
func (b *body) scan(p int) *Refusal {
	code := b.code
	for p < len(code) {
		at := p
		op := code[p]
		p++
		var refusal *Refusal
		switch imm := opcodes[op]; imm {
		case immNone:
		case immLocal:
			var v uint32
			if v, p = readU32(code, p); p > 0 && v >= b.variables {
				return b.noSuch(at, "local", v, int(b.variables))
			}
		case immS32:
			p = skipS32(code, p)
		case immS64:
			p = skipS64(code, p)
		case immMemArg:
			p, refusal = b.memArg(at, p)
		case immLabel:
			var v uint32
			if v, p = readU32(code, p); p > 0 && int64(v) > int64(b.depth) {
				return b.noSuch(at, "label", v, b.depth+1)
			}
		case immBlock:
			p, refusal = b.open(at, p, op)
		case immEnd:
			if b.depth == 0 {
				if p != len(code) {
					return refuse(RuleInstruction, "", "function %d has %s after its end", b.function, plural(len(code)-p, "byte"))
				}
				return nil
			}
			b.depth--
		case immElse:
			if b.depth == 0 || b.control[b.depth-1] != opIf {
				return refuse(RuleInstruction, "", "function %d has an else at offset %d without an if", b.function, at)
			}
			b.control[b.depth-1] = opElse
		case immF32:
			p += 4
		case immF64:
			p += 8
		case immGlobal:
			var v uint32
			if v, p = readU32(code, p); p > 0 && int64(v) >= int64(b.m.Globals) {
				return b.noSuch(at, "global", v, b.m.Globals)
			}
		case immCall, immRefFunc:
			var v uint32
			if v, p = readU32(code, p); p > 0 && int64(v) >= int64(len(b.funcs)) {
				return b.noSuch(at, "function", v, len(b.funcs))
			}
		case immSignExtension:
			b.features |= featureSignExtension
		default:
			p, refusal = b.rare(at, p, op, imm)
		}
		if refusal != nil {
			return refusal
		}
		if p < 0 {
			return b.badNumber(at, p)
		}
	}
	return refuse(RuleTruncated, "", "function %d ends inside an instruction or a block", b.function)
}

// open enters a block: its type, and one more level.
func (b *body) open(at, p int, op byte) (int, *Refusal) {
	if p >= len(b.code) {
		return lebCut, nil
	}
	if c := b.code[p]; c == 0x40 || ValueType(c).valid() {
		p++
	} else {
		t, next := readTypeIndex(b.code, p)
		if next < 0 {
			return next, nil
		}
		if int64(t) >= int64(len(b.types)) {
			return 0, b.noSuch(at, "type", t, len(b.types))
		}
		if f := b.types[t]; max(len(f.params), len(f.results)) > MaxBlockArity {
			return 0, refuse(RuleBlockArity, "", "function %d has a block at offset %d with %d parameters and %d results, the limit is %d",
				b.function, at, len(f.params), len(f.results), MaxBlockArity)
		}
		b.features |= featureMultiValue
		p = next
	}
	if b.depth == MaxNesting {
		return 0, refuse(RuleNesting, "", "function %d nests blocks more than %d deep", b.function, MaxNesting)
	}
	b.control[b.depth] = op
	b.depth++
	b.blocks++
	b.deepest = max(b.deepest, b.depth)
	return p, nil
}

// memArg reads alignment and offset of a load or store.
func (b *body) memArg(at, p int) (int, *Refusal) {
	if b.m.Memory == nil {
		return 0, b.noSuch(at, "memory", 0, 0)
	}
	align, p := readU32(b.code, p)
	if p < 0 {
		return p, nil
	}
	if align > 4 {
		return 0, refuse(RuleInstruction, "", "function %d has a load or store at offset %d with alignment 2^%d", b.function, at, align)
	}
	_, p = readU32(b.code, p)
	return p, nil
}

func (b *body) noSuch(at int, what string, index uint32, have int) *Refusal {
	return refuse(RuleIndex, "", "function %d names %s %d at offset %d, there are %d", b.function, what, index, at, have)
}

func (b *body) badNumber(at, code int) *Refusal {
	if code == lebCut {
		return refuse(RuleTruncated, "", "function %d ends inside an instruction or a block", b.function)
	}
	return refuse(RuleLEB128, "", "function %d: the instruction at offset %d holds a number that is not valid LEB128", b.function, at)
}
