package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// hostileExplanation bypasses the seal's own rules: what a renderer is given is
// escaped even if those rules had a hole.
func hostileExplanation() explanation {
	const evil = "a\x1b[2J\u202eb\r\n# zz\n|d"
	info := describedInfo().Checks[0]
	info.Name, info.Description, info.Category, info.Deprecated, info.RunbookURL = evil, evil, evil, evil, evil
	info.Tags, info.ReplacementIDs = []string{evil}, []string{evil}
	info.Settings[0].Description, info.Access[0].Reason, info.Related[0].Reason = evil, evil, evil
	x := info.Explain
	x.What, x.Why, x.Fixes, x.Verdicts[0].When, x.Causes[0].Text = evil, evil, []string{evil}, evil, evil
	for i := range x.Steps {
		s := &x.Steps[i]
		s.Description, s.Command, s.Safety, s.Backup = evil, evil, evil, evil
	}
	return explanation{CheckInfo: info, Plugin: evil, Values: []host.SettingValue{{Key: evil, Value: evil, Origin: evil, Declared: info.Settings[0].Key}}}
}

// TestExplainHostile: no line of any form is one that a stranger's text made.
func TestExplainHostile(t *testing.T) {
	e := hostileExplanation()
	c := causeExplanation{Cause: "demo.odd", Checks: []reportingCheck{{Check: e.ID, Name: e.Name, Text: e.Name, Fixes: e.Explain.Fixes, Verdicts: e.Explain.Verdicts}}}
	for name, form := range map[string]writer{
		"text": e.text(""), "markdown": e.markdown(""),
		"cause": c.text, "cause markdown": c.markdown,
	} {
		var b bytes.Buffer
		if err := form(&b); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			line = strings.TrimSuffix(line, "\n")
			if report.Escape(line) != line {
				t.Errorf("%s: %q acts on a terminal", name, line)
			}
			if strings.HasPrefix(line, "# zz") || strings.HasPrefix(line, "|d") {
				t.Errorf("%s: %q is a line of its own", name, line)
			}
		}
		if !strings.Contains(b.String(), `a\`) {
			t.Errorf("%s shows nothing of it:\n%s", name, b.String())
		}
	}
}

// TestMarkdownText holds that what looks like markup is text.
func TestMarkdownText(t *testing.T) {
	for in, want := range map[string]string{
		"plain text.":        "plain text.",
		"a_b *c* [d](e) <f>": `a\_b \*c\* \[d\](e) \<f\>`,
		"a | b":              `a \| b`,
		"- item":             `\- item`,
		"12. item":           `12\. item`,
		"v1. item":           "v1. item",
		"# head `code` \\":   "\\# head \\`code\\` \\\\",
		"&lt;":               `\&lt;`,
		"a\nb":               `a\\nb`,
	} {
		if got := mdText(in); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"":       "",
		"a":      "`a`",
		"a`b":    "``a`b``",
		"`a``b`": "``` `a``b` ```",
	} {
		if got := mdCode(in); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
	var b bytes.Buffer
	mdBlock(&b, 3, "sh", "echo ```")
	if want := "   ````sh\n   echo ```\n   ````\n"; b.String() != want {
		t.Errorf("a block is %q, want %q", b.String(), want)
	}
}

// TestExplanationKeepsInfo: the document holds the whole description under the
// names of the contract.
func TestExplanationKeepsInfo(t *testing.T) {
	info := describedInfo().Checks[0]
	var b bytes.Buffer
	if err := report.WriteDocument(&b, explanation{Schema: explanationSchema, CheckInfo: info}); err != nil {
		t.Fatal(err)
	}
	var back wire.CheckInfo
	if err := json.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(wire.Marshal(&back), wire.Marshal(&info)) {
		t.Errorf("the document holds\n%s", b.String())
	}
}
