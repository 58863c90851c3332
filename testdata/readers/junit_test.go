package readers

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// element is one element of an XML document.
type element struct {
	name     string
	attrs    map[string]string
	children []*element
	text     string
}

// parseXML reads a document strictly.
func parseXML(doc []byte) (*element, error) {
	d := xml.NewDecoder(bytes.NewReader(doc))
	top := &element{}
	stack := []*element{top}
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			if len(top.children) != 1 {
				return nil, fmt.Errorf("%d root elements", len(top.children))
			}
			return top.children[0], nil
		} else if err != nil {
			return nil, err
		}
		at := stack[len(stack)-1]
		switch x := tok.(type) {
		case xml.StartElement:
			e := &element{name: x.Name.Local, attrs: map[string]string{}}
			for _, a := range x.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			at.children = append(at.children, e)
			stack = append(stack, e)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			at.text += string(x)
		case xml.Directive, xml.Comment:
			return nil, fmt.Errorf("a comment or a directive: %v", x)
		}
	}
}

func (e *element) count(name string) int {
	n := 0
	for _, c := range e.children {
		if c.name == name {
			n++
		}
		n += c.count(name)
	}
	return n
}

// junitRules are the attributes that an element must have and the children that it
// may have, in their order: what Jenkins and Ant agree on.
var junitRules = map[string]struct {
	attrs    []string
	children []string
}{
	"testsuites": {[]string{"name", "tests", "failures", "errors", "skipped", "time"}, []string{"testsuite"}},
	"testsuite":  {[]string{"name", "tests", "failures", "errors", "skipped", "time", "timestamp"}, []string{"properties", "testcase"}},
	"properties": {nil, []string{"property"}},
	"property":   {[]string{"name", "value"}, nil},
	"testcase":   {[]string{"name", "classname", "time"}, []string{"skipped", "error", "failure", "system-out"}},
	"skipped":    {[]string{"message"}, nil},
	"error":      {[]string{"message", "type"}, nil},
	"failure":    {[]string{"message", "type"}, nil},
	"system-out": {nil, nil},
}

func checkJUnit(t *testing.T, name string, e *element) {
	t.Helper()
	rule, ok := junitRules[e.name]
	if !ok {
		t.Errorf("%s: an element %s", name, e.name)
		return
	}
	for _, a := range rule.attrs {
		if _, ok := e.attrs[a]; !ok {
			t.Errorf("%s: %s has no attribute %s", name, e.name, a)
		}
	}
	if len(e.attrs) != len(rule.attrs) {
		t.Errorf("%s: %s has the attributes %v, want %v", name, e.name, e.attrs, rule.attrs)
	}
	for _, a := range []string{"name", "classname"} {
		if value, ok := e.attrs[a]; ok && value == "" {
			t.Errorf("%s: %s has an empty %s", name, e.name, a)
		}
	}
	if s, ok := e.attrs["time"]; ok {
		if v, err := strconv.ParseFloat(s, 64); err != nil || v < 0 {
			t.Errorf("%s: %s takes the time %q", name, e.name, s)
		}
	}
	for a, element := range map[string]string{"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"} {
		if s, ok := e.attrs[a]; ok && s != strconv.Itoa(e.count(element)) {
			t.Errorf("%s: %s says %s=%s and has %d", name, e.name, a, s, e.count(element))
		}
	}
	last := 0
	for _, c := range e.children {
		i := slices.Index(rule.children, c.name)
		if i < last {
			t.Errorf("%s: %s within %s, or not in its place", name, c.name, e.name)
		}
		last = max(last, i)
		checkJUnit(t, name, c)
	}
}

func TestJUnit(t *testing.T) {
	timestamp := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`)
	for name, r := range samples(t) {
		top, err := parseXML(render(t, r, report.WriteJUnit))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if top.name != "testsuites" {
			t.Errorf("%s: the root is %s", name, top.name)
		}
		checkJUnit(t, name, top)
		cases := map[string]*element{}
		for _, suite := range top.children {
			if !timestamp.MatchString(suite.attrs["timestamp"]) {
				t.Errorf("%s: timestamp %q", name, suite.attrs["timestamp"])
			}
			for _, c := range suite.children {
				if c.name == "testcase" {
					cases[c.attrs["name"]] = c
				}
			}
		}
		for _, res := range r.Results {
			checkJUnitCase(t, name, r, res, cases[res.Check])
		}
	}
}

func checkJUnitCase(t *testing.T, name string, r *report.Report, res report.Result, c *element) {
	t.Helper()
	if c == nil {
		t.Errorf("%s: %s has no case", name, res.Check)
		return
	}
	want := ""
	switch {
	case res.Severity == nil:
		want = "error"
	case *res.Severity == wire.Skip:
		want = "skipped"
	case res.Waiver == nil && (*res.Severity == wire.Fail || *res.Severity == wire.Warn && r.Summary.ExitCode == report.ExitWarn):
		want = "failure"
	}
	for _, outcome := range []string{"error", "skipped", "failure"} {
		if n := c.count(outcome); (outcome == want) != (n == 1) {
			t.Errorf("%s: %s has %d %s, want %q", name, res.Check, n, outcome, want)
		}
	}
	all := c.text
	for _, child := range c.children {
		all += child.attrs["message"] + "\n" + child.text
	}
	for _, text := range []string{res.Diagnosis} {
		shown := strings.NewReplacer("\ufffe", `\ufffe`, "\uffff", `\uffff`).Replace(report.Escape(text))
		if !strings.Contains(squeezed(all), squeezed(shown)) {
			t.Errorf("%s: %s does not show %q:\n%s", name, res.Check, text, all)
		}
	}
	if res.Waiver != nil && !strings.Contains(all, "waived: ") {
		t.Errorf("%s: %s does not show its waiver", name, res.Check)
	}
}
