package vet_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host/vet"
)

// TestRead (V12): a brought report is what a vetting writes, or is refused.
func TestRead(t *testing.T) {
	data, err := os.ReadFile("testdata/report.json")
	if err != nil {
		t.Fatal(err)
	}
	if r, err := vet.Read(data); err != nil || len(r.Checks) == 0 {
		t.Fatalf("report %+v, error %v", r, err)
	}
	text := string(data)
	for what, bad := range map[string]string{
		"a repeated key":     strings.Replace(text, `"verdict":`, `"verdict": "failed", "verdict":`, 1),
		"another spelling":   strings.Replace(text, `"verdict":`, `"Verdict":`, 1),
		"an unknown key":     strings.Replace(text, `"verdict":`, `"opinion": 1, "verdict":`, 1),
		"something behind":   text + "{}",
		"another schema":     strings.Replace(text, vet.Schema, vet.Schema+"x", 1),
		"half of it":         text[:len(text)/2],
		"nothing":            "",
		"a list":             "[]",
		"another type":       strings.Replace(text, `"bytes": `, `"bytes": "x`, 1),
		"checks without end": strings.Replace(text, `"checks": [`, `"checks": [`+strings.Repeat(`{"id":"a"},`, 5000), 1),
		"tables without end": strings.Replace(text, `"table": [`, `"table": [`+strings.Repeat(`{"case":"a","call":"b"},`, 5000), 1),
	} {
		start := time.Now()
		if _, err := vet.Read([]byte(bad)); err == nil || bad == text {
			t.Errorf("%s is accepted", what)
		}
		if time.Since(start) > 5*time.Second {
			t.Errorf("%s takes long", what)
		}
	}
}

func FuzzRead(f *testing.F) {
	data, err := os.ReadFile("testdata/report.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"schema":"` + vet.Schema + `"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := vet.Read(data); err == nil && r.Schema != vet.Schema {
			t.Error("another schema")
		}
	})
}
