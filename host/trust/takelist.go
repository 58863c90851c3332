package trust

import (
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"time"
)

// SignBare makes a bundle with a bare signature over a text, as cosign sign-blob
// makes it. Revocation lists are signed so; for plugins a statement says more.
func SignBare(key crypto.Signer, text []byte) ([]byte, error) {
	public, err := NewPublicKey(key.Public(), nil)
	if err != nil {
		return nil, err
	}
	signature, err := signMessage(key, public, text)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	return marshalBundle(document{MediaType: MediaType, Material: material{PublicKey: &keyHint{public.hint()}},
		Message: &bareSignature{messageDigest{"SHA2_256", sum[:]}, signature}})
}

// TakeRevocations judges a new revocation list, that of a stick or of a mirror,
// before it takes the place of the old one: it is current, not older than what
// was there, and signed by a key that may sign lists, if the ring has such keys.
// signer is the name of that key; empty when the ring has none and the list
// stands on the word of whoever brings it.
//
// The error is an *Error for a list that cannot be read and a *Refusal else.
func (r *Ring) TakeRevocations(data []byte, name string, bundles [][]byte, now time.Time) (l *Revocations, signer string, err error) {
	if l, err = ParseRevocations(data, name); err != nil {
		return nil, "", err
	}
	signer, refusal := r.signedList(data, bundles, now)
	if refusal != nil {
		return nil, "", refusal
	}
	if err := r.newer(l); err != nil {
		return nil, "", err
	}
	if refusal := (&Ring{list: l}).fresh(now); refusal != nil {
		return nil, "", refusal
	}
	return l, signer, nil
}

// newer refuses a list that is older than the one that was there, and another
// one of the same number.
func (r *Ring) newer(l *Revocations) error {
	if _, err := r.WithRevocations(l); err != nil {
		return err
	}
	const hint = "fetch the current list"
	switch old := r.list; {
	case old == nil || l.Number > old.Number:
		return nil
	case l.Number < old.Number:
		return refuse(0, RuleRevocationsOlder, hint, "the revocation list has number %d, and number %d is there already: an old list does not come back", l.Number, old.Number)
	case !l.same(old):
		return refuse(0, RuleRevocationsOlder, hint, "another revocation list of number %d is there already: two lists of one number cannot both be right", l.Number)
	}
	return nil
}

func (l *Revocations) same(other *Revocations) bool {
	return l.Issued.Equal(other.Issued) && l.NextUpdate.Equal(other.NextUpdate) && maps.Equal(l.Keys, other.Keys) && maps.Equal(l.Digests, other.Digests)
}

// signedList finds the key that signed a list.
func (r *Ring) signedList(data []byte, bundles [][]byte, now time.Time) (string, *Refusal) {
	if !slices.ContainsFunc(r.keys, func(k key) bool { return k.revocations }) {
		return "", nil
	}
	const hint = "its bundle stands beside the list, as FILE.sigstore.json: stella doctor trust revocations sign FILE --key KEYFILE"
	sum := sha256.Sum256(data)
	s := Subject{SHA256: hex.EncodeToString(sum[:]), file: data}
	worst := refuse(0, RuleRevocationsSigner, hint, "the revocation list is not signed, and the trust file names keys that sign lists")
	for i, text := range bundles {
		if i == MaxBundles {
			break
		}
		name, refusal := r.listSigner(s, text, now)
		if refusal == nil {
			return name, nil
		}
		worst = refuse(0, RuleRevocationsSigner, hint, "the signature of the revocation list does not count: %s", refusal.Text)
	}
	return "", worst
}

func (r *Ring) listSigner(s Subject, text []byte, now time.Time) (string, *Refusal) {
	b, refusal := parseBundle(text)
	if refusal != nil {
		return "", refusal
	}
	k := r.keyOf(b.hint)
	switch {
	case b.chain != nil || k == nil:
		return "", unknownKey(b.hint)
	case !b.bare:
		return "", refuse(stageForm, RulePayloadType, "", "it is a statement, and a bare signature over the list is wanted")
	case !k.revocations:
		return "", refuse(stageSigner, RuleScope, "", "key %s may not sign revocation lists", k.name)
	}
	if refusal := b.verifiedBy(k.public, s, k.name); refusal != nil {
		return "", refusal
	}
	return k.name, r.judgeKey(k, now)
}
