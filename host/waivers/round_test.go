package waivers

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

func mustParse(t *testing.T, text string) *Set {
	t.Helper()
	set, err := Parse([]byte(text), "w.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func ptr[T any](v T) *T { return &v }

var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// failure is a failed check with one target.
func failure() report.Result {
	return report.Result{Check: "check.a.b", Outcome: report.Judged, Severity: ptr(wire.Fail), Cause: ptr("tls.expired"),
		Evidence: wire.Evidence{"request_url": wire.String("https://registry.example.com/v2/")}}
}

// file makes a waiver file of entries in flow form, each completed with what is
// missing: the first stands in line 2.
func file(entries ...string) string {
	var b strings.Builder
	b.WriteString("waivers:\n")
	for _, e := range entries {
		for name, value := range map[string]string{"check": "check.a.b", "reason": "known", "owner": "ops", "expires": "2027-01-31"} {
			if !strings.Contains(e, name+":") {
				e = strings.TrimPrefix(e+", "+name+": "+value, ", ")
			}
		}
		b.WriteString("  - {" + e + "}\n")
	}
	return b.String()
}

// TestApply: which results a waiver covers.
func TestApply(t *testing.T) {
	change := func(f func(*report.Result)) report.Result {
		res := failure()
		f(&res)
		return res
	}
	severity := func(s wire.Severity) report.Result {
		return change(func(r *report.Result) { r.Severity = &s })
	}
	unjudged := change(func(r *report.Result) { r.Outcome, r.Severity, r.Cause = report.Trap, nil, nil })
	evidence := func(e wire.Evidence, calls ...string) report.Result {
		return change(func(r *report.Result) {
			r.Evidence = e
			for _, url := range calls {
				r.Requests = append(r.Requests, report.Request{URL: url})
			}
		})
	}
	systems := func(urls ...string) wire.Evidence {
		var items []wire.Item
		for i, url := range urls {
			items = append(items, wire.Item{{Name: "item", Value: wire.Int(int64(i))}, {Name: "url", Value: wire.String(url)}})
		}
		return wire.Evidence{"systems": wire.Items(items...), "request_url": wire.Null()}
	}
	tcp := wire.Evidence{"host": wire.String("ldap.example.com"), "port": wire.Int(636)}
	for name, c := range map[string]struct {
		entry string
		res   report.Result
		want  bool
	}{
		"fail":                      {"", failure(), true},
		"warn":                      {"", severity(wire.Warn), true},
		"info":                      {"", severity(wire.Info), false},
		"pass":                      {"", severity(wire.Pass), false},
		"skip":                      {"", severity(wire.Skip), false},
		"unjudged":                  {"", unjudged, false},
		"another check":             {"check: check.a.c", failure(), false},
		"check by pattern":          {"check: 'check.*.b'", failure(), true},
		"check by short pattern":    {"check: 'check.*'", failure(), false},
		"check by deep pattern":     {"check: 'check.**'", failure(), true},
		"cause":                     {"cause: tls.expired", failure(), true},
		"another cause":             {"cause: tls.unknown-ca", failure(), false},
		"cause by pattern":          {"cause: 'tls.*'", failure(), true},
		"cause by another pattern":  {"cause: 'tcp.*'", failure(), false},
		"expired":                   {"expires: 2026-05-31", failure(), false},
		"last day":                  {"expires: 2026-06-01", failure(), true},
		"this very moment":          {"expires: '2026-06-01T12:00:00Z'", failure(), false},
		"a second left":             {"expires: '2026-06-01T12:00:01Z'", failure(), true},
		"address":                   {"target: 'https://registry.example.com/v2/'", failure(), true},
		"below":                     {"target: 'https://registry.example.com/**'", failure(), true},
		"origin":                    {"target: 'https://registry.example.com'", failure(), true},
		"host and port":             {"target: 'registry.example.com:443'", failure(), true},
		"host":                      {"target: registry.example.com", failure(), true},
		"host by pattern":           {"target: '*.example.com'", failure(), true},
		"another scheme":            {"target: 'http://registry.example.com/**'", failure(), false},
		"another port":              {"target: 'registry.example.com:5000'", failure(), false},
		"another host":              {"target: 'https://evil.example.com/**'", failure(), false},
		"a star stays in its part":  {"target: 'https://*/v2'", failure(), false},
		"address without a path":    {"target: 'http://h/**'", evidence(wire.Evidence{"request_url": wire.String("http://h")}), true},
		"address with a query":      {"target: 'http://h:80'", evidence(wire.Evidence{"request_url": wire.String("http://h?x=http://other/")}), false},
		"IPv6":                      {"target: 'http://[::1]:5000/v2/'", evidence(wire.Evidence{"request_url": wire.String("http://[::1]:5000/v2/")}), true},
		"request_url comes first":   {"target: other.example.com", evidence(wire.Evidence{"request_url": wire.String("http://h/"), "registry_url": wire.String("http://other.example.com/")}, "http://other.example.com/"), false},
		"another url of evidence":   {"target: other.example.com", evidence(wire.Evidence{"registry_url": wire.String("http://other.example.com/")}), true},
		"host of evidence":          {"target: 'ldap.example.com:636'", evidence(tcp), true},
		"host of evidence alone":    {"target: '*.example.com'", evidence(tcp), true},
		"another port of evidence":  {"target: 'ldap.example.com:389'", evidence(tcp), false},
		"IPv6 of evidence":          {"target: '[::1]:636'", evidence(wire.Evidence{"host": wire.String("::1"), "port": wire.Int(636)}), true},
		"peer that was called":      {"target: 'mail.example.com:25'", evidence(wire.Evidence{}, "tcp://mail.example.com:25"), true},
		"host of that peer":         {"target: '*.example.com'", evidence(wire.Evidence{}, "tcp://mail.example.com:25"), true},
		"that peer in full":         {"target: 'tcp://mail.example.com:25'", evidence(wire.Evidence{}, "tcp://mail.example.com:25"), true},
		"another port of that peer": {"target: 'mail.example.com:26'", evidence(wire.Evidence{}, "tcp://mail.example.com:25"), false},
		"every system":              {"target: '*.example.com'", evidence(systems("http://a.example.com", "http://b.example.com")), true},
		"one of two systems":        {"target: a.example.com", evidence(systems("http://a.example.com", "http://b.example.com")), false},
		"what was called":           {"target: h", evidence(wire.Evidence{}, "http://h/a", "http://h/b", ""), true},
		"one of two that were":      {"target: h", evidence(wire.Evidence{}, "http://h/a", "http://other/b"), false},
		"a target and no address":   {"target: '**'", evidence(wire.Evidence{}), false},
		"evidence of another type":  {"target: '**'", evidence(wire.Evidence{"request_url": wire.Int(1), "host": wire.Bool(true)}), false},
		"all three":                 {"check: check.a.b, cause: 'tls.*', target: '*.example.com'", failure(), true},
		"all three but one":         {"check: check.a.b, cause: 'tcp.*', target: '*.example.com'", failure(), false},
		"case counts in the target": {"target: 'https://Registry.example.com/**'", failure(), false},
	} {
		t.Run(name, func(t *testing.T) {
			res := c.res
			mustParse(t, file(c.entry)).Start(now).Apply(&res)
			if (res.Waiver != nil) != c.want {
				t.Errorf("waiver is %+v", res.Waiver)
			}
			if c.want && (res.Waiver.Reason != "known" || res.Waiver.Owner != "ops" || res.Waiver.Expires == "") {
				t.Errorf("%+v", res.Waiver)
			}
			if code := report.Summarize([]report.Result{res}, wire.Warn).ExitCode; c.want && code != report.ExitOK {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

func TestNotes(t *testing.T) {
	pass := failure()
	pass.Severity, pass.Cause = ptr(wire.Pass), nil
	skipped := failure()
	skipped.Severity, skipped.Cause = ptr(wire.Skip), nil
	for name, c := range map[string]struct {
		text string
		res  report.Result
		want []string
	}{
		"waived":  {file(""), failure(), []string{"waived: check.a.b (fail, tls.expired) is waived until 2027-01-31T23:59:59Z, ops: known (w.yaml, line 2)"}},
		"expired": {file("expires: 2026-05-31"), failure(), []string{"waiver_expired: the waiver of check.a.b (fail, tls.expired) expired at 2026-05-31T23:59:59Z and the problem counts again; owner ops, reason: known (w.yaml, line 2)"}},
		"expired, and nothing there": {file("expires: 2026-05-31"), pass,
			[]string{"waiver_unused: the waiver for check.a.b covers nothing, and expired at 2026-05-31T23:59:59Z (w.yaml, line 2)"}},
		"expired of another cause": {file("expires: 2026-05-31, cause: tcp.refused"), failure(),
			[]string{"waiver_unused: the waiver for check.a.b, cause tcp.refused covers nothing, and expired at 2026-05-31T23:59:59Z (w.yaml, line 2)"}},
		"soon": {file("expires: 2026-06-14"), failure(), []string{
			"waiver_expires_soon: the waiver of check.a.b (fail, tls.expired) ends in 14 days, at 2026-06-14T23:59:59Z (w.yaml, line 2)",
			"waived: check.a.b (fail, tls.expired) is waived until 2026-06-14T23:59:59Z, ops: known (w.yaml, line 2)"}},
		"in fourteen days": {file("expires: '2026-06-15T12:00:00Z'"), failure(), []string{
			"waiver_expires_soon: the waiver of check.a.b (fail, tls.expired) ends in 14 days, at 2026-06-15T12:00:00Z (w.yaml, line 2)",
			"waived: check.a.b (fail, tls.expired) is waived until 2026-06-15T12:00:00Z, ops: known (w.yaml, line 2)"}},
		"a second later": {file("expires: '2026-06-15T12:00:01Z'"), failure(),
			[]string{"waived: check.a.b (fail, tls.expired) is waived until 2026-06-15T12:00:01Z, ops: known (w.yaml, line 2)"}},
		"today": {file("expires: '2026-06-01T12:00:01Z'"), failure(), []string{
			"waiver_expires_soon: the waiver of check.a.b (fail, tls.expired) ends in 1 day, at 2026-06-01T12:00:01Z (w.yaml, line 2)",
			"waived: check.a.b (fail, tls.expired) is waived until 2026-06-01T12:00:01Z, ops: known (w.yaml, line 2)"}},
		"unused":                {file("target: other.example.com"), failure(), []string{"waiver_unused: the waiver for check.a.b, target other.example.com covers nothing (w.yaml, line 2)"}},
		"its check passes":      {file(""), pass, []string{"waiver_unused: the waiver for check.a.b covers nothing (w.yaml, line 2)"}},
		"its check is skipped":  {file(""), skipped, nil},
		"its check did not run": {file("check: check.z.z"), failure(), nil},
		"expired, did not run": {file("check: check.z.z, expires: 2026-05-31"), failure(), []string{
			"waiver_expired: the waiver for check.z.z expired at 2026-05-31T23:59:59Z, and no such check ran; owner ops, reason: known (w.yaml, line 2)"}},
		"its checks did not run": {file("check: 'check.z.**'"), failure(), nil},
		"overlap": {file("expires: 2026-12-31", "check: 'check.**', expires: 2027-03-31, owner: late", "check: 'check.*.b', expires: 2027-02-28"), failure(), []string{
			"waiver_overlap: 3 waivers cover check.a.b (fail, tls.expired): line 2, line 3, line 4 of w.yaml; the one of line 3 counts, which ends last",
			"waived: check.a.b (fail, tls.expired) is waived until 2027-03-31T23:59:59Z, late: known (w.yaml, line 3)"}},
		"overlap of equals": {file("owner: first", "owner: second"), failure(), []string{
			"waiver_overlap: 2 waivers cover check.a.b (fail, tls.expired): line 2, line 3 of w.yaml; the one of line 2 counts, which ends last",
			"waived: check.a.b (fail, tls.expired) is waived until 2027-01-31T23:59:59Z, first: known (w.yaml, line 2)"}},
		"renewed": {file("expires: 2026-05-31", ""), failure(), []string{
			"waiver_expired: the waiver of check.a.b (fail, tls.expired) expired at 2026-05-31T23:59:59Z and another covers the problem; owner ops, reason: known (w.yaml, line 2)",
			"waived: check.a.b (fail, tls.expired) is waived until 2027-01-31T23:59:59Z, ops: known (w.yaml, line 3)"}},
	} {
		t.Run(name, func(t *testing.T) {
			round := mustParse(t, c.text).Start(now)
			res := c.res
			round.Apply(&res)
			var got []string
			for _, n := range round.Notes() {
				got = append(got, n.Code+": "+n.Text)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// TestConcurrent: a set serves several rounds at once, and neither the order nor
// the company of the results shows in waivers and notes.
func TestConcurrent(t *testing.T) {
	set := mustParse(t, file("check: 'check.a.*', expires: 2026-06-10", "check: check.a.n1, expires: 2026-05-31", "check: check.a.n2, cause: tcp.refused"))
	var want []report.Note
	var wg sync.WaitGroup
	rounds := make([]*Round, 4)
	for i := range rounds {
		rounds[i] = set.Start(now)
		for n := range 20 {
			wg.Go(func() {
				res := failure()
				res.Check = fmt.Sprintf("check.a.n%d", (n+i*7)%20)
				rounds[i].Apply(&res)
				if res.Waiver == nil {
					t.Errorf("%s is not waived", res.Check)
				}
			})
		}
	}
	wg.Wait()
	for i, r := range rounds {
		notes := r.Notes()
		if i == 0 {
			want = notes
		}
		if len(notes) != 42 || !slices.Equal(notes, want) {
			t.Errorf("round %d: %d notes: %v", i, len(notes), notes)
		}
	}
}

// TestNoSet: without a file nothing is waived and nothing said, and what an
// older round left is taken away.
func TestNoSet(t *testing.T) {
	var set *Set
	round := set.Start(now)
	res := failure()
	res.Waiver = &report.Waiver{}
	round.Apply(&res)
	if notes := round.Notes(); res.Waiver != nil || notes == nil || len(notes) != 0 {
		t.Errorf("%v %v", res.Waiver, notes)
	}
}
