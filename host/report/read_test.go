package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

func sampleJSON(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteJSON(&b, sample()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestReadRoundTrip holds that a report comes back byte for byte.
func TestReadRoundTrip(t *testing.T) {
	waived := sample()
	waived.Results[0].Waiver = &Waiver{Reason: "known", Owner: "a@example.com", Expires: "2027-01-01T00:00:00Z"}
	filtered := sample().Select([]wire.Severity{wire.Fail}, true)
	for name, r := range map[string]*Report{"sample": sample(), "waived": waived, "filtered": filtered} {
		var want, got bytes.Buffer
		if err := WriteJSON(&want, r); err != nil {
			t.Fatal(err)
		}
		back, err := Read(want.Bytes())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := WriteJSON(&got, back); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want.Bytes()) {
			t.Errorf("%s comes back as\n%s", name, got.String())
		}
		if back.Complete() != (name != "filtered") {
			t.Errorf("%s: complete is %t", name, back.Complete())
		}
	}
}

// TestReadOlder: fields that came later are empty, and null lists too; results
// are sorted; a byte order mark does no harm.
func TestReadOlder(t *testing.T) {
	const text = "\xef\xbb\xbf" + `{"schema":"stellaops.doctor.report/v1","summary":{"pass":1,"fail":1,"exit_code":20},"notes":null,"results":[
		{"check":"check.b.b","outcome":"judged","severity":"pass","tags":null,"evidence":null,"default_severity":"warn","requests":null},
		{"check":"check.a.a","outcome":"judged","severity":"fail","remediation":{"summary":"x","steps":null}}]}`
	r, err := Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if r.Results[0].Check != "check.a.a" || r.Summary.ExitCode != ExitFail {
		t.Errorf("%+v", r)
	}
	var b bytes.Buffer
	if err := WriteJSON(&b, r); err != nil {
		t.Fatal(err)
	}
	for _, list := range []string{"notes", "tags", "likely_causes", "steps", "related", "blocked_by", "requests"} {
		if !strings.Contains(b.String(), `"`+list+`": []`) || strings.Contains(b.String(), `"`+list+`": null`) {
			t.Errorf("%s is no empty list", list)
		}
	}
	if !strings.Contains(b.String(), `"evidence": {}`) {
		t.Error("evidence is not empty")
	}
}

func TestReadRefuses(t *testing.T) {
	doc := func(results, summary string) string {
		return `{"schema":"stellaops.doctor.report/v1","summary":` + summary + `,"results":[` + results + `]}`
	}
	const one = `"check":"check.a.a","outcome":"judged"`
	for name, c := range map[string]struct{ text, want string }{
		"empty":              {"", "it is empty"},
		"blank":              {" \n\t", "it is empty"},
		"text":               {"PASS  check.a.a\n", "line 1: this is no doctor report: a report is a JSON object"},
		"wasm":               {"\x00asm\x01\x00\x00\x00", "line 1: this is no doctor report: a report is a JSON object"},
		"list":               {"[]", "line 1: this is no doctor report: a report is a JSON object"},
		"UTF-16":             {"\xff\xfe{\x00}\x00", "the text is UTF-16; save it as UTF-8"},
		"half":               {"{\n\"schema\": \"stellaops.doctor.report/v1\",\n\"resul", "line 3: the text ends in the middle of the document"},
		"half a line":        {"{\n\"schema\":\n", "line 2: the text ends in the middle of the document"},
		"trailing":           {doc("", "{}") + "\n{}", "line 2: something stands after the document"},
		"syntax":             {"{\n  \"schema\" 1}", "line 2: no valid JSON: invalid character '1' after object key"},
		"UTF-8":              {"{\n\"a\": \"\xff\"}", "line 2: a byte that is not UTF-8 text"},
		"no schema":          {"{}", "this is no doctor report: it names no schema"},
		"null schema":        {`{"schema":null}`, "this is no doctor report: it names no schema"},
		"schema of a kind":   {`{"schema":1}`, "this is no doctor report: its schema is no text"},
		"another document":   {`{"schema":"stellaops.doctor.comparison/v1"}`, `this is no doctor report: its schema is "stellaops.doctor.comparison/v1"`},
		"schema in capitals": {`{"Schema":"stellaops.doctor.report/v1","results":[]}`, "this is no doctor report: it names no schema"},
		"newer":              {`{"schema":"stellaops.doctor.report/v2","results":{}}`, "made by a newer Doctor: schema stellaops.doctor.report/v2"},
		"version 0":          {`{"schema":"stellaops.doctor.report/v0"}`, `this is no doctor report: its schema is "stellaops.doctor.report/v0"`},
		"no version":         {`{"schema":"stellaops.doctor.report/vx\u001b"}`, `this is no doctor report: its schema is "stellaops.doctor.report/vx\x1b"`},
		"no results":         {`{"schema":"stellaops.doctor.report/v1"}`, "it has no results"},
		"key twice":          {"{\"schema\":\"stellaops.doctor.report/v1\",\n\"results\":[],\"results\":[]}", `line 2: key "results" stands twice in one object`},
		"unknown key twice":  {`{"a":{"b":1,"b":2}}`, `line 1: key "b" stands twice in one object`},
		"evidence key twice": {doc("{"+one+`,"severity":"pass","evidence":{"a":1,"a":2}}`, `{"pass":1}`), `line 1: key "a" stands twice in one object`},
		"deep":               {`{"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + "}", "line 1: nested deeper than 32 levels"},
		"type":               {doc("{"+one+",\n"+`"severity":7}`, "{}"), "line 2: results.severity: a text is wanted, not number"},
		"type of a list":     {`{"schema":"stellaops.doctor.report/v1","results":{}}`, "line 1: results: a list is wanted, not object"},
		"fraction":           {`{"schema":"stellaops.doctor.report/v1","results":[],"duration_ms":1.5}`, "line 1: duration_ms: a whole number is wanted, not number 1.5"},
		"evidence":           {doc("{"+one+`,"severity":"pass","evidence":{"a":{"b":1}}}`, `{"pass":1}`), "evidence: a scalar is wanted, not an object"},
		"no check":           {doc(`{"outcome":"judged","severity":"pass"}`, `{"pass":1}`), "results[0]: the id of its check is empty"},
		"severity":           {doc("{"+one+`,"severity":"fatal"}`, "{}"), `results[0]: unknown severity "fatal"`},
		"severity in caps":   {doc("{"+one+`,"severity":"FAIL"}`, "{}"), `results[0]: unknown severity "FAIL"`},
		"no severity":        {doc("{"+one+`}`, "{}"), "results[0]: it is judged and has no severity"},
		"severity spelt":     {doc("{"+one+`,"Severity":"pass"}`, "{}"), "results[0]: it is judged and has no severity"},
		"long s":             {doc("{"+one+`,"`+"\u017f"+`everity":"pass"}`, "{}"), "results[0]: it is judged and has no severity"},
		"outcome":            {doc(`{"check":"check.a.a","outcome":"bored"}`, "{}"), `results[0]: unknown outcome "bored"`},
		"no outcome":         {doc(`{"check":"check.a.a","severity":"pass"}`, "{}"), `results[0]: unknown outcome ""`},
		"trap with verdict":  {doc(`{"check":"check.a.a","outcome":"trap","severity":"pass"}`, "{}"), "results[0]: it could not be judged and has a severity"},
		"default severity":   {doc("{"+one+`,"severity":"pass","default_severity":"x"}`, `{"pass":1}`), `results[0]: unknown default severity "x"`},
		"waived pass":        {doc("{"+one+`,"severity":"pass","waiver":{}}`, `{"pass":1}`), "results[0]: a waiver covers what is no problem"},
		"worst":              {doc("", `{"worst":"skip"}`), `summary.worst: unknown severity "skip"`},
		"exit code":          {doc("", `{"exit_code":7}`), "summary.exit_code: no run that reports ends with 7"},
		"check twice":        {doc("{"+one+`,"severity":"pass"},{`+one+`,"severity":"pass"}`, `{"pass":2}`), "results[1]: check check.a.a stands twice"},
		"counts":             {doc("{"+one+`,"severity":"fail"}`, `{"pass":1}`), "the summary counts fewer results than there are"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Read([]byte(c.text))
			var e *ReadError
			if r != nil || !errors.As(err, &e) || err.Error() != c.want {
				t.Errorf("%v %v, want %s", r, err, c.want)
			}
		})
	}
	if _, err := Read(make([]byte, MaxReport+1)); err == nil || err.Error() != "it is larger than 64 MiB" {
		t.Errorf("oversized: %v", err)
	}
}

// TestReadHalf: no beginning of a report is one.
func TestReadHalf(t *testing.T) {
	whole := bytes.TrimSpace(sampleJSON(t))
	for n := range whole {
		if r, err := Read(whole[:n]); err == nil {
			t.Fatalf("the first %d bytes are taken: %+v", n, r)
		}
	}
}

// TestReadUnknownFields adds random fields to every object but evidence, and
// wants the same report.
func TestReadUnknownFields(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	want, err := Read(sampleJSON(t))
	if err != nil {
		t.Fatal(err)
	}
	added := 0
	for range 50 {
		var doc any
		if err := json.Unmarshal(sampleJSON(t), &doc); err != nil {
			t.Fatal(err)
		}
		grease(rng, doc, &added)
		text, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Read(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("another report:\n%s", text)
		}
	}
	if added < 100 {
		t.Errorf("only %d fields were added", added)
	}
}

func grease(rng *rand.Rand, v any, added *int) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if name != "evidence" {
				grease(rng, member, added)
			}
		}
		for range rng.IntN(3) {
			names := []string{fmt.Sprintf("x%d", rng.Uint32()), "Severity", "CHECK", "\u017feverity", "RESULTS", "evidence2", "steps\u0000"}
			values := []any{nil, "x", 1.5, true, []any{1, "a", map[string]any{"Severity": 7}}, map[string]any{"check": nil}}
			v[names[rng.IntN(len(names))]] = values[rng.IntN(len(values))]
			*added++
		}
	case []any:
		for _, item := range v {
			grease(rng, item, added)
		}
	}
}

// FuzzRead: what is read is written and read again as the same; nothing panics.
func FuzzRead(f *testing.F) {
	f.Add(sampleJSON(f))
	for _, s := range []string{"", "{}", `{"schema":"stellaops.doctor.report/v1","results":[]}`, `{"Schema":1,"ſchema":2}`,
		`{"schema":"stellaops.doctor.report/v1","results":[{"check":"a","outcome":"judged","severity":"pass","evidence":{"a":[{"item":0,"b":1e3}]}}],"summary":{"pass":1}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Read(data)
		if err != nil {
			var e *ReadError
			if r != nil || !errors.As(err, &e) || e.Problem == "" || e.Line > bytes.Count(data, []byte{'\n'})+1 {
				t.Fatalf("%v %#v", r, err)
			}
			return
		}
		var first, second bytes.Buffer
		if err := WriteJSON(&first, r); err != nil {
			t.Fatal(err)
		}
		back, err := Read(first.Bytes())
		if err != nil {
			t.Fatalf("what was written is not read: %v\n%s", err, first.String())
		}
		if err := WriteJSON(&second, back); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Fatalf("another report: %v\n%s\n%s", err, first.String(), second.String())
		}
	})
}
