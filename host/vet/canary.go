package vet

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
)

// Canary is a secret that stands nowhere else: where it turns up, it leaked.
type Canary struct {
	// Setting is the key that has it, Secret its value.
	Setting, Secret string
	forms           []form
}

type form struct{ name, text string }

// NewCanary makes the canary of a setting: the same for the same key, unlike any
// other text, and of characters that every credential can carry.
func NewCanary(setting string) Canary {
	sum := sha256.Sum256([]byte("canary of " + setting))
	return CanaryOf(setting, "cAn4ry."+base64.RawURLEncoding.EncodeToString(sum[:15])+"~Z9")
}

// CanaryOf is a canary with a given secret.
func CanaryOf(setting, secret string) Canary {
	return Canary{Setting: setting, Secret: secret, forms: forms(secret)}
}

// Find returns the name of the first form in which the secret stands in text;
// empty when it does not. The forms are made without the code that takes secrets
// out of answers, so that one does not share the mistakes of the other.
func (c Canary) Find(text string) string {
	for _, f := range c.forms {
		if strings.Contains(text, f.text) {
			return f.name
		}
	}
	return ""
}

// forms are the disguises of a secret, each once: as it stands, in hex, base64 at
// any offset within a longer text, and escaped for addresses, JSON, HTML and Go.
func forms(secret string) []form {
	all := []form{{"raw", secret}}
	add := func(name, text string) {
		if !slices.ContainsFunc(all, func(f form) bool { return f.text == text }) {
			all = append(all, form{name, text})
		}
	}
	add("hex", hex.EncodeToString([]byte(secret)))
	add("upper-case hex", strings.ToUpper(hex.EncodeToString([]byte(secret))))
	add("query", url.QueryEscape(secret))
	add("path", url.PathEscape(secret))
	add("HTML", html.EscapeString(secret))
	quoted, _ := json.Marshal(secret)
	add("JSON", strings.Trim(string(quoted), `"`))
	add("Go", strings.Trim(fmt.Sprintf("%q", secret), `"`))
	add("JSON in ASCII", inASCII(secret))
	for _, enc := range []struct {
		name string
		*base64.Encoding
	}{{"base64", base64.RawStdEncoding}, {"base64 for addresses", base64.RawURLEncoding}} {
		for before := range 3 {
			text := enc.EncodeToString([]byte(strings.Repeat("x", before) + secret))
			// The first characters also hold what stands before, the last may hold
			// what follows.
			add(enc.name, text[before+(before+1)/2:len(text)-2])
		}
	}
	return all
}

func inASCII(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		if u > 0x7e {
			fmt.Fprintf(&b, `\u%04x`, u)
			continue
		}
		b.WriteByte(byte(u))
	}
	return b.String()
}
