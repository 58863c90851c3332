package wire

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// documents makes one zero value of every document.
func documents() []Document {
	return []Document{&Request{}, &Result{}, &PluginInfo{}, &HTTPRequest{}, &HTTPResponse{}, &TCPRequest{}, &TCPResponse{}}
}

func newLike(d Document) Document {
	return reflect.New(reflect.TypeOf(d).Elem()).Interface().(Document)
}

// sampleTexts are strings that encoders differ about.
var sampleTexts = []string{
	"", "plain", "<b>&amp;</b>", "quote\" back\\ slash/", "tab\tnl\ncr\rff\fbs\b nul\x00 del\x7f esc\x1b",
	"Überprüfung 日本語 🐳", "line\u2028sep\u2029", "\ufffd", "\ufeff",
}

var sampleFloats = []float64{
	0.5, -0.1, 1e-6, 9.99e-7, 1e-7, 1.5e-9, 1e-10, 1e20, 1e21, 1.7976931348623157e308, 5e-324, 123456789.25, 1 << 63,
}

// fill sets every field of v by reflection: a field that a walk forgets makes
// the comparison with encoding/json fail. Density 0 to 1 says how much is set.
func fill(r *rand.Rand, v reflect.Value, density float64) {
	if v.Type() == reflect.TypeFor[Value]() {
		v.Set(reflect.ValueOf(randomValue(r)))
		return
	}
	if r.Float64() >= density {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(sampleTexts[r.IntN(len(sampleTexts))])
	case reflect.Int, reflect.Int64:
		v.SetInt([]int64{1, -1, math.MaxInt64, math.MinInt64, int64(r.IntN(1000))}[r.IntN(5)])
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(r, v.Elem(), density)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(r, v.Field(i), density)
		}
	case reflect.Slice:
		n := r.IntN(4)
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			if v.Type().Elem().Kind() == reflect.Uint8 {
				v.Index(i).SetUint(uint64(r.IntN(256)))
				continue
			}
			fill(r, v.Index(i), density)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range r.IntN(4) {
			e := reflect.New(v.Type().Elem()).Elem()
			fill(r, e, density)
			v.SetMapIndex(reflect.ValueOf(sampleTexts[r.IntN(len(sampleTexts))]), e)
		}
	default:
		panic("fill: unknown kind " + v.Kind().String())
	}
}

func randomValue(r *rand.Rand) Value {
	if n := r.IntN(8); n == 6 {
		return List(randomScalar(r), randomScalar(r))
	} else if n == 7 {
		return Items(Item{{"item", Int(0)}, {"zz", randomScalar(r)}, {"aa<", randomScalar(r)}}, Item{})
	}
	return randomScalar(r)
}

func randomScalar(r *rand.Rand) Value {
	switch r.IntN(5) {
	case 0:
		return Null()
	case 1:
		return Bool(r.IntN(2) == 0)
	case 2:
		return Int(r.Int64() - math.MaxInt64/2)
	case 3:
		return Float(sampleFloats[r.IntN(len(sampleFloats))])
	}
	return String(sampleTexts[r.IntN(len(sampleTexts))])
}

// TestMatchesEncodingJSON holds the codec to encoding/json in both directions
// on documents with every field in use, and so to the struct tags.
func TestMatchesEncodingJSON(t *testing.T) {
	for _, zero := range documents() {
		t.Run(reflect.TypeOf(zero).Elem().Name(), func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			for i := range 2000 {
				d := newLike(zero)
				v := reflect.ValueOf(d).Elem()
				for f := range v.NumField() { // the outermost struct always
					fill(r, v.Field(f), []float64{1, 0.5, 0.9, 0.1}[i%4])
				}
				want, err := json.Marshal(d)
				if err != nil {
					t.Fatal(err)
				}
				got := Marshal(d)
				if !bytes.Equal(got, want) {
					t.Fatalf("Marshal:\n got %s\nwant %s", got, want)
				}
				back, std := newLike(zero), newLike(zero)
				if err := Unmarshal(got, back); err != nil {
					t.Fatalf("Unmarshal: %v\n%s", err, got)
				}
				if again := Marshal(back); !bytes.Equal(again, got) {
					t.Fatalf("round trip:\n got %s\nwant %s", again, got)
				}
				if err := json.Unmarshal(got, std); err != nil {
					t.Fatal(err)
				}
				if again := Marshal(std); !bytes.Equal(again, got) {
					t.Fatalf("encoding/json decodes otherwise:\n got %s\nwant %s", again, got)
				}
			}
		})
	}
}

