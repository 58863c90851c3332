package trust

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
)

// Extensions of revocation lists that make a list say less than it seems to (RFC
// 5280, 5.2.4 and 5.2.5).
var (
	oidDeltaCRL            = asn1.ObjectIdentifier{2, 5, 29, 27}
	oidIssuingDistribution = asn1.ObjectIdentifier{2, 5, 29, 28}
)

func parseCRLs(text string) ([]*x509.RevocationList, string) {
	blocks, problem := pemBlocks(text, "X509 CRL")
	if problem != "" {
		return nil, problem
	}
	var lists []*x509.RevocationList
	for i, der := range blocks {
		list, err := x509.ParseRevocationList(der)
		if err != nil {
			return nil, fmt.Sprintf("revocation list %d cannot be read: %s", i+1, plain(err.Error()))
		}
		if list.NextUpdate.IsZero() {
			return nil, fmt.Sprintf("revocation list %d does not say when the next one comes", i+1)
		}
		if problem := incomplete(list); problem != "" {
			return nil, fmt.Sprintf("revocation list %d %s", i+1, problem)
		}
		lists = append(lists, list)
	}
	return lists, ""
}

// incomplete says why a list does not speak for every certificate of its issuer,
// or may mean what is not understood here: that a certificate is not in it would
// say nothing. The library reads such lists like all others.
func incomplete(list *x509.RevocationList) string {
	for _, e := range list.Extensions {
		switch {
		case e.Id.Equal(oidDeltaCRL):
			return "holds only the changes since another one (a delta list): the complete list is wanted"
		case e.Id.Equal(oidIssuingDistribution):
			return "is for some certificates of its issuer only (it has an issuing distribution point): the complete list is wanted"
		}
	}
	if id := critical(list.Extensions); id != nil {
		return fmt.Sprintf("has the critical extension %s, which is not understood here", id)
	}
	for i := range list.RevokedCertificateEntries {
		if id := critical(list.RevokedCertificateEntries[i].Extensions); id != nil {
			return fmt.Sprintf("has an entry with the critical extension %s, which is not understood here", id)
		}
	}
	return ""
}

// critical is the id of the first extension that is critical; nil for none. Those
// that are understood are never marked so.
func critical(extensions []pkix.Extension) asn1.ObjectIdentifier {
	for _, e := range extensions {
		if e.Critical {
			return e.Id
		}
	}
	return nil
}
