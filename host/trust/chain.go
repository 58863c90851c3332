package trust

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"stella-ops.org/doctor/host/glob"
)

// authority is a certificate authority of the site: the second kind of trust.
type authority struct {
	name     string
	anchors  []*x509.Certificate
	plugins  []glob.Pattern
	subjects []string
	crls     []*x509.RevocationList
}

// parseChain reads the certificates of a bundle: the signer's first, then each the
// issuer of the one before, no name twice. So there is one way up, and a loop of
// authorities that certify each other costs nothing.
func parseChain(ders [][]byte) ([]*x509.Certificate, *Refusal) {
	bad := func(format string, args ...any) ([]*x509.Certificate, *Refusal) {
		return nil, refuse(stageKey, RuleCertificateChain, "", format, args...)
	}
	var chain []*x509.Certificate
	for i, der := range ders {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, refuse(stageKey, RuleCertificate, "", "certificate %d of the bundle cannot be read: %s", i+1, plain(err.Error()))
		}
		if i > 0 && !bytes.Equal(chain[i-1].RawIssuer, c.RawSubject) {
			return bad("certificate %d of the bundle is not the issuer of certificate %d", i+1, i)
		}
		for _, other := range chain {
			if bytes.Equal(other.RawSubject, c.RawSubject) {
				return bad("two certificates of the bundle have one subject: %s", quote(c.Subject.String()))
			}
		}
		chain = append(chain, c)
	}
	return chain, nil
}

// judgeLeaf says what a certificate must be to sign with.
func judgeLeaf(c *x509.Certificate) *Refusal {
	bad := func(what string) *Refusal {
		return refuse(stageSigner, RuleCertificateUsage, "ask the authority for a certificate with the extended key usage code signing",
			"the certificate of %s %s", quote(c.Subject.String()), what)
	}
	switch {
	case c.IsCA:
		return bad("is that of an authority, which does not sign files")
	case !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageCodeSigning):
		return bad("is not for code signing")
	case c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageDigitalSignature == 0:
		return bad("is not for digital signatures")
	}
	if err := judgeKey(c.PublicKey); err != nil {
		return bad("has a key that does not count: " + err.Error())
	}
	return nil
}

// judgeIssuer bounds the keys of authorities. They are the site's own choice, so
// RSA is taken; what the library takes beyond is not.
func judgeIssuer(c *x509.Certificate) error {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() < 2048 {
			return fmt.Errorf("its RSA key has %d bits, at least 2048 are wanted", k.N.BitLen())
		}
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P224() {
			return errors.New("its ECDSA key is on P-224")
		}
	}
	return nil
}

func unknownAuthority(c *x509.Certificate) *Refusal {
	return refuse(stageKey, RuleUnknownAuthority, "add the authority to the trust file, if this site believes it",
		"the certificate of %s leads up to no authority of the trust file", quote(c.Subject.String()))
}

// vouches verifies the chain against the anchors of one authority: signatures,
// validity, path lengths, name constraints, usages, critical extensions.
func (a *authority) vouches(chain []*x509.Certificate, now time.Time) ([]*x509.Certificate, *Refusal) {
	leaf := chain[0]
	opts := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}}
	for _, c := range a.anchors {
		opts.Roots.AddCert(c)
	}
	for _, c := range chain[1:] {
		opts.Intermediates.AddCert(c)
	}
	ways, err := leaf.Verify(opts)
	if err != nil {
		return nil, a.explain(leaf, err, now)
	}
	way := ways[0]
	for _, c := range way[1:] {
		if err := judgeIssuer(c); err != nil {
			return nil, refuse(stageKey, RuleCertificateChain, "", "the certificate of %s does not count: %s", quote(c.Subject.String()), err)
		}
	}
	return way, nil
}

