package plugin

// LEB128 as the binary format defines it: padding is allowed, but a number
// takes at most ceil(bits/7) bytes and the bits that do not fit must be zero,
// or copies of the sign. Engines differ in what they do otherwise.

// What the functions below return in place of the next position.
const (
	lebCut = -1 // the bytes end inside the number
	lebBad = -2 // too long, or does not fit
)

// readU32 reads an unsigned number of 32 bits at p and returns the position
// after it, or lebCut or lebBad.
func readU32(b []byte, p int) (uint32, int) {
	if p < len(b) && b[p] < 0x80 {
		return uint32(b[p]), p + 1
	}
	return readLongU32(b, p)
}

func readLongU32(b []byte, p int) (uint32, int) {
	var v uint32
	for i := 0; i < 5; i++ {
		if p+i >= len(b) {
			return 0, lebCut
		}
		c := b[p+i]
		if c < 0x80 {
			if i == 4 && c > 0x0f {
				return 0, lebBad
			}
			return v | uint32(c)<<(7*i), p + i + 1
		}
		v |= uint32(c&0x7f) << (7 * i)
	}
	return 0, lebBad
}

// skipS32 returns the position after the signed number of 32 bits at p.
func skipS32(b []byte, p int) int {
	for i := 0; i < 5; i++ {
		if p+i >= len(b) {
			return lebCut
		}
		c := b[p+i]
		if c < 0x80 {
			// Bit 3 is the sign; bits 4 to 6 must repeat it.
			if spare := c & 0x78; i == 4 && spare != 0 && spare != 0x78 {
				return lebBad
			}
			return p + i + 1
		}
	}
	return lebBad
}

// readS32 reads a signed number of 32 bits, in two's complement.
func readS32(b []byte, p int) (uint32, int) {
	next := skipS32(b, p)
	if next < 0 {
		return 0, next
	}
	var v uint64
	for i, c := range b[p:next] {
		v |= uint64(c&0x7f) << (7 * i)
	}
	if bits := 7 * (next - p); b[next-1]&0x40 != 0 {
		v |= ^uint64(0) << bits
	}
	return uint32(v), next
}

// skipS64 returns the position after the signed number of 64 bits at p.
func skipS64(b []byte, p int) int {
	for i := 0; i < 10; i++ {
		if p+i >= len(b) {
			return lebCut
		}
		c := b[p+i]
		if c < 0x80 {
			if i == 9 && c != 0 && c != 0x7f {
				return lebBad
			}
			return p + i + 1
		}
	}
	return lebBad
}

// readTypeIndex reads the signed number of 33 bits that stands for a block's
// type when it is no single byte. It is never negative.
func readTypeIndex(b []byte, p int) (uint32, int) {
	var v uint64
	for i := 0; i < 5; i++ {
		if p+i >= len(b) {
			return 0, lebCut
		}
		c := b[p+i]
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			negative := c&0x40 != 0
			if negative || i == 4 && c > 0x0f {
				return 0, lebBad
			}
			return uint32(v), p + i + 1
		}
	}
	return 0, lebBad
}

// appendU32 appends the shortest encoding of v.
func appendU32(b []byte, v uint32) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}
