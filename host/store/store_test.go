package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/trust"
	"stella-ops.org/doctor/sdk/wire"
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

// TestCheckClaimed: no plugin may claim what is another's, embedded or installed.
func TestCheckClaimed(t *testing.T) {
	p := newPlace(t)
	p.install(build(t, "com.acme.a", "1.0.0"))
	thief := describe("com.evil.b", "1.0.0")
	thief.Checks[0].ID = "check.com-acme-a.one"
	_, err := p.open().Install(seal(t, thief), nothing(), options())
	wantRule(t, err, RuleCheckTwice)
	if err == nil || !strings.Contains(err.Error(), "check.com-acme-a.one, which belongs to the installed plugin com.acme.a") {
		t.Error(err)
	}
	o := options()
	embedded := describe("stellaops.doctor.integration", "1.0.0")
	embedded.Checks[0].ID = "check.integration.oci.registry"
	o.Embedded = []wire.PluginInfo{embedded}
	thief.Checks[0].ID = "check.integration.oci.registry"
	_, err = p.open().Install(seal(t, thief), nothing(), o)
	wantRule(t, err, RuleCheckTwice)
	_, err = p.open().Install(build(t, "stellaops.doctor.integration", "9.0.0"), nothing(), o)
	wantRule(t, err, RuleCheckTwice)
	// A later version may not claim it either.
	b := describe("com.evil.b", "1.0.0")
	p.install(seal(t, b))
	b.Version, b.Checks[0].ID = "2.0.0", "check.com-acme-a.one"
	_, err = p.open().Upgrade("com.evil.b", seal(t, b), nil, options())
	wantRule(t, err, RuleCheckTwice)
}

func TestSignatures(t *testing.T) {
	p := newPlace(t)
	const id = "com.acme.a"
	good, other := key(0), key(1)
	o := Options{Now: now, Ring: ring(t, "", good)}
	install := func(a *artifact.Artifact, o Options) error {
		_, err := p.open().Install(a, nothing(), o)
		return err
	}
	wantRule(t, install(build(t, id, "1.0.0"), Options{Now: now}), trust.RuleNoTrustFile)
	wantRule(t, install(build(t, id, "1.0.0"), o), trust.RuleUnsigned)
	wantRule(t, install(signed(t, build(t, id, "1.0.0"), other), o), trust.RuleUnknownKey)
	wantRule(t, install(signed(t, build(t, "com.evil.a", "1.0.0"), good), o), trust.RuleScope)
	// T03: the signature of another file. No flag overrules what is held against a file.
	stolen := build(t, id, "1.0.0")
	stolen.Attached = signed(t, build(t, id, "1.0.1"), good).Attached
	wantRule(t, install(stolen, o), trust.RuleWrongDigest)
	let := o
	let.AllowUnsigned = true
	wantRule(t, install(stolen, let), trust.RuleWrongDigest)
	if left, _ := os.ReadDir(p.dir); len(left) != 0 {
		t.Errorf("a refused file left %v behind", left)
	}
	if err := install(signed(t, build(t, id, "1.0.0"), good), o); err != nil {
		t.Fatal(err)
	}
	e := p.open().Lock().Find(id)
	if e.Unsigned || len(e.Signers) != 1 || e.Signers[0].Name != "acme-a" || !isDigest(e.Signers[0].Key) {
		t.Errorf("%+v", e.Release)
	}
	info, file := describe(id, "1.0.0"), build(t, id, "1.0.0").Plugin
	if err := p.open().Vouch(o.Ring, &e.Release, &info, file, now); err != nil {
		t.Error(err)
	}
	// The key is revoked, or gone, after the installation.
	wantRule(t, p.open().Vouch(ring(t, "    revoked: {since: 2026-01-01, reason: lost}\n", good), &e.Release, &info, file, now), trust.RuleRevoked)
	wantRule(t, p.open().Vouch(ring(t, "", other), &e.Release, &info, file, now), trust.RuleUnknownKey)
	wantRule(t, p.open().Vouch(nil, &e.Release, &info, file, now), trust.RuleNoTrustFile)
	// An unsigned version of a signed plugin needs the operator's word.
	_, err := p.open().Upgrade(id, build(t, id, "2.0.0"), nil, o)
	wantRule(t, err, trust.RuleUnsigned)
}

