package trust_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host/trust"
	"stella-ops.org/doctor/sdk/wire"
)

// now is when the tests of this package take place.
var now = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// The plugin of the tests; nothing here looks into its bytes.
var (
	pluginBytes = []byte("\x00asm\x01\x00\x00\x00 the bytes of a sealed file")
	pluginInfo  = &wire.PluginInfo{ID: "com.acme.doctor", Version: "1.2.0"}
	subject     = trust.SubjectOf(pluginBytes, pluginInfo)
)

// newKey makes the same key for the same name: on P-256, or of the kind that the
// name ends in.
func newKey(name string) crypto.Signer {
	seed := sha256.Sum256([]byte(name))
	curve := elliptic.P256()
	switch {
	case strings.HasSuffix(name, "ed25519"):
		return ed25519.NewKeyFromSeed(seed[:])
	case strings.HasSuffix(name, "p384"):
		curve = elliptic.P384()
		return must(ecdsa.ParseRawPrivateKey(curve, append(make([]byte, 16), seed[:]...)))
	}
	return must(ecdsa.ParseRawPrivateKey(curve, seed[:]))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// public is the public half in PEM.
func public(key crypto.Signer) string {
	return string(must(trust.NewPublicKey(key.Public(), nil)).PEM())
}

// entry is a key in a trust file; more are further fields of it.
func entry(name string, key crypto.Signer, more ...string) string {
	fields := append([]string{"name: " + name, "key: |\n      " + strings.ReplaceAll(strings.TrimSpace(public(key)), "\n", "\n      ")}, more...)
	if !strings.Contains(strings.Join(more, "\n"), "plugins:") {
		fields = append(fields, `plugins: ["com.acme.**"]`)
	}
	return "  - " + strings.Join(fields, "\n    ") + "\n"
}

// ring reads a trust file of keys and whatever stands before them.
func ring(t testing.TB, head string, entries ...string) *trust.Ring {
	t.Helper()
	text := "schema: " + trust.Schema + "\n" + head
	if len(entries) > 0 {
		text += "keys:\n" + strings.Join(entries, "")
	}
	r, err := trust.Parse([]byte(text), "trust.yaml")
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return r
}

func sign(t testing.TB, key crypto.Signer) []byte {
	t.Helper()
	b, err := trust.Sign(key, subject)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSignAndVerify(t *testing.T) {
	for _, name := range []string{"acme", "acme-p384", "acme-ed25519"} {
		key := newKey(name)
		bundle := sign(t, key)
		if again := sign(t, key); string(again) != string(bundle) {
			t.Errorf("%s: the same subject gave two bundles", name)
		}
		v, err := ring(t, "", entry(name, key, "publisher: ACME")).Verify(subject, [][]byte{bundle}, now)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		digest := must(trust.NewPublicKey(key.Public(), nil)).Digest()
		if want := (trust.Signer{Name: name, Publisher: "ACME", Key: digest}); fmt.Sprint(v.Signers) != fmt.Sprint([]trust.Signer{want}) || len(v.Ignored) != 0 {
			t.Errorf("%s: %+v", name, v)
		}
	}
}
