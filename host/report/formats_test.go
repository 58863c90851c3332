package report

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/rivo/uniseg"

	"stella-ops.org/doctor/sdk/wire"
)

// nasty is text that would act in one form or another if it were not escaped.
const nasty = "1. <b onclick=\"x\">&amp; [a](http://evil.example.com) ![i](x) `code` ``` **bold** | @all ]]> {0} www.evil.example.com # \x1b[2J \u202e \ufffe \x00 -- <!-- {{.}} \ufffd ' \\"

// everything is sample with more kinds of results: a warning, one that a waiver
// covers, a pass with doubt, and hostile text in every place.
func everything() *Report {
	r := sample()
	remedy := &Remediation{Summary: nasty, RunbookURL: "javascript:alert(1)", Steps: []wire.Step{
		{Order: 1, Runtime: wire.RuntimeAny, Description: nasty, Command: "cat <<'EOF'\n```\n</pre><script>alert(1)</script>\n````\nEOF", Effect: wire.EffectRead, Safety: nasty, Backup: nasty},
		{Order: 1, Runtime: wire.RuntimeKubernetes, Description: "- Patch it.", Command: "kubectl patch deploy/acme -p '{\"spec\":{\"replicas\":1}}'", Effect: wire.EffectDestructive},
	}}
	add := func(res Result) {
		res.DefaultSeverity, res.Tags, res.Related, res.BlockedBy = wire.Warn, []string{"quick"}, []wire.Related{}, []string{}
		res.Plugin = PluginRef{ID: "acme.doctor.web", Version: "1.0.0", Digest: "sha256:00"}
		if res.LikelyCauses == nil {
			res.LikelyCauses = []string{}
		}
		if res.Requests == nil {
			res.Requests = []Request{}
		}
		if res.Evidence == nil {
			res.Evidence = wire.Evidence{}
		}
		res.Outcome = Judged
		r.Results = append(r.Results, res)
	}
	add(Result{Check: "check.acme.warn", Name: nasty, Question: nasty, Category: nasty, Severity: ptr(wire.Warn), Cause: ptr("http.404-not-a-registry"), Diagnosis: nasty, Evidence: wire.Evidence{"text": wire.String(nasty)},
		LikelyCauses: []string{nasty, "- second"}, Remediation: remedy, Verification: "stella doctor run --check check.acme.warn", DurationMS: 1234})
	add(Result{Check: "check.acme.xdoubt", Name: "Acme 漢字 Doubt", Question: "Is it 漢字?", Severity: ptr(wire.Pass), Cause: ptr("http.200-html"), Diagnosis: "登録簿 answered with a page. 🐳"})
	add(Result{Check: "check.acme.xwaived", Name: "Acme Waived", Severity: ptr(wire.Fail), Cause: ptr("tls.expired"), Diagnosis: "The certificate expired.",
		Remediation: &Remediation{Summary: "Renew it.", RunbookURL: "https://docs.example.com/renew?a=1&b=2", Steps: []wire.Step{}},
		Waiver:      &Waiver{Reason: "renewal is ordered " + nasty, Owner: "ops@example.com", Expires: "2026-02-01T00:00:00Z"}})
	add(Result{Check: "check.acme.ywaits", Name: nasty, Question: nasty, Severity: ptr(wire.Skip), SkipReason: ptr(wire.SkipPrerequisite), Diagnosis: nasty,
		Evidence: wire.Evidence{"skip_reason": wire.String(wire.SkipPrerequisite)}, Verification: "stella doctor run --check check.acme.ywaits"})
	r.Results[len(r.Results)-1].BlockedBy = []string{"check.acme.fail", "check.acme.xwaived"}
	for i := range r.Results {
		res := &r.Results[i]
		if res.Plugin.ID == "" {
			res.Plugin, res.DefaultSeverity = PluginRef{ID: "acme.doctor.other", Version: "0.1.0"}, wire.Info
		}
		res.Plugin.Digest = "sha256:" + strings.Repeat("0", 64)
	}
	r.Notes = append(r.Notes, Note{Code: "trust_source", Text: nasty})
	r.Summary = Summarize(r.Results, wire.Fail)
	return r
}