// TestChangedOnDisk: T25 and T26, a file that is not the one of the lock.
func TestChangedOnDisk(t *testing.T) {
	p := newPlace(t)
	a := build(t, "com.acme.a", "1.0.0")
	p.install(a)
	path := filepath.Join(p.dir, "store", "blobs", "sha256", strings.TrimPrefix(a.Digest(), "sha256:"))
	for _, i := range []int{0, len(a.Plugin) / 2, len(a.Plugin) - 1} {
		data := append([]byte{}, a.Plugin...)
		data[i] ^= 1
		overwrite(t, path, data)
		_, err := p.open().File(a.Digest())
		wantRule(t, err, RuleChanged)
	}
	overwrite(t, path, append(append([]byte{}, a.Plugin...), 0))
	_, err := p.open().Plugin(a.Digest())
	wantRule(t, err, RuleChanged)
	_, err = p.open().Approve("com.acme.a", all(a), options())
	wantRule(t, err, RuleChanged)
	// Installing it again from where it came repairs it.
	p.install(a)
	if _, err := p.open().File(a.Digest()); err != nil {
		t.Error(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	_, err = p.open().File(a.Digest())
	wantRule(t, err, RuleMissing)
	if _, err := p.open().Remove("com.acme.a", options()); err != nil {
		t.Errorf("what is damaged cannot be removed: %v", err)
	}
}

func overwrite(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAttachments(t *testing.T) {
	p := newPlace(t)
	a := build(t, "com.acme.a", "1.0.0")
	vet := func(digest string) artifact.Attachment {
		return artifact.Attachment{Kind: artifact.Vet, Data: fmt.Appendf(nil, `{"schema":"stellaops.doctor.vet/v1","subject":{"sha256":%q}}`, strings.TrimPrefix(digest, "sha256:"))}
	}
	right, wrong := vet(a.Digest()), vet("sha256:"+strings.Repeat("0", 64))
	a.Attached = []artifact.Attachment{wrong, {Kind: artifact.Docs, Data: []byte("# Acme\n")}}
	p.install(a)
	if e := p.open().Lock().Find("com.acme.a"); e.Vet != "" {
		t.Errorf("the report of another file stands in the lock: %s", e.Vet)
	}
	b := build(t, "com.acme.b", "1.0.0")
	own := vet(b.Digest())
	b.Attached = []artifact.Attachment{right, own, {Kind: artifact.Docs, Data: []byte("# Acme\n")}}
	p.install(b)
	if e := p.open().Lock().Find("com.acme.b"); e.Vet != own.Digest() {
		t.Errorf("vet %s, want %s", e.Vet, own.Digest())
	}
	got, err := p.open().Plugin(b.Digest())
	if err != nil || len(got.Attached) != 3 || string(got.Of(artifact.Docs)[0]) != "# Acme\n" {
		t.Fatalf("%+v, %v", got, err)
	}
	// What is attached later is kept beside it; a broken index is an empty one.
	b.Attached = []artifact.Attachment{{Kind: artifact.SBOM, Data: []byte("{}")}}
	if ch := p.install(b); ch.Action != Unchanged {
		t.Errorf("action %s", ch.Action)
	}
	if got, err = p.open().Plugin(b.Digest()); err != nil || len(got.Attached) != 4 {
		t.Errorf("%+v, %v", got, err)
	}
	overwrite(t, filepath.Join(p.dir, "store", "attached", strings.TrimPrefix(b.Digest(), "sha256:")+".json"), []byte(`{"attached":[{"kind":"docs","digest":"../../x"}`))
	if got, err = p.open().Plugin(b.Digest()); err != nil || len(got.Attached) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	// C12: whatever byte of it is wrong, what is left is what was attached.
	p.install(b)
	indexPath := filepath.Join(p.dir, "store", "attached", strings.TrimPrefix(b.Digest(), "sha256:")+".json")
	whole := readFile(t, indexPath)
	for i := range whole {
		broken := []byte(whole)
		broken[i] ^= 0x15
		overwrite(t, indexPath, broken)
		got, err := p.open().Plugin(b.Digest())
		if err != nil || len(got.Attached) > 1 || len(got.Attached) == 1 && string(got.Attached[0].Data) != "{}" {
			t.Fatalf("byte %d: %+v, %v", i, got, err)
		}
	}
	// The documents of one plugin stay while another is removed.
	if _, err := p.open().Remove("com.acme.b", options()); err != nil {
		t.Fatal(err)
	}
	if got, err = p.open().Plugin(a.Digest()); err != nil || len(got.Attached) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestDryRun(t *testing.T) {
	p := newPlace(t)
	a := build(t, "com.acme.a", "1.0.0", "GET {Acme:Url}")
	o := options()
	o.DryRun = true
	ch, err := p.open().Install(a, all(a), o)
	if err != nil || ch.After == nil || ch.Action != Installed {
		t.Fatalf("%+v, %v", ch, err)
	}
	if left, _ := os.ReadDir(p.dir); len(left) != 0 {
		t.Errorf("%v was written", left)
	}
	p.install(a)
	before := readFile(t, filepath.Join(p.dir, LockName))
	for _, do := range []func() (*Change, error){
		func() (*Change, error) { return p.open().Remove("com.acme.a", o) },
		func() (*Change, error) { return p.open().Hold("com.acme.a", "x", o) },
		func() (*Change, error) {
			return p.open().Upgrade("com.acme.a", build(t, "com.acme.a", "2.0.0"), nil, o)
		},
		func() (*Change, error) { return p.open().Approve("com.acme.a", nothing(), o) },
	} {
		if ch, err := do(); err != nil || sameEntry(ch.Before, ch.After) {
			t.Errorf("%+v, %v", ch, err)
		}
	}
	if after := readFile(t, filepath.Join(p.dir, LockName)); after != before {
		t.Error("a dry run changed the lock")
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestTwoLocks: what another lock of the same store names is not collected.
func TestTwoLocks(t *testing.T) {
	p := newPlace(t)
	a, b := build(t, "com.acme.a", "1.0.0"), build(t, "com.acme.b", "1.0.0")
	p.install(a)
	beside := filepath.Join(t.TempDir(), LockName)
	second := func() *Store {
		s, err := Open(filepath.Join(p.dir, "store"), beside)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if _, err := second().Install(b, nothing(), options()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.open().Remove("com.acme.a", options()); err != nil {
		t.Fatal(err)
	}
	if _, err := second().File(b.Digest()); err != nil {
		t.Error(err)
	}
	if _, err := p.open().File(a.Digest()); err == nil {
		t.Error("what no lock names stays")
	}
	// While a lock cannot be read, nothing is removed.
	p.install(a)
	overwrite(t, beside, []byte("schema: x\n"))
	if _, err := p.open().Remove("com.acme.a", options()); err != nil {
		t.Fatal(err)
	}
	for _, digest := range []string{a.Digest(), b.Digest()} {
		if _, err := p.open().File(digest); err != nil {
			t.Error(err)
		}
	}
}

// TestTemps: C04, leftovers are collected by our own pattern and age only.
func TestTemps(t *testing.T) {
	p := newPlace(t)
	p.install(build(t, "com.acme.a", "1.0.0"))
	dir := filepath.Join(p.dir, "store", "blobs", "sha256")
	old := time.Now().Add(-2 * tempStale)
	for name, keep := range map[string]bool{".stella-1.tmp": false, ".stella-young.tmp": true, "notes.tmp": true, ".stella-1": true} {
		path := filepath.Join(dir, name)
		overwrite(t, path, []byte("x"))
		if name != ".stella-young.tmp" {
			if err := os.Chtimes(path, old, old); err != nil {
				t.Fatal(err)
			}
		}
		defer func() {
			if _, err := os.Stat(path); (err == nil) != keep {
				t.Errorf("%s: there is %v, want %v", name, err == nil, keep)
			}
		}()
	}
	p.install(build(t, "com.acme.b", "1.0.0"))
}
