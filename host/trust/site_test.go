package trust_test

import (
	"strings"
	"testing"

	"stella-ops.org/doctor/host/trust"
)

// TestBelow: a ring beside a configuration believes whom it wants, but nobody and
// nothing that the site has revoked, and nobody while the site's list is not fresh.
func TestBelow(t *testing.T) {
	acme, root := newKey("acme"), (*authority)(nil).issue("ca root", nil)
	leaf := root.issue("direct", nil)
	file := `{"digest":"sha256:` + subject.SHA256 + `","reason":"backdoor"}`
	const wants = "revocations: {file: r.json, number: 1}\n"
	listed := func(n int, issued, next, keys, digests string) *trust.Ring {
		return must(ring(t, wants).WithRevocations(list(t, n, issued, next, keys, digests)))
	}
	keyOf := func(digest string) string { return `{"key":"` + digest + `","reason":"stolen"}` }
	acmeDigest, leafDigest := must(trust.NewPublicKey(acme.Public(), nil)).Digest(), must(trust.NewPublicKey(leaf.key.Public(), nil)).Digest()
	beside := ring(t, anchored(root), entry("acme", acme))
	for name, c := range map[string]struct {
		site *trust.Ring
		by   []byte
		want string
	}{
		"no site":                  {nil, sign(t, acme), ""},
		"site that knows nobody":   {ring(t, ""), sign(t, acme), ""},
		"key revoked by its entry": {ring(t, "", entry("other-name", acme, "revoked: {reason: stolen}")), sign(t, acme), trust.RuleRevoked},
		"key revoked later":        {ring(t, "", entry("acme", acme, "revoked: {since: "+day(1)+", reason: stolen}")), sign(t, acme), ""},
		"key revoked by the list":  {listed(1, day(-1), day(1), keyOf(acmeDigest), ""), sign(t, acme), trust.RuleRevoked},
		"certificate revoked":      {listed(1, day(-1), day(1), keyOf(leafDigest), ""), certified(t, leaf), trust.RuleRevoked},
		"file revoked":             {listed(1, day(-1), day(1), "", file), sign(t, acme), trust.RuleRevokedFile},
		"file revoked, stale":      {listed(1, day(-2), day(-1), "", file), sign(t, acme), trust.RuleRevokedFile},
		"list missing":             {ring(t, wants), sign(t, acme), trust.RuleRevocationsMissing},
		"list stale":               {listed(1, day(-2), day(-1), "", ""), sign(t, acme), trust.RuleRevocationsStale},
		"site that is unreadable":  {trust.Unreadable(), sign(t, acme), trust.RuleTrustFile},
	} {
		_, err := beside.Below(c.site).Verify(subject, one(c.by), now)
		if got := trust.RuleOf(err); got != c.want || (err == nil) != (c.want == "") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if !beside.Below(ring(t, "require_lock: true\n")).RequireLock() || beside.Below(ring(t, "")).RequireLock() {
		t.Error("require_lock of the site does not hold, or holds without being there")
	}
	if info := beside.Below(listed(7, day(-1), day(1), "", "")).Info(now); info.Revocations == nil || info.Revocations.Number != 7 {
		t.Errorf("nothing tells of the site's list: %+v", info.Revocations)
	}
}

// TestRevokedFile: what a list of the ring or of the site names is refused, whatever
// is wrong with the other list, with the clock or with the ring.
func TestRevokedFile(t *testing.T) {
	const wants = "revocations: {file: r.json, number: 1}\n"
	full := func(digest string) *trust.Ring {
		return must(ring(t, wants).WithRevocations(list(t, 1, day(-2), day(-1), "", `{"digest":"sha256:`+digest+`","reason":"backdoor"}`)))
	}
	revokes, other := full(subject.SHA256), full(strings.Repeat("0", 64))
	for name, c := range map[string]struct {
		ring *trust.Ring
		want string
	}{
		"no ring":                                  {nil, ""},
		"no list":                                  {ring(t, ""), ""},
		"its own list":                             {revokes, trust.RuleRevokedFile},
		"a list of another file":                   {other, ""},
		"the site's list":                          {ring(t, "").Below(revokes), trust.RuleRevokedFile},
		"the site's list, its own is missing":      {ring(t, wants).Below(revokes), trust.RuleRevokedFile},
		"the site's list, its own is of another":   {other.Below(revokes), trust.RuleRevokedFile},
		"its own list, the site's is missing":      {revokes.Below(ring(t, wants)), trust.RuleRevokedFile},
		"its own list below one that is no ring":   {revokes.Below(trust.Unreadable()), trust.RuleRevokedFile},
		"its own list is missing, the site's, too": {ring(t, wants).Below(ring(t, wants)), ""},
	} {
		err := c.ring.RevokedFile(subject)
		if got := trust.RuleOf(err); got != c.want || (err == nil) != (c.want == "") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
