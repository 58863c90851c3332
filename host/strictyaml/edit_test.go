package strictyaml_test

import (
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host/strictyaml"
)

const edited = `# what this file is
schema: x/v1 # line

# about the list
items:
  # about b
  - name: b
    text: |
      -----BEGIN-----
      # inside
  # about d
  - {name: d, on: true} # flow
# the end
`

func newEdit(t *testing.T, text string) *strictyaml.Edit {
	t.Helper()
	e, err := strictyaml.NewEdit([]byte(text), "a test file", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func wantEdited(t *testing.T, e *strictyaml.Edit, want string) {
	t.Helper()
	got, err := e.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestEditAdd(t *testing.T) {
	e := newEdit(t, edited)
	e.Add("items", []strictyaml.Field{{Name: "name", Value: "c"}, {Name: "text", Value: "two\nlines\n"}, {Name: "list", Value: []string{"a.**", "b"}},
		{Name: "at", Value: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}, {Name: "on", Value: true}, {Name: "true", Value: "true"}})
	wantEdited(t, e, `# what this file is
schema: x/v1 # line

# about the list
items:
  # about b
  - name: b
    text: |
      -----BEGIN-----
      # inside
  - name: c
    text: |
      two
      lines
    list: ["a.**", "b"]
    at: 2026-01-02T03:04:05Z
    on: true
    true: "true"
  # about d
  - {name: d, on: true} # flow
# the end
`)
	e = newEdit(t, "schema: x\nitems: []\n")
	e.Add("items", []strictyaml.Field{{Name: "name", Value: "a"}})
	e.Add("more", []strictyaml.Field{{Name: "name", Value: "a"}})
	wantEdited(t, e, "schema: x\nitems:\n  - name: a\nmore:\n  - name: a\n")
}

func TestEditRemoveAndSet(t *testing.T) {
	e := newEdit(t, edited)
	if e.Find("items", "name", "x") >= 0 || e.Find("none", "name", "x") >= 0 {
		t.Error("an item was found that is not there")
	}
	e.SetIn("items", e.Find("items", "name", "b"), strictyaml.Field{Name: "revoked", Value: []strictyaml.Field{{Name: "reason", Value: "lost: # stick"}}})
	e.Set(strictyaml.Field{Name: "schema", Value: "y"})
	gone := e.Remove("items", e.Find("items", "name", "d"))
	if len(gone) != 2 || gone[0] != "# about d" || gone[1] != "# flow" {
		t.Errorf("comments gone: %q", gone)
	}
	wantEdited(t, e, `# what this file is
schema: y # line

# about the list
items:
  # about b
  - name: b
    text: |
      -----BEGIN-----
      # inside
    revoked:
      reason: 'lost: # stick'
# the end
`)
	e.Remove("items", 0)
	wantEdited(t, e, "# what this file is\nschema: y # line\n\n# about the list\nitems: []\n# the end\n")
}

func TestEditRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":             "it is empty",
		"- a\n":        "line 1: a test file is no mapping of fields",
		"a: &x b\n":    "", // anchors are for the reader of the whole
		"a: b\n---\nc": "line 2: a second document begins; a test file holds one",
	} {
		_, err := strictyaml.NewEdit([]byte(text), "a test file", 1<<20)
		if got := ""; err != nil {
			got = err.Error()
			if got != want {
				t.Errorf("%q: %s", text, got)
			}
		} else if want != "" {
			t.Errorf("%q: taken", text)
		}
	}
}

// TestEditLineEnds: a text whose lines end with CR LF stays one, whatever is done to
// it; nothing comes in between its lines.
func TestEditLineEnds(t *testing.T) {
	crlf := func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }
	for name, change := range map[string]func(e *strictyaml.Edit){
		"nothing": func(*strictyaml.Edit) {},
		"add": func(e *strictyaml.Edit) {
			e.Add("items", []strictyaml.Field{{Name: "name", Value: "c"}, {Name: "text", Value: "two\nlines\n"}})
		},
		"set": func(e *strictyaml.Edit) { e.Set(strictyaml.Field{Name: "schema", Value: "x/v2"}) },
	} {
		lf, cr := newEdit(t, edited), newEdit(t, crlf(edited))
		change(lf)
		change(cr)
		want, err := lf.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) { wantEdited(t, cr, crlf(string(want))) })
	}
}
