package trust

import "time"

// Below is the ring with that of the site above it: a trust file beside a
// configuration says whom that configuration believes, and cannot take back what
// the site has refused. Keys and files that the site has revoked count for nothing
// below it either, its revocation list has to be current, and where it wants a line
// in the lock, that is wanted.
func (r *Ring) Below(site *Ring) *Ring {
	if r == nil || site == nil {
		return r
	}
	below := *r
	below.site = site
	return &below
}

// Unreadable stands for a trust file that is there and cannot be used. It believes
// nobody, and an unsigned plugin that was let in as such no more than others: what
// the file revokes is not known.
func Unreadable() *Ring { return &Ring{requireLock: true, unreadable: true} }

// revokedKey says whether a key is revoked at a time, by its entry or by the list of
// the ring or of the site, and why.
func (r *Ring) revokedKey(digest string, now time.Time) (reason string, ok bool) {
	for ; r != nil; r = r.site {
		for i := range r.keys {
			k := &r.keys[i]
			if k.revoked != nil && !now.Before(k.revoked.since) && k.public.Digest() == digest {
				return k.revoked.reason, true
			}
		}
		if reason, ok := r.list.key(digest, now); ok {
			return reason, true
		}
	}
	return "", false
}

// RevokedFile refuses a file that a list of the ring or of the site names. It needs no
// clock and no other list: one that is missing or stale brings nothing back. The error
// is a *Refusal.
func (r *Ring) RevokedFile(s Subject) error {
	if refusal := r.refuseFile(s); refusal != nil {
		return refusal
	}
	return nil
}

func (r *Ring) refuseFile(s Subject) *Refusal {
	if reason, ok := r.revokedFile(s.SHA256); ok {
		return refuse(0, RuleRevokedFile, "ask the publisher for a newer version", "this file of plugin %s %s is revoked: %s", s.ID, s.Version, reason)
	}
	return nil
}

// revokedFile says whether a file is revoked, and why.
func (r *Ring) revokedFile(sha256 string) (reason string, ok bool) {
	for ; r != nil && !ok; r = r.site {
		reason, ok = r.list.file(sha256)
	}
	return reason, ok
}
