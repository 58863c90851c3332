package wire

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

func sameFloat(t *testing.T, text string) {
	t.Helper()
	want, err := strconv.ParseFloat(text, 64)
	got, ok := parseFloat([]byte(text))
	if ok != (err == nil) || ok && math.Float64bits(got) != math.Float64bits(want) {
		t.Errorf("%.100s: got %v %v, strconv %v %v", text, got, ok, want, err)
	}
}

// TestParseFloat holds the reader of floats to strconv: at the edges, on every
// kind of random number, and on midpoints of neighbours, where a digit a
// thousand places away decides.
func TestParseFloat(t *testing.T) {
	for _, text := range []string{
		"0", "-0", "0.0", "0e999999999", "-0.000", "1", "-1.5", "1e22", "1e23", "123456789012345678901234567890", "0.1", "1e-5", "8.5e-3", "9007199254740993", "9007199254740993.0000000001",
		"1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308", "1e308", "1e309", "-1e309", "1e999999999999999999999", "1e-999999999999999999999",
		"4.9e-324", "2.4703282292062327e-324", "2.4703282292062328e-324", "2e-324", "2.2250738585072011e-308", "2.2250738585072014e-308", "1e-400",
		"0." + strings.Repeat("0", 400) + "1e400", "0." + strings.Repeat("9", 1000),
		"6929495644600919.5", "3.7455744005952583e15", "1448997445238699", "1e+5", "1E5", "-1.25E-07",
	} {
		sameFloat(t, text)
	}
	// strconv loses the places of more than 800 digits before the point.
	for text, want := range map[string]float64{
		"1" + strings.Repeat("0", 5000) + "e-5000": 1, strings.Repeat("9", 2000) + "e-1990": 1e10, "1" + strings.Repeat("0", 900) + "1e-901": 1,
	} {
		if got, ok := parseFloat([]byte(text)); !ok || got != want {
			t.Errorf("%.20s…: got %v %v, want %v", text, got, ok, want)
		}
	}
	r := rand.New(rand.NewPCG(1, 9))
	for range 3000 {
		f := math.Float64frombits(r.Uint64() >> 1)
		if math.IsNaN(f) || math.IsInf(f, 0) {
			continue
		}
		sameFloat(t, strconv.FormatFloat(f, 'g', -1, 64))
		sameFloat(t, strconv.FormatFloat(f, 'e', r.IntN(25), 64))
		sameFloat(t, strconv.FormatUint(r.Uint64(), 10)+"e"+strconv.Itoa(r.IntN(700)-370))
		if f > 1e250 || f < 1e-300 {
			continue
		}
		// The midpoint to the next float, in all its digits, and a hair beside.
		mid := exactMidpoint(f)
		sameFloat(t, mid)
		sameFloat(t, mid+strings.Repeat("0", 900)+"1")
		sameFloat(t, mid[:len(mid)-1]+"4999")
	}
}

// exactMidpoint writes the midpoint of f and the next float: half a unit is one
// more bit, which a float of 53 bits cannot hold but a decimal can.
func exactMidpoint(f float64) string {
	mantissa, exp := math.Frexp(f)
	m := uint64(mantissa*(1<<53))*2 + 1
	n := bigNumber{uint32(m), uint32(m >> 32)}
	exp -= 54
	places := 0
	for ; exp > 0; exp-- {
		n = n.mulAdd(2, 0)
	}
	for ; exp < 0; exp++ { // one binary place less is one decimal place more
		n = n.mulAdd(5, 0)
		places++
	}
	var digits []byte
	for len(n) > 0 {
		var rest uint64
		for i := len(n) - 1; i >= 0; i-- {
			rest = rest<<32 | uint64(n[i])
			n[i] = uint32(rest / 10)
			rest %= 10
		}
		for len(n) > 0 && n[len(n)-1] == 0 {
			n = n[:len(n)-1]
		}
		digits = append(digits, '0'+byte(rest))
	}
	for len(digits) <= places {
		digits = append(digits, '0')
	}
	var s strings.Builder
	for i := len(digits) - 1; i >= 0; i-- {
		s.WriteByte(digits[i])
		if i == places {
			s.WriteByte('.')
		}
	}
	if places == 0 {
		s.WriteByte('0')
	}
	return s.String()
}

func FuzzParseFloat(f *testing.F) {
	for _, s := range []string{"1.5e-9", "-0", "123456789012345678901e-30", "2.2250738585072011e-308", "1e309", "17976931348623158e292", "4.9e-324"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := scanner{data: []byte(text)}
		if len(text) > 0 && len(text) < 800 && s.number() && s.pos == len(text) {
			sameFloat(t, text)
		}
	})
}

func BenchmarkParseFloat(b *testing.B) {
	for _, text := range []string{"0.25", "1e-300", "0.12345678901234567", "2.2250738585072011e-308", "1." + strings.Repeat("123456789", 80) + "e-300"} {
		b.Run(text[:min(len(text), 25)], func(b *testing.B) {
			for b.Loop() {
				parseFloat([]byte(text))
			}
		})
	}
}
