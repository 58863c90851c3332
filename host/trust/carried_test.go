package trust_test

import (
	"strings"
	"testing"

	"stella-ops.org/doctor/host/trust"
)

// TestRevokedBy: a list that comes with a plugin refuses it by its file and by every
// key without which nobody vouches for it, known here or not; and not by one that
// others make up for.
func TestRevokedBy(t *testing.T) {
	acme, qa := newKey("acme"), newKey("qa")
	root, other := (*authority)(nil).issue("ca root", nil), (*authority)(nil).issue("ca other", nil)
	middle := root.issue("ca middle", nil)
	leaf := middle.issue("signer", nil)
	digest := func(key interface{ Digest() string }, _ error) string { return key.Digest() }
	revokes := func(since string, a *authority) string {
		return `{"key":"` + digest(trust.NewPublicKey(a.key.Public(), nil)) + `"` + since + `,"reason":"stolen"}`
	}
	keys := func(entries ...string) *trust.Revocations { // stale, which is no way around it
		return list(t, 1, day(-9), day(-8), strings.Join(entries, ","), "")
	}
	acmeKey, qaKey := &authority{key: acme}, &authority{key: qa}
	acmeDigest := digest(trust.NewPublicKey(acme.Public(), nil))
	signed, second, chained := sign(t, acme), sign(t, qa), certified(t, leaf, middle)
	const byList, rootName, middleName = "the list revokes ", `the certificate of "CN=ca root,O=ACME Inc."`, `the certificate of "CN=ca middle,O=ACME Inc."`
	nobody, two := (*trust.Ring)(nil), ring(t, "threshold: 2\n", entry("acme", acme), entry("qa", qa))
	for name, c := range map[string]struct {
		ring, packer *trust.Ring
		list         *trust.Revocations
		bundles      [][]byte
		want         string // what the list revokes
	}{
		"nothing":                     {ring(t, "", entry("acme", acme)), nil, keys(), one(signed), ""},
		"unsigned":                    {ring(t, ""), nil, keys(revokes("", acmeKey)), nil, ""},
		"the file":                    {nobody, nil, list(t, 1, day(-9), day(-8), "", `{"digest":"sha256:`+subject.SHA256+`","reason":"stolen"}`), nil, "this file"},
		"a key":                       {ring(t, "", entry("acme", acme)), nil, keys(revokes("", acmeKey)), one(signed), "the key acme"},
		"a key, from tomorrow on":     {ring(t, "", entry("acme", acme)), nil, keys(revokes(`,"since":"`+day(1)+`"`, acmeKey)), one(signed), ""},
		"a key that is not known":     {ring(t, "", entry("qa", qa)), nil, keys(revokes("", acmeKey)), one(signed), "the key " + acmeDigest},
		"a key, and no ring":          {nobody, nil, keys(revokes("", acmeKey)), one(signed), "the key " + acmeDigest},
		"another key":                 {nobody, nil, keys(revokes("", qaKey)), one(signed), ""},
		"one key of two, one needed":  {ring(t, "", entry("acme", acme), entry("qa", qa)), nil, keys(revokes("", acmeKey)), [][]byte{signed, second}, ""},
		"one key of two, both needed": {two, nil, keys(revokes("", qaKey)), [][]byte{signed, second}, "the key qa"},
		"a signer":                    {ring(t, anchored(root)), nil, keys(revokes("", leaf)), one(chained), `the certificate of "CN=signer,O=ACME Inc."`},
		"a middle authority":          {ring(t, anchored(root)), nil, keys(revokes("", middle)), one(chained), middleName},
		"an authority":                {ring(t, anchored(root)), nil, keys(revokes("", root)), one(chained), rootName},
		"another authority":           {ring(t, anchored(root)), nil, keys(revokes("", other)), one(chained), ""},
		"a middle one, not known":     {nobody, nil, keys(revokes("", middle)), one(chained), middleName},
		"an authority of the packer":  {ring(t, ""), ring(t, anchored(root)), keys(revokes("", root)), one(chained), rootName},
		"an authority of the site":    {ring(t, "").Below(ring(t, anchored(root))), nil, keys(revokes("", root)), one(chained), rootName},
		"what is no bundle":           {nobody, nil, keys(revokes("", acmeKey)), one([]byte("{}")), ""},
	} {
		err := c.ring.RevokedBy(c.list, "the list", c.packer, subject, c.bundles, now)
		got := ""
		if err != nil {
			_, got, _ = strings.Cut(err.Error(), byList)
		}
		want := c.want
		if want != "" {
			want += ": stolen"
		}
		if got != want || (err == nil) != (want == "") {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}
