package plugin

import (
	"slices"
)

// Scan reads a core module from its first byte to its last. It returns a
// [Refusal] when the bytes are no core module of WebAssembly 2.0, or exceed a
// limit of [ScanLimits]. It does not type-check code: the engine does, and is
// safe on what Scan accepts as far as memory goes.
//
// Scan keeps no reference to data.
func Scan(data []byte) (*Module, error) {
	if r := checkHeader(data); r != nil {
		return nil, r
	}
	s := &scanner{m: &Module{Size: len(data)}, dataCount: -1}
	if r := s.sections(data); r != nil {
		return nil, r
	}
	if r := s.consistent(); r != nil {
		return nil, r
	}
	s.m.Features = s.features.names()
	return s.m, nil
}

// scanner holds what later sections need of earlier ones.
type scanner struct {
	m     *Module
	types []funcType
	// funcs holds the type index of every function, imports first.
	funcs []uint32
	// codes counts bodies; dataCount is what the data count section says, -1
	// without one.
	codes, dataCount int
	customBytes      int
	localNames       int
	totalBrTable     int
	named            bool
	features         features
	// control is the stack of open blocks of the body at hand.
	control [MaxNesting]byte
}

// funcType is one entry of the type section; both lists point into the file.
type funcType struct{ params, results []byte }

func (f funcType) paramTypes() []ValueType  { return valueTypes(f.params) }
func (f funcType) resultTypes() []ValueType { return valueTypes(f.results) }

func valueTypes(b []byte) []ValueType {
	if len(b) == 0 {
		return nil
	}
	out := make([]ValueType, len(b))
	for i, v := range b {
		out[i] = ValueType(v)
	}
	return out
}

// Section ids of the binary format.
const (
	sectionCustom    = 0
	sectionType      = 1
	sectionImport    = 2
	sectionFunction  = 3
	sectionTable     = 4
	sectionMemory    = 5
	sectionGlobal    = 6
	sectionExport    = 7
	sectionStart     = 8
	sectionElement   = 9
	sectionCode      = 10
	sectionData      = 11
	sectionDataCount = 12
	sectionTag       = 13
)

var sectionTitles = [...]string{"custom", "type", "import", "function", "table", "memory", "global",
	"export", "start", "element", "code", "data", "data count", "tag"}

func sectionTitle(id byte) string {
	if int(id) < len(sectionTitles) {
		return sectionTitles[id]
	}
	return "unknown"
}

// sectionRank orders the known sections; the data count stands between element
// and code. Zero is no known section.
var sectionRank = [...]byte{
	sectionType: 1, sectionImport: 2, sectionFunction: 3, sectionTable: 4, sectionMemory: 5, sectionGlobal: 6,
	sectionExport: 7, sectionStart: 8, sectionElement: 9, sectionDataCount: 10, sectionCode: 11, sectionData: 12,
}

// headers calls visit for every section, with the header checked against the
// bytes that are there. It is all that [ReadInfo] walks.
func headers(data []byte, visit func(id byte, start, end int) *Refusal) *Refusal {
	pos := headerSize
	for n := 0; pos < len(data); n++ {
		if n == MaxSections {
			return refuse(RuleSectionCount, "", "the module has more than %d sections", MaxSections)
		}
		at, id := pos, data[pos]
		size, start := readU32(data, pos+1)
		switch {
		case start == lebCut:
			return refuse(RuleTruncated, "", "the file ends inside the header of section %d at offset %d", id, at)
		case start == lebBad:
			return refuse(RuleLEB128, "", "the size of section %d at offset %d is not a valid LEB128 number", id, at)
		case int64(size) > int64(len(data)-start):
			return refuse(RuleSectionSize, "", "%s section at offset %d claims %d bytes, %s left", sectionTitle(id), at, size, plural(len(data)-start, "byte"))
		}
		end := start + int(size)
		if r := visit(id, start, end); r != nil {
			return r
		}
		pos = end
	}
	return nil
}

func (s *scanner) sections(data []byte) *Refusal {
	var last byte
	return headers(data, func(id byte, start, end int) *Refusal {
		r := &reader{data: data, pos: start, end: end, where: sectionTitle(id) + " section"}
		section := Section{ID: id, Offset: start, Size: end - start}
		if id == sectionCustom {
			section.Name = string(s.custom(r))
			s.m.Sections = append(s.m.Sections, section)
			return r.err
		}
		if id == sectionTag {
			return refuse(RuleExceptions, "", "the module has a tag section: exceptions are not supported")
		}
		if int(id) >= len(sectionRank) {
			return refuse(RuleSectionID, "", "section id %d at offset %d is unknown", id, start)
		}
		if rank := sectionRank[id]; rank <= last {
			return refuse(RuleSectionOrder, "", "%s section at offset %d stands twice or out of order", sectionTitle(id), start)
		} else {
			last = rank
		}
		s.m.Sections = append(s.m.Sections, section)
		s.section(id, r)
		if r.err == nil && r.pos != r.end {
			r.refuse(RuleSectionSize, "%s has %s after its last entry", r.where, plural(r.left(), "byte"))
		}
		return r.err
	})
}

func (s *scanner) section(id byte, r *reader) {
	switch id {
	case sectionType:
		s.typeSection(r)
	case sectionImport:
		s.importSection(r)
	case sectionFunction:
		s.functionSection(r)
	case sectionTable:
		s.tableSection(r)
	case sectionMemory:
		s.memorySection(r)
	case sectionGlobal:
		s.globalSection(r)
	case sectionExport:
		s.exportSection(r)
	case sectionStart:
		s.startSection(r)
	case sectionElement:
		s.elementSection(r)
	case sectionDataCount:
		s.dataCount = int(r.u32("the number of data segments"))
	case sectionCode:
		s.codeSection(r)
	case sectionData:
		s.dataSection(r)
	}
}

// consistent compares sections that must agree once all have been read.
func (s *scanner) consistent() *Refusal {
	if s.codes != s.m.Functions {
		return refuse(RuleCodeCount, "", "the module declares %d functions and has %d bodies", s.m.Functions, s.codes)
	}
	if s.dataCount >= 0 && s.dataCount != s.m.DataSegments {
		return refuse(RuleDataCount, "", "the data count section says %d, the data section has %d segments", s.dataCount, s.m.DataSegments)
	}
	return nil
}

// features is a set of extensions of WebAssembly 1.0.
type features uint8

const (
	featureBulkMemory features = 1 << iota
	featureMultiValue
	featureReferenceTypes
	featureSaturation
	featureSignExtension
	featureSIMD
)

func (f features) names() []string {
	var out []string
	for _, n := range []struct {
		bit  features
		name string
	}{
		{featureBulkMemory, "bulk-memory"},
		{featureMultiValue, "multi-value"},
		{featureReferenceTypes, "reference-types"},
		{featureSaturation, "saturating-conversion"},
		{featureSignExtension, "sign-extension"},
		{featureSIMD, "simd"},
	} {
		if f&n.bit != 0 {
			out = append(out, n.name)
		}
	}
	slices.Sort(out)
	return out
}
