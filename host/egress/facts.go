package egress

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"time"

	"stella-ops.org/doctor/sdk/wire"
)

// tlsFacts tells about the certificate of an accepted connection.
func tlsFacts(state tls.ConnectionState, server string) *wire.TLSInfo {
	info := &wire.TLSInfo{ServerName: server, Version: strings.ReplaceAll(tls.VersionName(state.Version), " ", "")}
	if len(state.PeerCertificates) > 0 {
		describe(info, state.PeerCertificates[0])
	}
	return info
}

// certificateFacts tells about a certificate that was not accepted, as far as
// the error has it; nil when the handshake did not get that far.
func certificateFacts(err error, server string) *wire.TLSInfo {
	var verify *tls.CertificateVerificationError
	if !errors.As(err, &verify) || len(verify.UnverifiedCertificates) == 0 {
		return nil
	}
	info := &wire.TLSInfo{ServerName: server}
	describe(info, verify.UnverifiedCertificates[0])
	return info
}

func describe(info *wire.TLSInfo, leaf *x509.Certificate) {
	info.Subject = clean(leaf.Subject.String(), wire.MaxHeaderValue)
	info.Issuer = clean(leaf.Issuer.String(), wire.MaxHeaderValue)
	info.NotBefore = leaf.NotBefore.UTC().Format(time.RFC3339)
	info.NotAfter = leaf.NotAfter.UTC().Format(time.RFC3339)
}
