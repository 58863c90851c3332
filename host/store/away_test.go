package store

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"stella-ops.org/doctor/host/artifact"
)

// TestLockAway: the files of a lock on a medium that is not mounted stay, be the
// place of the medium there without it or not.
func TestLockAway(t *testing.T) {
	for _, mountPoint := range []bool{false, true} {
		p := newPlace(t)
		a, b := build(t, "com.acme.a", "1.0.0"), build(t, "com.acme.b", "1.0.0")
		p.install(a)
		usb := filepath.Join(t.TempDir(), "usb")
		if err := os.Mkdir(usb, 0o755); err != nil {
			t.Fatal(err)
		}
		second := func() *Store {
			s, err := Open(filepath.Join(p.dir, "store"), filepath.Join(usb, LockName))
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		if _, err := second().Install(b, nothing(), options()); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(usb, usb+".away"); err != nil {
			t.Fatal(err)
		}
		if mountPoint {
			if err := os.Mkdir(usb, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := p.open().Remove("com.acme.a", options()); err != nil {
			t.Fatal(err)
		}
		if _, err := second().File(b.Digest()); err != nil {
			t.Errorf("mount point there %v: %v", mountPoint, err)
		}
		if _, err := second().File(a.Digest()); err == nil {
			t.Error("what no lock names stays")
		}
	}
}

// TestHeldRollback: a hold is passed by no other version, not by the previous one
// either.
func TestHeldRollback(t *testing.T) {
	p := newPlace(t)
	p.install(build(t, "com.acme.a", "1.0.0"))
	if _, err := p.open().Upgrade("com.acme.a", build(t, "com.acme.a", "1.1.0"), nil, options()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.open().Hold("com.acme.a", "freeze", options()); err != nil {
		t.Fatal(err)
	}
	_, err := p.open().Rollback("com.acme.a", options())
	wantRule(t, err, RuleHeld)
	if v := p.open().Lock().Find("com.acme.a").Version; v != "1.1.0" {
		t.Errorf("it runs %s", v)
	}
}

// TestManyDocuments: a document for which there is no room is refused, and not left
// out in silence.
func TestManyDocuments(t *testing.T) {
	p := newPlace(t)
	a := build(t, "com.acme.a", "1.0.0")
	for i := range artifact.MaxAttachments {
		a.Attached = append(a.Attached, artifact.Attachment{Kind: artifact.Docs, Data: fmt.Appendf(nil, "page %d", i)})
	}
	a.Sort()
	p.install(a)
	again := &artifact.Artifact{Plugin: a.Plugin, Attached: []artifact.Attachment{{Kind: artifact.Docs, Data: []byte("one more")}}}
	_, err := p.open().Install(again, all(again), options())
	wantRule(t, err, RuleAttachments)
	again.Attached = a.Attached[:1]
	if _, err := p.open().Install(again, all(again), options()); err != nil {
		t.Errorf("one that is there already: %v", err)
	}
}
