package trust

import (
	"encoding/hex"
	"encoding/json"
)

// Bounds of a bundle.
const (
	// MaxBundle is the largest bundle, in bytes.
	MaxBundle = 1 << 20
	// MaxBundles is how many bundles one plugin may have.
	MaxBundles = 64
	// MaxSubjects is how many files one statement may be about.
	MaxSubjects = 256
	// maxChain is how many certificates one bundle may bring.
	maxChain = 8
	// maxCertificate is the largest certificate, in bytes.
	maxCertificate = 16 << 10
)

// Words of the formats.
const (
	// MediaType of the bundles that are read and written.
	MediaType   = "application/vnd.dev.sigstore.bundle.v0.3+json"
	payloadType = "application/vnd.in-toto+json"
)

// bundle is one signature, taken apart and not yet believed.
type bundle struct {
	hint  string   // of the key: base64 of the SHA-256 of its SPKI; empty with a chain
	chain [][]byte // certificates in DER, the signer's first

	bare      bool   // over the file itself, not over a statement
	payload   []byte // the statement
	digest    []byte // of a bare one: the SHA-256 that it claims, nil when it claims none
	signature []byte
}

// KeyOf returns sha256:<hex> of the key that a bundle says it is signed with, the
// leaf's for a certificate. Nothing is verified: it is for messages and lists. The
// error is a *Refusal for what is no bundle.
func KeyOf(data []byte) (string, error) {
	b, refusal := parseBundle(data)
	if refusal != nil {
		return "", refusal
	}
	if b.chain == nil {
		return b.keyDigest(), nil
	}
	chain, refusal := parseChain(b.chain)
	if refusal != nil {
		return "", refusal
	}
	return certificateKey(chain[0]), nil
}

// keyDigest is sha256:<hex> of the key that the hint names.
func (b *bundle) keyDigest() string {
	raw, _ := decodeBase64(b.hint)
	return "sha256:" + hex.EncodeToString(raw)
}

// message is what the signature is over.
func (b *bundle) message(s Subject) []byte {
	if b.bare {
		return s.file
	}
	return pae(payloadType, b.payload)
}

// parseBundle reads a Sigstore bundle v0.3. Nothing in it is believed, and what
// cannot be judged here, such as entries of a log, refuses it.
func parseBundle(data []byte) (*bundle, *Refusal) {
	const again = "have the author sign again: stella doctor plugin sign FILE --key KEYFILE"
	bad := func(problem string) (*bundle, *Refusal) {
		return nil, refuse(stageForm, RuleBundleMalformed, again, "the bundle is malformed: %s", problem)
	}
	switch {
	case len(data) == 0:
		return nil, refuse(stageForm, RuleBundleEmpty, again, "the bundle is empty")
	case len(data) > MaxBundle:
		return nil, refuse(stageForm, RuleBundleSize, "", "the bundle has %d bytes, the limit is %d", len(data), MaxBundle)
	}
	top, problem := parseObject(data, "the bundle")
	if problem != "" {
		return bad(problem)
	}
	mediaType, problem := top.text("mediaType", true)
	if problem != "" || mediaType != MediaType {
		return nil, refuse(stageForm, RuleBundleType, again, "this is no Sigstore bundle v0.3: its mediaType is %s", quote(mediaType))
	}
	top, problem = readObject(data, "the bundle", "mediaType", "verificationMaterial", "messageSignature", "dsseEnvelope")
	if problem != "" {
		return bad(problem)
	}
	b := &bundle{}
	if r := b.readMaterial(top); r != nil {
		return nil, r
	}
	content, problem := top.oneOf("messageSignature", "dsseEnvelope")
	if problem != "" {
		return bad(problem)
	}
	if content == "messageSignature" {
		if problem = b.readMessage(top); problem != "" {
			return bad(problem)
		}
		return b, nil
	}
	if r := b.readEnvelope(top); r != nil {
		return nil, r
	}
	return b, nil
}

// readMaterial reads by what the signature is to be verified.
func (b *bundle) readMaterial(top object) *Refusal {
	bad := func(problem string) *Refusal {
		return refuse(stageForm, RuleBundleMalformed, "", "the bundle is malformed: %s", problem)
	}
	m, problem := top.child("verificationMaterial", "verificationMaterial", "publicKey", "x509CertificateChain", "certificate", "tlogEntries", "timestampVerificationData")
	if problem != "" {
		return bad(problem)
	}
	entries, problem := m.list("tlogEntries")
	if problem != "" {
		return bad(problem)
	}
	if len(entries) > 0 {
		return refuse(stageForm, RuleTransparencyLog, "have it signed without a log: cosign sign-blob --tlog-upload=false, or stella doctor plugin sign",
			"the bundle has %s of a transparency log, which cannot be verified offline with keys alone", count(len(entries), "entry", "entries"))
	}
	if problem = b.readTimestamps(m); problem != "" {
		return refuse(stageForm, RuleTimestamp, "have it signed without a time stamp", "the bundle has %s", problem)
	}
	kind, problem := m.oneOf("publicKey", "x509CertificateChain", "certificate")
	if problem != "" {
		return bad(problem)
	}
	switch kind {
	case "publicKey":
		var key object
		if key, problem = m.child(kind, kind, "hint"); problem == "" {
			b.hint, problem = key.text("hint", true)
		}
	case "certificate":
		problem = b.readCertificate(m.fields[kind])
	default:
		problem = b.readChain(m)
	}
	if problem != "" {
		return bad(problem)
	}
	return nil
}

