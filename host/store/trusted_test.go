package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/trust"
	"stella-ops.org/doctor/sdk/wire"
)

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

// TestRenewed: a file that is installed already brings what came since.
func TestRenewed(t *testing.T) {
	p := newPlace(t)
	const id = "com.acme.a"
	one, two := key(0), key(1)
	o := Options{Now: now, Ring: ring(t, "", one, two), AllowUnsigned: true}
	install := func(a *artifact.Artifact, o Options) *Change {
		t.Helper()
		ch, err := p.open().Install(a, nothing(), o)
		if err != nil {
			t.Fatal(err)
		}
		return ch
	}
	install(build(t, id, "1.0.0"), o)
	if ch := install(build(t, id, "1.0.0"), o); ch.Action != Unchanged || ch.Repaired || len(ch.Added) != 0 {
		t.Errorf("%+v", ch)
	}
	dry := o
	dry.DryRun = true
	for _, o := range []Options{dry, o} {
		ch := install(signed(t, build(t, id, "1.0.0"), one), o)
		if ch.Action != Renewed || len(ch.Added) != 1 || ch.Added[0] != artifact.Signature || ch.After.Unsigned || len(ch.After.Signers) != 1 {
			t.Errorf("%+v", ch)
		}
	}
	// A second signature is added to the first; the first alone takes nothing away.
	install(signed(t, build(t, id, "1.0.0"), two), o)
	install(signed(t, build(t, id, "1.0.0"), one), o)
	if ch := install(build(t, id, "1.0.0"), o); ch.Action != Unchanged {
		t.Errorf("%+v", ch)
	}
	if e := p.open().Lock().Find(id); e.Unsigned || len(e.Signers) != 2 {
		t.Errorf("%+v", e.Release)
	}
	a := build(t, id, "1.0.0")
	overwrite(t, filepath.Join(p.dir, "store", "blobs", "sha256", strings.TrimPrefix(a.Digest(), "sha256:")), []byte("x"))
	if ch := install(a, o); ch.Action != Renewed || !ch.Repaired {
		t.Errorf("%+v", ch)
	}
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
