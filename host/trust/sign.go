package trust

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
)

// Sign makes a Sigstore bundle v0.3 with an in-toto statement about the subject.
// The same subject gives the same bytes with an Ed25519 key and with an ECDSA key
// that is at hand; a key in a device may draw its signatures at random.
//
// A key that is a [crypto.MessageSigner] is given the text to sign, another its
// hash. Errors are a kind of key that nothing here would verify, a failing
// signer, and a signature that does not verify with the public key.
func Sign(key crypto.Signer, s Subject) ([]byte, error) {
	public, err := NewPublicKey(key.Public(), nil)
	if err != nil {
		return nil, err
	}
	return sign(key, public, s, material{PublicKey: &keyHint{public.hint()}})
}

// SignX509 is Sign for a key with a certificate: chain begins with the signer's
// and holds what leads up to, but not including, the site's authority.
func SignX509(key crypto.Signer, chain []*x509.Certificate, s Subject) ([]byte, error) {
	if len(chain) == 0 || len(chain) > maxChain {
		return nil, fmt.Errorf("a chain has 1 to %d certificates, this one has %d", maxChain, len(chain))
	}
	public, err := NewPublicKey(key.Public(), nil)
	if err != nil {
		return nil, err
	}
	if certified, err := NewPublicKey(chain[0].PublicKey, nil); err != nil || certified.Digest() != public.Digest() {
		return nil, errors.New("the first certificate of the chain is not for this key")
	}
	if r := judgeLeaf(chain[0]); r != nil {
		return nil, errors.New(r.Text)
	}
	if len(chain) == 1 {
		return sign(key, public, s, material{Certificate: &rawCertificate{chain[0].Raw}})
	}
	m := material{Chain: &rawChain{}}
	for _, c := range chain {
		m.Chain.Certificates = append(m.Chain.Certificates, rawCertificate{c.Raw})
	}
	return sign(key, public, s, m)
}

// The form of a bundle; byte slices are written in base64.
type (
	keyHint struct {
		Hint string `json:"hint"`
	}
	rawCertificate struct {
		RawBytes []byte `json:"rawBytes"`
	}
	rawChain struct {
		Certificates []rawCertificate `json:"certificates"`
	}
	material struct {
		PublicKey   *keyHint        `json:"publicKey,omitempty"`
		Certificate *rawCertificate `json:"certificate,omitempty"`
		Chain       *rawChain       `json:"x509CertificateChain,omitempty"`
	}
	envelopeSignature struct {
		Sig []byte `json:"sig"`
	}
	envelope struct {
		Payload     []byte              `json:"payload"`
		PayloadType string              `json:"payloadType"`
		Signatures  []envelopeSignature `json:"signatures"`
	}
	messageDigest struct {
		Algorithm string `json:"algorithm"`
		Digest    []byte `json:"digest"`
	}
	bareSignature struct {
		Digest    messageDigest `json:"messageDigest"`
		Signature []byte        `json:"signature"`
	}
	document struct {
		MediaType string         `json:"mediaType"`
		Material  material       `json:"verificationMaterial"`
		Message   *bareSignature `json:"messageSignature,omitempty"`
		Envelope  *envelope      `json:"dsseEnvelope,omitempty"`
	}
)

func sign(key crypto.Signer, public *PublicKey, s Subject, m material) ([]byte, error) {
	payload, err := marshalStatement(s)
	if err != nil {
		return nil, err
	}
	signature, err := signMessage(key, public, pae(payloadType, payload))
	if err != nil {
		return nil, err
	}
	return marshalBundle(document{MediaType: MediaType, Material: m,
		Envelope: &envelope{payload, payloadType, []envelopeSignature{{signature}}}})
}

func signMessage(key crypto.Signer, public *PublicKey, message []byte) ([]byte, error) {
	var random io.Reader = rand.Reader
	if _, ok := key.(*ecdsa.PrivateKey); ok {
		random = nil // RFC 6979: the same text gives the same signature
	}
	signature, err := crypto.SignMessage(key, random, message, public.opts())
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	if !public.verify(message, signature) {
		return nil, errors.New("signing: the signature does not verify with the public key")
	}
	return signature, nil
}

func marshalBundle(d document) ([]byte, error) {
	data, err := marshal(d)
	if err != nil {
		return nil, err
	}
	return append(data, '\n'), nil
}
