package glob

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMatch(t *testing.T) {
	tests := []struct {
		pattern   string
		takes     string // words
		takesNone string
	}{
		{"check.a.b", "check.a.b", "check.a.c check.a check.a.b.c xcheck.a.b"},
		{"check.*.b", "check.a.b check..b check.oci.b", "check.b check.a.c.b"},
		{"check.**", "check.a check.a.b.c check.", "check checks.a"},
		{"check.**.tls", "check.tls check.a.tls check.a.b.tls", "check.atls check.tls.a checktls"},
		{"**.tls", "tls a.tls a.b.tls", "atls"},
		{"**", "a a.b .", ""},
		{"**tls", "tls atls a.tls", "tlsa"},
		{"a**b", "ab a.b axb a.x.b", "a b"},
		{"a***b", "ab a.b", "a"},
		{"*", "a check", "a.b"},
		{"?", "a é", ". ab"},
		{"http.[45]xx", "http.4xx http.5xx", "http.3xx http.[45]xx"},
		{"a[!b]c", "axc a]c", "abc a.c ac"},
		{"a[^b]c", "axc", "abc"},
		{`[a\-\]]`, "a - ]", `b \`},
		{"[0-9a-f]", "0 9 c", "g -"},
		{"{a,b.*,c{d,e}}", "a b.x cd ce", "b.x.y c cde {a"},
		{"a,b", "a,b", "a b"},
		{`a\*`, "a*", "ab"},
		{`\.`, ".", "a"},
		{"a.b+(c)|d^$", "a.b+(c)|d^$", "a.b a-b+(c)|d^$"},
	}
	for _, tt := range tests {
		p, err := Compile(tt.pattern, '.')
		if err != nil {
			t.Errorf("%s: %v", tt.pattern, err)
			continue
		}
		for _, s := range strings.Fields(tt.takes) {
			if !p.Match(s) {
				t.Errorf("%s does not take %q", tt.pattern, s)
			}
		}
		for _, s := range strings.Fields(tt.takesNone) {
			if p.Match(s) {
				t.Errorf("%s takes %q", tt.pattern, s)
			}
		}
		if p.String() != tt.pattern {
			t.Errorf("String is %q", p)
		}
	}
	if (Pattern{}).Match("") {
		t.Error("the zero pattern matches")
	}
}

func TestSeparators(t *testing.T) {
	url, err := Compile("https://*.example.com/**", '/')
	if err != nil {
		t.Fatal(err)
	}
	for s, want := range map[string]bool{
		"https://registry.example.com/":                 true,
		"https://registry.example.com/v2/a/b":           true,
		"https://a.b.example.com/":                      true,
		"https://registry.example.com":                  false,
		"https://evil.test/x.example.com/":              false,
		"https://registry.example.com.evil.test/":       false,
		"http://registry.example.com/":                  false,
		"https://evil.test/?https://x.example.com/deep": false,
	} {
		if url.Match(s) != want {
			t.Errorf("%s: %t", s, !want)
		}
	}
	any, err := Compile("*?")
	if err != nil || !any.Match("a./b\n") {
		t.Errorf("without separators * takes all: %v", err)
	}
}

func TestBadPatterns(t *testing.T) {
	for pattern, want := range map[string]string{
		"":                        `pattern "": it is empty`,
		"a[":                      `pattern "a[": a [ has no ] after it`,
		"a[b":                     `pattern "a[b": a [ has no ] after it`,
		"[a-":                     `pattern "[a-": a [ has no ] after it`,
		`[\`:                      `pattern "[\\": a [ has no ] after it`,
		"[]":                      `pattern "[]": a class in [ ] is empty`,
		"[!]":                     `pattern "[!]": a class in [ ] is empty`,
		"[a-]":                    `pattern "[a-]": a range in [ ] has no end; write \- for the character`,
		"[z-a]":                   `pattern "[z-a]": the range z-a runs backwards`,
		"a]":                      `pattern "a]": a ] has no [ before it`,
		"{a":                      `pattern "{a": a { has no } after it`,
		"{a,{b}":                  `pattern "{a,{b}": a { has no } after it`,
		"a}":                      `pattern "a}": a } has no { before it`,
		`a\`:                      `pattern "a\\": it ends in \`,
		"\xff":                    `pattern "\xff": it is not UTF-8 text`,
		strings.Repeat("a", 1025): `pattern "` + strings.Repeat("a", 32) + `"…: it is longer than 1024 bytes`,
	} {
		p, err := Compile(pattern, '.')
		if err == nil || err.Error() != want || p.Match("a") {
			t.Errorf("%.40q: %v", pattern, err)
		}
	}
}

func TestIsPattern(t *testing.T) {
	for text, want := range map[string]bool{"check.a-b.c": false, "": false, "a*": true, "a?": true, "[a": true, "{a": true, `a\`: false, "a}": false} {
		if IsPattern(text) != want {
			t.Errorf("%q: %t", text, !want)
		}
	}
}

// naive takes text by trying everything; it knows * ** ? and literals, without
// the rule on whole segments.
func naive(pattern, text string) bool {
	switch {
	case pattern == "":
		return text == ""
	case strings.HasPrefix(pattern, "**"):
		rest := strings.TrimLeft(pattern, "*")
		for i := 0; i <= len(text); i++ {
			if naive(rest, text[i:]) {
				return true
			}
		}
		return false
	case pattern[0] == '*':
		for i := 0; i <= len(text); i++ {
			if naive(pattern[1:], text[i:]) {
				return true
			}
			if i < len(text) && text[i] == '.' {
				return false
			}
		}
		return false
	case text == "":
		return false
	case pattern[0] == '?':
		return text[0] != '.' && naive(pattern[1:], text[1:])
	}
	return pattern[0] == text[0] && naive(pattern[1:], text[1:])
}

// FuzzMatch: no pattern panics; what has no * ? [ { and no \ takes itself only;
// simple patterns agree with the naive matcher.
func FuzzMatch(f *testing.F) {
	for _, p := range []string{"check.*.b", "?", "a.**b", "{b**,b}", "[!a-z]", `\*`, "0{", "/{a{*.json{", "*a*a*a*b", "**.a"} {
		f.Add(p, "check.a.b")
		f.Add(p, "aaa.b")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		p, err := Compile(pattern, '.')
		if err != nil {
			if p.Match(text) || !strings.HasPrefix(err.Error(), "pattern \"") {
				t.Fatalf("%q: %v", pattern, err)
			}
			return
		}
		got := p.Match(text)
		if !IsPattern(pattern) && !strings.Contains(pattern, `\`) && utf8.ValidString(text) && got != (pattern == text) {
			t.Fatalf("%q and %q: %t", pattern, text, got)
		}
		simple := len(pattern) < 12 && len(text) < 24 && !strings.ContainsAny(pattern, `[]{}\`) && !strings.Contains(pattern, "**.") &&
			strings.IndexFunc(pattern+text, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
		if simple && got != naive(pattern, text) {
			t.Fatalf("%q and %q: %t, the naive matcher says otherwise", pattern, text, got)
		}
	})
}
