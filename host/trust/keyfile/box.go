package keyfile

import (
	"crypto/rand"
	"encoding/json"
	"errors"

	"golang.org/x/crypto/nacl/secretbox"
	"golang.org/x/crypto/scrypt"

	"stella-ops.org/doctor/sdk/wire"
)

// box is an encrypted key, in the form of github.com/secure-systems-lab/
// go-securesystemslib/encrypted, which cosign uses.
type box struct {
	KDF struct {
		Name   string       `json:"name"`
		Params scryptParams `json:"params"`
		Salt   []byte       `json:"salt"`
	} `json:"kdf"`
	Cipher struct {
		Name  string `json:"name"`
		Nonce []byte `json:"nonce"`
	} `json:"cipher"`
	Ciphertext []byte `json:"ciphertext"`
}

type scryptParams struct {
	N int `json:"N"`
	R int `json:"r"`
	P int `json:"p"`
}

// knownParams are the costs that the form knows, ours first (128 MiB, a third of
// a second). Others are refused before they are paid.
var knownParams = []scryptParams{{1 << 17, 8, 1}, {1 << 16, 8, 1}, {1 << 15, 8, 1}}

const (
	nameScrypt    = "scrypt"
	nameSecretBox = "nacl/secretbox"
	saltSize      = 32
	nonceSize     = 24
	keySize       = 32
)

func seal(der, passphrase []byte) ([]byte, error) {
	b := &box{}
	b.KDF.Name, b.KDF.Params, b.KDF.Salt = nameScrypt, knownParams[0], make([]byte, saltSize)
	b.Cipher.Name, b.Cipher.Nonce = nameSecretBox, make([]byte, nonceSize)
	for _, random := range [][]byte{b.KDF.Salt, b.Cipher.Nonce} {
		if _, err := rand.Read(random); err != nil {
			return nil, err
		}
	}
	key, nonce, err := b.secrets(passphrase)
	if err != nil {
		return nil, err
	}
	b.Ciphertext = secretbox.Seal(nil, der, nonce, key)
	return json.Marshal(b)
}

func parseBox(data []byte) (*box, error) {
	b := &box{}
	if _, problem := wire.ParseJSON(data); problem != "" || json.Unmarshal(data, b) != nil {
		return nil, errors.New("the encrypted key cannot be read")
	}
	known := false
	for _, p := range knownParams {
		known = known || p == b.KDF.Params
	}
	if b.KDF.Name != nameScrypt || !known || b.Cipher.Name != nameSecretBox || len(b.Cipher.Nonce) != nonceSize || len(b.KDF.Salt) < 16 {
		return nil, errors.New("it is encrypted in a way that is not known")
	}
	return b, nil
}

func (b *box) open(passphrase []byte) ([]byte, error) {
	key, nonce, err := b.secrets(passphrase)
	if err != nil {
		return nil, err
	}
	der, ok := secretbox.Open(nil, b.Ciphertext, nonce, key)
	if !ok {
		return nil, ErrPassphrase
	}
	return der, nil
}

func (b *box) secrets(passphrase []byte) (*[keySize]byte, *[nonceSize]byte, error) {
	p := b.KDF.Params
	key, err := scrypt.Key(passphrase, b.KDF.Salt, p.N, p.R, p.P, keySize)
	if err != nil {
		return nil, nil, err
	}
	return (*[keySize]byte)(key), (*[nonceSize]byte)(b.Cipher.Nonce), nil
}
