package egress

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// maxCAFileBytes bounds the CA file; the bundle of a whole system has 0.3 MiB.
const maxCAFileBytes = 4 << 20

// trust builds the TLS configuration of all connections: TLS 1.2 at least, the
// system roots and those of the file, no session kept.
func trust(caFile string, insecure bool) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: insecure}
	if caFile == "" {
		return cfg, nil // nil roots are the system's
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool() // a system without roots trusts the file alone
	}
	if err := addCertificates(roots, caFile); err != nil {
		return nil, err
	}
	cfg.RootCAs = roots
	return cfg, nil
}

// addCertificates reads the file strictly: x509.CertPool.AppendCertsFromPEM
// skips what it cannot parse, and the operator would look for the mistake at the
// server.
func addCertificates(pool *x509.CertPool, name string) error {
	data, err := readRegular(name, maxCAFileBytes)
	if err != nil {
		return err
	}
	count := 0
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return fmt.Errorf("certificate %d in %s cannot be read: %w", count+1, name, err)
		}
		pool.AddCert(cert)
		count++
	}
	if count == 0 {
		return fmt.Errorf("%s holds no PEM certificate", name)
	}
	return nil
}

// readRegular reads a regular file of at most limit bytes. Pipes and devices
// are refused, and opened without waiting for their other end.
func readRegular(name string, limit int64) ([]byte, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		var perr *fs.PathError
		if errors.As(err, &perr) {
			err = perr.Err
		}
		return nil, fmt.Errorf("%s cannot be read: %w", name, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", name, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", name, limit)
	}
	return data, nil
}
