package store

import (
	"fmt"
	"testing"
)

// TestSeen: T23 and T24 hold after a plugin was removed, and for versions that came
// and went.
func TestSeen(t *testing.T) {
	const id = "com.acme.a"
	p := newPlace(t)
	first, second := build(t, id, "1.0.0"), build(t, id, "2.0.0")
	p.install(first)
	if _, err := p.open().Upgrade(id, second, nil, options()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.open().Upgrade(id, build(t, id, "3.0.0"), nil, options()); err != nil {
		t.Fatal(err)
	}
	// The first is neither current nor previous any more.
	other := describe(id, "1.0.0")
	other.Name = "in other bytes"
	o := options()
	o.AllowDowngrade = true
	_, err := p.open().Upgrade(id, seal(t, other), nil, o)
	wantRule(t, err, RuleRepublished)

	if _, err := p.open().Remove(id, options()); err != nil {
		t.Fatal(err)
	}
	_, err = p.open().Install(first, all(first), options())
	wantRule(t, err, RuleDowngrade)
	for _, version := range []string{"1.0.0", "2.0.0", "3.0.0"} {
		other := describe(id, version)
		other.Name = "in other bytes"
		_, err = p.open().Install(seal(t, other), nothing(), o)
		wantRule(t, err, RuleRepublished)
	}
	if _, err := p.open().Install(first, all(first), o); err != nil {
		t.Errorf("with --allow-downgrade: %v", err)
	}
	if _, err := p.open().Upgrade(id, second, nil, options()); err != nil {
		t.Errorf("a version that was here, in the same bytes: %v", err)
	}
	// Another plugin has a history of its own.
	p.install(build(t, "com.acme.b", "0.1.0"))
}

// TestSeenBounded: of many versions the highest are remembered.
func TestSeenBounded(t *testing.T) {
	l := &Lock{}
	for i := range 3 * maxSeenOf {
		e := Entry{ID: "com.acme.a", Approved: Approved{Release: Release{Version: fmt.Sprintf("1.%d.0", i), Digest: fmt.Sprintf("sha256:%064x", i)}}}
		l = l.with(e.ID, &e)
	}
	l = l.with("com.acme.a", nil)
	if n := len(l.Seen); n != maxSeenOf || l.Seen[n-1].Version != fmt.Sprintf("1.%d.0", 3*maxSeenOf-1) {
		t.Errorf("%d: %+v", n, l.Seen)
	}
	parsed, err := ParseLock(l.Marshal(), "doctor.lock")
	if err != nil || string(parsed.Marshal()) != string(l.Marshal()) {
		t.Errorf("%v\n%s", err, l.Marshal())
	}
}
