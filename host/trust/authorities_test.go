package trust_test

import (
	"crypto/x509"
	"errors"
	"testing"
	"time"

	"stella-ops.org/doctor/host/trust"
)

// TestOneAuthoritySeveralEntries: an authority that stands there once per team, with
// plugins and subjects of its own, vouches in the order of the entries and in the
// other; and what keeps all of them from it is told of the one for the plugin.
func TestOneAuthoritySeveralEntries(t *testing.T) {
	root, other := (*authority)(nil).issue("ca root", nil), (*authority)(nil).issue("ca other", nil)
	acme, beta := root.issue("acme release", nil), root.issue("beta release", nil)
	const forAcme, forBeta = "com.acme.**", "com.beta.**"
	next := now.AddDate(0, 1, 0)
	for name, c := range map[string]struct {
		entries [2]string
		leaf    *authority
		want    string // the name of the signer, or the sentence of the refusal
	}{
		"by subject":        {[2]string{anchor("b", forBeta, root, "subjects: [beta release]"), anchor("a", forAcme, root, "subjects: [acme release]")}, acme, "a/acme release"},
		"by scope":          {[2]string{anchor("b", forBeta, root), anchor("a", forAcme, root)}, acme, "a/acme release"},
		"by lists":          {[2]string{anchor("b", forAcme, root, root.crl(now)), anchor("a", forAcme, root, root.crl(next))}, acme, "a/acme release"},
		"another authority": {[2]string{anchor("b", forAcme, other), anchor("a", forAcme, root)}, acme, "a/acme release"},
		"somebody of another team": {[2]string{anchor("b", forBeta, root, "subjects: [beta release]"), anchor("a", forAcme, root, "subjects: [acme release]")}, beta,
			`authority a vouches for "CN=beta release,O=ACME Inc.", which is none of the subjects that the trust file names`},
		"nobody for the plugin": {[2]string{anchor("b", forBeta, root), anchor("a", "com.other.**", root)}, acme, "authority b may not sign for plugin com.acme.doctor"},
		"a list that is old": {[2]string{anchor("b", forBeta, root), anchor("a", forAcme, root, root.crl(now))}, acme,
			`no current revocation list of "CN=ca root,O=ACME Inc." is in the trust file, so nothing says that the certificate of "CN=acme release,O=ACME Inc." still counts`},
		"revoked by the list of another entry": {[2]string{anchor("b", forBeta, root, root.crl(next, acme.cert.SerialNumber)), anchor("a", forAcme, root)}, acme,
			`the certificate of "CN=acme release,O=ACME Inc." was revoked by its authority at ` + now.AddDate(0, -2, 0).Format(time.RFC3339)},
	} {
		for order, text := range []string{c.entries[0] + c.entries[1], c.entries[1] + c.entries[0]} {
			v, err := ring(t, "authorities:\n"+text).Verify(subject, one(certified(t, c.leaf)), now)
			got := ""
			var refusal *trust.Refusal
			switch {
			case errors.As(err, &refusal):
				got = refusal.Text
			case err == nil:
				got = v.Signers[0].Name
			}
			if name == "nobody for the plugin" && order == 1 {
				c.want = "authority a may not sign for plugin com.acme.doctor" // the first that is asked
			}
			if got != c.want {
				t.Errorf("%s, order %d:\n got %s\nwant %s", name, order, got, c.want)
			}
		}
	}

	// Two entries do not make two persons of one.
	twice := ring(t, "threshold: 2\nauthorities:\n"+anchor("a", forAcme, root, "subjects: [https://acme.example/acme%20release]")+anchor("b", forAcme, root))
	renewed := root.issue("acme release p384", func(c *x509.Certificate) { c.Subject.CommonName = "acme release" })
	if _, err := twice.Verify(subject, [][]byte{certified(t, acme), certified(t, renewed)}, now); trust.RuleOf(err) != trust.RuleThreshold {
		t.Errorf("two certificates of one person under two entries: %v", err)
	}
	// What a list of the site revokes counts below it no more either.
	site := ring(t, "authorities:\n"+anchor("site", "none.such", root, root.crl(next, acme.cert.SerialNumber)))
	if _, err := ring(t, anchored(root)).Below(site).Verify(subject, one(certified(t, acme)), now); trust.RuleOf(err) != trust.RuleRevoked {
		t.Errorf("revoked by the list of the site: %v", err)
	}
}
