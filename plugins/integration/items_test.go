package main

import (
	"slices"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/sdktest"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// wantItems checks that every item of a list in the evidence has all the fields of
// the check and of set H, in one order, and that their numbers rise.
func wantItems(t *testing.T, r *wire.Result, list string, own ...string) {
	t.Helper()
	if r.Severity == wire.Skip {
		return
	}
	items, ok := r.Evidence[list].AsItems()
	if !ok {
		t.Errorf("%s is no list of items", list)
		return
	}
	want := append(append([]string{"item", "name"}, own...), setH[:]...)
	last := int64(-1)
	for _, item := range items {
		var names []string
		for _, f := range item {
			names = append(names, f.Name)
		}
		slices.Sort(names) // a document does not keep the order of fields
		if sorted := slices.Sorted(slices.Values(want)); !slices.Equal(names, sorted) {
			t.Errorf("the fields are %v, want %v", names, sorted)
		}
		n, ok := item[0].Value.AsInt()
		if !ok || n <= last {
			t.Errorf("item %d after %d", n, last)
		}
		last = n
	}
}

// wantNoSecrets plays the cases of a check and wants no trace of what stands in
// them for a secret.
func wantNoSecrets(t *testing.T, dir string) {
	t.Helper()
	for name, r := range casesOf(t, dir) {
		if text := string(wire.Marshal(&r)); strings.Contains(text, "hunter2") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// wantListInfo holds what operators and other files refer to. Each access entry is
// written as its methods, target, trim, path and secrets; a setting, as its keys.
func wantListInfo(t *testing.T, c *wire.CheckInfo, severity wire.Severity, tags string, settings, access []string, related string) {
	t.Helper()
	if c.DefaultSeverity != severity || c.Class != wire.ClassRead || c.EstimateMS != 5000 || len(c.DependsOn) != 0 || c.Category != "integration" {
		t.Errorf("%+v", c)
	}
	if got := strings.Join(c.Tags, " "); got != tags {
		t.Errorf("tags %s, want %s", got, tags)
	}
	var keys, entries, ids []string
	for i, s := range c.Settings {
		keys = append(keys, strings.Join(append([]string{s.Key}, s.Aliases...), " "))
		if s.Lead != (i == 0) || s.Required != (i == 0) || s.Description == "" {
			t.Errorf("setting %+v", s)
		}
	}
	if !slices.Equal(keys, settings) || c.Settings[0].Type != wire.TypeURL {
		t.Errorf("settings %q, want %q", keys, settings)
	}
	for _, a := range c.Access {
		words := append([]string{strings.Join(a.Methods, ","), a.Target, a.Trim, a.Path}, a.Secrets...)
		entries = append(entries, strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " "))
		if a.Redirects != "" || a.Kind != wire.KindHTTP || a.Class != wire.ClassRead {
			t.Errorf("access %+v", a)
		}
	}
	if !slices.Equal(entries, access) {
		t.Errorf("access\n%s\nwant\n%s", strings.Join(entries, "\n"), strings.Join(access, "\n"))
	}
	for _, r := range c.Related {
		ids = append(ids, r.ID)
	}
	if got := strings.Join(ids, " "); got != related {
		t.Errorf("related %s, want %s", got, related)
	}
}

// wantValidList judges what a fuzz test came by. Names and counters stand in a
// diagnosis as they were written, braces and spaces included.
func wantValidList(t *testing.T, check string, keys []string, r wire.Result) {
	t.Helper()
	r.Diagnosis = strings.Join(strings.Fields(strings.NewReplacer("{", "", "}", "").Replace(r.Diagnosis)), " ")
	wantValid(t, check, keys, r)
}

// itemsOf plays n items of a check, each with the same settings and one answer.
func itemsOf(t *testing.T, check string, n int, settings func(number string) map[string]wire.Setting, req func(number string) wire.HTTPRequest, resp wire.HTTPResponse) wire.Result {
	t.Helper()
	c := &exchange.Case{Request: wire.Request{Settings: map[string]wire.Setting{}}}
	for i := range n {
		number := itemKey("*", i)
		for key, s := range settings(number) {
			c.Request.Settings[key] = s
		}
		c.Exchanges = append(c.Exchanges, exchange.Exchange{Function: wire.FuncHTTPRead, Request: req(number), Response: resp})
	}
	r := sdktest.Play(t, plugin, check, c)
	if size := len(wire.Marshal(&r)); size > wire.MaxOutputBytes {
		t.Errorf("%d items of %s make a result of %d bytes", n, check, size)
	}
	return r
}

// hostileAnswer is as long as evidence can be, in characters that take six times
// their room in a document.
func hostileAnswer(status int) wire.HTTPResponse {
	long := strings.Repeat("<\u4e2d&", 500)
	resp := wire.HTTPResponse{Status: status, Header: map[string][]string{"content-type": {long}, "location": {"https://x.example.com/" + long}}}
	if status == 0 {
		resp.Error = &wire.CallError{Kind: wire.KindReset, Message: long}
	}
	return resp
}

// TestItemRank: the order of what items come to, and that the first of equals
// decides.
func TestItemRank(t *testing.T) {
	order := []entry{
		{severity: wire.Pass},
		{severity: wire.Pass, scene: scene{cause: causeHTML}},
		{severity: wire.Info},
		{severity: wire.Warn, scene: scene{cause: cause404}},
		{},
		{severity: wire.Fail, scene: scene{cause: cause401}},
	}
	for i := range order {
		for k := range order {
			all := []entry{order[i], order[k], order[k]}
			want := 0
			if k > i {
				want = 1
			}
			if got := worst(all); got != want {
				t.Errorf("of %d, %d, %d item %d decides, want %d", i, k, k, got, want)
			}
		}
	}
}

// TestItemKey: what a list key and the older single form are told by.
func TestItemKey(t *testing.T) {
	for key, want := range map[string]bool{
		"CI:Systems:0:Url": true, "CI:Url": false, "Doctor:Plugins:Integration:CI:Systems:12:Url": true, "Secrets:Vault:Url": false, "Url": false,
	} {
		if isItemKey(key) != want {
			t.Errorf("%s: %v", key, !want)
		}
	}
}

// wantTokenPlans: a plan for a token that was refused begins with a new one, sets
// it by hand, and ends, before the check, with the old one's end.
func wantTokenPlans(t *testing.T, dir string) {
	t.Helper()
	seen := 0
	for name, r := range casesOf(t, dir) {
		if r.Cause != cause401 && r.Cause != cause403 {
			continue
		}
		seen++
		of := map[string][]wire.Step{}
		for _, s := range r.Remediation.Steps {
			of[s.Runtime] = append(of[s.Runtime], s)
			for _, shows := range []string{"jq -r", "yq -i", "printf '%s\\n'"} {
				if strings.Contains(s.Command, shows) {
					t.Errorf("%s: a step shows or takes the token: %s", name, s.Command)
				}
			}
		}
		for runtime, steps := range of {
			n := len(steps)
			if first := steps[0]; first.Effect != wire.EffectWrite || !first.Manual || !strings.Contains(first.Description, "new token") {
				t.Errorf("%s, %s: the first step is %+v", name, runtime, first)
			}
			for i, s := range steps {
				if (s.Effect == wire.EffectDestructive) != (i == n-2) || i == n-2 && (!s.Manual || s.Safety == "" || s.Command != "") {
					t.Errorf("%s, %s: step %d is %+v", name, runtime, i+1, s)
				}
			}
		}
	}
	if seen == 0 {
		t.Errorf("no case of %s has a token refused", dir)
	}
}
