package trust

import (
	"crypto/x509"
	"slices"
	"strings"
	"time"
)

// way is how the certificates of a signer lead up to an authority.
type way struct {
	to    *authority
	certs []*x509.Certificate // the signer's first, the anchor last
}

// verifyCertified is verifyBundle for a signer with a certificate. One authority may
// have several entries, each for plugins and subjects of its own, so all that vouch
// for the signer are asked.
func (r *Ring) verifyCertified(b *bundle, s Subject, need rule, now time.Time) (*Signer, *Refusal) {
	chain, refusal := parseChain(b.chain)
	if refusal != nil {
		return nil, refusal
	}
	leaf := chain[0]
	if refusal := judgeLeaf(leaf); refusal != nil {
		return nil, refusal
	}
	ways, refusal := r.waysUp(chain, now)
	if refusal != nil {
		return nil, refusal
	}
	name := ways[0].signer(leaf)
	public, err := NewPublicKey(leaf.PublicKey, nil)
	if err != nil {
		return nil, refuse(stageKey, RuleCertificate, "", "the certificate of %s does not count: %s", name, err)
	}
	if refusal := b.verifiedBy(public, s, name); refusal != nil {
		return nil, refusal
	}
	if refusal := b.judge(s, need.predicates); refusal != nil {
		return nil, refusal
	}
	var refusals []*Refusal
	for _, w := range ways {
		refusal := r.judgeWay(w, s.ID, now)
		if refusal == nil {
			return &Signer{Name: w.signer(leaf), Publisher: plain(strings.Join(leaf.Subject.Organization, ", ")), Key: public.Digest(), NotAfter: leaf.NotAfter.UTC(),
				person: string(w.certs[len(w.certs)-1].RawSubject) + "/" + leaf.Subject.CommonName}, nil
		}
		refusals = append(refusals, refusal)
	}
	return nil, slices.MaxFunc(refusals, func(a, b *Refusal) int {
		return slices.Index(wayRules, a.Rule) - slices.Index(wayRules, b.Rule)
	})
}

// signer is what the signer is called under the authority.
func (w way) signer(leaf *x509.Certificate) string {
	return w.to.name + "/" + plain(leaf.Subject.CommonName)
}

// wayRules are the rules of judgeWay in its order. The refusal of the entry that came
// furthest tells most: the one for the plugin rather than those for others.
var wayRules = []string{RuleRevoked, RuleScope, RuleCertificateSubject, RuleCertificateUnproved}

// judgeWay says whether a signer counts for a plugin by this way up.
func (r *Ring) judgeWay(w way, id string, now time.Time) *Refusal {
	for _, c := range w.certs {
		if reason, ok := r.revokedKey(certificateKey(c), now); ok {
			return refuse(stageSigner, RuleRevoked, "", "the certificate of %s is revoked: %s", quote(c.Subject.String()), reason)
		}
	}
	if refusal := r.revokedCertificate(w.certs, now); refusal != nil {
		return refusal
	}
	if !matches(w.to.plugins, id) {
		return outOfScope("authority "+w.to.name, id)
	}
	if refusal := w.to.takes(w.certs[0]); refusal != nil {
		return refusal
	}
	return w.to.proved(w.certs, now)
}

// waysUp finds the authorities that vouch for the signer, in the order of the file.
func (r *Ring) waysUp(chain []*x509.Certificate, now time.Time) (ways []way, first *Refusal) {
	for i := range r.authorities {
		a := &r.authorities[i]
		certs, problem := a.vouches(chain, now)
		if problem == nil {
			ways = append(ways, way{a, certs})
			continue
		}
		if first == nil || first.Rule == RuleUnknownAuthority {
			first = problem
		}
	}
	switch {
	case len(ways) > 0:
		return ways, nil
	case first == nil:
		first = unknownAuthority(chain[0])
	}
	return nil, first
}