// formats are the renderers beside text.
var formats = map[string]func(io.Writer, *Report) error{
	"everything.json":          WriteJSON,
	"everything.table.txt":     func(w io.Writer, r *Report) error { return WriteTable(w, r, View{}) },
	"everything.table-100.txt": func(w io.Writer, r *Report) error { return WriteTable(w, r, View{Width: 100}) },
	"everything.table-40.txt":  func(w io.Writer, r *Report) error { return WriteTable(w, r, View{Width: 40, ASCII: true}) },
	"everything.ndjson":        WriteNDJSON,
	"everything.md":            func(w io.Writer, r *Report) error { return WriteMarkdown(w, r, View{}) },
	"everything-verbose.md":    func(w io.Writer, r *Report) error { return WriteMarkdown(w, r, View{Verbose: true}) },
	"everything.junit.xml":     WriteJUnit,
	"everything.sarif.json":    WriteSARIF,
	"everything.openmetrics":   WriteOpenMetrics,
	"everything.nagios.txt":    WriteNagios,
	"everything.html":          func(w io.Writer, r *Report) error { return WriteHTML(w, r, View{}) },
	"everything-kubernetes.html": func(w io.Writer, r *Report) error {
		return WriteHTML(w, r, View{Runtime: wire.RuntimeKubernetes})
	},
}

func TestFormatsGolden(t *testing.T) {
	for name, write := range formats {
		t.Run(name, func(t *testing.T) {
			var got, again bytes.Buffer
			if err := errors.Join(write(&got, everything()), write(&again, everything())); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), again.Bytes()) {
				t.Error("the same report is written in two ways")
			}
			golden(t, name, got.Bytes())
		})
	}
}

// TestFormatsOfNothing holds that a run without results is a document too, and
// that the zero report makes no renderer panic.
func TestFormatsOfNothing(t *testing.T) {
	for name, write := range formats {
		for _, r := range []*Report{{}, {Schema: Schema, StartedAt: "2026-01-02T03:04:05Z", Results: []Result{}, Notes: []Note{}}, {Results: []Result{{}}}} {
			var b bytes.Buffer
			if err := write(&b, r); err != nil || b.Len() == 0 {
				t.Errorf("%s: %d bytes, %v", name, b.Len(), err)
			}
		}
	}
}

// TestFormatsWriterFails holds that no renderer loses the failure of its writer.
func TestFormatsWriterFails(t *testing.T) {
	for name, write := range formats {
		if err := write(failing{}, everything()); !errors.Is(err, errFull) {
			t.Errorf("%s: %v, want the writer's error", name, err)
		}
	}
}

var errFull = errors.New("disk full")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }

// TestTableFits holds the widths: from 8 columns on every line fits, but for ids that cannot, and
// every id and every word of a verdict is there whole.
func TestTableFits(t *testing.T) {
	for width := 1; width <= 200; width++ {
		for _, ascii := range []bool{false, true} {
			var b strings.Builder
			r := everything()
			if err := WriteTable(&b, r, View{Width: width, ASCII: ascii}); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				line = strings.TrimSuffix(line, "\n")
				alone := !strings.Contains(line, " ") || strings.HasSuffix(line, "(waived)")
				if w := uniseg.StringWidth(line); width >= 8 && w > width && !alone {
					t.Errorf("width %d: a line of %d columns: %s", width, w, line)
				}
			}
			if ascii && strings.IndexFunc(b.String(), func(r rune) bool { return r > '~' }) >= 0 {
				t.Errorf("width %d: other characters than ASCII:\n%s", width, b.String())
			}
			for _, res := range r.Results {
				if !strings.Contains(b.String(), res.Check) {
					t.Errorf("width %d: %s is not in the table", width, res.Check)
				}
			}
		}
	}
}

func TestTableColour(t *testing.T) {
	var plain, colour strings.Builder
	if err := errors.Join(WriteTable(&plain, everything(), View{}), WriteTable(&colour, everything(), View{Color: true})); err != nil {
		t.Fatal(err)
	}
	bare := sgr.ReplaceAllString(colour.String(), "")
	if bare != plain.String() || colour.String() == plain.String() {
		t.Errorf("colour changes more than colour:\n%s", colour.String())
	}
}

