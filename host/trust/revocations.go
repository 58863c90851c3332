package trust

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// RevocationsSchema names the document that revokes keys and files.
const RevocationsSchema = "stellaops.doctor.revocations/v1"

// Bounds of a revocation list.
const (
	// MaxRevocations is the largest list, in bytes.
	MaxRevocations = 4 << 20
	maxRevoked     = 10_000
	maxReason      = 400
	// maxNumber is the greatest number of a list, here and in the trust file, which
	// has to hold it. Programs that keep numbers as floating point can, too.
	maxNumber = 1 << 53
)

// skew is how far the clock of whoever issues a list may go before ours.
const skew = time.Hour

// listFile is the revocation list that a trust file wants beside it.
type listFile struct {
	file   string
	number int64 // the least that counts: no older list comes back
}

// Revocations is a list of keys and of files that count no more. It is numbered,
// so that an older one cannot come back, and says until when it can be relied on.
type Revocations struct {
	Number     int64
	Issued     time.Time
	NextUpdate time.Time
	// Keys are by sha256:<hex> of the SubjectPublicKeyInfo, those of certificates
	// and of authorities too; Digests by sha256:<hex> of plugin files.
	Keys    map[string]RevokedKey
	Digests map[string]string
}

// RevokedKey is since when and why a key counts for nothing; the zero time stands
// for ever.
type RevokedKey struct {
	Since  time.Time
	Reason string
}

// ParseRevocations reads a revocation list, strictly. name is how messages call
// it; the error is an *Error.
func ParseRevocations(data []byte, name string) (*Revocations, error) {
	l, problem := parseRevocations(data)
	if problem != "" {
		return nil, &Error{File: name, What: "revocation list", Problem: problem}
	}
	return l, nil
}

func parseRevocations(data []byte) (*Revocations, string) {
	if len(data) > MaxRevocations {
		return nil, "it is larger than 4 MiB"
	}
	top, problem := parseObject(data, "the list", "schema", "number", "issued", "next_update", "keys", "digests")
	if problem != "" {
		return nil, problem
	}
	if schema, problem := top.text("schema", true); problem != "" || schema != RevocationsSchema {
		return nil, "its schema is not " + RevocationsSchema
	}
	l := &Revocations{Keys: map[string]RevokedKey{}, Digests: map[string]string{}}
	if json.Unmarshal(top.fields["number"], &l.Number) != nil || l.Number < 1 || l.Number > maxNumber {
		return nil, fmt.Sprintf("its number is no whole number from 1 to %d", int64(maxNumber))
	}
	if l.Issued, problem = top.time("issued", true); problem != "" {
		return nil, problem
	}
	if l.NextUpdate, problem = top.time("next_update", true); problem != "" {
		return nil, problem
	}
	if !l.Issued.Before(l.NextUpdate) {
		return nil, "its next_update is not after issued"
	}
	if problem := l.readKeys(top); problem != "" {
		return nil, problem
	}
	return l, l.readDigests(top)
}

func (l *Revocations) readKeys(top object) string {
	return eachRevoked(top, "keys", "key", []string{"key", "since", "reason"}, func(digest, reason string, o object) string {
		since, problem := o.time("since", false)
		if _, twice := l.Keys[digest]; twice && problem == "" {
			problem = "key " + digest + " stands there twice"
		}
		l.Keys[digest] = RevokedKey{since, reason}
		return problem
	})
}

func (l *Revocations) readDigests(top object) string {
	return eachRevoked(top, "digests", "digest", []string{"digest", "reason"}, func(digest, reason string, _ object) string {
		if _, twice := l.Digests[digest]; twice {
			return "digest " + digest + " stands there twice"
		}
		l.Digests[digest] = reason
		return ""
	})
}

// eachRevoked reads one of the two lists.
func eachRevoked(top object, list, field string, names []string, add func(digest, reason string, o object) string) string {
	items, problem := top.list(list)
	switch {
	case problem != "":
		return problem
	case len(items) > maxRevoked:
		return "it has more than 10000 " + list
	}
	for _, item := range items {
		o, problem := readObject(item, "an item of "+list, names...)
		if problem != "" {
			return problem
		}
		digest, problem := o.text(field, true)
		if problem == "" && !isDigest(digest) {
			problem = field + " " + quote(digest) + " is not sha256: and 64 lower-case hex digits"
		}
		if problem != "" {
			return problem
		}
		reason, problem := o.text("reason", true)
		if problem == "" && (strings.TrimSpace(reason) == "" || len(reason) > maxReason) {
			problem = "the reason for " + digest + " is empty or longer than 400 bytes"
		}
		if problem == "" {
			problem = add(digest, plain(reason), o)
		}
		if problem != "" {
			return problem
		}
	}
	return ""
}

// isDigest holds for sha256: and lower-case hex.
func isDigest(text string) bool {
	hex, ok := strings.CutPrefix(text, "sha256:")
	return ok && len(hex) == 64 && strings.Trim(hex, "0123456789abcdef") == ""
}

// time is a field that is a time of RFC 3339.
func (o object) time(name string, need bool) (time.Time, string) {
	text, problem := o.text(name, need)
	if problem != "" || text == "" && !o.has(name) {
		return time.Time{}, problem
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.UTC().Year() < 1 || t.UTC().Year() > 9999 {
		return time.Time{}, o.what + ": " + name + " is no time like 2026-12-31T18:00:00Z"
	}
	return t.UTC(), ""
}

// file says whether a file is revoked, and why.
func (l *Revocations) file(sha256 string) (reason string, ok bool) {
	if l == nil {
		return "", false
	}
	reason, ok = l.Digests["sha256:"+sha256]
	return reason, ok
}

// key says whether a key is revoked at a time, and why.
func (l *Revocations) key(digest string, now time.Time) (reason string, ok bool) {
	if l == nil {
		return "", false
	}
	k, ok := l.Keys[digest]
	return k.Reason, ok && !now.Before(k.Since)
}

// RevocationsFile is the name of the revocation list that the trust file wants,
// relative to it; empty when it wants none.
func (r *Ring) RevocationsFile() string {
	if r == nil || r.wanted == nil {
		return ""
	}
	return r.wanted.file
}

// WithRevocations is the ring with the list that it wants. Until it has it, it
// believes nobody. The error is a *Refusal for a list that is older than the
// number in the trust file.
func (r *Ring) WithRevocations(l *Revocations) (*Ring, error) {
	if r.wanted != nil && l.Number < r.wanted.number {
		return nil, refuse(0, RuleRevocationsOlder, "fetch the current list, then: stella doctor trust revocations import FILE",
			"the revocation list has number %d, and number %d was there before: an old list does not come back", l.Number, r.wanted.number)
	}
	with := *r
	with.list = l
	return &with, nil
}

// fresh wants the revocation list of the trust file, and wants it current.
func (r *Ring) fresh(now time.Time) *Refusal {
	const hint = "fetch the current list, then: stella doctor trust revocations import FILE"
	switch l := r.list; {
	case l == nil && r.wanted != nil:
		return refuse(0, RuleRevocationsMissing, hint, "the trust file wants the revocation list %s, which is not there", quote(r.wanted.file))
	case l == nil:
		return nil
	case now.Before(l.Issued.Add(-skew)):
		return refuse(0, RuleRevocationsFuture, "is the clock right?", "the revocation list number %d is from %s, which is still to come", l.Number, stamp(l.Issued))
	case !now.Before(l.NextUpdate):
		return refuse(0, RuleRevocationsStale, hint, "the revocation list number %d could be relied on until %s: nothing says what was revoked since", l.Number, stamp(l.NextUpdate))
	}
	return nil
}
