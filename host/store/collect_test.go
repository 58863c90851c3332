package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host/artifact"
)

func TestAttachments(t *testing.T) {
	p := newPlace(t)
	a := build(t, "com.acme.a", "1.0.0")
	vet := func(digest string) artifact.Attachment {
		return artifact.Attachment{Kind: artifact.Vet, Data: fmt.Appendf(nil, `{"schema":"stellaops.doctor.vet/v1","subject":{"sha256":%q},"verdict":"passed"}`, strings.TrimPrefix(digest, "sha256:"))}
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
	if ch := p.install(b); ch.Action != Renewed || len(ch.Added) != 1 || ch.Added[0] != artifact.SBOM {
		t.Errorf("%+v", ch)
	}
	// One that was damaged is attached anew.
	overwrite(t, filepath.Join(p.dir, "store", "blobs", "sha256", strings.TrimPrefix(b.Attached[0].Digest(), "sha256:")), []byte("["))
	if ch := p.install(b); ch.Action != Renewed {
		t.Errorf("%+v", ch)
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
