package report

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

// verdicts are results by a short name, all of one check.
func verdictOf(name string) *Result {
	r := &Result{Check: "check.a.a", Name: "A", Outcome: Judged, Evidence: wire.Evidence{}}
	severity, waived := strings.CutSuffix(name, "/waived")
	severity, reason, _ := strings.Cut(severity, " ")
	switch severity {
	case "":
		return nil
	case "unjudged":
		r.Outcome = reason
		return r
	case "skip":
		r.SkipReason = ptr(reason)
	default:
		if reason != "" {
			r.Cause = ptr(reason)
		}
	}
	r.Severity = ptr(wire.Severity(severity))
	if waived {
		r.Waiver = &Waiver{Reason: "known", Owner: "a@example.com", Expires: "2027-01-01T00:00:00Z"}
	}
	return r
}

func reportOf(results ...*Result) *Report {
	r := &Report{Schema: Schema, Results: []Result{}}
	for _, res := range results {
		if res != nil {
			r.Results = append(r.Results, *res)
		}
	}
	r.Summary = Summarize(r.Results, "")
	return r
}

// TestCompareKinds: what one check's change is called, and what it does to the
// exit code without and with --fail-on warn.
func TestCompareKinds(t *testing.T) {
	for _, c := range []struct {
		old, new, kind string
		code, failOn   int
	}{
		{"pass", "pass", "", 0, 0},
		{"info", "info", "", 0, 0},
		{"skip unconfigured", "skip unconfigured", "", 0, 0},
		{"pass", "fail tls.expired", ChangeNew, 20, 20},
		{"pass", "warn http.401", ChangeNew, 0, 21},
		{"skip offline", "fail tls.expired", ChangeNew, 20, 20},
		{"", "fail tls.expired", ChangeNew, 20, 20},
		{"", "warn http.401", ChangeNew, 0, 21},
		{"unjudged trap", "fail tls.expired", ChangeNew, 20, 20},
		{"unjudged trap", "warn http.401", ChangeNew, 0, 21},
		{"fail tls.expired/waived", "fail tls.expired", ChangeNew, 20, 20},
		{"warn http.401/waived", "warn http.401", ChangeNew, 0, 21},
		{"warn http.401", "fail http.401", ChangeWorse, 20, 20},
		{"pass", "unjudged trap", ChangeUnjudged, 22, 22},
		{"fail tls.expired", "unjudged trap", ChangeUnjudged, 22, 22},
		{"", "unjudged trap", ChangeUnjudged, 22, 22},
		{"fail tls.expired", "fail tcp.refused", ChangeCause, 0, 0},
		{"warn http.401", "warn http.403", ChangeCause, 0, 0},
		{"unjudged trap", "unjudged timeout", ChangeCause, 0, 0},
		{"fail tls.expired", "fail tls.expired", ChangeStill, 0, 0},
		{"unjudged trap", "unjudged trap", ChangeStill, 0, 0},
		{"fail tls.expired", "fail tls.expired/waived", ChangeWaived, 0, 0},
		{"fail tls.expired/waived", "fail tls.expired/waived", ChangeWaived, 0, 0},
		{"pass", "fail tls.expired/waived", ChangeWaived, 0, 0},
		{"", "warn http.401/waived", ChangeWaived, 0, 0},
		{"fail http.401", "warn http.401", ChangeBetter, 0, 0},
		{"fail tls.expired", "pass", ChangeFixed, 0, 0},
		{"warn http.401", "info", ChangeFixed, 0, 0},
		{"unjudged trap", "pass", ChangeFixed, 0, 0},
		{"fail tls.expired/waived", "pass", ChangeFixed, 0, 0},
		{"fail tls.expired", "skip unconfigured", ChangeSkipped, 0, 0},
		{"fail tls.expired/waived", "skip unconfigured", ChangeSkipped, 0, 0},
		{"pass", "skip unconfigured", ChangeSkipped, 0, 0},
		{"fail tls.expired", "", ChangeRemoved, 0, 0},
		{"pass", "", ChangeRemoved, 0, 0},
		{"", "pass", ChangeAdded, 0, 0},
		{"", "skip offline", ChangeAdded, 0, 0},
		{"pass", "info", ChangeChanged, 0, 0},
		{"pass", "pass http.200-html", ChangeChanged, 0, 0},
		{"skip unconfigured", "pass", ChangeChanged, 0, 0},
		{"skip unconfigured", "skip offline", ChangeChanged, 0, 0},
	} {
		t.Run(c.old+" to "+c.new, func(t *testing.T) {
			got := Compare(reportOf(verdictOf(c.old)), reportOf(verdictOf(c.new)), "")
			if c.kind == "" {
				if len(got.Changes) != 0 || got.Summary.Same != 1 {
					t.Fatalf("%+v", got)
				}
			} else if len(got.Changes) != 1 || got.Changes[0].Kind != c.kind || *got.Summary.counter(c.kind) != 1 || got.Summary.Same != 0 {
				t.Fatalf("%+v, want %s", got.Changes, c.kind)
			}
			if got.Summary.ExitCode != c.code {
				t.Errorf("exit code %d, want %d", got.Summary.ExitCode, c.code)
			}
			if got := Compare(reportOf(verdictOf(c.old)), reportOf(verdictOf(c.new)), wire.Warn).Summary.ExitCode; got != c.failOn {
				t.Errorf("exit code %d with --fail-on warn, want %d", got, c.failOn)
			}
		})
	}
}

