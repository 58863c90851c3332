package wire

import "math"

// parseFloat reads a JSON number as the nearest float64, ties to even; ok is
// false when it is too large for one. It gives what strconv.ParseFloat gives
// (a fuzz target holds it to that), and stands here because strconv's brings
// fifty kilobytes into every guest. The work is bounded for a text of any length.
func parseFloat(raw []byte) (f float64, ok bool) {
	d := readDecimal(raw)
	switch magnitude := len(d.digits) + d.exp; {
	case len(d.digits) == 0 || magnitude < -330:
	case magnitude > 309:
		return 0, false
	default:
		if f, ok = d.exact(); !ok {
			f, ok = d.nearest()
		}
		if !ok {
			return 0, false
		}
	}
	if raw[0] == '-' {
		f = -f
	}
	return f, true
}

// decimalNumber is digits times ten to the power of exp, without its sign.
type decimalNumber struct {
	digits []byte // values 0 to 9, the first is not zero
	exp    int
}

// readDecimal keeps as many digits as can matter (no midpoint of two floats has
// more than 768), and one more that stands for all that follow.
func readDecimal(raw []byte) decimalNumber {
	const most = 800
	var d decimalNumber
	fraction, sticky := 0, false
	i := 0
	for ; i < len(raw) && raw[i] != 'e' && raw[i] != 'E'; i++ {
		b := raw[i]
		if b == '.' {
			fraction = 1
		}
		if !isDigit(b) {
			continue
		}
		d.exp -= fraction
		switch {
		case len(d.digits) < most:
			if b != '0' || len(d.digits) > 0 {
				d.digits = append(d.digits, b-'0')
			}
		default:
			d.exp++
			sticky = sticky || b != '0'
		}
	}
	if sticky {
		d.digits = append(d.digits, 1)
		d.exp--
	}
	exp, sign := 0, 1
	for ; i < len(raw); i++ {
		if raw[i] == '-' {
			sign = -1
		}
		if isDigit(raw[i]) && exp < 1e8 { // no text is that long
			exp = exp*10 + int(raw[i]-'0')
		}
	}
	d.exp += sign * exp
	return d
}

// exact covers the numbers that people write: both parts are floats without
// error, so one operation rounds once.
func (d decimalNumber) exact() (float64, bool) {
	if len(d.digits) > 15 || d.exp < -22 || d.exp > 22 {
		return 0, false
	}
	return d.estimate(), true
}

// estimate is exact within the bounds of exact, and some units in the last
// place off beyond.
func (d decimalNumber) estimate() float64 {
	var n int64
	exp := d.exp
	for i, digit := range d.digits {
		if i >= 18 {
			exp += len(d.digits) - i
			break
		}
		n = n*10 + int64(digit)
	}
	f := float64(n)
	for ; exp != 0; exp -= clamp(exp) {
		p := 1.0
		for range max(clamp(exp), -clamp(exp)) {
			p *= 10 // exact up to 1e22
		}
		if exp > 0 {
			f *= p
		} else {
			f /= p
		}
	}
	return min(f, math.MaxFloat64)
}

func clamp(exp int) int { return max(min(exp, 22), -22) }

// nearest starts from the estimate and moves until the number lies between the
// midpoints to the two neighbours, by exact comparison.
func (d decimalNumber) nearest() (float64, bool) {
	var value bigNumber
	for _, digit := range d.digits {
		value = value.mulAdd(10, uint32(digit))
	}
	value = value.scale10(d.exp)
	scale := bigNumber{1}.scale10(-d.exp)
	bits := math.Float64bits(d.estimate())
	for bits > 0 && !aboveMidpoint(value, scale, bits-1) {
		bits--
	}
	const infinity = 0x7ff << 52
	for bits < infinity && aboveMidpoint(value, scale, bits) {
		bits++
	}
	return math.Float64frombits(bits), bits < infinity
}

// aboveMidpoint tells whether value/scale is to be rounded up, away from the
// float of these bits: it lies beyond the midpoint to the next one, or on it
// while the next one is even.
func aboveMidpoint(value, scale bigNumber, bits uint64) bool {
	mantissa, exp := bits&(1<<52-1), int(bits>>52)
	if exp > 0 {
		mantissa |= 1 << 52
	} else {
		exp = 1
	}
	exp -= 1076 // the midpoint is (2*mantissa+1) * 2^exp
	n := 2*mantissa + 1
	mid := scale.mul(uint32(n >> 32)).shift(32).add(scale.mul(uint32(n)))
	order := value.shift(max(-exp, 0)).compare(mid.shift(max(exp, 0)))
	return order > 0 || order == 0 && bits&1 == 1
}

// bigNumber is a natural number, the lowest digits first, without zeros on top.
type bigNumber []uint32

// mulAdd returns b*m+a in the memory of b.
func (b bigNumber) mulAdd(m, a uint32) bigNumber {
	carry := uint64(a)
	for i := range b {
		carry += uint64(b[i]) * uint64(m)
		b[i] = uint32(carry)
		carry >>= 32
	}
	if carry > 0 {
		b = append(b, uint32(carry))
	}
	return b
}

// scale10 returns b * 10^n in the memory of b; b itself for a negative n.
func (b bigNumber) scale10(n int) bigNumber {
	for ; n >= 9; n -= 9 {
		b = b.mulAdd(1e9, 0)
	}
	for ; n > 0; n-- {
		b = b.mulAdd(10, 0)
	}
	return b
}

func (b bigNumber) mul(m uint32) bigNumber {
	if m == 0 {
		return nil
	}
	return append(make(bigNumber, 0, len(b)+1), b...).mulAdd(m, 0)
}

// shift returns b * 2^n.
func (b bigNumber) shift(n int) bigNumber {
	if len(b) == 0 {
		return nil
	}
	out := append(make(bigNumber, n/32, len(b)+n/32+1), b...)
	high := out[n/32:].mulAdd(1<<(n%32), 0)
	return append(out[:n/32], high...)
}

func (b bigNumber) add(c bigNumber) bigNumber {
	if len(b) < len(c) {
		b, c = c, b
	}
	out := make(bigNumber, 0, len(b)+1)
	var carry uint64
	for i := range b {
		carry += uint64(b[i])
		if i < len(c) {
			carry += uint64(c[i])
		}
		out = append(out, uint32(carry))
		carry >>= 32
	}
	if carry > 0 {
		out = append(out, uint32(carry))
	}
	return out
}

func (b bigNumber) compare(c bigNumber) int {
	if len(b) != len(c) {
		return len(b) - len(c)
	}
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] != c[i] {
			if b[i] > c[i] {
				return 1
			}
			return -1
		}
	}
	return 0
}
