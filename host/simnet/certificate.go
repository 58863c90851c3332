package simnet

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"sync"
	"time"

	"stella-ops.org/doctor/host/vet"
)

// authority issues certificates. Its key is made anew in each process; all that a
// client tells of a certificate is fixed.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

type issuers struct {
	roots         *x509.CertPool
	good, unknown authority
	leafKey       *ecdsa.PrivateKey
}

// authorities are the one that clients trust and one that nobody knows.
var authorities = sync.OnceValue(func() *issuers {
	i := &issuers{roots: x509.NewCertPool(), good: newAuthority("Vetting CA"), unknown: newAuthority("Unknown CA"), leafKey: newKey()}
	i.roots.AddCert(i.good.cert)
	return i
})

func newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // there is no randomness: nothing of TLS works
	}
	return key
}

func newAuthority(name string) authority {
	a := authority{key: newKey()}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: vet.Epoch.AddDate(-5, 0, 0), NotAfter: vet.Epoch.AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.cert = sign(template, template, &a.key.PublicKey, a.key)
	return a
}

func sign(template, parent *x509.Certificate, public *ecdsa.PublicKey, key *ecdsa.PrivateKey) *x509.Certificate {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err == nil {
		var cert *x509.Certificate
		if cert, err = x509.ParseCertificate(der); err == nil {
			return cert
		}
	}
	panic(err) // the templates are ours
}

// serverConfig is the TLS of a server for host with the fault, at a time.
func serverConfig(host string, fault vet.TLSFault, now time.Time) *tls.Config {
	all := authorities()
	by := all.good
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host},
		NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(0, 11, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, SessionTicketsDisabled: true}
	switch fault {
	case vet.TLSUnknownCA:
		by = all.unknown
	case vet.TLSExpired:
		template.NotBefore, template.NotAfter = now.AddDate(-1, 0, 0), now.Add(-time.Hour)
	case vet.TLSNotYetValid:
		template.NotBefore = now.Add(time.Hour)
	case vet.TLSExpiresSoon:
		template.NotAfter = now.Add(24 * time.Hour)
	case vet.TLSWrongName:
		host = "other.vet.test"
		template.Subject.CommonName = host
	case vet.TLSOld:
		cfg.MinVersion, cfg.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	case vet.TLSClientCert:
		cfg.ClientAuth = tls.RequireAnyClientCert
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	leaf := sign(template, by.cert, &all.leafKey.PublicKey, by.key)
	cfg.Certificates = []tls.Certificate{{Certificate: [][]byte{leaf.Raw, by.cert.Raw}, PrivateKey: all.leafKey, Leaf: leaf}}
	return cfg
}
