package main

import "strings"

// isDigest tells whether s is a digest that an address can hold: sha256 or
// sha512 with as many hex digits in lower case as it has.
func isDigest(s string) bool {
	algorithm, sum, _ := strings.Cut(s, ":")
	return strings.Trim(sum, "0123456789abcdef") == "" && (algorithm == "sha256" && len(sum) == 64 || algorithm == "sha512" && len(sum) == 128)
}

// sha256Digest is the digest of a manifest that came without one. crypto/sha256
// would bring the self-tests of FIPS 140 into the module, several times what
// this takes (FIPS 180-4 §6.2).
func sha256Digest(data []byte) string {
	h := [8]uint32{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}
	rest := data
	for ; len(rest) >= 64; rest = rest[64:] {
		sha256Block(&h, rest)
	}
	end := append(make([]byte, 0, 128), rest...)
	end = append(end, 0x80)
	for len(end)%64 != 56 {
		end = append(end, 0)
	}
	for shift := 56; shift >= 0; shift -= 8 {
		end = append(end, byte(uint64(len(data))<<3>>shift))
	}
	for ; len(end) > 0; end = end[64:] {
		sha256Block(&h, end)
	}
	out := []byte("sha256:")
	for _, word := range h {
		for shift := 28; shift >= 0; shift -= 4 {
			out = append(out, "0123456789abcdef"[word>>shift&15])
		}
	}
	return string(out)
}

func sha256Block(h *[8]uint32, block []byte) {
	var w [64]uint32
	for i := range 16 {
		b := block[4*i : 4*i+4]
		w[i] = uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	}
	for i := 16; i < 64; i++ {
		x, y := w[i-15], w[i-2]
		w[i] = w[i-16] + w[i-7] + (turned(x, 7) ^ turned(x, 18) ^ x>>3) + (turned(y, 17) ^ turned(y, 19) ^ y>>10)
	}
	s := *h
	for i := range w {
		a, e := s[0], s[4]
		t := s[7] + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + (e&s[5] ^ ^e&s[6]) + sha256Rounds[i] + w[i]
		u := (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + (a&s[1] ^ a&s[2] ^ s[1]&s[2])
		s = [8]uint32{t + u, a, s[1], s[2], s[3] + t, e, s[5], s[6]}
	}
	for i := range h {
		h[i] += s[i]
	}
}

// turned rotates to the right.
func turned(x uint32, n uint) uint32 { return x>>n | x<<(32-n) }

var sha256Rounds = [64]uint32{
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
}
