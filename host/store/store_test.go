package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/trust"
)

// state tells in one line what a lock says of a plugin.
func state(l *Lock, id string) string {
	e := l.Find(id)
	if e == nil {
		return "none"
	}
	text := fmt.Sprintf("%s access %d", e.Version, len(e.Access))
	if e.Pending != nil {
		text += " waits " + e.Pending.Version
	}
	if e.Previous != nil {
		text += " previous " + e.Previous.Version
	}
	if e.Hold != "" {
		text += " hold"
	}
	return text
}

func wantState(t *testing.T, p place, want string) {
	t.Helper()
	if got := state(p.open().Lock(), "com.acme.a"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func wantRule(t *testing.T, err error, rule string) {
	t.Helper()
	var r *Refusal
	switch {
	case errors.As(err, &r) && r.Rule == rule:
	case plugin.RuleOf(err) == rule && rule != "":
	case trust.RuleOf(err) == rule && rule != "":
	default:
		t.Errorf("got %v, want rule %s", err, rule)
	}
}

// TestWalk is one plugin from its installation to its removal.
func TestWalk(t *testing.T) {
	p := newPlace(t)
	const id = "com.acme.a"
	v1, v2 := build(t, id, "1.0.0", "GET {Acme:Url} /v2/"), build(t, id, "2.0.0", "GET {Acme:Url} /v2/", "GET https://x.example.com")
	v3, v4 := build(t, id, "3.0.0", "GET {Acme:Url} /v2/list"), build(t, id, "4.0.0", "GET {Acme:Url} /v2/")
	p.install(v1)
	wantState(t, p, "1.0.0 access 1")

	ch, err := p.open().Upgrade(id, v2, nil, options())
	if err != nil || ch.Action != Waits || len(ch.Wider.Access) != 1 || ch.Wider.Access[0].Target != "https://x.example.com" {
		t.Fatalf("%+v, %v", ch, err)
	}
	wantState(t, p, "1.0.0 access 1 waits 2.0.0")

	// Covered again: the later version takes the place of the one that waits.
	if ch, err = p.open().Upgrade(id, v3, nil, options()); err != nil || ch.Action != Upgraded {
		t.Fatalf("%+v, %v", ch, err)
	}
	wantState(t, p, "3.0.0 access 1 previous 1.0.0")
	// What was approved stays approved, so that a version may come back to it.
	if ch, err = p.open().Upgrade(id, v4, nil, options()); err != nil || ch.Action != Upgraded {
		t.Fatalf("%+v, %v", ch, err)
	}
	wantState(t, p, "4.0.0 access 1 previous 3.0.0")

	if _, err = p.open().Rollback(id, options()); err != nil {
		t.Fatal(err)
	}
	wantState(t, p, "3.0.0 access 1 previous 4.0.0")
	_, err = p.open().Rollback(id, options()) // back only, never forward
	wantRule(t, err, RuleNoPrevious)
	wantState(t, p, "3.0.0 access 1 previous 4.0.0")
	if _, err = p.open().Remove(id, options()); err != nil {
		t.Fatal(err)
	}
	wantState(t, p, "none")
	left, err := os.ReadDir(filepath.Join(p.dir, "store", "blobs", "sha256"))
	if err != nil || len(left) != 0 {
		t.Errorf("%d files stay, %v", len(left), err)
	}
}

func TestApprove(t *testing.T) {
	p := newPlace(t)
	const id = "com.acme.a"
	v1, v2 := build(t, id, "1.0.0", "GET {Acme:Url}"), build(t, id, "2.0.0", "GET {Acme:Url}", "GET https://x.example.com")
	p.install(v1)
	if _, err := p.open().Upgrade(id, v2, nil, options()); err != nil {
		t.Fatal(err)
	}
	approval := all(v2)
	approval.By, approval.Expires = "joe", now.AddDate(1, 0, 0)
	if _, err := p.open().Approve(id, approval, options()); err != nil {
		t.Fatal(err)
	}
	wantState(t, p, "2.0.0 access 2 previous 1.0.0")
	e := p.open().Lock().Find(id)
	if e.By != "joe" || e.Expired(now) || !e.Expired(now.AddDate(1, 0, 0)) || e.Previous.By != "jane@example.com" {
		t.Errorf("%+v", e)
	}
	// An approval anew takes away what it does not name.
	if _, err := p.open().Approve(id, nothing(), options()); err != nil {
		t.Fatal(err)
	}
	wantState(t, p, "2.0.0 access 0 previous 1.0.0")
	// What was refused is not asked about again, and stays refused.
	ch, err := p.open().Upgrade(id, build(t, id, "2.1.0", "GET https://x.example.com /api"), nil, options())
	if err != nil || ch.Action != Upgraded {
		t.Fatalf("%+v, %v", ch, err)
	}
	wantState(t, p, "2.1.0 access 0 previous 2.0.0")
}

func TestUpgradeWithApproval(t *testing.T) {
	p := newPlace(t)
	p.install(build(t, "com.acme.a", "1.0.0", "GET {Acme:Url}"))
	v2 := build(t, "com.acme.a", "2.0.0", "GET,HEAD {Acme:Url}")
	approval := all(v2)
	ch, err := p.open().Upgrade("com.acme.a", v2, &approval, options())
	if err != nil || ch.Action != Upgraded {
		t.Fatalf("%+v, %v", ch, err)
	}
	wantState(t, p, "2.0.0 access 1 previous 1.0.0")
}

func TestHold(t *testing.T) {
	p := newPlace(t)
	const id = "com.acme.a"
	p.install(build(t, id, "1.0.0", "GET {Acme:Url}"))
	if _, err := p.open().Hold(id, "the registry is being moved", options()); err != nil {
		t.Fatal(err)
	}
	same := build(t, id, "1.1.0", "GET {Acme:Url}")
	if ch, err := p.open().Upgrade(id, same, nil, options()); err != nil || ch.Action != Waits {
		t.Fatalf("%+v, %v", ch, err)
	}
	wantState(t, p, "1.0.0 access 1 waits 1.1.0 hold")
	_, err := p.open().Approve(id, all(same), options())
	wantRule(t, err, RuleHeld)
	if _, err := p.open().Hold(id, "", options()); err != nil {
		t.Fatal(err)
	}
	wantState(t, p, "1.1.0 access 1 previous 1.0.0")
	// A version that asks for more goes on waiting.
	if _, err := p.open().Hold(id, "again", options()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.open().Upgrade(id, build(t, id, "1.2.0", "HEAD {Acme:Url}"), nil, options()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.open().Hold(id, "", options()); err != nil {
		t.Fatal(err)
	}
	wantState(t, p, "1.1.0 access 1 waits 1.2.0 previous 1.0.0")
}

// TestVersions: T23 and T24, against every version that the lock knows.
func TestVersions(t *testing.T) {
	p := newPlace(t)
	const id = "com.acme.a"
	p.install(build(t, id, "1.0.0", "GET {Acme:Url}"))
	upgrade := func(version, ask string, downgrade bool) error {
		o := options()
		o.AllowDowngrade = downgrade
		_, err := p.open().Upgrade(id, build(t, id, version, ask), nil, o)
		return err
	}
	wantRule(t, upgrade("1.0.0", "GET {Acme:Url} /other", false), RuleRepublished)
	wantRule(t, upgrade("1.0.0", "GET {Acme:Url} /other", true), RuleRepublished)
	wantRule(t, upgrade("1.0.0+build.2", "GET {Acme:Url}", true), RuleRepublished)
	wantRule(t, upgrade("0.9.9", "GET {Acme:Url}", false), RuleDowngrade)
	wantRule(t, upgrade("1.0.0-rc.1", "GET {Acme:Url}", false), RuleDowngrade)
	if err := upgrade("2.0.0", "GET,HEAD {Acme:Url}", false); err != nil {
		t.Fatal(err)
	}
	wantRule(t, upgrade("2.0.0", "GET {Acme:Url}", false), RuleRepublished) // as the one that waits
	if err := upgrade("1.5.0", "GET {Acme:Url}", false); err != nil {
		t.Fatal(err)
	}
	wantState(t, p, "1.5.0 access 1 waits 2.0.0 previous 1.0.0")
	wantRule(t, upgrade("1.0.0", "GET {Acme:Url} /other", true), RuleRepublished) // as the previous one
	if err := upgrade("1.0.0", "GET {Acme:Url}", true); err != nil {
		t.Fatal(err)
	}
	wantState(t, p, "1.0.0 access 1 waits 2.0.0 previous 1.5.0")
	_, err := p.open().Install(build(t, id, "1.0.0", "GET {Acme:Url} /z"), nothing(), options())
	wantRule(t, err, RuleRepublished)
	_, err = p.open().Install(build(t, id, "3.0.0"), nothing(), options())
	wantRule(t, err, RuleInstalled)
	_, err = p.open().Upgrade(id, build(t, "com.acme.b", "3.0.0"), nil, options())
	wantRule(t, err, RuleOtherPlugin)
}

func TestUnknown(t *testing.T) {
	p := newPlace(t)
	p.install(build(t, "com.acme.b", "1.0.0"))
	for name, do := range map[string]func(s *Store) (*Change, error){
		"upgrade": func(s *Store) (*Change, error) {
			return s.Upgrade("com.acme.a", build(t, "com.acme.a", "1.0.0"), nil, options())
		},
		"approve":  func(s *Store) (*Change, error) { return s.Approve("com.acme.a", nothing(), options()) },
		"hold":     func(s *Store) (*Change, error) { return s.Hold("com.acme.a", "x", options()) },
		"rollback": func(s *Store) (*Change, error) { return s.Rollback("com.acme.a", options()) },
		"remove":   func(s *Store) (*Change, error) { return s.Remove("com.acme.a", options()) },
	} {
		_, err := do(p.open())
		var u *UnknownError
		if !errors.As(err, &u) || len(u.Known) != 1 || u.Known[0] != "com.acme.b" {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := p.open().Rollback("com.acme.b", options())
	wantRule(t, err, RuleNoPrevious)
}

// TestDowngrade: T23, an older version gets no more than it asks for itself, and a
// later one is asked about again.
func TestDowngrade(t *testing.T) {
	p := newPlace(t)
	const id = "com.acme.a"
	p.install(build(t, id, "1.1.0", "GET,HEAD {Acme:Url}", "GET https://x.example.com"))
	back := options()
	back.AllowDowngrade = true
	ch, err := p.open().Upgrade(id, build(t, id, "1.0.0", "GET {Acme:Url}"), nil, back)
	if err != nil || ch.Action != Downgraded || !ch.Wider.Empty() {
		t.Fatalf("%+v, %v", ch, err)
	}
	wantState(t, p, "1.0.0 access 1 previous 1.1.0")
	if e := p.open().Lock().Find(id); len(e.Access[0].Methods) != 1 || e.Access[0].Target != "{Acme:Url}" {
		t.Errorf("%+v", e.Scope)
	}
	ch, err = p.open().Upgrade(id, build(t, id, "1.0.1", "GET,HEAD {Acme:Url}"), nil, options())
	if err != nil || ch.Action != Waits || len(ch.Wider.Access) != 1 || ch.Wider.Access[0].Methods[0] != "HEAD" {
		t.Fatalf("%+v, %v", ch, err)
	}
	// The same while the plugin is on hold, and the hold ends.
	p = newPlace(t)
	p.install(build(t, id, "1.1.0", "GET {Acme:Url}", "GET https://x.example.com"))
	if _, err := p.open().Hold(id, "why", options()); err != nil {
		t.Fatal(err)
	}
	if ch, err = p.open().Upgrade(id, build(t, id, "1.0.0", "GET {Acme:Url}"), nil, back); err != nil || ch.Action != Waits {
		t.Fatalf("%+v, %v", ch, err)
	}
	if _, err := p.open().Hold(id, "", options()); err != nil {
		t.Fatal(err)
	}
	wantState(t, p, "1.0.0 access 1 previous 1.1.0")
}
