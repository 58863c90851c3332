package trust_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/trust"
)

// TestT12 forges signatures for Ed25519 keys of small order without any private
// key, which the library's Verify believes, and wants the keys refused.
func TestT12(t *testing.T) {
	identity := make([]byte, 64) // R is the neutral point and S is zero
	identity[0] = 1
	for _, text := range []string{
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"0100000000000000000000000000000000000000000000000000000000000080", // not canonical
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	} {
		key := ed25519.PublicKey(must(hex.DecodeString(text)))
		forged := false
		for i := range 200 {
			forged = forged || ed25519.Verify(key, []byte{byte(i)}, identity)
		}
		if !forged {
			t.Errorf("%s: the library believes no forged signature, so this is no key of small order", text)
		}
		if _, err := trust.NewPublicKey(key, nil); err == nil {
			t.Errorf("%s: taken", text)
		}
	}
	for i := range 200 {
		if _, err := trust.NewPublicKey(newKey(strings.Repeat("x", i)+"ed25519").Public(), nil); err != nil {
			t.Fatalf("a good key was refused: %v", err)
		}
	}
}

// TestT13 wants no key that is weak or of another kind.
func TestT13(t *testing.T) {
	for name, key := range map[string]crypto.PublicKey{
		"RSA-2048": must(rsa.GenerateKey(rand.Reader, 2048)).Public(),
		"P-224":    must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader)).Public(),
		"P-521":    must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader)).Public(),
		"short":    ed25519.PublicKey("short"),
		"nothing":  nil,
		"text":     "ssh-ed25519 AAAA",
	} {
		if _, err := trust.NewPublicKey(key, nil); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := trust.Sign(must(rsa.GenerateKey(rand.Reader, 2048)), subject); err == nil {
		t.Error("an RSA key signed")
	}
}

// liar is a key that signs something else, or nothing.
type liar struct {
	crypto.Signer
	err error
}

func (l liar) SignMessage(random io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	return signText(l.Signer, append(message, 'x')), l.err
}

// TestSignRefuses: no bundle leaves that would not verify.
func TestSignRefuses(t *testing.T) {
	acme := newKey("acme")
	if b, err := trust.Sign(liar{acme, nil}, subject); b != nil || err == nil || err.Error() != "signing: the signature does not verify with the public key" {
		t.Errorf("%s, %v", b, err)
	}
	broken := errors.New("the device is locked")
	if b, err := trust.Sign(liar{acme, broken}, subject); b != nil || !errors.Is(err, broken) {
		t.Errorf("%s, %v", b, err)
	}
	root := (*authority)(nil).issue("ca root", nil)
	leaf := root.issue("signer", nil)
	r := ring(t, anchored(root))
	for name, c := range map[string]struct {
		key   crypto.Signer
		chain []*authority
		want  string
	}{
		"the certificate of another": {acme, []*authority{leaf}, "the first certificate of the chain is not for this key"},
		"the authority itself":       {root.key, []*authority{root}, `the certificate of "CN=ca root,O=ACME Inc." is that of an authority, which does not sign files`},
		"no certificate":             {leaf.key, nil, "a chain has 1 to 8 certificates, this one has 0"},
		"good":                       {leaf.key, []*authority{leaf}, ""},
		"good with its authority":    {leaf.key, []*authority{leaf, root}, ""},
	} {
		bundle, err := trust.SignX509(c.key, certs(c.chain), subject)
		if c.want != "" {
			if bundle != nil || err == nil || err.Error() != c.want {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		v, err := r.Verify(subject, one(bundle), now)
		if err != nil || v.Signers[0].Name != "site/signer" || v.Signers[0].Publisher != "ACME Inc." || !v.Signers[0].NotAfter.Equal(leaf.cert.NotAfter) {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
		if digest, err := trust.KeyOf(bundle); err != nil || digest != v.Signers[0].Key {
			t.Errorf("%s: key %s, %v", name, digest, err)
		}
	}
}
