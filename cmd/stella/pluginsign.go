package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/trust"
)

func pluginSignCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "sign",
		Usage:     "sign a sealed plugin: writes a Sigstore bundle beside it, and asks no server",
		ArgsUsage: "FILE",
		Description: "The signature is over the bytes of FILE and over the id and the version in its seal, never over its name. " +
			"Several people sign into bundles of their own: --output FILE.NAME.sigstore.json. cosign verifies the bundle too.",
		Flags: join(signerFlags(), []cli.Flag{
			&cli.StringFlag{Name: "chain", Usage: "sign with a certificate: PEM in `FILE`, the signer's first, then those that lead up to the site's authority"},
			&cli.StringFlag{Name: "output", DefaultText: "FILE.sigstore.json", Usage: "write the bundle to `FILE`"},
			dryRunFlag(),
		}),
		Action: func(c *cli.Context) error { return signPlugin(s, c) },
	}
}

func signPlugin(s *streams, c *cli.Context) error {
	args, err := exactArgs(c, "FILE")
	if err != nil {
		return err
	}
	data, f, err := openSealed(args[0])
	if err != nil {
		return err
	}
	chain, err := readChain(s, c)
	if err != nil {
		return err
	}
	key, err := readSigner(s, c)
	if err != nil {
		return err
	}
	subject := trust.SubjectOf(data, &f.Info)
	var bundle []byte
	if chain == nil {
		bundle, err = trust.Sign(key, subject)
	} else {
		bundle, err = trust.SignX509(key, chain, subject)
	}
	if err != nil {
		return signError(err)
	}
	return writeBundle(s, c, args[0], bundle, fmt.Sprintf("%s %s, %s", f.Info.ID, f.Info.Version, f.Digest))
}

// openSealed reads a plugin file that is sealed and would be taken.
func openSealed(path string) ([]byte, *plugin.File, error) {
	data, err := host.ReadModule(path)
	if err != nil {
		return nil, nil, err
	}
	f, err := plugin.Open(data)
	if err != nil {
		return nil, nil, fmt.Errorf("plugin file %s: %w", path, err)
	}
	return data, f, nil
}

// signError is a failure to sign, which is the key's or the device's.
func signError(err error) error {
	var signal *signalError
	if errors.As(err, &signal) || errors.Is(err, context.Canceled) {
		return err
	}
	return usagef("", "%v", err)
}

// readChain reads the certificates of --chain; nil when there are none.
func readChain(s *streams, c *cli.Context) ([]*x509.Certificate, error) {
	path := c.String("chain")
	if path == "" {
		return nil, nil
	}
	text, err := readInput(c.Context, s, path, trust.MaxBundle)
	if err != nil {
		return nil, usagef("", "certificate file %s: %v", inputName(path), err)
	}
	var chain []*x509.Certificate
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, usagef("", "certificate file %s: it holds a PEM block of type %q", inputName(path), block.Type)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, usagef("", "certificate file %s: certificate %d cannot be read", inputName(path), len(chain)+1)
		}
		chain = append(chain, cert)
	}
	if len(chain) == 0 {
		return nil, usagef("", "certificate file %s: there is no certificate in it", inputName(path))
	}
	return chain, checkInTime(s, chain, time.Now())
}

// checkInTime refuses certificates with which nobody would believe what is signed, and
// tells of those with which nobody does yet.
func checkInTime(s *streams, chain []*x509.Certificate, now time.Time) error {
	for _, cert := range chain {
		subject := strconv.QuoteToASCII(cert.Subject.String())
		switch {
		case now.After(cert.NotAfter):
			return usagef("sign with a valid certificate; is the clock right?", "the certificate of %s expired at %s: no site would believe the signature", subject, rfc3339(cert.NotAfter))
		case now.Before(cert.NotBefore):
			warn(s, "the certificate of "+subject+" is valid from "+rfc3339(cert.NotBefore)+" on: no site believes the signature before that; is the clock right?")
		}
	}
	return nil
}

// writeBundle writes a bundle beside what it signs. One of another key is never
// written over: it may be the second signature that a rule wants.
func writeBundle(s *streams, c *cli.Context, file string, bundle []byte, what string) error {
	out := file + artifact.Signature.Suffix()
	if c.IsSet("output") {
		out = c.String("output")
	}
	if err := notStdout(out, "--output", "a bundle is"); err != nil {
		return err
	}
	key, err := trust.KeyOf(bundle)
	if err != nil {
		return err
	}
	if realPlace(out) == realPlace(file) {
		return usagef("write the bundle to another file", "%s is the file that is signed", out)
	}
	if err := checkPlace(out); err != nil {
		return err
	}
	if err := replaceable(out, key, file); err != nil {
		return err
	}
	if c.Bool("dry-run") {
		_, err := fmt.Fprintf(s.stdout, "would: write %s, the signature of %s with key %s\n", out, what, key)
		return stdoutError(err)
	}
	if err := writeFile(out, bundle, 0o644); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.stdout, "%s  signs %s\nkey %s\n", out, what, key)
	return stdoutError(err)
}

// replaceable looks at what stands where a bundle of key goes. A pipe or a device
// holds nothing that could be lost, and is not read.
func replaceable(out, key, file string) error {
	st, err := os.Stat(out)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && !st.Mode().IsRegular():
		return nil
	case err != nil:
		return &outputError{path: out, err: cause(err)}
	}
	hint := "write to a file of its own: --output " + file + ".NAME" + artifact.Signature.Suffix()
	old, err := readRegular(realPlace(out), trust.MaxBundle)
	if err != nil {
		return usagef(hint, "%s is there already, and is no bundle: %v", out, err)
	}
	if other, err := trust.KeyOf(old); err != nil || other != key {
		return usagef(hint, "%s is there already, and not of this key", out)
	}
	return nil
}
