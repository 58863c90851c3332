package inspect

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/sdk/wire"
)

// beside reads what was found beside the plugin file. What it says is told and
// compared with the file, and believed in nothing: signatures are verified by
// package trust alone.
func (x *inspector) beside(files []Beside) {
	if n := len(files); n > artifact.MaxAttachments {
		x.find(RuleTooManyBeside, "there are %d files beside the plugin, of which %d are read", n, artifact.MaxAttachments)
		files = files[:artifact.MaxAttachments]
	}
	for _, f := range files {
		switch f.Kind {
		case artifact.Signature:
			x.signature(f)
		case artifact.SBOM:
			x.materials(f)
		}
	}
}

func (x *inspector) signature(f Beside) {
	s := Signature{File: f.Name}
	if err := x.readBundle(f.Data, &s); err != nil {
		s.Problem = err.Error()
		x.find(RuleSignatureBad, "signature %s: %s", quote(f.Name), s.Problem)
	} else if !s.Matches {
		x.find(RuleSignatureOther, "signature %s speaks of another file", quote(f.Name))
	}
	x.Signatures = append(x.Signatures, s)
}

// readBundle reads a Sigstore bundle v0.3 as far as it tells whose it is.
func (x *inspector) readBundle(data []byte, s *Signature) error {
	if len(data) > artifact.Signature.Max() {
		return fmt.Errorf("it has more than %d bytes", artifact.Signature.Max())
	}
	doc, problem := wire.ParseJSON(data)
	if problem != "" {
		return errors.New(problem)
	}
	if media, _ := doc.Field("mediaType").Text(); media != artifact.Signature.MediaType() {
		return fmt.Errorf("it is not of the type %s", artifact.Signature.MediaType())
	}
	var err error
	if s.KeyHint, err = keyHint(doc.Field("verificationMaterial")); err != nil {
		return err
	}
	if envelope := doc.Field("dsseEnvelope"); envelope.Kind() == wire.JSONObject {
		return x.readStatement(envelope, s)
	}
	digest := doc.Field("messageSignature").Field("messageDigest")
	algorithm, _ := digest.Field("algorithm").Text()
	raw, ok := decoded(digest.Field("digest"))
	if algorithm != "SHA2_256" || !ok {
		return errors.New("it has neither a statement nor a digest of SHA-256")
	}
	s.Matches = "sha256:"+hex.EncodeToString(raw) == x.Digest
	return nil
}

// keyHint names the key that a bundle is said to be signed with, in the form in
// which trust files name keys.
func keyHint(material wire.JSON) (string, error) {
	if hint, ok := material.Field("publicKey").Field("hint").Text(); ok {
		raw, err := base64.StdEncoding.Strict().DecodeString(hint)
		if err == nil && len(raw) == sha256.Size {
			return "sha256:" + hex.EncodeToString(raw), nil
		}
		return cut(hint), nil
	}
	certificate := material.Field("certificate")
	for first := range material.Field("x509CertificateChain").Field("certificates").Elements {
		certificate = first
		break
	}
	raw, ok := decoded(certificate.Field("rawBytes"))
	if !ok {
		return "", errors.New("it names no key")
	}
	leaf, err := x509.ParseCertificate(raw)
	if err != nil {
		return "", errors.New("its certificate cannot be read")
	}
	sum := sha256.Sum256(leaf.RawSubjectPublicKeyInfo)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// readStatement reads the in-toto statement in an envelope.
func (x *inspector) readStatement(envelope wire.JSON, s *Signature) error {
	payload, ok := decoded(envelope.Field("payload"))
	if !ok {
		return errors.New("its payload is not base64")
	}
	statement, problem := wire.ParseJSON(payload)
	if problem != "" {
		return fmt.Errorf("its statement: %s", problem)
	}
	subjects := 0
	for subject := range statement.Field("subject").Elements {
		subjects++
		sum, _ := subject.Field("digest").Field("sha256").Text()
		s.Matches = s.Matches || "sha256:"+sum == x.Digest
	}
	if subjects == 0 {
		return errors.New("its statement has no subject")
	}
	return nil
}

func decoded(v wire.JSON) ([]byte, bool) {
	text, ok := v.Text()
	if !ok {
		return nil, false
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	return raw, err == nil && !strings.ContainsAny(text, "\r\n")
}

// materials compares an SBOM with the file: its digest, and the modules that the
// file names.
func (x *inspector) materials(f Beside) {
	if len(f.Data) > artifact.SBOM.Max() {
		x.find(RuleSBOMBad, "SBOM %s: it has more than %d bytes", quote(f.Name), artifact.SBOM.Max())
		return
	}
	doc, problem := wire.ParseJSON(f.Data)
	if problem == "" {
		if format, _ := doc.Field("bomFormat").Text(); format != "CycloneDX" {
			problem = "it is no CycloneDX document"
		}
	}
	if problem != "" {
		x.find(RuleSBOMBad, "SBOM %s: %s", quote(f.Name), problem)
		return
	}
	x.compareDigest(f.Name, doc.Field("metadata").Field("component"))
	x.compareModules(f.Name, doc)
}

func (x *inspector) compareDigest(name string, component wire.JSON) {
	own := map[string]string{"SHA-256": x.Digest, "SHA-512": x.SHA512}
	compared := 0
	for hash := range component.Field("hashes").Elements {
		algorithm, _ := hash.Field("alg").Text()
		content, _ := hash.Field("content").Text()
		want, known := own[algorithm]
		if !known {
			continue
		}
		compared++
		if _, sum, _ := strings.Cut(want, ":"); !strings.EqualFold(sum, content) {
			x.find(RuleSBOMOther, "SBOM %s is for a file with another %s", quote(name), algorithm)
			return
		}
	}
	if compared == 0 {
		x.find(RuleSBOMNoDigest, "SBOM %s has no SHA-256 or SHA-512 of the file that it is for", quote(name))
	}
}

// compareModules looks for each module that the file names among the components.
func (x *inspector) compareModules(name string, doc wire.JSON) {
	listed := map[string]bool{}
	for c := range doc.Field("components").Elements {
		purl, _ := c.Field("purl").Text()
		purl, _, _ = strings.Cut(purl, "?")
		listed[purl] = true
		component, _ := c.Field("name").Text()
		version, _ := c.Field("version").Text()
		listed[component+"@"+version] = true
	}
	missing := 0
	first := ""
	for _, d := range x.Dependencies {
		d = d.effective() // as a build has it, and as SBOM lists it
		if !listed[d.PURL()] && !listed[d.Path+"@"+d.Version] {
			if missing++; first == "" {
				first = d.Path
			}
		}
	}
	if missing > 0 {
		x.find(RuleSBOMIncomplete, "SBOM %s lacks %s that the file names, such as %s", quote(name), plural(missing, "module"), quote(first))
	}
}
