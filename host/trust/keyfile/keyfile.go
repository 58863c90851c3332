// Package keyfile reads and writes the private keys of authors. It is pure.
//
// A key without a passphrase is PKCS#8 in PEM. One with a passphrase is in the
// form of cosign, so that one key serves both programs: PKCS#8 in a NaCl secret
// box under a scrypt key, as JSON in PEM. PKCS#8's own encryption (PBES2) is not
// read: neither the standard library nor golang.org/x/crypto has it, and
// `openssl pkey` takes it off.
package keyfile

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"stella-ops.org/doctor/host/trust"
)

// Max is the largest key file, in bytes.
const Max = 64 << 10

// The kinds of keys that are made, the default first.
const (
	P256    = "p256"
	P384    = "p384"
	Ed25519 = "ed25519"
)

// Kinds are the kinds of keys that [Generate] makes, the default first.
func Kinds() []string { return []string{P256, P384, Ed25519} }

// The types of PEM blocks.
const (
	typePKCS8     = "PRIVATE KEY"
	typeSEC1      = "EC PRIVATE KEY"
	typeSigstore  = "ENCRYPTED SIGSTORE PRIVATE KEY"
	typeCosign    = "ENCRYPTED COSIGN PRIVATE KEY" // before cosign 2
	typeEncrypted = "ENCRYPTED PRIVATE KEY"
	typeOpenSSH   = "OPENSSH PRIVATE KEY"
)

// ErrPassphrase says that the passphrase does not open the key.
var ErrPassphrase = errors.New("the passphrase does not open the key")

// Generate makes a new key of a kind.
func Generate(kind string) (crypto.Signer, error) {
	switch kind {
	case P256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case P384:
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case Ed25519:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}
	return nil, fmt.Errorf("unknown kind of key %q", kind)
}

// Marshal writes a key; without a passphrase it stands there in the clear. The
// error is for a kind of key that cannot be written.
func Marshal(key crypto.Signer, passphrase []byte) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	if len(passphrase) == 0 {
		return pem.EncodeToMemory(&pem.Block{Type: typePKCS8, Bytes: der}), nil
	}
	box, err := seal(der, passphrase)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: typeSigstore, Bytes: box}), nil
}

// File is a key file that was read and possibly not yet opened.
type File struct {
	key crypto.Signer
	box *box
}

// Parse reads a key file: PKCS#8 or SEC1 in PEM, or cosign's form. The error is a
// clause that repeats nothing of the file.
func Parse(data []byte) (*File, error) {
	if len(data) > Max {
		return nil, errors.New("it is larger than 64 KiB")
	}
	block, rest := pem.Decode(data)
	if block != nil && block.Type == "EC PARAMETERS" { // openssl writes them before
		block, rest = pem.Decode(rest)
	}
	switch {
	case block == nil:
		return nil, errors.New("it is no private key in PEM form (-----BEGIN PRIVATE KEY-----)")
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, errors.New("something stands after the private key")
	case len(block.Headers) > 0:
		return nil, errors.New("it is encrypted in the old way of PEM; take that off with: openssl pkey -in KEYFILE -out PLAINFILE")
	}
	switch block.Type {
	case typePKCS8, typeSEC1:
		key, err := parseDER(block.Type, block.Bytes)
		return &File{key: key}, err
	case typeSigstore, typeCosign:
		b, err := parseBox(block.Bytes)
		return &File{box: b}, err
	case typeEncrypted:
		return nil, errors.New("it is encrypted as PKCS#8, which is not read; take that off with: openssl pkey -in KEYFILE -out PLAINFILE")
	case typeOpenSSH:
		return nil, errors.New("it is a key of OpenSSH, which is not read; make one with: stella doctor trust key generate NAME")
	case "PUBLIC KEY", "CERTIFICATE":
		return nil, fmt.Errorf("it is a %s; the private key is wanted", strings.ToLower(block.Type))
	}
	return nil, errors.New("it is a PEM block of another type than PRIVATE KEY")
}

// NeedsPassphrase reports whether the key has to be opened.
func (f *File) NeedsPassphrase() bool { return f.box != nil }

// Key opens the key. The error is [ErrPassphrase], or a clause about a key that
// cannot be used.
func (f *File) Key(passphrase []byte) (crypto.Signer, error) {
	if f.box == nil {
		return f.key, nil
	}
	der, err := f.box.open(passphrase)
	if err != nil {
		return nil, err
	}
	return parseDER(typePKCS8, der)
}

func parseDER(kind string, der []byte) (crypto.Signer, error) {
	var key any
	var err error
	if kind == typeSEC1 {
		key, err = x509.ParseECPrivateKey(der)
	} else {
		key, err = x509.ParsePKCS8PrivateKey(der)
	}
	if err != nil {
		return nil, errors.New("the private key cannot be read")
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("the private key is not one that signs")
	}
	if _, err := trust.NewPublicKey(signer.Public(), nil); err != nil {
		return nil, err
	}
	return signer, nil
}
