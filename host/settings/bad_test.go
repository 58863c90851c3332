package settings_test

import (
	"bytes"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/settings"
)

// canary stands in the bad files wherever a secret might. No message may hold it.
const canary = "hunter2"

// badFiles gives each file of testdata/bad what is said of it.
var badFiles = map[string]string{
	"alias-cycle.yaml":           "line 1: sections are nested deeper than 64 levels",
	"aliases.yaml":               "line 1: the document has more than 100000 values",
	"at-sign.yaml":               "line 2: no valid YAML: no text begins with @, % or ` unless in quotes, and tabs do not indent",
	"bad-escape.json":            "line 2: an escape in a text that JSON does not have",
	"bad-number.json":            "line 2: a value is expected: text in double quotes, a number, true, false, null, an object or a list",
	"comma-first.json":           "line 2: a key in double quotes is expected",
	"comments-only.json":         "line 4: the file is empty; settings are an object in { }",
	"control-character.json":     "line 2: a control character in a text; write it as \\u0009",
	"deep-list.json":             "line 2: sections are nested deeper than 64 levels",
	"deep.json":                  "line 66: sections are nested deeper than 64 levels",
	"deep.yaml":                  "line 1: sections are nested deeper than 64 levels",
	"duplicate-flat.json":        "line 3: key \"ci:systems:0:url\" stands in line 2 already",
	"duplicate-flat.yaml":        "line 3: key \"OCI:RegistryUrl\" stands in line 2 already",
	"duplicate-section.json":     "line 3: key \"oci\" stands in line 2 already",
	"duplicate.json":             "line 4: key \"OCI:registryURL\" stands in line 3 already",
	"duplicate.yaml":             "line 3: key \"oci:RegistryURL\" stands in line 2 already",
	"empty-anchor.yaml":          "line 2: an anchor has no value; a text that begins with & needs quotes",
	"empty.json":                 "line 1: the file is empty; settings are an object in { }",
	"indentation.yaml":           "line 2: no valid YAML: did not find expected key",
	"json-in-yaml.yaml":          "line 1: no valid YAML: did not find expected node content",
	"key-alias.yaml":             "line 2: a key is no plain text",
	"key-mapping.yaml":           "line 2: a key is no plain text",
	"latin1.json":                "line 2: a byte that is not UTF-8 text",
	"list.json":                  "line 1: the top level is a list; settings are an object in { }",
	"list.yaml":                  "line 1: the top level is a list; settings are a mapping of sections",
	"long-key.json":              "line 2: the key is longer than 1024 bytes",
	"merge.yaml":                 "line 4: merge keys (<<) are not supported",
	"missing-colon.json":         "line 3: a colon is expected after a key",
	"missing-comma-in-list.json": "line 3: a comma or ] is expected after a value",
	"missing-comma.json":         "line 3: a comma or } is expected after a value",
	"missing-value.json":         "line 2: a value is expected: text in double quotes, a number, true, false, null, an object or a list",
	"no-extension":               "line 1: the list that begins here has no end",
	"no-extension-yaml":          "line 1: no valid YAML: did not find expected ',' or ']'",
	"null.json":                  "line 1: the top level is no object; settings are an object in { }",
	"null.yaml":                  "line 1: the top level is no mapping; settings are a mapping of sections",
	"percent.yaml":               "line 2: no valid YAML: no text begins with @, % or ` unless in quotes, and tabs do not indent",
	"scalar.json":                "line 1: the top level is no object; settings are an object in { }",
	"scalar.yaml":                "line 1: the top level is no mapping; settings are a mapping of sections",
	"single-quotes.json":         "line 2: a key in double quotes is expected",
	"tab.yaml":                   "line 2: no valid YAML: no text begins with @, % or ` unless in quotes, and tabs do not indent",
	"tag-binary.yaml":            "line 2: tags are not supported; a text that begins with ! needs quotes",
	"tag-on-mapping.yaml":        "line 1: tags are not supported; a text that begins with ! needs quotes",
	"tag.yaml":                   "line 2: tags are not supported; a text that begins with ! needs quotes",
	"trailing-text.json":         "line 4: text after the end of the object",
	"two-commas.json":            "line 2: a key in double quotes is expected",
	"two-documents.yaml":         "line 3: a second document begins; a configuration file holds one",
	"two-objects.json":           "line 2: text after the end of the object",
	"two-values.yaml":            "line 2: no valid YAML: mapping values are not allowed in this context",
	"unclosed-comment.json":      "line 2: the comment that begins here has no end",
	"unclosed-flow.yaml":         "line 1: no valid YAML: did not find expected ',' or '}'",
	"unclosed-list.json":         "line 3: the list that begins here has no end",
	"unclosed-object.json":       "line 2: the object that begins here has no end",
	"unclosed-quote.yaml":        "line 2: no valid YAML: found unexpected end of stream",
	"unclosed-text.json":         "line 3: a text has no closing quote in its line",
	"unknown-alias.yaml":         "line 3: an alias has no anchor; a text that begins with * needs quotes",
	"unquoted-key.json":          "line 2: a key in double quotes is expected",
	"unquoted-value.json":        "line 3: a value is expected: text in double quotes, a number, true, false, null, an object or a list",
}

