package strictyaml

import (
	"strings"
	"testing"
	"time"
)

const limit = 1 << 10

func read(text string) (Mapping, *Error) {
	n, err := Document([]byte(text), "a test file", limit)
	if err != nil {
		return Mapping{}, err
	}
	return n.Mapping("the file", "name", "on", "count", "when", "list")
}

func TestFields(t *testing.T) {
	m, err := read("name: a b\non: true\ncount: 7\nwhen: 2026-12-31\nlist: [x, 'y']\n")
	if err != nil {
		t.Fatal(err)
	}
	name, err1 := m.Need("name", 10)
	on, err2 := m.Bool("on")
	count, err3 := m.Int("count", 0, 7)
	when, err4 := m.Time("when")
	list, err5 := m.Texts("list", 2, 1)
	for _, err := range []*Error{err1, err2, err3, err4, err5} {
		if err != nil {
			t.Error(err)
		}
	}
	if name != "a b" || !on || count != 7 || !when.Equal(time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)) || strings.Join(list, " ") != "x y" {
		t.Errorf("%q %v %d %v %q", name, on, count, when, list)
	}
}

// TestRefused holds each text to the sentence that refuses it.
func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "it is empty",
		"# only a comment\n":            "it is empty",
		"\xff\xfea\x00":                 "the text is UTF-16; save it as UTF-8",
		"name: \xff":                    "line 1: a byte that is not UTF-8 text",
		"name: a\n---\nname: b\n":       "line 2: a second document begins; a test file holds one",
		"name: &a x\n":                  "line 1: anchors are not supported; a text that begins with & needs quotes",
		"name: *a\n":                    "line 1: aliases are not supported; a text that begins with * needs quotes",
		"name: !!str x\n":               "line 1: tags are not supported; a text that begins with ! needs quotes",
		"<<: {name: x}\n":               "line 1: merge keys (<<) are not supported",
		"Name: x\n":                     `line 1: unknown field "Name"; fields are name, on, count, when, list`,
		"name: x\nname: y\n":            "line 2: field name stands in line 1 already",
		"- x\n":                         "line 1: the file is no mapping of fields",
		"name: [x\n":                    "line 1: no valid YAML: did not find expected ',' or ']'",
		strings.Repeat("#", limit+1):    "it is larger than 1 KiB",
		"name: {a: b}\n":                "line 1: name is no text",
		"name: ~\n":                     "line 1: name is empty",
		"name: ''\n":                    "line 1: name is empty",
		"name: 12345678901\n":           "line 1: name is longer than 10 bytes",
		"on: yes\nname: x\n":            `line 1: on: "yes" is neither true nor false`,
		"count: 8\nname: x\n":           `line 1: count: "8" is no whole number from 0 to 7`,
		"when: soon\nname: x\n":         `line 1: when: "soon" is no date like 2026-12-31 and no time like 2026-12-31T18:00:00Z`,
		"list: x\nname: x\n":            "line 1: list is no list",
		"list: [a, b, c]\nname: x\n":    "line 1: there are more than 2 list",
		"list: [&a b]\nname: x\n":       "line 1: anchors are not supported; a text that begins with & needs quotes",
		"list: [{a: b}]\nname: x\n":     "line 1: an item of list is no text",
		"on: true\n":                    "line 1: the file has no name",
		"name: x\n? [a]\n: b\n":         `line 2: unknown field ""; fields are name, on, count, when, list`,
		"name: x\ncount: 0x7\n":         `line 2: count: "0x7" is no whole number from 0 to 7`,
		"name: x\nwhen: [2026-12-31]\n": `line 2: when: "" is no date like 2026-12-31 and no time like 2026-12-31T18:00:00Z`,
	} {
		if got := everything(text); got == nil || got.Error() != want {
			t.Errorf("%.40q: %v, want %s", text, got, want)
		}
	}
}

// everything reads all fields and returns the first error.
func everything(text string) *Error {
	m, err := read(text)
	if err != nil {
		return err
	}
	if _, err := m.Need("name", 10); err != nil {
		return err
	}
	if _, err := m.Bool("on"); err != nil {
		return err
	}
	if _, err := m.Int("count", 0, 7); err != nil {
		return err
	}
	if _, err := m.Time("when"); err != nil {
		return err
	}
	_, err = m.Texts("list", 2, 10)
	return err
}

func FuzzDocument(f *testing.F) {
	f.Add("name: a b\non: true\ncount: 7\nwhen: 2026-12-31\nlist: [x, 'y']\n")
	f.Fuzz(func(t *testing.T, text string) {
		if err := everything(text); err != nil && err.Problem == "" {
			t.Error("an error without a problem")
		}
	})
}