// explain turns an error of the library into a refusal.
func (a *authority) explain(leaf *x509.Certificate, err error, now time.Time) *Refusal {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown):
		return unknownAuthority(leaf)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil:
		c := invalid.Cert
		if now.Before(c.NotBefore) {
			return refuse(stageSigner, RuleNotYetValid, "is the clock right?", "the certificate of %s is valid from %s on", quote(c.Subject.String()), stamp(c.NotBefore))
		}
		return refuse(stageSigner, RuleExpired, "have it signed again with a valid certificate", "the certificate of %s expired at %s", quote(c.Subject.String()), stamp(c.NotAfter))
	case errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage:
		return refuse(stageSigner, RuleCertificateUsage, "", "the certificates from %s up to authority %s are not all for code signing", quote(leaf.Subject.String()), a.name)
	}
	return refuse(stageSigner, RuleCertificateChain, "", "the certificate of %s is not valid under authority %s: %s", quote(leaf.Subject.String()), a.name, plain(err.Error()))
}

// takes holds the subjects of the authority against those of the certificate.
func (a *authority) takes(c *x509.Certificate) *Refusal {
	if len(a.subjects) == 0 {
		return nil
	}
	names := slices.Concat([]string{c.Subject.CommonName}, c.DNSNames, c.EmailAddresses)
	for _, u := range c.URIs {
		names = append(names, u.String())
	}
	for _, name := range names {
		if name != "" && slices.Contains(a.subjects, name) {
			return nil
		}
	}
	return refuse(stageSigner, RuleCertificateSubject, "add its common name to the subjects of the authority, if it may sign plugins here",
		"authority %s vouches for %s, which is none of the subjects that the trust file names", a.name, quote(c.Subject.String()))
}

// proved wants, where the authority has revocation lists, that each certificate below
// the anchor has one that speaks for it now.
func (a *authority) proved(way []*x509.Certificate, now time.Time) *Refusal {
	if len(a.crls) == 0 {
		return nil
	}
	for i, c := range way[:len(way)-1] {
		if len(a.crlsOf(way[i+1], now)) == 0 {
			return refuse(stageSigner, RuleCertificateUnproved, "put the current revocation list of the authority into the trust file",
				"no current revocation list of %s is in the trust file, so nothing says that the certificate of %s still counts",
				quote(c.Issuer.String()), quote(c.Subject.String()))
		}
	}
	return nil
}

// revokedCertificate asks every revocation list of the ring and of the site about the
// way up. Lists overlap in time, and one authority may have several entries: what any
// list that is current revokes counts no more, whichever entry it stands in.
func (r *Ring) revokedCertificate(way []*x509.Certificate, now time.Time) *Refusal {
	for ; r != nil; r = r.site {
		for n := range r.authorities {
			for i, c := range way[:len(way)-1] {
				for _, list := range r.authorities[n].crlsOf(way[i+1], now) {
					if e := revokes(list, c); e != nil {
						return refuse(stageSigner, RuleRevoked, "", "the certificate of %s was revoked by its authority at %s", quote(c.Subject.String()), stamp(e.RevocationTime))
					}
				}
			}
		}
	}
	return nil
}

// revokes is the entry of a list for a certificate; nil for none.
func revokes(list *x509.RevocationList, c *x509.Certificate) *x509.RevocationListEntry {
	for i := range list.RevokedCertificateEntries {
		if e := &list.RevokedCertificateEntries[i]; e.SerialNumber.Cmp(c.SerialNumber) == 0 {
			return e
		}
	}
	return nil
}

// crlsOf are the lists of an issuer that can be relied on now.
func (a *authority) crlsOf(issuer *x509.Certificate, now time.Time) (lists []*x509.RevocationList) {
	for _, list := range a.crls {
		if bytes.Equal(list.RawIssuer, issuer.RawSubject) && list.CheckSignatureFrom(issuer) == nil &&
			!now.Before(list.ThisUpdate) && now.Before(list.NextUpdate) {
			lists = append(lists, list)
		}
	}
	return lists
}

// certificateKey is the digest of a certificate's key.
func certificateKey(c *x509.Certificate) string {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return "sha256:" + hex.EncodeToString(sum[:])
}
