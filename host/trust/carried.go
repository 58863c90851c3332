package trust

import (
	"crypto/x509"
	"time"
)

// RevokedBy refuses a plugin that a list revokes which comes with it, be that list
// taken in or not, current or not. called is what the sentence calls the list, and
// packer the ring of whoever gave it; nil for none.
//
// A signature with a key that the list revokes takes nothing from others that are
// enough without it. Where they are not, it refuses the plugin also when this ring
// does not know the key and an operator would let the plugin in unsigned: then the
// bundles are believed in what they say that they are signed with. The error is a
// *Refusal.
func (r *Ring) RevokedBy(l *Revocations, called string, packer *Ring, s Subject, bundles [][]byte, now time.Time) error {
	if reason, ok := l.file(s.SHA256); ok {
		return refuse(0, RuleRevokedFile, "ask the publisher for a newer version", "%s revokes this file: %s", called, reason)
	}
	if v, refusal := r.and(l).signersOf(s, bundles, now); refusal == nil && len(v.Signers) > 0 {
		return nil
	}
	anchors := append(r.revokedAnchors(l, now), packer.revokedAnchors(l, now)...)
	for _, data := range bundles {
		if who, reason := r.revokedIn(l, data, anchors, now); who != "" {
			return refuse(stageSigner, RuleRevoked, "ask the publisher for a file that is signed with another key", "%s revokes %s: %s", called, who, reason)
		}
	}
	return nil
}

// and is the ring with a further list, which need not be current.
func (r *Ring) and(l *Revocations) *Ring {
	if r == nil {
		return &Ring{list: l}
	}
	with := *r
	with.site = r.site.and(l)
	return &with
}

// revokedAnchors are the authorities whose key a list revokes.
func (r *Ring) revokedAnchors(l *Revocations, now time.Time) (anchors []*x509.Certificate) {
	for ; r != nil; r = r.site {
		for i := range r.authorities {
			for _, c := range r.authorities[i].anchors {
				if _, ok := l.key(certificateKey(c), now); ok {
					anchors = append(anchors, c)
				}
			}
		}
	}
	return anchors
}

// revokedIn says which key of those that a bundle names a list revokes, and why:
// the signer's, that of a certificate above it, or that of an anchor which issued
// one. What is no bundle is signed by nobody.
func (r *Ring) revokedIn(l *Revocations, data []byte, anchors []*x509.Certificate, now time.Time) (who, reason string) {
	b, refusal := parseBundle(data)
	if refusal != nil {
		return "", ""
	}
	if b.chain == nil {
		digest := b.keyDigest()
		if reason, ok := l.key(digest, now); ok {
			if k := r.keyOf(b.hint); k != nil {
				digest = k.name
			}
			return "the key " + digest, reason
		}
		return "", ""
	}
	chain, refusal := parseChain(b.chain)
	if refusal != nil {
		return "", ""
	}
	for _, c := range chain {
		if reason, ok := l.key(certificateKey(c), now); ok {
			return "the certificate of " + quote(c.Subject.String()), reason
		}
		for _, anchor := range anchors {
			if c.CheckSignatureFrom(anchor) == nil {
				reason, _ := l.key(certificateKey(anchor), now)
				return "the certificate of " + quote(anchor.Subject.String()), reason
			}
		}
	}
	return "", ""
}