// readTimestamps wants none: whoever took them unverified would believe a time
// that an attacker wrote.
func (b *bundle) readTimestamps(m object) string {
	if !m.has("timestampVerificationData") {
		return ""
	}
	data, problem := m.child("timestampVerificationData", "timestampVerificationData", "rfc3161Timestamps")
	if problem != "" {
		return "time stamps that cannot be read: " + problem
	}
	stamps, problem := data.list("rfc3161Timestamps")
	switch {
	case problem != "":
		return "time stamps that cannot be read: " + problem
	case len(stamps) > 0:
		return count(len(stamps), "time stamp", "time stamps") + " of an authority, which cannot be verified here"
	}
	return ""
}

func (b *bundle) readChain(m object) string {
	chain, problem := m.child("x509CertificateChain", "x509CertificateChain", "certificates")
	if problem != "" {
		return problem
	}
	items, problem := chain.list("certificates")
	switch {
	case problem != "":
		return problem
	case len(items) == 0:
		return "x509CertificateChain has no certificates"
	case len(items) > maxChain:
		return count(len(items), "certificate", "certificates") + " stand in the chain, the limit is " + count(maxChain, "certificate", "certificates")
	}
	for _, item := range items {
		if problem := b.readCertificate(item); problem != "" {
			return problem
		}
	}
	return ""
}

func (b *bundle) readCertificate(raw json.RawMessage) string {
	o, problem := readObject(raw, "certificate", "rawBytes")
	if problem != "" {
		return problem
	}
	der, problem := o.bytes("rawBytes")
	switch {
	case problem != "":
		return problem
	case len(der) > maxCertificate:
		return "a certificate is larger than 16 KiB"
	}
	b.chain = append(b.chain, der)
	return ""
}

// readMessage reads a bare signature, as cosign sign-blob makes it. The digest in
// it only says which file is meant; the file itself is what must verify.
func (b *bundle) readMessage(top object) string {
	m, problem := top.child("messageSignature", "messageSignature", "messageDigest", "signature")
	if problem != "" {
		return problem
	}
	b.bare = true
	if b.signature, problem = m.bytes("signature"); problem != "" || !m.has("messageDigest") {
		return problem
	}
	d, problem := m.child("messageDigest", "messageDigest", "algorithm", "digest")
	if problem != "" {
		return problem
	}
	algorithm, problem := d.text("algorithm", true)
	if problem != "" {
		return problem
	}
	digest, problem := d.bytes("digest")
	if problem == "" && algorithm == "SHA2_256" {
		b.digest = digest
	}
	return problem
}

// readEnvelope reads a DSSE envelope, which in a bundle has one signature.
func (b *bundle) readEnvelope(top object) *Refusal {
	bad := func(problem string) *Refusal {
		return refuse(stageForm, RuleBundleMalformed, "", "the bundle is malformed: %s", problem)
	}
	e, problem := top.child("dsseEnvelope", "dsseEnvelope", "payload", "payloadType", "signatures")
	if problem != "" {
		return bad(problem)
	}
	kind, problem := e.text("payloadType", true)
	switch {
	case problem != "":
		return bad(problem)
	case kind != payloadType:
		return refuse(stageForm, RulePayloadType, "", "the payload is of type %s; an in-toto statement is wanted", quote(kind))
	}
	if b.payload, problem = e.bytes("payload"); problem != "" {
		return bad(problem)
	}
	signatures, problem := e.list("signatures")
	switch {
	case problem != "":
		return bad(problem)
	case len(signatures) != 1:
		return bad("it has " + count(len(signatures), "signature", "signatures") + "; a bundle holds one, and further ones are bundles of their own")
	}
	s, problem := readObject(signatures[0], "the signature", "sig", "keyid")
	if problem != "" {
		return bad(problem)
	}
	if _, problem = s.text("keyid", false); problem != "" {
		return bad(problem)
	}
	if b.signature, problem = s.bytes("sig"); problem != "" {
		return bad(problem)
	}
	return nil
}
