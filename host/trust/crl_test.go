package trust_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/trust"
)

// TestIncompleteLists: a list that does not speak for all certificates of its
// issuer, or may mean something else, is not taken for one in which the signer
// does not stand (T28).
func TestIncompleteLists(t *testing.T) {
	root := (*authority)(nil).issue("ca root", nil)
	with := func(id asn1.ObjectIdentifier, critical bool) func(l *x509.RevocationList) {
		return func(l *x509.RevocationList) {
			l.ExtraExtensions = []pkix.Extension{{Id: id, Critical: critical, Value: []byte{2, 1, 1}}}
		}
	}
	entry := func(l *x509.RevocationList) {
		l.RevokedCertificateEntries = []x509.RevocationListEntry{{SerialNumber: root.cert.SerialNumber, RevocationTime: now,
			ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 29}, Critical: true, Value: []byte{48, 0}}}}}
	}
	for name, c := range map[string]struct {
		change func(l *x509.RevocationList)
		want   string
	}{
		"complete":                     {nil, ""},
		"with an extension for people": {with(asn1.ObjectIdentifier{1, 2, 3}, false), ""},
		"delta": {with(asn1.ObjectIdentifier{2, 5, 29, 27}, true),
			"revocation list 1 holds only the changes since another one (a delta list): the complete list is wanted"},
		"delta that hides it": {with(asn1.ObjectIdentifier{2, 5, 29, 27}, false),
			"revocation list 1 holds only the changes since another one (a delta list): the complete list is wanted"},
		"for some certificates": {with(asn1.ObjectIdentifier{2, 5, 29, 28}, true),
			"revocation list 1 is for some certificates of its issuer only (it has an issuing distribution point): the complete list is wanted"},
		"critical":       {with(asn1.ObjectIdentifier{1, 2, 3}, true), "revocation list 1 has the critical extension 1.2.3, which is not understood here"},
		"critical entry": {entry, "revocation list 1 has an entry with the critical extension 2.5.29.29, which is not understood here"},
	} {
		text := "schema: " + trust.Schema + "\n" + anchored(root, crls(root.list(1, c.change)))
		_, err := trust.Parse([]byte(text), "t")
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasSuffix(err.Error(), ": authority site: "+c.want)) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}
