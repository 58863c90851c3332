package inspect

import (
	"fmt"
	"math/bits"
)

// entropy is the Shannon entropy of b in bits per byte, with two decimals. It is
// computed in integers: machines differ in the last bits of logarithms, and the
// report is the same on all of them.
func entropy(b []byte) string {
	if len(b) == 0 {
		return "0.00"
	}
	counts := histogram(b)
	// H = log2(n) − Σ c·log2(c) / n
	var sum uint64
	for _, c := range counts {
		if c > 0 {
			sum += c * log2(c)
		}
	}
	n := uint64(len(b))
	hundredths := (100*(log2(n)-min(sum/n, log2(n))) + 1<<(logBits-1)) >> logBits
	return fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100)
}

// histogram counts in four tables: a run of equal bytes would else wait for its
// own counter.
func histogram(b []byte) [256]uint64 {
	var t [4][256]uint32
	for ; len(b) >= 4; b = b[4:] {
		t[0][b[0]]++
		t[1][b[1]]++
		t[2][b[2]]++
		t[3][b[3]]++
	}
	for _, c := range b {
		t[0][c]++
	}
	var out [256]uint64
	for i := range out {
		out[i] = uint64(t[0][i]) + uint64(t[1][i]) + uint64(t[2][i]) + uint64(t[3][i])
	}
	return out
}

// logBits is the precision of log2, in binary digits after the point. A count is
// below 2^25, a logarithm below 2^5, so that their product fits 64 bits.
const logBits = 24

// log2 is the binary logarithm of v, which is not zero, with logBits digits after
// the point.
func log2(v uint64) uint64 {
	whole := uint64(bits.Len64(v) - 1)
	// x is v / 2^whole in [1, 2), with 31 digits after the point; squaring it
	// gives one digit of the logarithm after the other.
	x := v << (63 - whole) >> 32
	out := whole
	for range logBits {
		out <<= 1
		x = x * x >> 31
		if x >= 1<<32 {
			x >>= 1
			out |= 1
		}
	}
	return out
}