func TestDrifts(t *testing.T) {
	old := wire.Evidence{
		"a_status": wire.Int(200), "b_gone": wire.String("x"), "c_null": wire.Null(), "d_same": wire.Strings([]string{"a"}), "e_type": wire.String("1"),
		"f_dash": wire.Null(), "latency_ms": wire.Int(1), "seen_utc": wire.String("2026-01-01T00:00:00Z"), "error_message": wire.String("x"),
		"systems": wire.Items(
			wire.Item{{Name: "item", Value: wire.Int(0)}, {Name: "url", Value: wire.String("http://a")}, {Name: "t_ms", Value: wire.Int(1)}},
			wire.Item{{Name: "item", Value: wire.Int(1)}, {Name: "url", Value: wire.String("http://b")}},
			wire.Item{{Name: "item", Value: wire.Int(1)}, {Name: "url", Value: wire.String("http://c")}}),
	}
	new := wire.Evidence{
		"a_status": wire.Int(503), "d_same": wire.Strings([]string{"a"}), "e_type": wire.Int(1), "f_dash": wire.String("-"), "g_added": wire.Bool(true),
		"latency_ms": wire.Int(2), "seen_utc": wire.String("2027-01-01T00:00:00Z"), "error_message": wire.String("y"),
		"systems": wire.Items(
			wire.Item{{Name: "item", Value: wire.Int(0)}, {Name: "url", Value: wire.String("http://a")}, {Name: "t_ms", Value: wire.Int(9)}},
			wire.Item{{Name: "item", Value: wire.Int(1)}, {Name: "url", Value: wire.String("http://z")}},
			wire.Item{{Name: "item", Value: wire.Int(1)}, {Name: "url", Value: wire.String("http://c")}}),
	}
	var got []string
	for _, d := range drifts(old, new) {
		got = append(got, d.Key+": "+valueText(d.Old)+" -> "+valueText(d.New))
	}
	want := []string{"a_status: 200 -> 503", "b_gone: x -> -", "e_type: 1 -> 1", "f_dash: - -> -", "g_added: - -> true", "systems[1].url: http://b -> http://z"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if d := drifts(old, old); len(d) != 0 {
		t.Errorf("evidence differs from itself: %v", d)
	}
}

// comparison is one with every kind of change, hostile text included.
func comparison() *Comparison {
	result := func(check, verdict string) *Result {
		r := verdictOf(verdict)
		r.Check, r.Name, r.Diagnosis = check, "Name \x1b[31m|", "Saw <b> @all `x` in\r\n"+verdict+"."
		r.Plugin = PluginRef{ID: "acme.doctor.web", Version: "1.0.0", Digest: "sha256:00"}
		return r
	}
	facts := func(r *Result, status int64) *Result {
		r.Evidence = wire.Evidence{"http_status": wire.Int(status), "header": wire.String("a|b\u202e"), "response_time_ms": wire.Int(status)}
		return r
	}
	old := reportOf(facts(result("check.a.new", "pass"), 200), result("check.a.worse", "warn http.401"), result("check.a.unjudged", "pass"),
		result("check.a.cause", "fail tls.expired"), result("check.a.still", "fail tcp.refused"), result("check.a.waived", "fail tcp.refused"),
		result("check.a.better", "fail http.401"), result("check.a.fixed", "fail tls.expired"), result("check.a.skipped", "pass"), result("check.a.removed", "fail tls.expired"),
		result("check.a.changed", "pass"), facts(result("check.a.evidence", "pass"), 200), result("check.a.same", "pass"))
	new := reportOf(facts(result("check.a.new", "fail http.5xx"), 503), result("check.a.worse", "fail http.401"), result("check.a.unjudged", "unjudged timeout"),
		result("check.a.cause", "fail tcp.refused"), result("check.a.still", "fail tcp.refused"), result("check.a.waived", "fail tcp.refused/waived"),
		result("check.a.better", "warn http.401"), result("check.a.fixed", "pass"), result("check.a.skipped", "skip unconfigured"), result("check.a.added", "pass"),
		result("check.a.changed", "info"), facts(result("check.a.evidence", "pass"), 201), result("check.a.same", "pass"))
	old.StartedAt, new.StartedAt = "2026-05-01T10:00:00Z", "2026-05-02T10:00:00Z"
	old.Host.Version, new.Host.Version = "1.0.0", "1.1.0"
	for i := range new.Results {
		new.Results[i].Plugin.Version, new.Results[i].Plugin.Digest = "1.1.0", "sha256:11"
	}
	old.Summary.Pass += 3
	return Compare(old, new, "")
}

func TestComparisonGolden(t *testing.T) {
	for name, write := range map[string]func(*bytes.Buffer) error{
		"comparison.json": func(b *bytes.Buffer) error { return WriteDocument(b, comparison()) },
		"comparison.txt":  func(b *bytes.Buffer) error { return WriteComparisonText(b, comparison()) },
		"comparison.md":   func(b *bytes.Buffer) error { return WriteComparisonMarkdown(b, comparison()) },
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

// TestComparisonHasEveryKind holds the golden comparison, the order of kinds
// and the summary against each other.
func TestComparisonHasEveryKind(t *testing.T) {
	c := comparison()
	for _, k := range changeKinds {
		if *c.Summary.counter(k.kind) != 1 {
			t.Errorf("%s: %d in the golden comparison", k.kind, *c.Summary.counter(k.kind))
		}
	}
	ids := []string{}
	for _, ch := range c.Changes {
		ids = append(ids, ch.Check)
	}
	if !slices.IsSorted(ids) || len(ids) != len(changeKinds) {
		t.Errorf("changes are %v", ids)
	}
	text, err := json.Marshal(c.Summary)
	if err != nil {
		t.Fatal(err)
	}
	var counts map[string]int
	if err := json.Unmarshal(text, &counts); err != nil || len(counts) != len(changeKinds)+2 {
		t.Errorf("the summary has %d numbers, there are %d kinds", len(counts), len(changeKinds))
	}
}

func TestComparisonSentence(t *testing.T) {
	a, b := verdictOf("pass"), verdictOf("fail tcp.refused")
	b.Check = "check.b.b"
	replaced := verdictOf("pass")
	replaced.Plugin.Version = "2"
	for name, c := range map[string]struct {
		old, new *Report
		want     string
	}{
		"empty":      {reportOf(), reportOf(), "nothing to compare: neither report holds a result"},
		"one":        {reportOf(a), reportOf(a), "nothing changed: the check is as it was"},
		"problem":    {reportOf(a, b), reportOf(a, b), "nothing changed: 1 problem is still there"},
		"waived":     {reportOf(verdictOf("fail x.y/waived")), reportOf(verdictOf("fail x.y/waived")), "nothing changed: 1 problem is waived"},
		"new waiver": {reportOf(verdictOf("fail x.y")), reportOf(verdictOf("fail x.y/waived")), "1 problem is waived"},
		"plugin":     {reportOf(a), reportOf(replaced), "no check changed"},
		"new":        {reportOf(a), reportOf(a, b), "1 new problem, 1 unchanged"},
		"two":        {reportOf(verdictOf("pass"), b), reportOf(), "2 checks are gone"},
	} {
		if got := Compare(c.old, c.new, "").sentence(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestCompareSame: a report differs from itself in nothing, and a comparison of
// what was read is that of what was written.
func TestCompareSame(t *testing.T) {
	c := Compare(sample(), sample(), wire.Warn)
	if !c.quiet() || c.Summary.ExitCode != ExitOK || len(c.Notes) != 0 {
		t.Errorf("%+v", c)
	}
	filtered := sample().Select([]wire.Severity{wire.Pass}, false)
	if c := Compare(filtered, sample(), ""); len(c.Notes) != 1 || c.Notes[0].Code != "old_incomplete" {
		t.Errorf("%+v", c.Notes)
	}
}
