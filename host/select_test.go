package host

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/sdk/wire"
)

// selectable are checks of every kind that a selection tells apart.
func selectable() []wire.PluginInfo {
	return []wire.PluginInfo{
		{ID: "acme.b", Category: "other", Checks: []wire.CheckInfo{{ID: "check.b.one", Tags: []string{"beta"}}}},
		{ID: "stellaops.doctor.a", Category: "net", Checks: []wire.CheckInfo{
			{ID: "check.a.one", Tags: []string{"alpha", "quick"}},
			{ID: "check.a.slow", Tags: []string{"slow"}},
			{ID: "check.a.slow.quick", Tags: []string{"slow", "quick"}, Category: "own"},
		}},
	}
}

// TestSelection holds each rule; a selection that is refused shows its error.
func TestSelection(t *testing.T) {
	h := hostOf(t, selectable(), settings.Options{})
	list := func(values ...string) Selection { return Selection{Checks: values} }
	for name, c := range map[string]struct {
		sel  Selection
		want string
	}{
		"default":              {Selection{}, "a.one b.one"},
		"full":                 {Selection{Full: true}, "a.one a.slow a.slow.quick b.one"},
		"quick":                {Selection{Quick: true}, "a.one a.slow.quick"},
		"named":                {list("check.a.slow"), "a.slow"},
		"named and a pattern":  {list("check.a.slow", "check.a.*"), "a.one a.slow"},
		"pattern":              {list("check.a.**"), "a.one"},
		"pattern, full":        {Selection{Checks: []string{"check.a.**"}, Full: true}, "a.one a.slow a.slow.quick"},
		"pattern, quick":       {Selection{Checks: []string{"check.a.**"}, Quick: true}, "a.one a.slow.quick"},
		"negated only":         {list("!check.b.one"), "a.one"},
		"negated pattern only": {list("!check.a.*"), "b.one"},
		"named and negated":    {list("check.a.one", "!check.a.*", "check.b.one"), "b.one"},
		"twice":                {list("check.a.one", "check.a.one"), "a.one"},
		"short plugin":         {Selection{Plugins: []string{"a"}}, "a.one"},
		"plugin or":            {Selection{Plugins: []string{"a", "acme.b"}}, "a.one b.one"},
		"and":                  {Selection{Plugins: []string{"a"}, Tags: []string{"beta"}}, ""},
		"own category":         {Selection{Categories: []string{"own"}, Full: true}, "a.slow.quick"},
		"unknown":              {list("check.a.none"), "no such check: check.a.none"},
		"unknown, negated":     {list("!check.a.none"), "no such check: check.a.none"},
		"unknown plugin":       {Selection{Plugins: []string{"z"}, Checks: []string{"check.a.none"}}, "no such plugin: z"},
		"malformed first":      {list("check.a.none", "check.[x"), `pattern "check.[x": a [ has no ] after it`},
		"malformed, negated":   {list("!{a"), `pattern "{a": a { has no } after it`},
		"nothing after !":      {list("!"), `pattern "!": the ! stands alone`},
		"two !":                {list("!!check.a.one"), `pattern "!!check.a.one": it is negated twice`},
		"empty":                {list(""), "an id of a check is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			checks, err := h.Checks(c.sel)
			var got []string
			for _, x := range checks {
				got = append(got, strings.TrimPrefix(x.Info.ID, "check."))
			}
			if err != nil {
				got = []string{err.Error()}
			}
			if text := strings.Join(got, " "); text != c.want {
				t.Errorf("got %s, want %s", text, c.want)
			}
		})
	}
}

// TestSelectionErrors holds the types by which a caller tells them apart.
func TestSelectionErrors(t *testing.T) {
	h := hostOf(t, selectable(), settings.Options{})
	var pattern *PatternError
	if _, err := h.Checks(Selection{Checks: []string{"a["}}); !errors.As(err, &pattern) || errors.Unwrap(err) == nil {
		t.Errorf("a malformed pattern: %v", err)
	}
	var unknown *UnknownError
	if _, err := h.Check("check.a.ome"); !errors.As(err, &unknown) || fmt.Sprint(unknown.Suggestions) != "[check.a.one check.b.one]" {
		t.Errorf("an unknown check: %+v", err)
	}
	if _, err := h.Check("check.a.*"); !errors.As(err, &unknown) {
		t.Errorf("a pattern where an id is wanted: %v", err)
	}
}

// TestUnmatched holds what is told of the parts that match nothing.
func TestUnmatched(t *testing.T) {
	h := hostOf(t, selectable(), settings.Options{})
	for name, c := range map[string]struct {
		sel  Selection
		want string
	}{
		"all match":        {Selection{Checks: []string{"check.a.*", "!check.a.o*"}, Tags: []string{"alpha"}, Categories: []string{"own"}}, "[]"},
		"pattern":          {Selection{Checks: []string{"check.c.*"}}, "[{pattern check.c.* [] false}]"},
		"negated":          {Selection{Checks: []string{"!check.c.*"}}, "[{pattern !check.c.* [] false}]"},
		"slow only":        {Selection{Checks: []string{"check.a.slow**"}}, "[{pattern check.a.slow** [] true}]"},
		"slow, full":       {Selection{Checks: []string{"check.a.slow**"}, Full: true}, "[]"},
		"slow, negated":    {Selection{Checks: []string{"!check.a.slow**"}}, "[]"},
		"tag and category": {Selection{Tags: []string{"bet", "zzzzzz"}, Categories: []string{"ent"}}, "[{category ent [net] false} {tag bet [beta] false} {tag zzzzzz [] false}]"},
		"malformed":        {Selection{Checks: []string{"["}, Tags: []string{"zzz"}}, "[]"},
	} {
		if got := fmt.Sprint(h.Unmatched(c.sel)); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

// TestSelectionOfMany names each of ten thousand checks, which takes no longer
// than reading the list a few times.
func TestSelectionOfMany(t *testing.T) {
	info := wire.PluginInfo{ID: "acme.many"}
	var sel Selection
	for i := range 10_000 {
		id := fmt.Sprintf("check.many.n%05d", i)
		info.Checks = append(info.Checks, wire.CheckInfo{ID: id, Settings: []wire.SettingInfo{{Key: "Many:K" + id, Secret: true}}})
		sel.Checks = append(sel.Checks, id)
	}
	start := time.Now()
	h := hostOf(t, []wire.PluginInfo{info}, settings.Options{Set: []string{"Many:Kcheck.many.n00007=x"}})
	checks, err := h.Checks(sel)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := h.Plan(RunOptions{Selection: sel, Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(checks) != 10_000 || len(plan.Checks) != 10_000 || len(h.UnreadSettings()) != 0 {
		t.Errorf("%d checks, %d planned, unread %v", len(checks), len(plan.Checks), h.UnreadSettings())
	}
	// Work that grows with the square takes minutes.
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
}
