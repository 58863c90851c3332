package trust

import (
	"time"

	"stella-ops.org/doctor/host/glob"
)

// Info is what a ring says at one time, for people and for programs.
type Info struct {
	RequireLock bool             `json:"require_lock"`
	Threshold   int              `json:"threshold"`
	Keys        []KeyInfo        `json:"keys"`
	Authorities []AuthorityInfo  `json:"authorities"`
	Rules       []RuleInfo       `json:"rules"`
	Revocations *RevocationsInfo `json:"revocations,omitempty"`
}

// States of keys, certificates and lists.
const (
	StateValid       = "valid"
	StateNotYetValid = "not-yet-valid"
	StateExpired     = "expired"
	StateRevoked     = "revoked"
	StateMissing     = "missing"
)

// KeyInfo is a key of the ring.
type KeyInfo struct {
	Name      string    `json:"name"`
	Publisher string    `json:"publisher,omitempty"`
	Key       string    `json:"key"` // sha256:<hex> of the SubjectPublicKeyInfo
	Algorithm string    `json:"algorithm"`
	Plugins   []string  `json:"plugins"`
	NotBefore time.Time `json:"not_before,omitzero"`
	NotAfter  time.Time `json:"not_after,omitzero"`
	// Revocations says that the key may sign revocation lists.
	Revocations bool   `json:"revocations,omitempty"`
	State       string `json:"state"`
	// Reason is why it is revoked.
	Reason string `json:"reason,omitempty"`
}

// AuthorityInfo is a certificate authority of the ring.
type AuthorityInfo struct {
	Name         string            `json:"name"`
	Certificates []CertificateInfo `json:"certificates"`
	Plugins      []string          `json:"plugins"`
	Subjects     []string          `json:"subjects,omitempty"`
	CRLs         int               `json:"crls,omitempty"`
}

// CertificateInfo is a certificate that an authority is known by.
type CertificateInfo struct {
	Subject  string    `json:"subject"`
	Key      string    `json:"key"`
	NotAfter time.Time `json:"not_after"`
	State    string    `json:"state"`
}

// RuleInfo is a rule of the ring.
type RuleInfo struct {
	Plugins    []string `json:"plugins"`
	Threshold  int      `json:"threshold,omitempty"`
	Predicates []string `json:"predicates,omitempty"`
}

// RevocationsInfo is the revocation list of the ring. Without one that was read
// only the file and the state say something.
type RevocationsInfo struct {
	File       string    `json:"file,omitempty"`
	Number     int64     `json:"number,omitempty"`
	Issued     time.Time `json:"issued,omitzero"`
	NextUpdate time.Time `json:"next_update,omitzero"`
	Keys       int       `json:"keys"`
	Digests    int       `json:"digests"`
	State      string    `json:"state"`
}

// Info describes the ring at the time now, in the order of the file. Where it has
// no revocation list, that of the site above it is told of.
func (r *Ring) Info(now time.Time) Info {
	info := Info{Keys: []KeyInfo{}, Authorities: []AuthorityInfo{}, Rules: []RuleInfo{}}
	if r == nil {
		return info
	}
	info.RequireLock, info.Threshold = r.RequireLock(), r.threshold
	for i := range r.keys {
		info.Keys = append(info.Keys, r.keyInfo(&r.keys[i], now))
	}
	for i := range r.authorities {
		info.Authorities = append(info.Authorities, r.authorityInfo(&r.authorities[i], now))
	}
	for _, each := range r.rules {
		info.Rules = append(info.Rules, RuleInfo{patternTexts(each.plugins), each.threshold, each.predicates})
	}
	info.Revocations = r.revocationsInfo(now)
	return info
}

func (r *Ring) keyInfo(k *key, now time.Time) KeyInfo {
	info := KeyInfo{Name: k.name, Publisher: k.publisher, Key: k.public.Digest(), Algorithm: k.public.Algorithm(), Plugins: patternTexts(k.plugins),
		NotBefore: k.notBefore, NotAfter: k.notAfter, Revocations: k.revocations, State: StateValid}
	if refusal := r.judgeKey(k, now); refusal != nil {
		info.State = refusal.Rule
	}
	info.Reason, _ = r.revokedKey(info.Key, now)
	return info
}

// RevokedByName is since when and why the trust file itself revokes a key of that
// name; false where it does not.
func (r *Ring) RevokedByName(name string) (RevokedKey, bool) {
	for i := range r.keys {
		if k := &r.keys[i]; k.name == name && k.revoked != nil {
			return RevokedKey{Since: k.revoked.since, Reason: k.revoked.reason}, true
		}
	}
	return RevokedKey{}, false
}

func (r *Ring) authorityInfo(a *authority, now time.Time) AuthorityInfo {
	info := AuthorityInfo{Name: a.name, Plugins: patternTexts(a.plugins), Subjects: a.subjects, CRLs: len(a.crls)}
	for _, c := range a.anchors {
		state := StateValid
		if _, revoked := r.revokedKey(certificateKey(c), now); revoked {
			state = StateRevoked
		} else if now.Before(c.NotBefore) {
			state = StateNotYetValid
		} else if now.After(c.NotAfter) {
			state = StateExpired
		}
		info.Certificates = append(info.Certificates, CertificateInfo{plain(c.Subject.String()), certificateKey(c), c.NotAfter.UTC(), state})
	}
	return info
}

func (r *Ring) revocationsInfo(now time.Time) *RevocationsInfo {
	l := r.list
	if l == nil && r.wanted == nil {
		if r.site != nil {
			return r.site.revocationsInfo(now)
		}
		return nil
	}
	info := &RevocationsInfo{File: r.RevocationsFile(), State: StateMissing}
	if l == nil {
		return info
	}
	info.Number, info.Issued, info.NextUpdate = l.Number, l.Issued, l.NextUpdate
	info.Keys, info.Digests, info.State = len(l.Keys), len(l.Digests), StateValid
	if refusal := r.fresh(now); refusal != nil {
		info.State = map[string]string{RuleRevocationsStale: StateExpired, RuleRevocationsFuture: StateNotYetValid}[refusal.Rule]
	}
	return info
}

func patternTexts(patterns []glob.Pattern) []string {
	texts := []string{}
	for _, p := range patterns {
		texts = append(texts, p.String())
	}
	return texts
}

// PublicKey is the key with a digest; nil when the ring has none.
func (r *Ring) PublicKey(digest string) *PublicKey {
	if r == nil {
		return nil
	}
	for i := range r.keys {
		if r.keys[i].public.Digest() == digest {
			return r.keys[i].public
		}
	}
	return nil
}
