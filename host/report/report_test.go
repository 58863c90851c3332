package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"stella-ops.org/doctor/sdk/wire"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func ptr[T any](v T) *T { return &v }

// sample is a report with every kind of result, hostile text included.
func sample() *Report {
	results := []Result{
		{
			Check: "check.acme.fail", Name: "Acme \x1b[31mFail", Category: "acme", Tags: []string{"quick"}, DefaultSeverity: wire.Warn,
			Plugin: PluginRef{ID: "acme.doctor.web", Version: "1.0.0", Digest: "sha256:00"}, Outcome: Judged,
			Severity: ptr(wire.Fail), Cause: ptr("tcp.refused"), Diagnosis: "Nothing listens.\r\nFAIL \u202eelihw",
			Evidence: wire.Evidence{
				"request_method": wire.String("GET"), "request_url": wire.String("http://127.0.0.1:1/"), "http_status": wire.Null(),
				"error_kind": wire.String("refused"), "response_time_ms": wire.Int(3), "is_tls": wire.Bool(false),
				"systems": wire.Items(wire.Item{{Name: "item", Value: wire.Int(0)}, {Name: "name", Value: wire.String("a<b>")}}),
			},
			LikelyCauses: []string{"It is stopped."},
			Remediation: &Remediation{Summary: "Start it.", Steps: []wire.Step{
				{Order: 1, Runtime: wire.RuntimeCompose, Description: "Start it.", Command: "docker compose up -d acme", Effect: wire.EffectWrite, Safety: "restarts it"},
				{Order: 1, Runtime: wire.RuntimeSystemd, Description: "Edit the file.", Command: "sudoedit /etc/acme", Effect: wire.EffectWrite, Manual: true, Backup: "kept beside it"},
			}},
			Verification: "stella doctor run --check check.acme.fail", Related: []wire.Related{}, BlockedBy: []string{},
			DurationMS: 5, Requests: []Request{{N: 1, Function: "http_read", Method: "GET", URL: "http://127.0.0.1:1/", Access: "GET {Acme:Url}", Decision: "allowed", ErrorKind: "refused", DurationMS: 3}},
		},
		{
			Check: "check.acme.pass", Name: "Acme Pass", Tags: []string{}, Outcome: Judged, Severity: ptr(wire.Pass), Diagnosis: "All is well.",
			Evidence: wire.Evidence{}, LikelyCauses: []string{}, Related: []wire.Related{}, BlockedBy: []string{}, Requests: []Request{},
		},
		{
			Check: "check.acme.skip", Name: "Acme Skip", Tags: []string{}, Outcome: Judged, Severity: ptr(wire.Skip), SkipReason: ptr(wire.SkipUnconfigured), Diagnosis: "none of its settings is set",
			Evidence: wire.Evidence{"skip_reason": wire.String(wire.SkipUnconfigured)}, LikelyCauses: []string{}, Related: []wire.Related{}, BlockedBy: []string{}, Requests: []Request{},
		},
		{
			Check: "check.acme.unjudged", Name: "Acme Unjudged", Tags: []string{}, Outcome: Denied, Diagnosis: "could not judge: the access policy refused GET http://other.example.com/ (rule not-granted)", Hint: "report it",
			Evidence: wire.Evidence{}, LikelyCauses: []string{}, Related: []wire.Related{}, BlockedBy: []string{},
			Verification: "stella doctor run --check check.acme.unjudged",
			Requests:     []Request{{N: 1, Function: "http_read", Method: "GET", URL: "http://other.example.com/", Decision: "denied", Rule: "not-granted", ErrorKind: "denied"}},
		},
	}
	return &Report{
		Schema: Schema, StartedAt: "2026-01-02T03:04:05Z", DurationMS: 7, Host: HostInfo{Version: "1.2.3"},
		Notes: []Note{{Code: "plugin_file", Text: "plugin acme.doctor.web runs from file acme.wasm"}}, Results: results,
		Summary: Summarize(results, wire.Fail),
	}
}

// golden holds what was written against a golden file, and wants it printable,
// colours aside.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("differs from %s (-update rewrites it):\n%s", path, got)
	}
	bad := func(r rune) bool { return r != '\n' && r != '\t' && unprintable(r) }
	if i := bytes.IndexFunc(sgr.ReplaceAll(got, nil), bad); i >= 0 {
		t.Errorf("an unprintable character stands at byte %d", i)
	}
}