func TestBadFiles(t *testing.T) {
	files, err := os.ReadDir(filepath.Join("testdata", "bad"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(badFiles) {
		t.Errorf("%d files and %d sentences", len(files), len(badFiles))
	}
	for _, f := range files {
		t.Run(f.Name(), func(t *testing.T) {
			path := filepath.Join("testdata", "bad", f.Name())
			refused(t, path, "configuration file "+path+": "+badFiles[f.Name()])
		})
	}
}

// refused loads one file and expects exactly this sentence.
func refused(t *testing.T, path, sentence string) {
	t.Helper()
	store, err := settings.Load(settings.Options{NoDefaultFiles: true, Files: []string{path}})
	var typed *settings.Error
	if !errors.As(err, &typed) || typed.File != path || store != nil {
		t.Fatalf("got %v, %T, want an *Error about the file", store, err)
	}
	if err.Error() != sentence {
		t.Errorf("got  %s\nwant %s", err, sentence)
	}
	if strings.Contains(err.Error(), canary) {
		t.Errorf("the message holds the secret: %s", err)
	}
}

// Files that do not stand in testdata because no editor or version control
// leaves them alone.
func TestBadBytes(t *testing.T) {
	utf16le := []byte{0xff, 0xfe}
	var bare []byte
	for _, c := range []byte(`{"A": "hunter2"}`) {
		utf16le = append(utf16le, c, 0)
		bare = append(bare, c, 0)
	}
	values := func(n int) []byte {
		var b bytes.Buffer
		b.WriteString("{\"A\": [")
		b.WriteString(strings.Repeat("1,", n))
		b.WriteString("]}")
		return b.Bytes()
	}
	long := strings.Repeat("k", 1000)
	for _, c := range []struct {
		name     string
		content  []byte
		sentence string // empty for a file that is fine
	}{
		{"utf16.json", utf16le, "the text is UTF-16; save it as UTF-8"},
		{"utf16-bare.yaml", bare, "the text is UTF-16; save it as UTF-8"},
		{"utf16be.yaml", []byte{0xfe, 0xff, 0, 'a', 0, ':', 0, ' ', 0, 'b'}, "the text is UTF-16; save it as UTF-8"},
		{"binary.json", []byte("\x7fELF\x02\x01\x01\x00\x00\x00"), "line 1: a zero byte; this is no text file"},
		{"binary.yaml", []byte("a: b\n\x89PNG\r\n\x1a\n"), "line 2: a byte that is not UTF-8 text"},
		{"exactly.json", append([]byte("{}"), bytes.Repeat([]byte(" "), 4<<20-2)...), ""},
		{"large.json", append([]byte("{}"), bytes.Repeat([]byte(" "), 4<<20-1)...), "the file is larger than 4 MiB"},
		{"values.json", values(100_000 - 2), ""}, // the object and the list count
		{"too-many-values.json", values(100_000 - 1), "line 1: the document has more than 100000 values"},
		{"keys.json", []byte("{\"" + long + "\": [" + strings.Repeat("1,\n", 20_000) + "]}"),
			"line 16688: the keys of the document are longer than 16 MiB together"},
		{"bom.json", []byte("\xef\xbb\xbf{\"A\": 1}"), ""},
		{"bom.yaml", []byte("\xef\xbb\xbfa: 1"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), c.name)
			if err := os.WriteFile(path, c.content, 0o600); err != nil {
				t.Fatal(err)
			}
			if c.sentence != "" {
				refused(t, path, "configuration file "+path+": "+c.sentence)
				return
			}
			if _, err := settings.Load(settings.Options{NoDefaultFiles: true, Files: []string{path}}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain.json")
	if err := os.WriteFile(plain, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, path, problem string }{
		{"missing", filepath.Join(dir, "missing.json"), "no such file"},
		{"directory", dir, "this is a directory"},
		{"below a file", filepath.Join(plain, "x.json"), "not a directory"},
		{"empty name", "", "no such file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := settings.Load(settings.Options{NoDefaultFiles: true, Files: []string{c.path}})
			if err == nil || !strings.HasSuffix(err.Error(), c.problem) {
				t.Errorf("got %v, want %s", err, c.problem)
			}
		})
	}
	t.Run("unreadable", func(t *testing.T) {
		if err := os.Chmod(plain, 0); err != nil {
			t.Fatal(err)
		}
		if f, err := os.Open(plain); !errors.Is(err, fs.ErrPermission) {
			f.Close()
			t.Skip("this user may read every file")
		}
		refused(t, plain, "configuration file "+plain+": permission denied")
	})
	t.Run("socket", func(t *testing.T) {
		path := filepath.Join(dir, "s")
		l, err := net.Listen("unix", path)
		if err != nil {
			t.Skip(err)
		}
		defer l.Close()
		if _, err := settings.Load(settings.Options{NoDefaultFiles: true, Files: []string{path}}); err == nil {
			t.Error("a socket was read")
		}
	})
}
