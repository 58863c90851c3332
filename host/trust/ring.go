package trust

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"stella-ops.org/doctor/host/glob"
)

// Ring is what a trust file says. It does not change once it is read, and is safe
// for concurrent use. A nil Ring believes nobody.
type Ring struct {
	name        string
	requireLock bool
	threshold   int
	keys        []key
	authorities []authority
	rules       []rule
	wanted      *listFile
	list        *Revocations
	site        *Ring // what holds beside it; nil for nothing
	unreadable  bool  // nothing is known of it
}

// key is a key by name, and what it counts for.
type key struct {
	name, publisher     string
	public              *PublicKey
	plugins             []glob.Pattern
	notBefore, notAfter time.Time
	revoked             *revocation
	revocations         bool // it may sign revocation lists
}

// revocation says since when a key counts for nothing; the zero time is for ever.
type revocation struct {
	since  time.Time
	reason string
}

// rule is what the plugins of a pattern need.
type rule struct {
	plugins    []glob.Pattern
	threshold  int
	predicates []string
}

// Signer is a key that vouches for a plugin.
type Signer struct {
	// Name is that of the trust file; for a certificate the authority's name, a
	// slash and the common name.
	Name string `json:"name"`
	// Publisher is for people, and may be empty.
	Publisher string `json:"publisher,omitempty"`
	// Key is sha256:<hex> of the SubjectPublicKeyInfo; for a certificate the leaf's.
	Key string `json:"key"`
	// NotAfter is from when on the key counts no more; zero for never.
	NotAfter time.Time `json:"not_after,omitzero"`

	// person is the anchor and the common name of a certificate; empty for a key.
	person string
}

// Verified says who vouches for a plugin.
type Verified struct {
	// Signers are sorted by name, each with a key of its own.
	Signers []Signer
	// Ignored are sentences about bundles that do not count.
	Ignored []string
}

// RequireLock reports whether a plugin that is named by its file needs a line in
// the lock as well.
func (r *Ring) RequireLock() bool { return r != nil && (r.requireLock || r.site.RequireLock()) }

// Verify says who vouches for the subject at the time now. The error is a
// *Refusal: there is no ring or no bundle; the revocation list that the trust file
// wants is missing or not fresh, or names the file; or fewer different keys than
// the rule for the plugin wants have signed, and then the reason of the bundle
// that came furthest. A bundle that does not count never hides one that does.
func (r *Ring) Verify(s Subject, bundles [][]byte, now time.Time) (*Verified, error) {
	if refusal := r.ready(s, now); refusal != nil {
		return nil, refusal
	}
	switch {
	case len(bundles) == 0:
		return nil, refuse(0, RuleUnsigned, "ask the publisher for the file's .sigstore.json, or sign it yourself: stella doctor plugin sign FILE --key KEYFILE",
			"the plugin %s %s has no signature", s.ID, s.Version)
	case len(bundles) > MaxBundles:
		return nil, refuse(0, RuleBundleCount, "leave those out that are not needed", "there are %d bundles, the limit is %d", len(bundles), MaxBundles)
	}
	v, refusal := r.signersOf(s, bundles, now)
	if refusal != nil {
		return nil, refusal
	}
	return v, nil
}

// signersOf counts the signers of bundles against the rule for the plugin.
func (r *Ring) signersOf(s Subject, bundles [][]byte, now time.Time) (*Verified, *Refusal) {
	need := r.ruleFor(s.ID)
	v := &Verified{}
	var refusals []*Refusal
	for i, data := range bundles {
		signer, refusal := r.verifyBundle(s, data, need, now)
		if refusal == nil && slices.ContainsFunc(v.Signers, signer.same) {
			v.Ignored = append(v.Ignored, fmt.Sprintf("bundle %d: %s has signed already, and counts once", i+1, signer.Name))
			continue
		}
		if refusal != nil {
			refusal.number = i + 1
			refusals = append(refusals, refusal)
			v.Ignored = append(v.Ignored, fmt.Sprintf("bundle %d: %s", i+1, refusal.Text))
			continue
		}
		v.Signers = append(v.Signers, *signer)
	}
	if len(v.Signers) < need.threshold {
		return nil, short(v, refusals, need.threshold)
	}
	slices.SortFunc(v.Signers, func(a, b Signer) int { return strings.Compare(a.Name+a.Key, b.Name+b.Key) })
	return v, nil
}

// ready judges all that needs no bundle.
func (r *Ring) ready(s Subject, now time.Time) *Refusal {
	if r == nil {
		return refuse(0, RuleNoTrustFile, "make one from a key that the publisher gave you: stella doctor trust key add NAME --public-key FILE.pub --plugins 'com.example.**'",
			"there is no trust file, so no signature can be believed")
	}
	if refusal := r.refuseFile(s); refusal != nil {
		return refusal
	}
	for ; r != nil; r = r.site {
		if r.unreadable {
			return refuse(0, RuleTrustFile, "stella doctor trust show tells what is wrong with it", "the trust file cannot be used, so nobody is believed")
		}
		if refusal := r.fresh(now); refusal != nil {
			return refusal
		}
	}
	return nil
}

