package waivers

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const whole = `# known problems
waivers:
  - check: check.integration.oci.registry
    cause: tls.expired
    target: https://registry.example.com/**
    reason: the renewal is ordered, CHG-1234
    owner: platform@example.com
    expires: 2026-12-31
  - check: check.integration.*
    reason: |
      a reason
      of two lines
    owner: 4711
    expires: "2026-06-01T12:00:00+02:00"
`

func TestParse(t *testing.T) {
	json := `{"waivers": [{"check": "check.integration.oci.registry", "cause": "tls.expired", "target": "https://registry.example.com/**",
	"reason": "the renewal is ordered, CHG-1234", "owner": "platform@example.com", "expires": "2026-12-31"},
	{"check": "check.integration.*", "reason": "a reason of two lines", "owner": 4711, "expires": "2026-06-01T10:00:00Z"}]}`
	for name, text := range map[string]string{"YAML": whole, "JSON": json, "CRLF": strings.ReplaceAll(whole, "\n", "\r\n"), "byte order mark": "\xef\xbb\xbf" + whole} {
		set, err := Parse([]byte(text), "w.yaml")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		a, b := set.entries[0], set.entries[1]
		if a.check.text != "check.integration.oci.registry" || a.cause.text != "tls.expired" || a.target.text != "https://registry.example.com/**" ||
			a.owner != "platform@example.com" || a.until() != "2026-12-31T23:59:59Z" {
			t.Errorf("%s: %+v", name, a)
		}
		if b.reason != "a reason of two lines" || b.owner != "4711" || b.until() != "2026-06-01T10:00:00Z" || b.cause.text != "" {
			t.Errorf("%s: %+v", name, b)
		}
	}
}

// TestParseBad reads every file of testdata/bad, whose first line holds the
// error, and wants that error.
func TestParseBad(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "bad", "*.yaml"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(string(data), "\n")
			set, got := Parse(data, "w")
			var e *Error
			if set != nil || !errors.As(got, &e) || "# "+got.Error() != first {
				t.Errorf("%v, want %s", got, first)
			}
		})
	}
}

// TestParseBytes holds what no file with a comment can show.
func TestParseBytes(t *testing.T) {
	entry := "  - {check: check.a.b, reason: r, owner: o, expires: 2026-12-31}\n"
	for name, c := range map[string]struct{ text, want string }{
		"empty":      {"", "waiver file w: it is empty"},
		"blank":      {"\n \n", "waiver file w: it is empty"},
		"null":       {"~", "waiver file w: it is empty"},
		"separator":  {"---\n", "waiver file w: it is empty"},
		"UTF-16":     {"\xff\xfew\x00", "waiver file w: the text is UTF-16; save it as UTF-8"},
		"not UTF-8":  {"a: b\nc: \xff", "waiver file w: line 2: a byte that is not UTF-8 text"},
		"zero byte":  {"a: b\nc: \x00", "waiver file w: line 2: a byte that is not UTF-8 text"},
		"large":      {strings.Repeat("#", MaxFile+1), "waiver file w: it is larger than 1 MiB"},
		"just large": {strings.Repeat("#", MaxFile), "waiver file w: it is empty"},
		"too many":   {"waivers:\n" + strings.Repeat(entry, MaxWaivers+1), "waiver file w: line 1002: there are more than 1000 waivers"},
		"just many":  {"waivers:\n" + strings.Repeat(entry, MaxWaivers), ""},
		"deep":       {strings.Repeat("[", MaxFile), "waiver file w: no valid YAML: exceeded max depth of 10000"},
	} {
		start := time.Now()
		_, err := Parse([]byte(c.text), "w")
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s: took %s", name, took)
		}
		switch {
		case c.want == "":
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		case err == nil || err.Error() != c.want:
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzParse: nothing panics, what is taken is complete, and every error names
// the file and a line that is there.
func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	files, _ := filepath.Glob(filepath.Join("testdata", "bad", "*.yaml"))
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := Parse(data, "w")
		if err != nil {
			var e *Error
			if set != nil || !errors.As(err, &e) || e.File != "w" || e.Problem == "" || e.Line < 0 {
				t.Fatalf("%#v", err)
			}
			return
		}
		if len(set.entries) == 0 || len(set.entries) > MaxWaivers {
			t.Fatalf("%d entries", len(set.entries))
		}
		for _, e := range set.entries {
			if e.check.text == "" || e.reason == "" || e.owner == "" || e.expires.IsZero() || e.line < 1 {
				t.Fatalf("%+v", e)
			}
			if _, err := time.Parse(time.RFC3339, e.until()); err != nil {
				t.Fatal(err)
			}
		}
	})
}
