package trust

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// PublicKey is a key that signatures are verified with: Ed25519, or ECDSA on
// P-256 or P-384. What is said of an algorithm in a bundle counts for nothing:
// the key decides.
type PublicKey struct {
	key  crypto.PublicKey
	spki []byte
}

// ParsePublicKey reads one PEM block of type PUBLIC KEY, as cosign, openssl and
// `stella doctor trust key generate` write them. The error is a clause.
func ParsePublicKey(text []byte) (*PublicKey, error) {
	block, rest := pem.Decode(text)
	switch {
	case block == nil:
		return nil, errors.New("this is no public key in PEM form (-----BEGIN PUBLIC KEY-----)")
	case block.Type == "CERTIFICATE":
		return nil, errors.New("this is a certificate; it belongs under authorities, and a bare public key here")
	case block.Type != "PUBLIC KEY":
		return nil, fmt.Errorf("this is a PEM block of type %s; PUBLIC KEY is wanted", quote(block.Type))
	case len(block.Headers) > 0 || len(bytes.TrimSpace(rest)) > 0 || !bytes.HasPrefix(bytes.TrimSpace(text), []byte("-----BEGIN")):
		return nil, errors.New("something stands beside the one public key")
	}
	return parseSPKI(block.Bytes)
}

// parseSPKI reads a SubjectPublicKeyInfo in DER.
func parseSPKI(der []byte) (*PublicKey, error) {
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, errors.New("the public key cannot be read, or is of a kind that is not known")
	}
	return NewPublicKey(key, der)
}

// NewPublicKey judges a key of the standard library. der is the encoding that it
// was read from, nil when there is none: a key has one digest, so it may have one
// encoding only.
func NewPublicKey(key crypto.PublicKey, der []byte) (*PublicKey, error) {
	if err := judgeKey(key); err != nil {
		return nil, err
	}
	spki, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, errors.New("the public key cannot be encoded")
	}
	if der != nil && !bytes.Equal(der, spki) {
		return nil, errors.New("the public key is not in its canonical encoding")
	}
	return &PublicKey{key: key, spki: spki}, nil
}

// judgeKey takes the kinds of keys that count.
func judgeKey(key crypto.PublicKey) error {
	switch k := key.(type) {
	case ed25519.PublicKey:
		return judgeEd25519(k)
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() && k.Curve != elliptic.P384() {
			return fmt.Errorf("ECDSA keys on %s are not accepted, only those on P-256 and P-384", k.Curve.Params().Name)
		}
		return nil
	case *rsa.PublicKey:
		return fmt.Errorf("RSA keys (here of %d bits) are not accepted, only Ed25519 and ECDSA on P-256 or P-384", k.N.BitLen())
	}
	return errors.New("only Ed25519 keys and ECDSA keys on P-256 or P-384 are accepted")
}

// The prime of Curve25519, the constant of its Edwards form, and the y of its
// points of order eight: with a public key of small order one signature holds for
// many messages.
var (
	prime25519 = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	edwardsD   = new(big.Int).Mod(new(big.Int).Mul(big.NewInt(-121665), new(big.Int).ModInverse(big.NewInt(121666), prime25519)), prime25519)
	order8, _  = new(big.Int).SetString("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826", 16)
)

// judgeEd25519 refuses what the library's Verify would take: keys of small order,
// encodings of y that are not reduced, and what is no point of the curve.
func judgeEd25519(key ed25519.PublicKey) error {
	if len(key) != ed25519.PublicKeySize {
		return errors.New("an Ed25519 key has 32 bytes")
	}
	reversed := slices.Clone(key)
	slices.Reverse(reversed)
	negative := reversed[0]&0x80 != 0
	reversed[0] &= 0x7f
	y := new(big.Int).SetBytes(reversed)
	one := big.NewInt(1)
	minusOne := new(big.Int).Sub(prime25519, one)
	if y.Cmp(prime25519) >= 0 || negative && (y.Cmp(one) == 0 || y.Cmp(minusOne) == 0) {
		return errors.New("the Ed25519 key is not in its canonical encoding")
	}
	for _, small := range []*big.Int{new(big.Int), one, minusOne, order8, new(big.Int).Sub(prime25519, order8)} {
		if y.Cmp(small) == 0 {
			return errors.New("the Ed25519 key is of small order: anybody can sign for it")
		}
	}
	// x² = (y² - 1) / (dy² + 1) must be a square.
	y2 := new(big.Int).Mul(y, y)
	u := new(big.Int).Sub(y2, one)
	v := new(big.Int).Add(new(big.Int).Mul(edwardsD, y2), one)
	x2 := new(big.Int).Mul(u, new(big.Int).ModInverse(new(big.Int).Mod(v, prime25519), prime25519))
	if big.Jacobi(x2.Mod(x2, prime25519), prime25519) != 1 {
		return errors.New("the Ed25519 key is no point of the curve")
	}
	return nil
}

// Digest is sha256:<hex> of the key's SubjectPublicKeyInfo. Nothing shorter names
// a key anywhere.
func (k *PublicKey) Digest() string {
	sum := sha256.Sum256(k.spki)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// hint is how a bundle names the key, as cosign writes it.
func (k *PublicKey) hint() string {
	sum := sha256.Sum256(k.spki)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// PEM is the text form of the key.
func (k *PublicKey) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: k.spki})
}

// Algorithm names the kind of the key for people.
func (k *PublicKey) Algorithm() string {
	switch key := k.key.(type) {
	case ed25519.PublicKey:
		return "Ed25519"
	case *ecdsa.PublicKey:
		return "ECDSA " + key.Curve.Params().Name
	}
	return ""
}

// opts are what messages are hashed with before this kind of key signs them.
func (k *PublicKey) opts() crypto.SignerOpts {
	if key, ok := k.key.(*ecdsa.PublicKey); ok {
		if key.Curve == elliptic.P384() {
			return crypto.SHA384
		}
		return crypto.SHA256
	}
	return crypto.Hash(0)
}

// verify reports whether the signature is the key's over the message. r or s of
// zero or out of range and an encoding other than DER are refused by the library.
// The second signature that ECDSA gives for each (n - s) holds as well, which is
// harmless: keys are counted, not signatures.
func (k *PublicKey) verify(message, signature []byte) bool {
	switch key := k.key.(type) {
	case ed25519.PublicKey:
		return ed25519.Verify(key, message, signature)
	case *ecdsa.PublicKey:
		if key.Curve == elliptic.P384() {
			long := sha512.Sum384(message)
			return ecdsa.VerifyASN1(key, long[:], signature)
		}
		short := sha256.Sum256(message)
		return ecdsa.VerifyASN1(key, short[:], signature)
	}
	return false
}
