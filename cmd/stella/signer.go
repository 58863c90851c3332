package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/trust"
	"stella-ops.org/doctor/host/trust/keyfile"
)

// signerFlags say with what to sign.
func signerFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "key", Usage: "sign with the private key in `KEYFILE`, made by trust key generate, cosign or openssl"},
		passphraseFlag(),
		&cli.StringFlag{Name: "signer-command", Usage: "let `COMMAND` sign, for keys in a device: it gets the bytes on standard input and answers with the signature, raw or in base64; it is split at white space and no shell sees it"},
		&cli.StringFlag{Name: "public-key", Usage: "with --signer-command: the public key of the device, PEM in `FILE`"},
	}
}

// The limits of a command that signs: somebody may have to touch a device.
const (
	signerWait   = 5 * time.Minute
	maxSignature = 16 << 10
)

// readSigner finds the key that the flags name.
func readSigner(s *streams, c *cli.Context) (crypto.Signer, error) {
	switch file, command := c.String("key"), c.String("signer-command"); {
	case file != "" && command != "":
		return nil, usagef("leave one of the two out", "--key and --signer-command both name a key")
	case command != "":
		return readDevice(s, c, command)
	case c.IsSet("public-key"):
		return nil, usagef("it is for keys in a device", "--public-key says nothing without --signer-command")
	case file == "":
		return nil, usagef("make a key with: stella doctor trust key generate NAME", "--key is missing")
	default:
		return readKeyFile(s, c, file)
	}
}

func readKeyFile(s *streams, c *cli.Context, path string) (crypto.Signer, error) {
	fail := func(err error) error { return usagef("", "key file %s: %v", inputName(path), err) }
	data, err := readInput(c.Context, s, path, keyfile.Max)
	if err != nil {
		if c.Context.Err() != nil {
			return nil, err
		}
		return nil, fail(err)
	}
	f, err := keyfile.Parse(data)
	if err != nil {
		return nil, fail(err)
	}
	if st, err := os.Stat(path); err == nil && runtime.GOOS != "windows" && st.Mode().IsRegular() && st.Mode().Perm()&0o077 != 0 {
		warn(s, fmt.Sprintf("key file %s can be read by others (mode %04o): chmod 600 it", path, st.Mode().Perm()))
	}
	if !f.NeedsPassphrase() {
		return f.Key(nil)
	}
	key, err := openKey(s, c, f)
	var usage *usageError
	switch {
	case errors.As(err, &usage):
		return nil, usagef(usage.hint, "key file %s: %s", inputName(path), usage.text)
	case errors.Is(err, keyfile.ErrPassphrase):
		return nil, usagef("give it with --passphrase-file FILE or in "+envPassphrase, "key file %s: %v", inputName(path), err)
	case err != nil:
		return nil, fail(err)
	}
	return key, nil
}

// device is a key that another program holds.
type device struct {
	ctx     context.Context
	s       *streams
	command []string
	public  crypto.PublicKey
}

func readDevice(s *streams, c *cli.Context, command string) (crypto.Signer, error) {
	path := c.String("public-key")
	if path == "" {
		return nil, usagef("name the public key of the device with --public-key FILE", "--signer-command needs --public-key")
	}
	text, err := readPublicKey(s, c, path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	argv := strings.Fields(command)
	if len(argv) == 0 {
		return nil, usagef("", "--signer-command names no program")
	}
	return &device{c.Context, s, argv, key}, nil
}

// readPublicKey reads a public key that counts, and returns its text.
func readPublicKey(s *streams, c *cli.Context, path string) ([]byte, error) {
	text, err := readInput(c.Context, s, path, keyfile.Max)
	if err == nil {
		var key *trust.PublicKey
		if key, err = trust.ParsePublicKey(text); err == nil {
			return key.PEM(), nil
		}
	}
	if c.Context.Err() != nil {
		return nil, err
	}
	return nil, usagef("", "public key %s: %v", inputName(path), err)
}

func (d *device) Public() crypto.PublicKey { return d.public }

// Sign is not what a device is asked for: it hashes the text itself.
func (d *device) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("a device signs texts and no hashes")
}

// SignMessage hands the text to the command, without a shell.
func (d *device) SignMessage(_ io.Reader, message []byte, _ crypto.SignerOpts) ([]byte, error) {
	ctx, cancel := context.WithTimeout(d.ctx, signerWait)
	defer cancel()
	cmd := exec.CommandContext(ctx, d.command[0], d.command[1:]...)
	cmd.WaitDelay = time.Second
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Env = bytes.NewReader(message), &limited{&out, maxSignature}, d.s.stderr, d.s.environ
	if err := cmd.Run(); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return nil, cause
		}
		return nil, fmt.Errorf("%s: %w", d.command[0], err)
	}
	if out.Len() == 0 {
		return nil, fmt.Errorf("%s wrote no signature", d.command[0])
	}
	if raw, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(out.Bytes()))); err == nil {
		return raw, nil
	}
	return out.Bytes(), nil
}