// TestMarshalInvalidUTF8 holds the codec to encoding/json on text that is none:
// every bad byte is replaced, also in keys.
func TestMarshalInvalidUTF8(t *testing.T) {
	for _, text := range []string{"\xff", "a\xc3", "\xed\xa0\x80", "\xc0\xaf", "\xf4\x90\x80\x80", "ok\xffok\xfe"} {
		d := &HTTPRequest{Method: text, Header: map[string][]string{text: {text}}}
		want, _ := json.Marshal(d)
		if got := Marshal(d); !bytes.Equal(got, want) {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
}

// TestNilAndEmpty holds the codec to encoding/json where nil and empty differ.
func TestNilAndEmpty(t *testing.T) {
	for _, d := range []Document{
		&Request{}, &Request{Settings: map[string]Setting{}}, &Result{Evidence: Evidence{}, LikelyCauses: []string{}},
		&Result{Remediation: &Remediation{}}, &Result{Remediation: &Remediation{Steps: []Step{}}},
		&PluginInfo{}, &PluginInfo{Checks: []CheckInfo{}}, &PluginInfo{Checks: []CheckInfo{{Explain: &Explain{}}}},
		&HTTPRequest{Header: map[string][]string{"a": nil, "b": {}}, Credential: &Credential{}},
		&HTTPResponse{Body: []byte{}, TLS: &TLSInfo{}, Auth: &AuthInfo{}, Error: &CallError{}},
	} {
		want, _ := json.Marshal(d)
		if got := Marshal(d); !bytes.Equal(got, want) {
			t.Errorf("Marshal:\n got %s\nwant %s", got, want)
		}
		back := newLike(d)
		if err := Unmarshal(want, back); err != nil {
			t.Errorf("%s: %v", want, err)
		} else if got := Marshal(back); !bytes.Equal(got, want) {
			t.Errorf("round trip:\n got %s\nwant %s", got, want)
		}
	}
}

func TestUnmarshalRefuses(t *testing.T) {
	deep := func(n int) string {
		return `{"evidence":{"a":1},"x":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`
	}
	for _, c := range []struct{ name, text, want string }{
		{"empty", ``, "result: offset 0: the text ends too early"},
		{"null", `null`, "result: an object is wanted, not null"},
		{"list", `[]`, "result: an object is wanted, not a list"},
		{"string", `"x"`, "result: an object is wanted, not a string"},
		{"trailing bytes", `{} {}`, "result: offset 3: something stands after the document"},
		{"trailing zero", "{}\x00", "result: offset 2: something stands after the document"},
		{"byte order mark", "\ufeff{}", "result: offset 0: a JSON value is wanted"},
		{"cut in a string", `{"check":"a`, "result: offset 11: a string does not end"},
		{"cut in an object", `{"check":"a"`, "result: offset 12: a comma or } is wanted"},
		{"cut after a colon", `{"check":`, "result: offset 9: the text ends too early"},
		{"comma at the end", `{"check":"a",}`, "result: offset 13: a key in quotes is wanted"},
		{"list comma at the end", `{"likely_causes":["a",]}`, "result: offset 22: a JSON value is wanted"},
		{"single quotes", `{'check':"a"}`, "result: offset 1: a key in quotes is wanted"},
		{"comment", `{/**/}`, "result: offset 1: a key in quotes is wanted"},
		{"duplicate key", `{"check":"a","check":"a"}`, "result: offset 25: key check stands twice in one object"},
		{"duplicate key, escaped", `{"check":"a","\u0063heck":"b"}`, "result: offset 30: key check stands twice in one object"},
		{"duplicate key, unknown and deep", `{"x":[{"y":{"k":1,"k":1}}]}`, "result: offset 24: key k stands twice in one object"},
		{"duplicate key with controls", "{\"\\u001b[2J\":1,\"\\u001b[2J\":1}", "result: offset 29: key ?[2J stands twice in one object"},
		{"too deep", deep(MaxDepth), "result: offset 55: nested deeper than 32 levels"},
		{"invalid UTF-8", "{\"check\":\"\xff\"}", "result: offset 10: the text is not valid UTF-8"},
		{"encoded surrogate", "{\"check\":\"\xed\xa0\x80\"}", "result: offset 10: the text is not valid UTF-8"},
		{"overlong", "{\"check\":\"\xc0\xaf\"}", "result: offset 10: the text is not valid UTF-8"},
		{"control character", "{\"check\":\"a\nb\"}", "result: offset 12: a control character stands in a string"},
		{"unknown escape", `{"check":"\x41"}`, "result: offset 11: a string has an unknown escape"},
		{"short escape", `{"check":"\u12"}`, "result: offset 11: a string has an unknown escape"},
		{"leading zero", `{"version":01}`, "result: offset 12: a comma or } is wanted"},
		{"plus", `{"version":+1}`, "result: offset 11: a JSON value is wanted"},
		{"hex", `{"version":0x1}`, "result: offset 12: a comma or } is wanted"},
		{"NaN", `{"version":NaN}`, "result: offset 11: a JSON value is wanted"},
		{"no digit", `{"version":-}`, "result: offset 12: a digit is wanted"},
		{"fraction for an integer", `{"version":1.0}`, "result.version: an integer within 64 bits is wanted, without fraction and exponent"},
		{"exponent for an integer", `{"version":1e2}`, "result.version: an integer within 64 bits is wanted, without fraction and exponent"},
		{"overflow", `{"version":9223372036854775808}`, "result.version: an integer within 64 bits is wanted, without fraction and exponent"},
		{"string for an integer", `{"version":"1"}`, "result.version: an integer is wanted, not a string"},
		{"number for a string", `{"check":1}`, "result.check: a string is wanted, not a number"},
		{"list for a string", `{"severity":["warn"]}`, "result.severity: a string is wanted, not a list"},
		{"string for a list", `{"likely_causes":"a"}`, "result.likely_causes: a list is wanted, not a string"},
		{"wrong element", `{"likely_causes":["a",null,3]}`, "result.likely_causes[2]: a string is wanted, not a number"},
		{"wrong part", `{"remediation":{"steps":[{"order":1},{"order":"2"}]}}`, "result.remediation.steps[1].order: an integer is wanted, not a string"},
		{"string for an object", `{"remediation":"x"}`, "result.remediation: an object is wanted, not a string"},
		{"number for a bool", `{"remediation":{"steps":[{"manual":1}]}}`, "result.remediation.steps[0].manual: true or false is wanted, not a number"},
		{"list for evidence", `{"evidence":[]}`, "result.evidence: an object is wanted, not a list"},
		{"object as evidence", `{"evidence":{"a":{}}}`, "result.evidence.a: a scalar is wanted, not an object"},
		{"list in a list", `{"evidence":{"a":[1,[2]]}}`, "result.evidence.a[1]: a scalar is wanted, not a list"},
		{"mixed list", `{"evidence":{"a":[1,{"item":1}]}}`, "result.evidence.a[1]: a scalar is wanted, not an object"},
		{"mixed list, object first", `{"evidence":{"a":[{"item":1},1]}}`, "result.evidence.a[1]: a flat object is wanted, not a number"},
		{"null among objects", `{"evidence":{"a":[{"item":1},null]}}`, "result.evidence.a: a flat object is wanted, not null"},
		{"object that is not flat", `{"evidence":{"a":[{"item":[]}]}}`, "result.evidence.a[0].item: a scalar is wanted, not a list"},
		{"float too large", `{"evidence":{"a":1e999}}`, "result.evidence.a: the number is too large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Unmarshal([]byte(c.text), &Result{})
			if err == nil || err.Error() != c.want {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
	if err := Unmarshal([]byte(deep(MaxDepth-1)), &Result{}); err != nil {
		t.Errorf("depth %d: %v", MaxDepth, err)
	}
}

func TestUnmarshalBase64(t *testing.T) {
	for text, want := range map[string]string{
		`""`: "", `"Zg=="`: "f", `"Zm8="`: "fo", `"Zm9v"`: "foo", `"Zm9vYg=="`: "foob", `"\u005am9v"`: "foo", `"\/\/8="`: "\xff\xff", `null`: "",
	} {
		var a HTTPResponse
		if err := Unmarshal([]byte(`{"body":`+text+`}`), &a); err != nil || string(a.Body) != want {
			t.Errorf("%s: got %q, %v, want %q", text, a.Body, err, want)
		}
	}
	for _, text := range []string{
		`"Zg"`, `"Zg="`, `"Z==="`, `"===="`, `"Zh=="`, `"Zm9="`, `"Zm9v\n"`, `"Zm 9"`, `"Zg==Zg=="`, `"-_8="`, `"Zm9\u0000"`, `"é="`,
	} {
		err := Unmarshal([]byte(`{"body":`+text+`}`), &HTTPResponse{})
		if err == nil || err.Error() != "http response.body: standard base64 with padding is wanted" {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

// TestNamesByCase shows that a name in other case is an unknown field:
// encoding/json would take it.
func TestNamesByCase(t *testing.T) {
	var r Result
	if err := Unmarshal([]byte(`{"Check":"a","CHECK":1,"severity":null}`), &r); err != nil || r.Check != "" {
		t.Errorf("got %q, %v", r.Check, err)
	}
}

func TestSurrogates(t *testing.T) {
	for text, want := range map[string]string{
		`\ud83d\udc33`: "🐳", `\ud83d`: "\ufffd", `\ud83dx`: "\ufffdx", `\udc33\ud83d`: "\ufffd\ufffd", `\ud83d\ud83d\udc33`: "\ufffd🐳", `\ud83d\u0041`: "\ufffdA",
	} {
		var r, std Result
		doc := []byte(`{"check":"` + text + `"}`)
		if err := Unmarshal(doc, &r); err != nil || r.Check != want {
			t.Errorf("%s: got %q, %v, want %q", text, r.Check, err, want)
		}
		if err := json.Unmarshal(doc, &std); err != nil || std.Check != want {
			t.Errorf("%s: encoding/json: %q, %v", text, std.Check, err)
		}
	}
}
