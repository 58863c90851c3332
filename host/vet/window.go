package vet

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
)

// minPart is how much of a secret makes a leak: less could be chance.
const minPart = 10

// windowSize is the length of what is looked up: shorter than a part, so that each
// begins with one.
const windowSize = 8

// folded is a text in lower case without what separates its letters and digits.
func folded(text string) []byte {
	out := make([]byte, 0, len(text))
	for i := range len(text) {
		switch c := text[i]; {
		case 'A' <= c && c <= 'Z':
			out = append(out, c+'a'-'A')
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			out = append(out, c)
		}
	}
	return out
}

// windows finds parts of a secret, whatever was done to its case and between its
// letters.
type windows struct {
	patterns []pattern
	// at are the places of each window in the patterns; maybe tells quickly that a
	// window is not there.
	at    map[uint64][]place
	maybe [1 << 8]uint64
}

type pattern struct {
	name string
	text []byte
	need int // how much of it makes a leak
}

type place struct{ pattern, offset int }

func newWindows(secret string) *windows {
	w := &windows{at: map[uint64][]place{}}
	turned := []byte(secret)
	slices.Reverse(turned)
	for _, s := range []struct{ what, text string }{{"", secret}, {"backwards", string(turned)}} {
		w.add(strings.TrimSpace("in part or in other letters "+s.what), s.text, minPart)
		w.add(strings.TrimSpace("in part in hex "+s.what), hex.EncodeToString([]byte(s.text)), 2*minPart)
		for before := range 3 {
			text := base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("x", before) + s.text))
			w.add(strings.TrimSpace("in part in base64 "+s.what), text[before+(before+1)/2:], minPart*4/3)
		}
	}
	return w
}

func (w *windows) add(name, text string, need int) {
	p := pattern{name, folded(text), need}
	if len(p.text) < need {
		return // too short a secret to tell from chance
	}
	w.patterns = append(w.patterns, p)
	var key uint64
	for i, c := range p.text {
		if key = key<<8 | uint64(c); i >= windowSize-1 {
			w.at[key] = append(w.at[key], place{len(w.patterns) - 1, i - windowSize + 1})
			bit := bitOf(key)
			w.maybe[bit>>6] |= 1 << (bit & 63)
		}
	}
}

// bitOf spreads the windows over the bits of maybe.
func bitOf(key uint64) uint64 { return key * 0x9e3779b97f4a7c15 >> 50 }

// find returns the name of the form in which a part stands in text; empty for none.
func (w *windows) find(text string) string {
	if len(text) < windowSize || len(w.patterns) == 0 {
		return ""
	}
	in := folded(text)
	var key uint64
	for i, c := range in {
		if key = key<<8 | uint64(c); i < windowSize-1 {
			continue
		}
		if bit := bitOf(key); w.maybe[bit>>6]&(1<<(bit&63)) == 0 {
			continue
		}
		for _, p := range w.at[key] {
			if w.patterns[p.pattern].stands(in[i-windowSize+1:], p.offset) {
				return w.patterns[p.pattern].name
			}
		}
	}
	return ""
}

// stands tells whether enough of the pattern from offset on begins text. What comes
// before is no matter: the search comes past its first window first.
func (p *pattern) stands(text []byte, offset int) bool {
	n := 0
	for n < len(text) && offset+n < len(p.text) && text[n] == p.text[offset+n] {
		n++
	}
	return n >= p.need
}
