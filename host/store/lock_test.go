package store

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/sdk/wire"
)

var update = flag.Bool("update", false, "rewrite the sentences of testdata/bad")

// TestParseBad reads every file of testdata/bad, whose first line holds the
// error, and wants that error.
func TestParseBad(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "bad", "*.yaml"))
	if err != nil || len(files) < 70 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			first, rest, _ := strings.Cut(string(data), "\n")
			l, got := ParseLock(data, "doctor.lock")
			var e *Error
			if l != nil || !errors.As(got, &e) {
				t.Fatalf("%+v, %v", l, got)
			}
			if *update {
				overwrite(t, file, []byte("# "+got.Error()+"\n"+rest))
			} else if "# "+got.Error() != first {
				t.Errorf("%v, want %s", got, first)
			}
		})
	}
}

// TestParseBytes holds what no file with a comment can show.
func TestParseBytes(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":     {"", "lock l: it is empty"},
		"UTF-16":    {"\xff\xfew\x00", "lock l: the text is UTF-16; save it as UTF-8"},
		"not UTF-8": {"a: b\nc: \xff", "lock l: line 2: a byte that is not UTF-8 text"},
		"zero byte": {"a: b\nc: \x00", "lock l: line 2: a byte that is not UTF-8 text"},
		"large":     {strings.Repeat("#", MaxLock+1), "lock l: it is larger than 8 MiB"},
		"too many":  {"schema: " + Schema + "\nplugins:\n" + strings.Repeat("  - x\n", MaxPlugins+1), "lock l: line 4099: there are more than 4096 plugins"},
	} {
		if _, err := ParseLock([]byte(c.text), "l"); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	// C13: a lock of a newer program is told as such, whatever it holds.
	_, err := ParseLock([]byte("schema: stellaops.doctor.lock/v12\nmodules: [&a *b]\n"), "l")
	var e *Error
	if !errors.As(err, &e) || e.Error() != "lock l: it was written by a newer version of this program" || e.Hint == "" {
		t.Errorf("%v", err)
	}
}

// sample is a lock in which every field is used, with words that YAML or a
// terminal could take for more than words.
func sample() *Lock {
	digest := func(c string) string { return "sha256:" + strings.Repeat(c, 64) }
	release := Release{Version: "1.2.0-rc.1+b", Digest: digest("a"), Bytes: 10, Vet: digest("f"),
		Signers: []Signer{{"acme: release", digest("1")}, {"true", digest("2")}}}
	scope := access.Scope{
		Access: []wire.Access{
			{Kind: "http", Class: "write", Methods: []string{"GET", "POST"}, Target: "{CI:Systems:*:Url}", Trim: "*", Path: "/a/", Redirects: "same-origin",
				MaxBody: 1000, Secrets: []string{"CI:Systems:*:Token"}, Reason: "\"quoted\" # no comment: <b>&amp; \\u003c é"},
			{Kind: "tcp", Class: "read", Target: "smtp://mail.example.com", Port: "{Mail:Port}", DefaultPort: []int{25, 587}, Reason: "- dash"},
		},
		Settings: []string{"CI:Systems:*:Url", "Mail:Port"}, Secrets: []string{"CI:Systems:*:Token"},
	}.Sorted()
	approved := Approved{Release: release, Scope: scope, Engine: Compiler, By: "null", At: now, Expires: now.Add(time.Hour)}
	before := Approved{Release: Release{Version: "1.1.0", Digest: digest("b"), Bytes: 9, Unsigned: true}, Engine: Interpreter, By: "jane@example.com", At: now}
	return &Lock{Entries: []Entry{
		{ID: "com.acme.a", Approved: approved, Hold: "wait: for it\u202e\u2028\x1b[2J", Previous: &before,
			Pending: &Pending{Release: Release{Version: "2.0.0", Digest: digest("c"), Bytes: 11, Unsigned: true}, Since: now}},
		{ID: "com.acme.b", Approved: Approved{Release: Release{Version: "0.0.1", Digest: digest("d"), Bytes: 1, Unsigned: true}, Engine: Interpreter, By: "2026-11-26", At: now}},
	}}
}

// TestMarshal: what is written is read back the same, twice written it is the
// same bytes, and nothing in it hides from a reviewer.
func TestMarshal(t *testing.T) {
	data := sample().Marshal()
	got, err := ParseLock(data, "l")
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	if a, b := got.Entries[0], sample().Entries[0]; fmt.Sprint(a.Approved, *a.Pending, *a.Previous) != fmt.Sprint(b.Approved, *b.Pending, *b.Previous) {
		t.Errorf("got\n%+v\nwant\n%+v", a, b)
	}
	if again := got.Marshal(); !bytes.Equal(again, data) {
		t.Errorf("written again it is\n%s\nnot\n%s", again, data)
	}
	if bytes.ContainsAny(data, "\u202e\u2028\x1b") {
		t.Error("a text that turns the line round stands there as it is")
	}
	golden := filepath.Join("testdata", "whole.yaml")
	if *update {
		overwrite(t, golden, data)
	}
	if want := readFile(t, golden); string(data) != want {
		t.Errorf("got\n%s\nwant\n%s", data, want)
	}
	if empty, err := ParseLock((&Lock{}).Marshal(), "l"); err != nil || len(empty.Entries) != 0 {
		t.Errorf("an empty lock: %v", err)
	}
}

func FuzzParseLock(f *testing.F) {
	f.Add(string(sample().Marshal()))
	f.Add(string((&Lock{}).Marshal()))
	files, _ := filepath.Glob(filepath.Join("testdata", "bad", "*.yaml"))
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil {
			f.Add(string(data))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := ParseLock([]byte(text), "l")
		if err != nil {
			return
		}
		data := l.Marshal()
		again, err := ParseLock(data, "l")
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, data)
		}
		if !bytes.Equal(again.Marshal(), data) {
			t.Fatalf("not stable:\n%s", data)
		}
	})
}

// TestCompareVersions goes up the ladder of SemVer §11 and beyond.
func TestCompareVersions(t *testing.T) {
	ladder := strings.Fields("0.0.1 0.1.0 0.9.10 0.10.0 1.0.0-0 1.0.0-1 1.0.0-9 1.0.0-10 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1 2.0.0 10.0.0 99999999999999999999.0.0 100000000000000000000.0.0")
	for i, a := range ladder {
		for j, b := range ladder {
			if got := compareVersions(a, b+"+build"); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%s and %s: %d", a, b, got)
			}
		}
	}
}
