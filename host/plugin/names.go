package plugin

// custom reads the name of a custom section. The content is the business of
// whoever knows the name, except for the name section: engines read that one,
// and believe its counts.
func (s *scanner) custom(r *reader) []byte {
	size := r.left()
	name := r.name("the name")
	if r.err != nil {
		return nil
	}
	custom := 1
	for _, section := range s.m.Sections {
		if section.ID == sectionCustom {
			custom++
		}
	}
	if custom > MaxCustomSections {
		r.refuse(RuleCustom, "the module has more than %d custom sections", MaxCustomSections)
	}
	if s.customBytes += size; s.customBytes > MaxCustomBytes {
		r.refuse(RuleCustom, "the custom sections have more than %d bytes", MaxCustomBytes)
	}
	if r.err == nil && string(name) == "name" {
		if s.named {
			r.refuse(RuleNameSection, "the module has two name sections")
		}
		s.named = true
		r.where = "name section"
		s.nameSection(r)
	}
	return name
}

// Subsections of the name section that engines read.
const (
	namesModule    = 0
	namesFunctions = 1
	namesLocals    = 2
)

// nameSection bounds the names for debuggers. Each subsection must fill its
// declared size exactly: engines trust either the size or the content, and a
// file must not be able to choose.
func (s *scanner) nameSection(r *reader) {
	for r.err == nil && r.pos < r.end {
		id := r.byte("a subsection")
		size := r.u32("the size of a subsection")
		if r.err == nil && int64(size) > int64(r.left()) {
			r.refuse(RuleNameSection, "name section: subsection %d claims %d bytes, %s left", id, size, plural(r.left(), "byte"))
		}
		if r.err != nil {
			return
		}
		sub := &reader{data: r.data, pos: r.pos, end: r.pos + int(size), where: "name section"}
		switch id {
		case namesModule:
			sub.text("the name of the module")
		case namesFunctions:
			nameMap(sub, "function names", MaxNames)
		case namesLocals:
			s.localNameMap(sub)
		default:
			sub.pos = sub.end
		}
		if sub.err == nil && sub.pos != sub.end {
			sub.refuse(RuleNameSection, "name section: subsection %d has %s after its last entry", id, plural(sub.left(), "byte"))
		}
		if sub.err != nil {
			r.err = sub.err
			return
		}
		r.pos = sub.end
	}
}

func nameMap(r *reader, noun string, max int) int {
	n := r.count(RuleNameSection, noun, 2, max)
	for i := 0; i < n && r.err == nil; i++ {
		r.u32("an index")
		r.text("a name")
	}
	return n
}

func (s *scanner) localNameMap(r *reader) {
	n := r.count(RuleNameSection, "functions with local names", 2, MaxNames)
	for i := 0; i < n && r.err == nil; i++ {
		r.u32("an index")
		s.localNames += nameMap(r, "local names", MaxLocalNames)
		if s.localNames > MaxLocalNames {
			r.refuse(RuleNameSection, "name section has more than %d local names", MaxLocalNames)
		}
	}
}