func TestWrapText(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"", 10, ""},
		{"one two three", 7, "one two|three"},
		{"one two three", 100, "one two three"},
		{"abcdefghij", 4, "abcd|efgh|ij"},
		{"a 漢字漢字 b", 4, "a|漢字|漢字|b"},
		{"漢", 1, "漢"},
		{"ab", 0, "a|b"},
		{"ab", -5, "a|b"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301e\u0301|e\u0301"},
	} {
		if got := strings.Join(wrapText(c.text, c.width), "|"); got != c.want {
			t.Errorf("%q at %d: %q, want %q", c.text, c.width, got, c.want)
		}
	}
}

// TestJUnitWarn holds that a warning is a failure when it failed the run.
func TestJUnitWarn(t *testing.T) {
	warn := Result{Check: "check.a.b", Outcome: Judged, Severity: ptr(wire.Warn), Cause: ptr("a.b"), Diagnosis: "Doubtful."}
	for failOn, want := range map[wire.Severity]string{wire.Fail: `failures="0"`, wire.Warn: `failures="1"`} {
		r := &Report{Results: []Result{warn}, Summary: Summarize([]Result{warn}, failOn)}
		var b strings.Builder
		if err := WriteJUnit(&b, r); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), want) {
			t.Errorf("--fail-on %s: %s is missing in\n%s", failOn, want, b.String())
		}
	}
}

func TestNagiosState(t *testing.T) {
	for code, want := range map[int]string{ExitOK: "OK", ExitWarn: "WARNING", ExitFail: "CRITICAL", ExitUnjudged: "UNKNOWN"} {
		var b strings.Builder
		if err := WriteNagios(&b, &Report{Summary: Summary{ExitCode: code}}); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(b.String(), "DOCTOR "+want+" - ") {
			t.Errorf("exit code %d: %s", code, b.String())
		}
	}
}

func TestUnixSeconds(t *testing.T) {
	for in, want := range map[string]int64{
		"1970-01-01T00:00:00Z": 0,
		"1970-03-01T00:00:01Z": 5097601,
		"2000-02-29T12:00:00Z": 951825600,
		"2001-01-01T00:00:00Z": 978307200,
		"2026-01-02T03:04:05Z": 1767323045,
		"2100-03-01T00:00:00Z": 4107542400,
	} {
		if got, ok := unixSeconds(in); !ok || got != want {
			t.Errorf("%s: %d %t, want %d", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "2026-01-02", "2026-01-02T03:04:05+01:00", "2026-13-02T03:04:05Z", "2026-01-0xT03:04:05Z", "２026-01-02T03:04Z"} {
		if got, ok := unixSeconds(in); ok {
			t.Errorf("%q is read as %d", in, got)
		}
	}
}

// TestStreamStops holds that a stream tells its first failure and writes no more.
func TestStreamStops(t *testing.T) {
	w := &limited{left: 1}
	s := NewStream(w)
	s.Start("2026-01-02T03:04:05Z", HostInfo{}, nil)
	s.Check(&Result{})
	s.Check(&Result{})
	if err := s.End(&Report{}); !errors.Is(err, errFull) {
		t.Errorf("End: %v", err)
	}
	if w.tries != 2 {
		t.Errorf("%d writes, want one that worked and one that failed", w.tries)
	}
}

type limited struct{ left, tries int }

func (l *limited) Write(p []byte) (int, error) {
	if l.tries++; l.tries > l.left {
		return 0, errFull
	}
	return len(p), nil
}

func FuzzFormats(f *testing.F) {
	f.Add(nasty, 40)
	f.Add("", 0)
	f.Add("\xff\xfe\u2028", 1)
	f.Fuzz(func(t *testing.T, s string, width int) {
		res := Result{Check: s, Name: s, Question: s, Outcome: s, Diagnosis: s, Hint: s, LikelyCauses: []string{s}, Verification: s, Evidence: wire.Evidence{"a": wire.String(s)},
			Remediation: &Remediation{Summary: s, RunbookURL: s, Steps: []wire.Step{{Order: 1, Runtime: wire.RuntimeAny, Description: s, Command: s, Effect: s}}}, Waiver: &Waiver{s, s, s}}
		r := &Report{StartedAt: s, Host: HostInfo{s}, Notes: []Note{{s, s}}, Results: []Result{res}}
		for name, write := range formats {
			if err := write(io.Discard, r); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := WriteTable(io.Discard, r, View{Width: width}); err != nil {
			t.Error(err)
		}
	})
}
