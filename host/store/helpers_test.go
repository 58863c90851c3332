package store

import (
	"crypto"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/trust"
	"stella-ops.org/doctor/sdk/wire"
)

var now = time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)

// module is the smallest plugin before it is sealed: a memory, and two functions
// that return 0.
var module = []byte("\x00asm\x01\x00\x00\x00" +
	"\x01\x05\x01\x60\x00\x01\x7f" + // one type, () -> i32
	"\x03\x03\x02\x00\x00" + // two functions of it
	"\x05\x04\x01\x01\x01\x10" + // a memory of 1 to 16 pages
	"\x07\x29\x03\x06memory\x02\x00\x0fdoctor_describe\x00\x00\x0adoctor_run\x00\x01" +
	"\x0a\x0b\x02\x04\x00\x41\x00\x0b\x04\x00\x41\x00\x0b")

// describe makes the description of a plugin that asks for the entries, as
// [access] writes them in tests: "GET {Acme:Url} /v2/".
func describe(id, version string, asks ...string) wire.PluginInfo {
	area := strings.ReplaceAll(id, ".", "-")
	c := wire.CheckInfo{ID: "check." + area + ".one", Name: "One", Description: "Does it work?", Class: wire.ClassRead, DefaultSeverity: wire.Warn}
	for _, text := range asks {
		f := strings.Fields(text)
		e := wire.Access{Kind: wire.KindHTTP, Class: wire.ClassRead, Methods: strings.Split(f[0], ","), Target: f[1], Reason: "ask it"}
		if len(f) > 2 {
			e.Path = f[2]
		}
		if key, ok := strings.CutPrefix(e.Target, "{"); ok {
			c.Settings = append(c.Settings, wire.SettingInfo{Key: strings.TrimSuffix(key, "}"), Type: wire.TypeURL})
		}
		c.Access = append(c.Access, e)
	}
	return wire.PluginInfo{ABI: wire.Version, ID: id, Name: "Test", Version: version, Category: "test", Checks: []wire.CheckInfo{c}}
}

// seal makes a plugin file of a description.
func seal(t testing.TB, info wire.PluginInfo) *artifact.Artifact {
	t.Helper()
	data, err := plugin.Seal(module, info)
	if err != nil {
		t.Fatal(err)
	}
	return &artifact.Artifact{Plugin: data}
}

func build(t testing.TB, id, version string, asks ...string) *artifact.Artifact {
	t.Helper()
	return seal(t, describe(id, version, asks...))
}

// passed is a vet report that says that a plugin has passed.
func passed(a *artifact.Artifact) artifact.Attachment {
	return artifact.Attachment{Kind: artifact.Vet, Data: fmt.Appendf(nil, `{"schema":"stellaops.doctor.vet/v1","subject":{"sha256":%q},"verdict":"passed"}`, strings.TrimPrefix(a.Digest(), "sha256:"))}
}

// key is a signer that is the same in every run.
func key(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune('a'+seed)), ed25519.SeedSize)))
}

// signed adds a signature.
func signed(t testing.TB, a *artifact.Artifact, k crypto.Signer) *artifact.Artifact {
	t.Helper()
	info, err := plugin.ReadInfo(a.Plugin)
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := trust.Sign(k, trust.SubjectOf(a.Plugin, &info))
	if err != nil {
		t.Fatal(err)
	}
	a.Attached = append(a.Attached, artifact.Attachment{Kind: artifact.Signature, Data: bundle})
	a.Sort()
	return a
}

// ring trusts keys for the plugins of com.acme; more is further lines of each key.
func ring(t testing.TB, more string, keys ...ed25519.PrivateKey) *trust.Ring {
	t.Helper()
	var b strings.Builder
	b.WriteString("schema: stellaops.doctor.trust/v1\nkeys:\n")
	for i, k := range keys {
		der, err := x509.MarshalPKIXPublicKey(k.Public())
		if err != nil {
			t.Fatal(err)
		}
		text := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
		b.WriteString("  - name: acme-" + string(rune('a'+i)) + "\n    plugins: [\"com.acme.**\"]\n    key: |\n      " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n      ") + "\n" + more)
	}
	r, err := trust.Parse([]byte(b.String()), "trust.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// place is a state directory.
type place struct {
	t   testing.TB
	dir string
}

func newPlace(t testing.TB) place { return place{t, t.TempDir()} }

func (p place) open() *Store {
	p.t.Helper()
	s, err := Open(filepath.Join(p.dir, "store"), filepath.Join(p.dir, LockName))
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}

// options let unsigned files in.
func options() Options { return Options{Now: now, AllowUnsigned: true} }

// all approves everything.
func all(a *artifact.Artifact) Approval {
	info, err := plugin.ReadInfo(a.Plugin)
	if err != nil {
		panic(err)
	}
	return Approval{Scope: AskedOf(&info), By: "jane@example.com"}
}

func nothing() Approval { return Approval{Scope: access.Scope{}, By: "jane@example.com"} }

// install installs with everything approved.
func (p place) install(a *artifact.Artifact) *Change {
	p.t.Helper()
	ch, err := p.open().Install(a, all(a), options())
	if err != nil {
		p.t.Fatal(err)
	}
	return ch
}
