package exchange

import (
	"testing"
)

const wholeRequest = `{"version":1,"nonce":"00000000000000000000000000000000","check":"check.test.one","now":"2026-01-02T03:04:05Z","deadline_ms":1,"settings":{}}`

func TestFiles(t *testing.T) {
	comment, files := Files([]byte("One.\nTwo.\n-- a --\nx\ny\n-- b --\n-- c --\nz"))
	if comment != "One.\nTwo.\n" || len(files) != 3 {
		t.Fatalf("comment %q, files %+v", comment, files)
	}
	for i, want := range []File{{"a", nil, 3}, {"b", nil, 6}, {"c", nil, 7}} {
		if files[i].Name != want.Name || files[i].Line != want.Line {
			t.Errorf("file %d is %s at line %d, want %s at %d", i, files[i].Name, files[i].Line, want.Name, want.Line)
		}
	}
}

// TestAddRecorded: nothing is filled in for a recording, and an error says at
// which line of the archive it stands.
func TestAddRecorded(t *testing.T) {
	file := func(text string) File { return File{Name: "check.test.one/x", Data: []byte(text), Line: 10} }
	for name, c := range map[string]struct{ name, text, want string }{
		"request":       {"request.json", wholeRequest, ""},
		"newer request": {"request.json", wholeRequest[:len(wholeRequest)-1] + `,"colour":"red"}`, ""},
		"half request":  {"request.json", `{"check":"check.test.one"}`, "line 11: check.test.one/x: request: version: is not at least 1"},
		"exchange":      {"http/1", "GET http://a.example.com/\n\n@error: reset\n", ""},
		"bad exchange":  {"http/1", "GET http://a.example.com/\n\n@error: odd\n", `line 13: check.test.one/x: @error: "odd" is none of dns_failure, refused, timeout, ssl_error, connection_failed, reset, too_large, redirect_blocked, denied, invalid_url`},
		"order":         {"http/2", "", "line 10: check.test.one/x: stands where http/1 is wanted"},
	} {
		t.Run(name, func(t *testing.T) {
			var into Case
			known, err := into.AddRecorded(c.name, file(c.text))
			got := ""
			if err != nil {
				got = err.Error()
			}
			if !known || got != c.want {
				t.Errorf("known %v, error %s\nwant %s", known, got, c.want)
			}
		})
	}
	if known, err := new(Case).AddRecorded("result.json", file("{}")); known || err != nil {
		t.Errorf("a result is taken for a part of a recording: %v, %v", known, err)
	}
}
