package wire

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// fuzzDocument decodes anything: no panic; what is accepted is JSON that
// encoding/json accepts too, and encodes to a text that gives the same value
// and stays the same.
func fuzzDocument[T any, P interface {
	*T
	Document
}](f *testing.F) {
	seeds, err := filepath.Glob(filepath.Join(goldenDir, "*.json"))
	if err != nil || len(seeds) == 0 {
		f.Fatalf("no golden documents: %v", err)
	}
	for _, file := range seeds {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, s := range []string{`{`, `{"a":"\ud800\u0041","A":-0.0e+5}`, `{"evidence":{"a":[{"item":1e5}],"b":[null,5.0],"c":-0,"d":{}}}`,
		`{"body":"Zg==","header":{"a":[],"b":null}}`, `{"checks":[null,{"explain":{}}],"settings":null}`, strings.Repeat(`[`, 100), "{\"a\":\"\xff\"}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d := P(new(T))
		if Unmarshal(data, d) != nil {
			return
		}
		if !json.Valid(data) {
			t.Fatalf("encoding/json does not take it for JSON: %q", data)
		}
		text := Marshal(d)
		back := P(new(T))
		if err := Unmarshal(text, back); err != nil || !reflect.DeepEqual(back, d) {
			t.Fatalf("%v\n got %+v\nwant %+v", err, back, d)
		}
		std, err := json.Marshal(d)
		if err != nil || !bytes.Equal(std, text) {
			t.Fatalf("%v\n got %s\nencoding/json %s", err, text, std)
		}
		same := P(new(T))
		if err := json.Unmarshal(text, same); err != nil || !bytes.Equal(Marshal(same), text) {
			t.Fatalf("%v\n got %+v\nwant %+v", err, same, d)
		}
		// Judging a document of strangers must not panic either.
		switch d := any(d).(type) {
		case *Result:
			_ = d.Validate(&sampleInfo().Checks[1], sampleRequest())
		case interface{ Validate() error }:
			_ = d.Validate()
		}
	})
}

func FuzzUnmarshalRequest(f *testing.F)      { fuzzDocument[Request](f) }
func FuzzUnmarshalResult(f *testing.F)       { fuzzDocument[Result](f) }
func FuzzUnmarshalPluginInfo(f *testing.F)   { fuzzDocument[PluginInfo](f) }
func FuzzUnmarshalHTTPRequest(f *testing.F)  { fuzzDocument[HTTPRequest](f) }
func FuzzUnmarshalHTTPResponse(f *testing.F) { fuzzDocument[HTTPResponse](f) }
func FuzzUnmarshalTCPRequest(f *testing.F)   { fuzzDocument[TCPRequest](f) }
func FuzzUnmarshalTCPResponse(f *testing.F)  { fuzzDocument[TCPResponse](f) }

// TestGrease sends unknown fields in every object of every document: a newer
// peer's fields must not change what is understood. Data are left alone: the
// keys of settings, header and evidence are no fields.
func TestGrease(t *testing.T) {
	for name, d := range golden() {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(50) {
				r := rand.New(rand.NewPCG(seed, 7))
				var greased strings.Builder
				n := grease(r, &greased, Marshal(d), "")
				back := newLike(d)
				if err := Unmarshal([]byte(greased.String()), back); err != nil {
					t.Fatalf("%v\n%s", err, greased.String())
				}
				if n == 0 || !reflect.DeepEqual(back, d) {
					t.Fatalf("%d fields of grease change the document\n%s", n, greased.String())
				}
			}
		})
	}
}

