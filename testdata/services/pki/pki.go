// Package pki makes a private certificate authority for tests, with server
// certificates that are right and ones that are each wrong in one way, and with
// the certificate of a client.
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// CAFile is the file with the certificate of the authority. Its private key is
// used once and never stored.
const CAFile = "ca.pem"

// ClientName is the one certificate that is good for clients, and for them alone.
const ClientName = "client"

// Certificate is one kind of certificate that [Write] makes: Name.pem
// with the certificate and Name.key with its private key.
type Certificate struct {
	// Name is the file name without its ending.
	Name string
	// What says what the certificate is, or what is wrong with it.
	What string

	names            []string
	addresses        []net.IP
	notBefore, until time.Duration // from the time given to Write
}

const day = 24 * time.Hour

// Certificates lists what [Write] makes beside the authority.
func Certificates() []Certificate {
	local := []string{"localhost"}
	loopback := []net.IP{net.IPv4(127, 0, 0, 1).To4(), net.IPv6loopback}
	return []Certificate{
		{"server", "valid for localhost, 127.0.0.1 and ::1", local, loopback, -time.Hour, 30 * day},
		{"expired", "ended yesterday", local, loopback, -30 * day, -day},
		{"not-yet-valid", "begins tomorrow", local, loopback, day, 30 * day},
		{"wrong-name", "valid for registry.example.com only", []string{"registry.example.com"}, nil, -time.Hour, 30 * day},
		{ClientName, "a client's, for servers that ask for one", nil, nil, -time.Hour, 30 * day},
	}
}

// Write makes a new authority and every certificate of [Certificates], valid
// around now, in the directory dir, which it creates when it is missing. Files
// of an earlier call are replaced. Private keys are readable by their owner only.
func Write(dir string, now time.Time) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	authority := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "Doctor test authority"},
		NotBefore:             now.Add(-60 * day),
		NotAfter:              now.Add(60 * day),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, authority, authority, &caKey.PublicKey, caKey)
	if err != nil {
		return fmt.Errorf("authority: %w", err)
	}
	if err := writePEM(filepath.Join(dir, CAFile), "CERTIFICATE", der, 0o644); err != nil {
		return err
	}
	// The signer must carry what x509 derived, the key id above all.
	if authority, err = x509.ParseCertificate(der); err != nil {
		return fmt.Errorf("authority: %w", err)
	}
	for i, c := range Certificates() {
		if err := c.write(dir, now, int64(i)+2, authority, caKey); err != nil {
			return fmt.Errorf("certificate %s: %w", c.Name, err)
		}
	}
	return nil
}

func (c Certificate) write(dir string, now time.Time, serial int64, authority *x509.Certificate, caKey *ecdsa.PrivateKey) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	usage, role := x509.ExtKeyUsageServerAuth, "server"
	if c.Name == ClientName {
		usage, role = x509.ExtKeyUsageClientAuth, "client"
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: "Doctor test " + role + " (" + c.Name + ")"},
		NotBefore:    now.Add(c.notBefore),
		NotAfter:     now.Add(c.until),
		DNSNames:     c.names,
		IPAddresses:  c.addresses,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{usage},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, authority, &key.PublicKey, caKey)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	base := filepath.Join(dir, c.Name)
	if err := writePEM(base+".key", "PRIVATE KEY", keyDER, 0o600); err != nil {
		return err
	}
	return writePEM(base+".pem", "CERTIFICATE", der, 0o644)
}

func writePEM(path, kind string, der []byte, mode os.FileMode) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode)
}
