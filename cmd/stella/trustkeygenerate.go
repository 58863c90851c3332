package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/trust"
	"stella-ops.org/doctor/host/trust/keyfile"
)

func trustKeyGenerateCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "generate",
		Usage:     "make a key to sign plugins with: NAME.key, which stays with you, and NAME.pub, which goes out",
		ArgsUsage: "NAME",
		Description: "With a passphrase the private key is written in the form of cosign, which reads it too; without one it is plain PKCS#8. " +
			"The passphrase comes from --passphrase-file, from " + envPassphrase + " or from the terminal.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "kind", Value: keyfile.P256, Usage: "make a key of `KIND`: " + strings.Join(keyfile.Kinds(), ", ")},
			&cli.StringFlag{Name: "output", DefaultText: "NAME.key", Usage: "write the private key to `FILE`, and the public one beside it"},
			passphraseFlag(),
			dryRunFlag(),
		},
		Action: func(c *cli.Context) error { return generateKey(s, c) },
	}
}

// generateKey writes both halves or none, and never over a key that is there.
func generateKey(s *streams, c *cli.Context) error {
	args, err := exactArgs(c, "NAME")
	if err != nil {
		return err
	}
	if err := checkName(args[0]); err != nil {
		return err
	}
	kind := c.String("kind")
	if !slices.Contains(keyfile.Kinds(), kind) {
		return usagef("kinds are "+strings.Join(keyfile.Kinds(), ", "), "unknown kind of key %q", kind)
	}
	private := args[0] + ".key"
	if c.IsSet("output") {
		private = c.String("output")
	}
	if err := notStdout(private, "--output", "a private key is"); err != nil {
		return err
	}
	public := strings.TrimSuffix(private, ".key") + ".pub"
	for _, path := range []string{private, public} {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return usagef("a key is never written over: move it away, or choose another name", "%s is there already", path)
		}
		if err := checkPlace(path); err != nil {
			return err
		}
	}
	if c.Bool("dry-run") {
		_, err := fmt.Fprintf(s.stdout, "would: write a new key of kind %s to %s and %s\n", kind, private, public)
		return stdoutError(err)
	}
	passphrase, err := newPassphrase(s, c)
	if err != nil {
		return err
	}
	digest, err := writeKey(kind, private, public, passphrase)
	if err != nil {
		return err
	}
	if len(passphrase) == 0 {
		warn(s, private+" has no passphrase: whoever reads the file can sign as you")
	}
	_, err = fmt.Fprintf(s.stdout, "%s  private, keep it\n%s  public, hand it out\n%s\n", private, public, digest)
	return stdoutError(err)
}

func writeKey(kind, private, public string, passphrase []byte) (digest string, err error) {
	key, err := keyfile.Generate(kind)
	if err != nil {
		return "", err
	}
	half, err := trust.NewPublicKey(key.Public(), nil)
	if err != nil {
		return "", err
	}
	data, err := keyfile.Marshal(key, passphrase)
	if err != nil {
		return "", err
	}
	if err := writeFile(public, half.PEM(), 0o644); err != nil {
		return "", err
	}
	if err := writeFile(private, data, 0o600); err != nil {
		os.Remove(public)
		return "", err
	}
	return half.Digest(), nil
}