// grease writes text with random fields added to each object but those named by
// data, and returns how many it added.
func grease(r *rand.Rand, out *strings.Builder, text []byte, name string) (added int) {
	switch text[0] {
	case '[':
		out.WriteByte('[')
		sep := ""
		for elem, rest := nextElement(text[1:]); elem != nil; elem, rest = nextElement(rest) {
			out.WriteString(sep)
			sep = " ,\n"
			added += grease(r, out, elem, "")
		}
		out.WriteByte(']')
	case '{':
		data := name == "settings" || name == "header" || name == "evidence"
		var fields []func()
		for _, m := range splitObject(nil, text) {
			fields = append(fields, func() {
				out.Write(appendString(nil, string(m.name)))
				out.WriteString(":\t")
				if name == "evidence" {
					out.Write(m.value)
				} else {
					added += grease(r, out, m.value, string(m.name))
				}
			})
		}
		for i := range 1 + r.IntN(3) {
			if !data {
				added++
				fields = append(fields, func() {
					out.WriteString(`"` + []string{"Check", "X", "grease ü", "\\u0000", "status_"}[r.IntN(5)] + strings.Repeat("'", i) + `":`)
					out.WriteString(randomJSON(r, 5))
				})
			}
		}
		r.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
		out.WriteByte('{')
		for i, f := range fields {
			if i > 0 {
				out.WriteByte(',')
			}
			f()
		}
		out.WriteByte('}')
	default:
		out.Write(text)
	}
	return added
}

func randomJSON(r *rand.Rand, depth int) string {
	switch n := r.IntN(8); {
	case n == 0 && depth > 0:
		return "[" + randomJSON(r, depth-1) + "," + randomJSON(r, depth-1) + "]"
	case n == 1 && depth > 0:
		return `{"a": ` + randomJSON(r, depth-1) + `, "b":` + randomJSON(r, depth-1) + `}`
	case n == 2:
		return `"}],{[\"\\\u0022 <&🐳"`
	}
	return []string{"null", "true", "false", "-1.5e300", "18446744073709551616", `""`, "{}", "[]"}[r.IntN(8)]
}

// TestUnmarshalBounded: what a text costs is bounded by its length, whatever
// its shape. Quadratic work would take minutes here.
func TestUnmarshalBounded(t *testing.T) {
	var keys strings.Builder
	for i := range 20000 {
		keys.WriteString(`"` + string(rune('a'+i%26)) + strings.Repeat("k", i%7) + string(rune(0x4e00+i)) + `":0,`)
	}
	for name, text := range map[string]string{
		"many keys":     `{"x":{` + keys.String() + `"z":0}}`,
		"many evidence": `{"evidence":{` + keys.String() + `"z":0}}`,
		"long list":     `{"likely_causes":[` + strings.Repeat(`"",`, MaxElements-1) + `""]}`,
		"unknown list":  `{"x":[` + strings.Repeat(`"",`, 80000) + `""]}`,
		"long string":   `{"check":"` + strings.Repeat(`\u0041`, 40000) + `"}`,
	} {
		if err := Unmarshal([]byte(text), &Result{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUnmarshalElements: three bytes of text may not buy hundreds of memory
// without end.
func TestUnmarshalElements(t *testing.T) {
	for text, want := range map[string]string{
		`{"remediation":{"steps":[` + strings.Repeat(`{},`, MaxElements) + `{}]}}`:                                                               "result.remediation.steps: the document has more than 16384 elements in its lists",
		`{"likely_causes":[` + strings.Repeat(`"",`, MaxElements-1) + `""],"remediation":{"steps":[{}]}}`:                                        "result.remediation.steps: the document has more than 16384 elements in its lists",
		`{"evidence":{"a":[` + strings.Repeat(`1,`, MaxElements) + `1]}}`:                                                                        "result.evidence.a: the document has more than 16384 elements in its lists",
		`{"evidence":{"a":[` + strings.Repeat(`{"item":1},`, MaxElements/2) + `{"item":1}],"b":[` + strings.Repeat(`1,`, MaxElements/2) + `1]}}`: "result.evidence.b: the document has more than 16384 elements in its lists",
	} {
		if err := Unmarshal([]byte(text), &Result{}); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func BenchmarkMarshalResult(b *testing.B) {
	r := sampleResult()
	b.SetBytes(int64(len(Marshal(r))))
	b.ReportAllocs()
	for b.Loop() {
		Marshal(r)
	}
}

func BenchmarkUnmarshalResult(b *testing.B) {
	text := Marshal(sampleResult())
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if err := Unmarshal(text, &Result{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkUnmarshalResponse decodes what a guest gets most of: a body.
func BenchmarkUnmarshalResponse(b *testing.B) {
	a := sampleHTTPResponse()
	a.Body = bytes.Repeat([]byte("0123456789abcdef"), DefaultBodyBytes/16)
	text := Marshal(a)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if err := Unmarshal(text, &HTTPResponse{}); err != nil {
			b.Fatal(err)
		}
	}
}