// ruleFor is the first rule for the plugin, with the defaults of the file.
func (r *Ring) ruleFor(id string) rule {
	need := rule{threshold: r.threshold, predicates: []string{PredicateType, BareSignature}}
	for _, each := range r.rules {
		if !matches(each.plugins, id) {
			continue
		}
		if each.threshold > 0 {
			need.threshold = each.threshold
		}
		if len(each.predicates) > 0 {
			need.predicates = each.predicates
		}
		break
	}
	return need
}

func matches(patterns []glob.Pattern, id string) bool {
	return slices.ContainsFunc(patterns, func(p glob.Pattern) bool { return p.Match(id) })
}

// same holds for two signatures of one signer: by one key, or by two certificates
// of one name, be it under two entries for one authority.
func (s *Signer) same(other Signer) bool {
	return s.Key == other.Key || s.Name == other.Name || s.person != "" && s.person == other.person
}

// verifyBundle says who signed one bundle. The statement in it is not read before
// the signature holds.
func (r *Ring) verifyBundle(s Subject, data []byte, need rule, now time.Time) (*Signer, *Refusal) {
	b, refusal := parseBundle(data)
	if refusal != nil {
		return nil, refusal
	}
	if b.chain != nil {
		return r.verifyCertified(b, s, need, now)
	}
	k := r.keyOf(b.hint)
	if k == nil {
		return nil, unknownKey(b.hint)
	}
	if refusal := b.verifiedBy(k.public, s, k.name); refusal != nil {
		return nil, refusal
	}
	if refusal := b.judge(s, need.predicates); refusal != nil {
		return nil, refusal
	}
	if refusal := r.judgeKey(k, now); refusal != nil {
		return nil, refusal
	}
	if !matches(k.plugins, s.ID) {
		return nil, outOfScope("key "+k.name, s.ID)
	}
	return &Signer{Name: k.name, Publisher: k.publisher, Key: k.public.Digest(), NotAfter: k.notAfter}, nil
}

// verifiedBy holds the signature against a key.
func (b *bundle) verifiedBy(public *PublicKey, s Subject, name string) *Refusal {
	if b.bare {
		if refusal := b.judgeBare(s); refusal != nil {
			return refusal
		}
	}
	if !public.verify(b.message(s), b.signature) {
		return refuse(stageSignature, RuleBadSignature, "the file or the bundle was changed: get both anew from the publisher",
			"the signature in the name of %s does not verify", name)
	}
	return nil
}

func (r *Ring) keyOf(hint string) *key {
	if r == nil {
		return nil
	}
	i := slices.IndexFunc(r.keys, func(k key) bool { return k.public.hint() == hint })
	if i < 0 {
		return nil
	}
	return &r.keys[i]
}

func unknownKey(hint string) *Refusal {
	named := quote(hint)
	if raw, ok := decodeBase64(hint); ok && len(raw) == 32 {
		named = fmt.Sprintf("sha256:%x", raw)
	}
	return refuse(stageKey, RuleUnknownKey, "compare the key with the one that the publisher names, then: stella doctor trust key add NAME --public-key FILE.pub --plugins PATTERN",
		"it is signed with a key that the trust file does not know: %s", named)
}

func outOfScope(who, id string) *Refusal {
	return refuse(stageSigner, RuleScope, "widen the plugins of its line in the trust file, if it may sign for this one", "%s may not sign for plugin %s", who, id)
}

// judgeKey holds the state of a key against the clock.
func (r *Ring) judgeKey(k *key, now time.Time) *Refusal {
	if reason, ok := r.revokedKey(k.public.Digest(), now); ok {
		return refuse(stageSigner, RuleRevoked, "ask the publisher for a file that is signed with another key", "key %s is revoked: %s", k.name, reason)
	}
	if now.Before(k.notBefore) {
		return refuse(stageSigner, RuleNotYetValid, "is the clock right?", "key %s counts from %s on", k.name, stamp(k.notBefore))
	}
	if !k.notAfter.IsZero() && !now.Before(k.notAfter) {
		return refuse(stageSigner, RuleExpired, "ask the publisher for a file that is signed with a newer key", "key %s expired at %s", k.name, stamp(k.notAfter))
	}
	return nil
}

// short is the refusal when too few keys have signed.
func short(v *Verified, refusals []*Refusal, threshold int) *Refusal {
	if len(v.Signers) == 0 && len(refusals) > 0 {
		best := slices.MaxFunc(refusals, func(a, b *Refusal) int {
			if a.stage != b.stage {
				return a.stage - b.stage
			}
			return b.number - a.number
		})
		for _, other := range refusals {
			if other != best {
				best.Others = append(best.Others, fmt.Sprintf("bundle %d: %s", other.number, other.Text))
			}
		}
		return best
	}
	var names []string
	for _, s := range v.Signers {
		names = append(names, s.Name)
	}
	slices.Sort(names)
	r := refuse(stageSigner, RuleThreshold, "further signatures are bundles of their own beside the file: FILE.NAME.sigstore.json",
		"%d different keys must sign this plugin, and %d did: %s", threshold, len(names), strings.Join(names, ", "))
	r.Others = v.Ignored
	return r
}

// stamp writes a time for people and machines.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
