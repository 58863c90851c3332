package settings

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

// seed adds the files of testdata/bad with one of the endings, and more.
func seed(f *testing.F, endings string, more ...string) {
	files, err := os.ReadDir(filepath.Join("testdata", "bad"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		if ext := filepath.Ext(file.Name()); ext != "" && strings.Contains(endings, ext) {
			b, err := os.ReadFile(filepath.Join("testdata", "bad", file.Name()))
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	for _, text := range more {
		f.Add([]byte(text))
	}
}

// judge holds what is true of every outcome of a reader.
func judge(t *testing.T, text string, doc *document, err error) {
	t.Helper()
	if err != nil {
		var e *Error
		if !errors.As(err, &e) || e.Problem == "" || e.Line < 0 || e.Line > strings.Count(text, "\n")+2 {
			t.Fatalf("error %#v", err)
		}
		// A key may be named, nothing else of the text.
		if strings.Contains(e.Problem, "hunter2") && !strings.Contains(e.Problem, "stands in line") {
			t.Fatalf("the message holds the secret: %s", err)
		}
		return
	}
	if doc.values > maxValues || len(doc.leaves) > doc.values {
		t.Fatalf("%d values, %d leaves", doc.values, len(doc.leaves))
	}
	for _, l := range doc.leaves {
		if len(l.key) > maxKey || l.line < 1 {
			t.Fatalf("%+v", l)
		}
	}
}

// extension finds text that may be a comment or a trailing comma.
var extension = regexp.MustCompile(`/|,[ \t\r\n]*[}\]]`)

// FuzzJSON holds the reader against encoding/json: what that takes is taken
// with the same values, and apart from comments and trailing commas nothing else is.
func FuzzJSON(f *testing.F) {
	seed(f, ".json", `{"A": {"B": [1, "x", null, true, {"C": 1.5e3}]}, "a:d": "é"}`,
		"// c\n{/* d */ \"A\" /**/ : 1, // e\n \"B\": [1,2,],}", `{"A": "//", "B": "/* */", "C": ",}"}`, `{"":{"":1}}`, `{"\ud800": "\uD83D\uDE00"}`)
	f.Fuzz(func(t *testing.T, b []byte) {
		text, err := decodeText(b)
		if err != nil {
			judge(t, string(b), nil, err)
			return
		}
		doc, err := parseJSON(text)
		judge(t, text, doc, err)
		if err == nil && !extension.MatchString(text) && !json.Valid([]byte(text)) {
			t.Fatalf("taken, and is no JSON: %q", text)
		}
		if !json.Valid([]byte(text)) {
			return
		}
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		var top any
		if decoder.Decode(&top) != nil {
			return // deeper than encoding/json goes
		}
		section, isObject := top.(map[string]any)
		switch {
		case err != nil && !isObject:
		case err != nil:
			if !regexp.MustCompile(`stands in line|deeper than|more than|longer than`).MatchString(err.Error()) {
				t.Fatalf("refused: %v: %q", err, text)
			}
		case !isObject:
			t.Fatalf("taken without an object: %q", text)
		default:
			want, got := map[string]string{}, map[string]string{}
			flatten(want, "", section)
			for _, l := range doc.leaves {
				got[l.key] = l.value
			}
			if !maps.Equal(got, want) {
				t.Fatalf("%q:\ngot  %q\nwant %q", text, got, want)
			}
		}
	})
}

func flatten(into map[string]string, key string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			flatten(into, join(key, name), member)
		}
	case []any:
		for i, item := range v {
			flatten(into, join(key, strconv.Itoa(i)), item)
		}
	case string:
		into[key] = v
	case json.Number:
		into[key] = v.String()
	case bool:
		into[key] = strconv.FormatBool(v)
	case nil:
		into[key] = ""
	}
}

func FuzzYAML(f *testing.F) {
	seed(f, ".yaml", "a: &a {b: 1}\nc: *a\n", "a: !!str 1\n", "? a\n: b\n", "a: |\n  x\n   y\n", "%YAML 1.1\n---\na: b\n...\n", "a: [1, {b: c}, - ]\n", "'<<': 1\n", "a: 2020-01-01\n")
	f.Fuzz(func(t *testing.T, b []byte) {
		text, err := decodeText(b)
		if err != nil {
			judge(t, string(b), nil, err)
			return
		}
		doc, err := parseYAML(text)
		judge(t, text, doc, err)
	})
}

// FuzzMaskUserInfo: an address that passes the screen is left as it is, and
// what is masked does not pass.
func FuzzMaskUserInfo(f *testing.F) {
	for _, s := range []string{"https://u:p@h", "http://h:80/a@b", "https://[::1]/@", "x://@", "http://h/", "https://u:p/q@h:1/", "u:p@h", "//u:p@h", "https:/u:p@h"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		masked := maskBareUserInfo(maskUserInfo(value))
		if _, rule := wire.ScreenURL(value); rule == "" && masked != value {
			t.Fatalf("%q became %q", value, masked)
		}
		if _, rule := wire.ScreenURL(masked); rule == "" && masked != value {
			t.Fatalf("%q became %q, which passes", value, masked)
		}
	})
}
