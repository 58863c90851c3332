package report

import (
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

// inShort makes a report of words such as base:fail, known:waived, and
// pull:base+login for a check that waits for two.
func inShort(text string) *Report {
	r := &Report{Results: []Result{}, Notes: []Note{}}
	for _, word := range strings.Fields(text) {
		id, what, _ := strings.Cut(word, ":")
		res := Result{Check: id, Outcome: Judged, Diagnosis: "As it is."}
		switch s := wire.Severity(what); s {
		case wire.Pass, wire.Skip:
			res.Severity = &s
		case wire.Warn, wire.Fail:
			res.Severity, res.Cause = &s, ptr("tcp.refused")
		case "waived":
			res.Severity, res.Cause, res.Waiver = ptr(wire.Fail), ptr("tcp.refused"), &Waiver{}
		case Trap:
			res.Outcome = Trap
		default:
			res.Severity, res.SkipReason, res.BlockedBy = ptr(wire.Skip), ptr(wire.SkipPrerequisite), strings.Split(what, "+")
		}
		r.Results = append(r.Results, res)
	}
	r.Summary = Summarize(r.Results, wire.Fail)
	return r
}

// TestLastLine: the end of a page says what to fix first, and one dead service is
// one problem however many checks wait for it.
func TestLastLine(t *testing.T) {
	for results, want := range map[string]string{
		"a:pass b:pass":                         "all is well: 2 checks passed",
		"a:fail":                                "1 failed: a (tcp.refused)",
		"a:fail b:a":                            "1 failed: a (tcp.refused); 1 check waits on it",
		"a:fail b:a c:a d:a e:a f:a g:pass":     "1 failed, 1 passed: a (tcp.refused); 5 checks wait on it",
		"a:fail b:a c:skip":                     "1 failed, 1 skipped: a (tcp.refused); 1 check waits on it",
		"a:fail b:fail c:b d:b":                 "2 failed: b (tcp.refused), a (tcp.refused); 2 checks wait on b",
		"a:warn b:fail c:b":                     "1 failed, 1 warned: b (tcp.refused), a (tcp.refused); 1 check waits on b",
		"a:fail b:fail c:b d:b e:a":             "2 failed: b (tcp.refused), a (tcp.refused); 3 checks wait on b, a",
		"a:fail b:fail c:a+b":                   "2 failed: a (tcp.refused), b (tcp.refused); 1 check waits on a, b",
		"a:trap b:fail c:b":                     "1 failed, 1 could not be judged: b (tcp.refused), a (trap); 1 check waits on b",
		"a:fail b:fail c:fail d:fail e:d":       "4 failed: d (tcp.refused), a (tcp.refused), b (tcp.refused) and 1 more; 1 check waits on d",
		"a:waived b:a":                          "1 failed, 1 waiting, 1 of these waived",
		"a:waived b:a c:fail":                   "2 failed, 1 of these waived: c (tcp.refused); 1 check waits on a",
		"a:fail b:fail c:fail d:fail e:a+b+c+d": "4 failed: a (tcp.refused), b (tcp.refused), c (tcp.refused) and 1 more; 1 check waits on a, b, c and 1 more",
	} {
		if got := lastLine(inShort(results)); got != want {
			t.Errorf("%s: %q, want %q", results, got, want)
		}
	}
	// What --severity leaves out waits as well.
	for severity, want := range map[wire.Severity]string{
		wire.Fail: "1 failed: a (tcp.refused); 2 checks wait on it",
		wire.Skip: "1 failed, 2 waiting",
	} {
		if got := lastLine(inShort("a:fail b:a c:a").Select([]wire.Severity{severity}, false)); got != want {
			t.Errorf("--severity %s: %q, want %q", severity, got, want)
		}
	}
}

// TestWaitingIsNoProblem: a waiting check stands between problems and what is
// well, under a label of its own, and names what it waits for; what it waits for
// names it.
func TestWaitingIsNoProblem(t *testing.T) {
	r := inShort("a:pass b:dead c:dead d:skip dead:fail e:warn")
	var labels []string
	for _, res := range worstFirst(r) {
		labels = append(labels, label(&res))
	}
	if got := strings.Join(labels, " "); got != "FAIL WARN WAIT WAIT PASS SKIP" {
		t.Errorf("the order is %s", got)
	}
	for name, c := range map[string]struct {
		write func(*strings.Builder) error
		want  string
	}{
		"text":     {func(b *strings.Builder) error { return WriteText(b, r, View{}) }, "waiting on it: b, c\n"},
		"nagios":   {func(b *strings.Builder) error { return WriteNagios(b, r) }, "FAIL dead: As it is. (tcp.refused); 2 checks wait on it\n"},
		"markdown": {func(b *strings.Builder) error { return WriteMarkdown(b, r, View{}) }, "- waiting on it: `b`, `c`\n"},
		"html":     {func(b *strings.Builder) error { return WriteHTML(b, r, View{}) }, "Waiting on it: <code>b</code>, <code>c</code></p>"},
		"table":    {func(b *strings.Builder) error { return WriteTable(b, r, View{}) }, "WAIT     b      prerequisite"},
		"sarif":    {func(b *strings.Builder) error { return WriteSARIF(b, r) }, `"id": "prerequisite"`},
		"junit":    {func(b *strings.Builder) error { return WriteJUnit(b, r) }, `<skipped message="prerequisite: As it is."></skipped>`},
	} {
		var b strings.Builder
		if err := c.write(&b); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), c.want) {
			t.Errorf("%s lacks %q:\n%s", name, c.want, b.String())
		}
	}
}
