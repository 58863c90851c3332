package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/trust"
)

func trustRevocationsAddCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "add",
		Usage:     "make a revocation list, or the next number of one, with further keys and files that count no more",
		ArgsUsage: "FILE",
		Description: "FILE is written; what stands in it already stays. Nothing is revoked by it yet: a list that is signed (trust revocations sign) is handed out, " +
			"and counts where it is taken in (trust revocations import). Without --key and --digest the list is issued anew, good for longer.",
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "key", Usage: "revoke the `KEY`: its name in the trust file, or its digest, sha256:<hex>; repeatable"},
			&cli.StringSliceFlag{Name: "digest", Usage: "revoke the plugin file with the `DIGEST`, sha256:<hex>; repeatable"},
			&cli.StringFlag{Name: "reason", Usage: "say why: `TEXT`"},
			&cli.StringFlag{Name: "since", DefaultText: "for ever", Usage: "revoke the keys from `TIME` on (RFC 3339, or a day)"},
			&cli.StringFlag{Name: "next-update", Usage: "let the list be good until `TIME` (RFC 3339, or a day); from then on nothing is believed without a newer one"},
			&cli.Int64Flag{Name: "number", DefaultText: "one more than that of FILE and of the trust file", Usage: "give the list the number `N`"},
			nowFlag("the clock", "let it be issued at `TIME` (RFC 3339, or a day)"),
			trustFlag(), besideFlag(),
			dryRunFlag(),
		},
		Action: func(c *cli.Context) error { return addRevocations(s, c) },
	}
}

func addRevocations(s *streams, c *cli.Context) error {
	args, err := exactArgs(c, "FILE")
	if err != nil {
		return err
	}
	if err := notStdout(args[0], "", "a list that is continued is"); err != nil {
		return err
	}
	if err := checkPlace(args[0]); err != nil {
		return err
	}
	list, err := readDraft(args[0]) // what is no list gets no file for turns beside it
	if err != nil {
		return err
	}
	if !c.Bool("dry-run") {
		end, err := turnBeside(s, c, "revocation list "+args[0], args[0])
		if err != nil {
			return err
		}
		defer end()
		if list, err = readDraft(args[0]); err != nil {
			return err
		}
	}
	ring, err := readRing(s, c)
	if err != nil {
		return err
	}
	if err := dateList(c, list, ring); err != nil {
		return err
	}
	if err := revokeIn(c, list, ring); err != nil {
		return err
	}
	data, err := list.Write(args[0])
	if err != nil {
		return err
	}
	said := fmt.Sprintf("list %d: %s, %s, good until %s", list.Number, plural(len(list.Keys), "key"), plural(len(list.Digests), "file"), rfc3339(list.NextUpdate))
	if c.Bool("dry-run") {
		_, err := fmt.Fprintf(s.stdout, "would: write %s\nnot written: %s\n", said, args[0])
		return stdoutError(err)
	}
	if err := writeFile(args[0], data, 0o644); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.stdout, "%s\n%s\n", said, args[0])
	return stdoutError(err)
}

// readDraft reads the list that is to be continued; an empty one where there is none.
func readDraft(path string) (*trust.Revocations, error) {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return &trust.Revocations{Keys: map[string]trust.RevokedKey{}, Digests: map[string]string{}}, nil
	}
	data, err := readRegular(path, trust.MaxRevocations)
	if err != nil {
		return nil, usagef("", "revocation list %s: %v", path, err)
	}
	return trust.ParseRevocations(data, path)
}

// dateList gives a list its number and its times.
func dateList(c *cli.Context, list *trust.Revocations, ring *trust.Ring) (err error) {
	if list.Issued, err = readNow(c); err != nil {
		return err
	}
	if c.String("next-update") == "" {
		return usagef("add --next-update DATE: long enough to bring the next list everywhere, and no longer", "nothing says until when the list can be relied on")
	}
	if list.NextUpdate, err = readTime(c, "next-update"); err != nil {
		return err
	}
	before := list.Number
	if have := ring.Info(list.Issued).Revocations; have != nil {
		before = max(before, have.Number)
	}
	list.Number = before + 1
	if c.IsSet("number") {
		if list.Number = c.Int64("number"); list.Number <= before {
			return usagef("leave --number out", "--number %d: there was number %d before, and an older list does not come back", list.Number, before)
		}
	}
	return nil
}

// revokeIn adds what the flags name.
func revokeIn(c *cli.Context, list *trust.Revocations, ring *trust.Ring) error {
	keys, digests := c.StringSlice("key"), c.StringSlice("digest")
	reason := strings.Join(strings.Fields(c.String("reason")), " ")
	var since time.Time
	switch {
	case len(keys)+len(digests) > 0 && reason == "":
		return usagef("say why: --reason 'the laptop was stolen'", "--reason is missing")
	case len(keys) == 0 && c.IsSet("since"):
		return usagef("leave it out: a file is revoked for ever", "--since says nothing without --key")
	case c.IsSet("since"):
		var err error
		if since, err = readTime(c, "since"); err != nil {
			return err
		}
	}
	for _, key := range keys {
		digest := key
		for _, known := range ring.Info(list.Issued).Keys {
			if known.Name == key {
				digest = known.Key
			}
		}
		if !strings.HasPrefix(digest, "sha256:") {
			return usagef("stella doctor trust key list shows them; or write its digest, sha256:<hex>", "--key %s: the trust file has no such key", key)
		}
		if old, ok := list.Keys[digest]; !ok || since.Before(old.Since) { // never later than before
			list.Keys[digest] = trust.RevokedKey{Since: since, Reason: reason}
		}
	}
	for _, digest := range digests {
		list.Digests[digest] = reason
	}
	return nil
}
