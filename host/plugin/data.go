package plugin

import (
	"slices"
	"sort"
)

// Segment is one data segment of a module.
type Segment struct {
	// Placed says that the segment is copied to Address when the module is
	// instantiated. Others are copied by code, to where only the code knows.
	Placed  bool
	Address uint32
	// Offset is where the content begins in the file, Size its length.
	Offset, Size int
}

// Segments reads the headers of the data segments again, in the order of the
// file. data must be the bytes that Scan read.
func (m *Module) Segments(data []byte) []Segment {
	r := m.sectionReader(data, sectionData)
	if r == nil {
		return nil
	}
	n := r.count(RuleDataCount, "data segments", 2, MaxData)
	out := make([]Segment, 0, n)
	for i := 0; i < n; i++ {
		segment := readSegment(r)
		if r.err != nil {
			return out
		}
		out = append(out, segment)
	}
	return out
}

// readSegment reads what [scanner.dataSection] has checked.
func readSegment(r *reader) Segment {
	var s Segment
	flags := r.u32("the form of a data segment")
	if flags == 2 {
		r.u32("the memory of a data segment")
	}
	if flags != 1 {
		s.Placed, s.Address = constAddress(r)
	}
	s.Size = int(r.u32("the size of a data segment"))
	s.Offset = r.pos
	r.skip(s.Size, "a data segment")
	return s
}

// constAddress reads the offset of a segment, which is a number or the value of
// an imported global; of those there are none.
func constAddress(r *reader) (placed bool, address uint32) {
	switch op := r.byte("a constant expression"); op {
	case opI32Const:
		var next int
		if address, next = readS32(r.data[:r.end], r.pos); next < 0 {
			r.badLEB(next, "a constant")
			return false, 0
		}
		r.pos, placed = next, true
	case opGlobalGet:
		r.u32("a global")
	default:
		r.refuse(RuleConstExpr, "%s: instruction 0x%02x is no address", r.where, op)
	}
	r.byte("a constant expression")
	return placed, address
}

// sectionReader returns a reader of a section that is no custom one; nil when
// the module has none.
func (m *Module) sectionReader(data []byte, id byte) *reader {
	i := slices.IndexFunc(m.Sections, func(s Section) bool { return s.ID == id })
	if i < 0 || m.Sections[i].Offset+m.Sections[i].Size > len(data) {
		return nil
	}
	s := m.Sections[i]
	return &reader{data: data, pos: s.Offset, end: s.Offset + s.Size, where: sectionTitle(id) + " section"}
}

// Image is the data of a module as it stands in memory before code runs, for
// searching: strings may be split over segments, and are put together again here.
type Image struct {
	// Segments are in the order of the file.
	Segments []Segment
	// Bytes are the placed segments in the order of their addresses, then the
	// others in the order of the file. A gap, which memory holds as zeros, is one
	// zero byte.
	Bytes []byte
	// Overlaps counts the segments that write over an earlier one: what stood
	// there is in the file and never in memory.
	Overlaps int

	stretches []stretch
}

// stretch is a part of the image without a gap.
type stretch struct {
	offset  int
	address uint32
	placed  bool
}

// Image puts the data segments together. The result has no more bytes than the
// file and its segments together. data must be the bytes that Scan read.
func (m *Module) Image(data []byte) *Image {
	segments := m.Segments(data)
	order := make([]int, 0, len(segments))
	total := 0
	for i, s := range segments {
		total += s.Size + 1
		if s.Placed && s.Size > 0 {
			order = append(order, i)
		}
	}
	byAddress := func(a, b int) int {
		return int(int64(segments[a].Address) - int64(segments[b].Address))
	}
	if !slices.IsSortedFunc(order, byAddress) { // compilers write them in order
		slices.SortStableFunc(order, byAddress)
	}
	image := &Image{Segments: segments, Bytes: make([]byte, 0, total)}
	for len(order) > 0 {
		n := image.place(data, segments, order)
		order = order[n:]
	}
	for _, s := range segments {
		if !s.Placed && s.Size > 0 {
			image.begin(stretch{})
			image.Bytes = append(image.Bytes, data[s.Offset:s.Offset+s.Size]...)
		}
	}
	return image
}

// place adds the first stretch without a gap, and returns how many of the
// segments it takes. Where they overlap, the later one of the file wins, as it
// does in an engine.
func (m *Image) place(data []byte, segments []Segment, order []int) int {
	start := int64(segments[order[0]].Address)
	end, n := start, 0
	overlapping := false
	for n < len(order) {
		s := segments[order[n]]
		if int64(s.Address) > end {
			break
		}
		if n > 0 && int64(s.Address) < end {
			m.Overlaps++
			overlapping = true
		}
		end = max(end, int64(s.Address)+int64(s.Size))
		n++
	}
	m.begin(stretch{address: segments[order[0]].Address, placed: true})
	base := len(m.Bytes)
	m.Bytes = append(m.Bytes, make([]byte, end-start)...)
	taken := order[:n]
	if overlapping {
		taken = slices.Sorted(slices.Values(taken))
	}
	for _, i := range taken {
		s := segments[i]
		copy(m.Bytes[base+int(int64(s.Address)-start):], data[s.Offset:s.Offset+s.Size])
	}
	return n
}

func (m *Image) begin(s stretch) {
	if len(m.Bytes) > 0 {
		m.Bytes = append(m.Bytes, 0)
	}
	s.offset = len(m.Bytes)
	m.stretches = append(m.stretches, s)
}

// Address returns the address in memory of what stands at an offset in Bytes.
// It is not known for segments that are not placed.
func (m *Image) Address(offset int) (address uint32, known bool) {
	i := sort.Search(len(m.stretches), func(i int) bool { return m.stretches[i].offset > offset }) - 1
	if i < 0 || !m.stretches[i].placed {
		return 0, false
	}
	return m.stretches[i].address + uint32(offset-m.stretches[i].offset), true
}
