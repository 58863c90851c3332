package wire_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

// TestParseJSONRefused: what two readers could read in two ways, or what is no
// whole value, is no value at all.
func TestParseJSONRefused(t *testing.T) {
	for name, text := range map[string]string{
		"empty":              "",
		"white space":        " \n",
		"cut off":            `{"manifests":[{"digest":"sha256:`,
		"two values":         `{} {}`,
		"no JSON":            `<html>`,
		"key twice":          `{"sealed":true,"sealed":false}`,
		"key twice, escaped": `{"sealed":true,"seale\u0064":false}`,
		"key twice, inside":  `[{"a":{"b":1,"b":1}}]`,
		"too deep":           strings.Repeat("[", wire.MaxDepth+1) + strings.Repeat("]", wire.MaxDepth+1),
		"very deep":          strings.Repeat(`{"a":`, 1<<17),
		"UTF-16":             "\xff\xfe{\x00}\x00",
		"UTF-16, no mark":    "{\x00}\x00",
		"byte order mark":    "\ufeff{}",
		"invalid UTF-8":      "\"\xff\"",
		"control character":  "\"a\nb\"",
		"comment":            "{} // all of it",
		"NaN":                "NaN",
		"leading zero":       "01",
	} {
		v, problem := wire.ParseJSON([]byte(text))
		if problem == "" || v.Kind() != 0 || v.Raw() != nil {
			t.Errorf("%s: %q, problem %q", name, v.Raw(), problem)
		}
	}
}

// TestJSON: the fields of an answer, and what a value of another kind gives.
func TestJSON(t *testing.T) {
	v, problem := wire.ParseJSON([]byte(` { "a" : { "b\u0063" : [ 1 , "two\n" , false , null , { } , -7.5 ] } , "n" : 9223372036854775807, "big": 1e400, "e": {}, "l": [] } `))
	if problem != "" {
		t.Fatal(problem)
	}
	var kinds []byte
	for e := range v.Field("a").Field("bc").Elements {
		kinds = append(kinds, e.Kind())
	}
	if string(kinds) != `0"tn{0` {
		t.Errorf("kinds %q", kinds)
	}
	for e := range v.Field("a").Field("bc").Elements {
		if n, ok := e.Int(); !ok || n != 1 {
			t.Errorf("first element %s", e.Raw())
		}
		break
	}
	if n, ok := v.Field("n").Int(); !ok || n != 1<<63-1 {
		t.Errorf("n is %d, %v", n, ok)
	}
	if _, ok := v.Field("big").Int(); ok {
		t.Error("1e400 is an integer")
	}
	for _, none := range []wire.JSON{{}, v.Field("missing"), v.Field("A"), v.Field("n").Field("a"), v.Field("e").Field("a")} {
		_, text := none.Text()
		_, number := none.Int()
		_, truth := none.Bool()
		for range none.Elements {
			t.Error("no value has elements")
		}
		if none.Kind() != 0 || text || number || truth || none.Field("a").Kind() != 0 {
			t.Errorf("%q is a value", none.Raw())
		}
	}
	for range v.Field("l").Elements {
		t.Error("an empty list has elements")
	}
}

// FuzzJSON: what passes is JSON to encoding/json too, with the same content, and
// what encoding/json refuses never passes.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,{"b":"\ud83d\ude00\ud800x"},true,null],"":-0.5e3}`, `[[],{},"",0]`, `"\u0000"`, "{\"a\":1,\"a\":2}", "\ufeff{}", `{"a":1}{`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, problem := wire.ParseJSON(text)
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		var want any
		if err := d.Decode(&want); problem == "" && err != nil {
			t.Fatalf("%q passes, but %v", text, err)
		}
		if problem == "" {
			sameJSON(t, v, want)
		}
	})
}

func sameJSON(t *testing.T, v wire.JSON, want any) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		for name, value := range want {
			sameJSON(t, v.Field(name), value)
		}
	case []any:
		n := 0
		for e := range v.Elements {
			if n < len(want) {
				sameJSON(t, e, want[n])
			}
			n++
		}
		if n != len(want) {
			t.Errorf("%q: %d elements, want %d", v.Raw(), n, len(want))
		}
	case string:
		if text, ok := v.Text(); !ok || text != want {
			t.Errorf("%q: %q, want %q", v.Raw(), text, want)
		}
	case bool:
		if b, ok := v.Bool(); !ok || b != want {
			t.Errorf("%q: %v, want %v", v.Raw(), b, want)
		}
	case json.Number:
		whole, err := want.Int64()
		if n, ok := v.Int(); ok != (err == nil) || ok && n != whole || string(v.Raw()) != want.String() {
			t.Errorf("%q: %d %v, want %s", v.Raw(), n, ok, want)
		}
	case nil:
		if v.Kind() != wire.JSONNull {
			t.Errorf("%q: want null", v.Raw())
		}
	}
}
