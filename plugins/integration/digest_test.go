package main

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
)

// TestSHA256: every length around the edges of a block, and a megabyte, against
// the standard library.
func TestSHA256(t *testing.T) {
	data := make([]byte, 1<<20)
	for i := range data {
		data[i] = byte(i * 7 / 3)
	}
	for n := range 260 {
		wantSHA256(t, data[:n])
	}
	wantSHA256(t, data)
}

func FuzzSHA256(f *testing.F) {
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, data []byte) { wantSHA256(t, data) })
}

func wantSHA256(t *testing.T, data []byte) {
	t.Helper()
	if got, want := sha256Digest(data), fmt.Sprintf("sha256:%x", sha256.Sum256(data)); got != want || !isDigest(got) {
		t.Errorf("%d bytes give %s, want %s", len(data), got, want)
	}
}

func TestIsDigest(t *testing.T) {
	hex := strings.Repeat("0a", 32)
	for s, want := range map[string]bool{
		"sha256:" + hex: true, "sha512:" + hex + hex: true,
		"": false, hex: false, "sha256:": false, "sha256:" + hex[1:]: false, "sha256:" + hex + "0": false, "sha512:" + hex: false,
		"SHA256:" + hex: false, "sha256:" + strings.ToUpper(hex): false, "md5:" + hex[:32]: false, "sha256:" + hex + ":": false,
		"sha256:../" + hex[3:]: false, "sha384:" + hex + hex[:32]: false, " sha256:" + hex: false,
	} {
		if isDigest(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}
