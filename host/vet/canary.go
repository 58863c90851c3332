package vet

import (
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
	parts           *windows
}

type form struct{ name, text string }

// CanaryOf is a canary with a given secret.
func CanaryOf(setting, secret string) Canary {
	return Canary{Setting: setting, Secret: secret, forms: forms(secret), parts: newWindows(secret)}
}

// Find returns the name of the first form in which the secret stands in text, or
// ten characters of it one after the other: also in other letters, backwards, or
// with something between them; empty when it does not. It is for what a check
// says: a check that has a secret chooses the form.
func (c Canary) Find(text string) string {
	if form := c.Whole(text); form != "" {
		return form
	}
	return c.parts.find(text)
}

// Whole is Find for the forms alone in which programs write a secret: those that
// the host takes out of answers. The forms are made without the code that takes secrets
// out of answers, so that one does not share the mistakes of the other.
func (c Canary) Whole(text string) string {
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
