package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/strictyaml"
	"stella-ops.org/doctor/host/trust"
)

func trustRevocationsCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:   "revocations",
		Usage:  "make, sign and take in lists of keys and files that count no more",
		Action: noSuchCommand,
		Subcommands: []*cli.Command{
			trustRevocationsAddCommand(s),
			trustRevocationsImportCommand(s),
			trustRevocationsSignCommand(s),
		},
	}
}

func trustRevocationsImportCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "import",
		Usage:     "take in a newer revocation list; one that is older than the last is refused",
		ArgsUsage: "FILE",
		Description: "Where the trust file has keys that may sign lists, the bundle of one of them stands beside FILE, as FILE.sigstore.json. " +
			"From then on nothing is believed once the list is past its next_update.",
		Flags:  join([]cli.Flag{dryRunFlag(), besideFlag()}, trustFlags(), outputFlags("text", "json")),
		Action: document(s, textOnly, func(c *cli.Context) (page, error) { return importRevocations(s, c) }),
	}
}

// revocationsFileName is where a list goes whose place the trust file does not
// name yet.
const revocationsFileName = "revocations.json"

// importRevocations writes the list first and its number after: a kill between
// leaves the newer list and the older number, which is a sound state.
func importRevocations(s *streams, c *cli.Context) (page, error) {
	args, err := exactArgs(c, "FILE")
	if err != nil {
		return page{}, err
	}
	now, err := changeNow(s, c)
	if err != nil {
		return page{}, err
	}
	data, err := readInput(c.Context, s, args[0], trust.MaxRevocations)
	if err != nil {
		if c.Context.Err() != nil {
			return page{}, err
		}
		return page{}, usagef("", "revocation list %s: %v", inputName(args[0]), err)
	}
	_, bundles, err := signaturesBeside(c, s, args[0])
	if err != nil {
		return page{}, err
	}
	return takeRevocations(s, c, inputName(args[0]), data, bundles, now)
}

// takeRevocations writes a list that is called name and its number in the trust
// file.
func takeRevocations(s *streams, c *cli.Context, called string, data []byte, bundles [][]byte, now time.Time) (page, error) {
	return editTrust(s, c, false, func(e *strictyaml.Edit, ring *trust.Ring, path string) (done trustChange, err error) {
		list, signer, err := ring.TakeRevocations(data, called, bundles, now)
		var refusal *trust.Refusal
		if errors.As(err, &refusal) {
			return done, fmt.Errorf("revocation list %s: %w", called, err)
		}
		if err != nil {
			return done, err
		}
		word := "signed by " + signer
		if signer == "" {
			word = "not signed"
			notice(s, "no key of the trust file may sign revocation lists, so this one stands on your word")
		}
		name := ring.RevocationsFile()
		if name == "" {
			name = revocationsFileName
			e.SetUnder("revocations", strictyaml.Field{Name: "file", Value: name})
		}
		e.SetUnder("revocations", strictyaml.Field{Name: "number", Value: list.Number})
		place := filepath.Join(filepath.Dir(path), name)
		done.files = append(listSignatures(place, bundles), writtenFile{place, data})
		done.said = fmt.Sprintf("take revocation list %d of %s, %s: %s, %s, good until %s", list.Number, rfc3339(list.Issued), word,
			plural(len(list.Keys), "key"), plural(len(list.Digests), "file"), rfc3339(list.NextUpdate))
		return done, nil
	})
}

// listSignatures are the bundles of a list as files beside it, for whoever gets the
// list from here.
func listSignatures(place string, bundles [][]byte) (files []writtenFile) {
	var list artifact.Artifact
	for _, data := range bundles {
		list.Attached = append(list.Attached, artifact.Attachment{Kind: artifact.Signature, Data: data})
	}
	list.Sort()
	for _, f := range attachedFiles(place, &list) {
		files = append(files, writtenFile{f.path, f.Data})
	}
	return files
}

func trustRevocationsSignCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "sign",
		Usage:     "sign a revocation list",
		ArgsUsage: "FILE",
		Flags: join(signerFlags(), []cli.Flag{
			&cli.StringFlag{Name: "output", DefaultText: "FILE.sigstore.json", Usage: "write the bundle to `FILE`"},
			dryRunFlag(),
		}),
		Action: func(c *cli.Context) error {
			args, err := exactArgs(c, "FILE")
			if err != nil {
				return err
			}
			data, err := readInput(c.Context, s, args[0], trust.MaxRevocations)
			if err != nil {
				return usagef("", "revocation list %s: %v", inputName(args[0]), err)
			}
			list, err := trust.ParseRevocations(data, inputName(args[0]))
			if err != nil {
				return err
			}
			key, err := readSigner(s, c)
			if err != nil {
				return err
			}
			bundle, err := trust.SignBare(key, data)
			if err != nil {
				return signError(err)
			}
			return writeBundle(s, c, args[0], bundle, fmt.Sprintf("revocation list %d", list.Number))
		},
	}
}
