package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/artifact"
)

// several are a new version that asks for more, one that does not, and a plugin
// that is new.
func several(t *testing.T) (p place, list []Arrival) {
	p = newPlace(t)
	p.install(build(t, "com.acme.a", "1.0.0", "GET {Acme:Url}"))
	p.install(build(t, "com.acme.b", "1.0.0", "GET {Acme:Url}"))
	fresh := build(t, "com.acme.c", "1.0.0", "GET {Acme:Url}")
	word := all(fresh)
	return p, []Arrival{
		{Artifact: build(t, "com.acme.a", "1.1.0", "GET {Acme:Url}")},
		{Artifact: build(t, "com.acme.b", "2.0.0", "GET {Acme:Url}", "GET https://x.example.com")},
		{Artifact: fresh, Approval: &word},
	}
}

func states(p place) string {
	l := p.open().Lock()
	return fmt.Sprint(state(l, "com.acme.a"), "; ", state(l, "com.acme.b"), "; ", state(l, "com.acme.c"))
}

const (
	severalBefore = "1.0.0 access 1; 1.0.0 access 1; none"
	severalAfter  = "1.1.0 access 1 previous 1.0.0; 1.0.0 access 1 waits 2.0.0; 1.0.0 access 1"
)

func TestImport(t *testing.T) {
	p, list := several(t)
	dry := options()
	dry.DryRun = true
	for _, o := range []Options{dry, options(), options()} {
		changes, err := p.open().Import(list, o)
		if err != nil {
			t.Fatal(err)
		}
		var actions []string
		for _, ch := range changes {
			actions = append(actions, ch.Action)
		}
		want := severalAfter
		if o.DryRun {
			want = severalBefore
		}
		if got := states(p); got != want {
			t.Errorf("%v: %s", actions, got)
		}
	}
	// With somebody's word the wider one need not wait.
	word := all(list[1].Artifact)
	list[1].Approval = &word
	if changes, err := p.open().Import(list[1:2], options()); err != nil || changes[0].Action != Upgraded {
		t.Errorf("%v, %v", changes, err)
	}
}

// One that is refused keeps all of them out.
func TestImportAllOrNone(t *testing.T) {
	for name, c := range map[string]struct {
		add  func(t *testing.T) Arrival
		rule string
	}{
		"unapproved":  {func(t *testing.T) Arrival { return Arrival{Artifact: build(t, "com.acme.d", "1.0.0")} }, RuleUnapproved},
		"twice":       {func(t *testing.T) Arrival { return Arrival{Artifact: build(t, "com.acme.c", "2.0.0")} }, RuleCheckTwice},
		"same checks": {func(t *testing.T) Arrival { return Arrival{Artifact: claiming(t, "com.acme.d", "com.acme.c")} }, RuleCheckTwice},
		"downgrade":   {func(t *testing.T) Arrival { return Arrival{Artifact: build(t, "com.acme.e", "0.9.0")} }, RuleDowngrade},
		"republished": {func(t *testing.T) Arrival {
			return Arrival{Artifact: build(t, "com.acme.e", "1.0.0", "GET {Acme:Other}")}
		}, RuleRepublished},
	} {
		t.Run(name, func(t *testing.T) {
			p, list := several(t)
			p.install(build(t, "com.acme.e", "1.0.0"))
			_, err := p.open().Import(append(list, c.add(t)), options())
			wantRule(t, err, c.rule)
			if got := states(p); got != severalBefore {
				t.Errorf("the lock now says %s", got)
			}
		})
	}
}

// claiming is a plugin that claims the check of another.
func claiming(t *testing.T, id, other string) *artifact.Artifact {
	info := describe(id, "1.0.0")
	info.Checks = describe(other, "1.0.0").Checks
	return seal(t, info)
}

// C01: wherever it is cut off, all of it is there or nothing, and the next try
// brings the rest.
func TestC01ImportCutOff(t *testing.T) {
	defer func() { fault = nil }()
	seen := map[string]bool{}
	for n := 0; ; n++ {
		fault = nil
		p, list := several(t)
		at, left := "", n
		fault = func(step string) error {
			if left--; left < 0 {
				at = step
				return errors.New("cut off")
			}
			return nil
		}
		_, err := p.open().Import(list, options())
		fault = nil
		if at == "" {
			if err != nil || len(seen) < 8 {
				t.Errorf("%d steps were cut off: %v", len(seen), err)
			}
			return
		}
		seen[at] = true
		if got := states(p); got != severalBefore && got != severalAfter {
			t.Errorf("cut off at step %d, %s: %s", n, at, got)
		}
		for _, e := range p.open().Lock().Entries {
			if _, err := p.open().Plugin(e.Digest); err != nil {
				t.Errorf("cut off at step %d, %s: %v", n, at, err)
			}
		}
		if _, err := p.open().Import(list, options()); err != nil {
			t.Errorf("after a cut at step %d, %s: %v", n, at, err)
		}
		if got := states(p); got != severalAfter {
			t.Errorf("after a cut at step %d, %s: %s", n, at, got)
		}
	}
}

func TestImportConflict(t *testing.T) {
	p, list := several(t)
	early := p.open()
	if _, err := p.open().Hold("com.acme.b", "look at it", options()); err != nil {
		t.Fatal(err)
	}
	var conflict *ConflictError
	if _, err := early.Import(list, options()); !errors.As(err, &conflict) || conflict.ID != "com.acme.b" {
		t.Error(err)
	}
}

func TestCompare(t *testing.T) {
	p := newPlace(t)
	const id = "com.acme.a"
	p.install(build(t, id, "1.0.0", "GET {Acme:Url}"))
	var got []string
	comparisons, err := p.open().Compare([]*artifact.Artifact{
		build(t, id, "1.0.0", "GET {Acme:Url}"), build(t, id, "1.0.1", "GET {Acme:Url}"), build(t, id, "2.0.0", "GET {Acme:Url}", "GET https://x.example.com"),
		build(t, id, "0.9.0"), build(t, id, "1.0.0"), build(t, "com.acme.b", "1.0.0"),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range comparisons {
		got = append(got, fmt.Sprint(c.State, " ", len(c.Wider.Access)))
	}
	if text := strings.Join(got, ", "); text != "same 0, upgrade 0, wider 1, downgrade 0, republished 0, new 0" {
		t.Error(text)
	}
	if _, err := p.open().Compare([]*artifact.Artifact{{Plugin: []byte("text")}}); err == nil {
		t.Error("a text was compared")
	}
}
