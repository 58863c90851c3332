package main

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"os"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"stella-ops.org/doctor/host/trust/keyfile"
)

// envPassphrase holds the passphrase of a private key; envCosign is cosign's name
// for it, which is read for a key only.
const (
	envPassphrase = "STELLA_PASSPHRASE"
	envCosign     = "COSIGN_PASSWORD"
)

// maxPassphrase bounds the file of a passphrase, in bytes.
const maxPassphrase = 4 << 10

func passphraseFlag() cli.Flag {
	return &cli.StringFlag{Name: "passphrase-file", Usage: "take the passphrase of the private key from the first line of `FILE`, before " + envPassphrase + " and the terminal"}
}

// givenPassphrase is the passphrase of the flag or of the environment.
func givenPassphrase(s *streams, c *cli.Context, names ...string) (passphrase []byte, given bool, err error) {
	if path := c.String("passphrase-file"); path != "" {
		data, err := readInput(c.Context, s, path, maxPassphrase)
		if err != nil {
			if c.Context.Err() != nil {
				return nil, false, err
			}
			return nil, false, usagef("", "passphrase file %s: %v", inputName(path), err)
		}
		line, _, _ := bytes.Cut(data, []byte("\n"))
		if line = bytes.TrimSuffix(line, []byte("\r")); len(line) == 0 {
			return nil, false, usagef("", "passphrase file %s: its first line is empty", inputName(path))
		}
		return line, true, nil
	}
	for _, name := range names {
		if text := s.env(name); text != "" {
			return []byte(text), true, nil
		}
	}
	return nil, false, nil
}

// openKey opens an encrypted key: with the passphrase that is given, with none,
// which is how cosign writes keys in pipelines, or with what the terminal says.
func openKey(s *streams, c *cli.Context, f *keyfile.File) (crypto.Signer, error) {
	passphrase, given, err := givenPassphrase(s, c, envPassphrase, envCosign)
	if err != nil {
		return nil, err
	}
	key, err := f.Key(passphrase)
	if given || !errors.Is(err, keyfile.ErrPassphrase) {
		return key, err
	}
	passphrase, ok, err := askPassphrase(c.Context, s, "passphrase of the key: ")
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, usagef("give it with --passphrase-file FILE or in "+envPassphrase, "the key has a passphrase, and there is no terminal to ask for it")
	}
	return f.Key(passphrase)
}

// newPassphrase is the passphrase for a new key; nil for none.
func newPassphrase(s *streams, c *cli.Context) ([]byte, error) {
	passphrase, given, err := givenPassphrase(s, c, envPassphrase)
	if given || err != nil {
		return passphrase, err
	}
	passphrase, ok, err := askPassphrase(c.Context, s, "passphrase for the new key, empty for none: ")
	if !ok || err != nil || len(passphrase) == 0 {
		return nil, err
	}
	again, _, err := askPassphrase(c.Context, s, "once more: ")
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(passphrase, again) {
		return nil, usagef("", "the two passphrases differ")
	}
	return passphrase, nil
}

// askPassphrase asks where a person can answer: standard input and standard error
// are terminals. An interrupt leaves the terminal as it was.
func askPassphrase(ctx context.Context, s *streams, question string) (answer []byte, ok bool, err error) {
	in, isFile := s.stdin.(*os.File)
	out, isErr := s.stderr.(*os.File)
	if !isFile || !isErr || !term.IsTerminal(int(in.Fd())) || !term.IsTerminal(int(out.Fd())) {
		return nil, false, nil
	}
	before, err := term.GetState(int(in.Fd()))
	if err != nil {
		return nil, false, nil
	}
	fmt.Fprint(s.stderr, question)
	type reply struct {
		text []byte
		err  error
	}
	done := make(chan reply, 1)
	go func() {
		text, err := term.ReadPassword(int(in.Fd()))
		done <- reply{text, err}
	}()
	var r reply
	select {
	case r = <-done:
	case <-ctx.Done():
		_ = term.Restore(int(in.Fd()), before)
		return nil, false, context.Cause(ctx)
	}
	fmt.Fprintln(s.stderr)
	if r.err != nil {
		return nil, false, usagef("", "the passphrase could not be read: %v", r.err)
	}
	return r.text, true, nil
}