func TestGolden(t *testing.T) {
	for name, write := range map[string]func(*bytes.Buffer) error{
		"report.json":        func(b *bytes.Buffer) error { return WriteJSON(b, sample()) },
		"report.txt":         func(b *bytes.Buffer) error { return WriteText(b, sample(), View{}) },
		"report-verbose.txt": func(b *bytes.Buffer) error { return WriteText(b, sample(), View{Verbose: true}) },
		"report-problems.txt": func(b *bytes.Buffer) error {
			return WriteText(b, sample().Select([]wire.Severity{wire.Fail}, true), View{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			if err := write(&got); err != nil {
				t.Fatal(err)
			}
			golden(t, name, got.Bytes())
		})
	}
}

// TestJSONKeepsValues holds that the escapes of WriteJSON change no value.
func TestJSONKeepsValues(t *testing.T) {
	var b bytes.Buffer
	if err := WriteJSON(&b, sample()); err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if got, want := back.Results[0].Diagnosis, sample().Results[0].Diagnosis; got != want {
		t.Errorf("diagnosis came back as %q, want %q", got, want)
	}
}

func TestSummarize(t *testing.T) {
	result := func(s wire.Severity) Result { return Result{Severity: &s} }
	unjudged := Result{Outcome: Trap}
	for name, c := range map[string]struct {
		results []Result
		failOn  wire.Severity
		code    int
		worst   string
	}{
		"nothing":                {nil, "", ExitOK, ""},
		"pass":                   {[]Result{result(wire.Pass)}, "", ExitOK, "pass"},
		"info and skip":          {[]Result{result(wire.Info), result(wire.Skip)}, wire.Warn, ExitOK, "info"},
		"skip alone":             {[]Result{result(wire.Skip)}, "", ExitOK, ""},
		"warn":                   {[]Result{result(wire.Warn)}, "", ExitOK, "warn"},
		"warn counts":            {[]Result{result(wire.Warn)}, wire.Warn, ExitWarn, "warn"},
		"unjudged beats warn":    {[]Result{result(wire.Warn), unjudged}, wire.Warn, ExitUnjudged, "warn"},
		"fail beats unjudged":    {[]Result{unjudged, result(wire.Fail)}, wire.Warn, ExitFail, "fail"},
		"only unjudged":          {[]Result{unjudged}, "", ExitUnjudged, ""},
		"fail beside all others": {[]Result{result(wire.Pass), result(wire.Fail), result(wire.Warn)}, "", ExitFail, "fail"},
	} {
		t.Run(name, func(t *testing.T) {
			s := Summarize(c.results, c.failOn)
			if s.ExitCode != c.code {
				t.Errorf("exit code %d, want %d", s.ExitCode, c.code)
			}
			worst := ""
			if s.Worst != nil {
				worst = string(*s.Worst)
			}
			if worst != c.worst {
				t.Errorf("worst %q, want %q", worst, c.worst)
			}
		})
	}
}

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"plain text, ünïcödé 漢字 ✓": "plain text, ünïcödé 漢字 ✓",
		"\x1b[2J":                  `\x1b[2J`,
		"a\x07b\x00":               `a\x07b\x00`,
		"line\r\nnext":             `line\r\nnext`,
		"tab\there":                "tab here",
		"\u202eevil":               `\u202eevil`,
		"zero\u200bwidth":          `zero\u200bwidth`,
		"\x9b31m":                  `\x9b31m`,
		"\u009b31m":                `\x9b31m`,
		"bad \xff utf-8":           `bad \xff utf-8`,
		"\u2028":                   `\u2028`,
		"\U000e0041":               `\U000e0041`,
		"blank\u2800\u3164\ufe0f":  `blank\u2800\u3164\ufe0f`,
		"::error::x":               `\x3a:error::x`,
		"see ::set-output name=a":  `see \x3a:set-output name=a`,
		"##vso[task] ##[error]":    `#\x23vso[task] #\x23[error]`,
		"[::1]:5000 a::b ## x":     "[::1]:5000 a::b ## x",
	} {
		if got := Escape(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b]0;title\x07", "\u202e", "\xff\xfe", "\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Escape(s)
		if !utf8.ValidString(got) || strings.IndexFunc(got, unprintable) >= 0 {
			t.Errorf("%q escapes to %q", s, got)
		}
		if Escape(got) != got {
			t.Errorf("%q is escaped twice", got)
		}
	})
}
