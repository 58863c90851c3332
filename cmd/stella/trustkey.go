package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/strictyaml"
	"stella-ops.org/doctor/host/trust"
)

func trustKeyCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:   "key",
		Usage:  "make keys, and say which are believed",
		Action: noSuchCommand,
		Subcommands: []*cli.Command{
			trustKeyGenerateCommand(s),
			trustKeyAddCommand(s),
			trustKeyListCommand(s),
			trustKeyRemoveCommand(s),
			trustKeyRevokeCommand(s),
		},
	}
}

func checkName(name string) error {
	if !trust.IsName(name) {
		return usagef("names are of lower-case letters, digits, dots, hyphens and underscores: acme-release", "%q is no name for a key", name)
	}
	return nil
}

func trustKeyAddCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "add",
		Usage:     "believe a publisher's key for some plugins; compare its digest with the one that the publisher names elsewhere",
		ArgsUsage: "NAME",
		Flags: join([]cli.Flag{
			&cli.StringFlag{Name: "public-key", Usage: "the public key, PEM in `FILE`"},
			&cli.StringSliceFlag{Name: "plugins", Usage: "believe it for the plugins of the id or quoted `PATTERN`, such as 'com.acme.**'; repeatable"},
			&cli.StringFlag{Name: "publisher", Usage: "the `TEXT` that names its owner for people"},
			&cli.StringFlag{Name: "not-before", Usage: "believe it from `TIME` on (RFC 3339, or a day)"},
			&cli.StringFlag{Name: "not-after", Usage: "believe it before `TIME` only (RFC 3339, or a day)"},
			&cli.BoolFlag{Name: "revocations", Usage: "let it sign revocation lists"},
			trustFlag(), besideFlag(),
			dryRunFlag(),
		}, outputFlags("text", "json")),
		Action: document(s, textOnly, func(c *cli.Context) (page, error) { return addKey(s, c) }),
	}
}

func addKey(s *streams, c *cli.Context) (page, error) {
	args, err := exactArgs(c, "NAME")
	if err != nil {
		return page{}, err
	}
	fields, digest, err := newKeyFields(s, c, args[0])
	if err != nil {
		return page{}, err
	}
	return editTrust(s, c, true, func(e *strictyaml.Edit, _ *trust.Ring, _ string) (done trustChange, err error) {
		if e.Find("keys", "name", args[0]) >= 0 {
			return done, usagef("remove it first, or choose another name", "key %s is in the trust file already", args[0])
		}
		e.Add("keys", fields)
		done.said = fmt.Sprintf("add key %s, %s", args[0], digest)
		return done, nil
	})
}

// newKeyFields are the fields of a new entry, in their order in the file.
func newKeyFields(s *streams, c *cli.Context, name string) ([]strictyaml.Field, string, error) {
	fail := func(err error) ([]strictyaml.Field, string, error) { return nil, "", err }
	if err := checkName(name); err != nil {
		return fail(err)
	}
	if c.String("public-key") == "" {
		return fail(usagef("usage: "+c.Command.HelpName+" NAME --public-key FILE --plugins PATTERN", "--public-key is missing"))
	}
	patterns := c.StringSlice("plugins")
	if len(patterns) == 0 && !c.Bool("revocations") {
		return fail(usagef("name the plugins that the publisher may sign: --plugins 'com.acme.**'", "--plugins is missing"))
	}
	for _, p := range patterns {
		if _, err := trust.ParsePattern(p); err != nil {
			return fail(usagef("patterns are written like 'com.acme.**'", "--plugins: %v", err))
		}
	}
	text, err := readPublicKey(s, c, c.String("public-key"))
	if err != nil {
		return fail(err)
	}
	key, err := trust.ParsePublicKey(text)
	if err != nil {
		return fail(err)
	}
	fields := []strictyaml.Field{{Name: "name", Value: name}}
	if p := c.String("publisher"); p != "" {
		fields = append(fields, strictyaml.Field{Name: "publisher", Value: p})
	}
	fields = append(fields, strictyaml.Field{Name: "key", Value: string(text)})
	if len(patterns) > 0 {
		fields = append(fields, strictyaml.Field{Name: "plugins", Value: patterns})
	}
	for _, flag := range []string{"not-before", "not-after"} {
		if !c.IsSet(flag) {
			continue
		}
		t, err := readTime(c, flag)
		if err != nil {
			return fail(err)
		}
		fields = append(fields, strictyaml.Field{Name: strings.ReplaceAll(flag, "-", "_"), Value: t})
	}
	if c.Bool("revocations") {
		fields = append(fields, strictyaml.Field{Name: "revocations", Value: true})
	}
	return fields, key.Digest(), nil
}

func trustKeyListCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "list the keys that are believed",
		Flags: join(trustFlags(), []cli.Flag{besideFlag()}, outputFlags("text", "json")),
		Action: document(s, textOnly, func(c *cli.Context) (page, error) {
			all, err := readTrustDocument(s, c)
			doc := keysDocument{keysSchema, all.File, all.Keys}
			return textPage(doc, doc.text), err
		}),
	}
}

func trustKeyRemoveCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "remove",
		Usage:     "take a key out of the trust file; revoke it instead when it was lost or stolen",
		ArgsUsage: "NAME",
		Flags:     join([]cli.Flag{trustFlag(), besideFlag(), dryRunFlag()}, outputFlags("text", "json")),
		Action: document(s, textOnly, func(c *cli.Context) (page, error) {
			args, err := exactArgs(c, "NAME")
			if err != nil {
				return page{}, err
			}
			return editTrust(s, c, false, func(e *strictyaml.Edit, _ *trust.Ring, path string) (done trustChange, err error) {
				at, err := findKey(e, args[0], path)
				if err != nil {
					return done, err
				}
				for _, comment := range e.Remove("keys", at) {
					notice(s, "this comment goes with the key: "+comment)
				}
				done.said = "remove key " + args[0]
				return done, nil
			})
		}),
	}
}

func trustKeyRevokeCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "revoke",
		Usage:     "believe a key no more, whatever it signed and whenever",
		ArgsUsage: "NAME",
		Flags: join([]cli.Flag{
			&cli.StringFlag{Name: "reason", Usage: "say why: `TEXT`"},
			&cli.StringFlag{Name: "since", DefaultText: "for ever", Usage: "from `TIME` on (RFC 3339, or a day): a run with an earlier --now still believes it"},
			trustFlag(), besideFlag(),
			dryRunFlag(),
		}, outputFlags("text", "json")),
		Action: document(s, textOnly, func(c *cli.Context) (page, error) { return revokeKey(s, c) }),
	}
}

func revokeKey(s *streams, c *cli.Context) (page, error) {
	args, err := exactArgs(c, "NAME")
	if err != nil {
		return page{}, err
	}
	reason := strings.Join(strings.Fields(c.String("reason")), " ")
	if reason == "" {
		return page{}, usagef("say why: --reason 'the laptop was stolen'", "--reason is missing")
	}
	var fields []strictyaml.Field
	var since time.Time
	said := fmt.Sprintf("revoke key %s: %s", args[0], reason)
	if c.IsSet("since") {
		if since, err = readTime(c, "since"); err != nil {
			return page{}, err
		}
		fields = append(fields, strictyaml.Field{Name: "since", Value: since})
		said += ", since " + rfc3339(since)
	}
	fields = append(fields, strictyaml.Field{Name: "reason", Value: reason})
	return editTrust(s, c, false, func(e *strictyaml.Edit, ring *trust.Ring, path string) (done trustChange, err error) {
		at, err := findKey(e, args[0], path)
		if err != nil {
			return done, err
		}
		// What is believed of a key never grows by revoking it.
		if old, revoked := ring.RevokedByName(args[0]); revoked && !since.Before(old.Since) {
			return done, usagef("an earlier --since is taken; to begin anew, first: stella doctor trust key remove "+args[0],
				"key %s is revoked already, %s: %s", args[0], sinceText(old.Since), old.Reason)
		}
		e.SetIn("keys", at, strictyaml.Field{Name: "revoked", Value: fields})
		done.said = said
		return done, nil
	})
}

// sinceText says since when a key is revoked.
func sinceText(since time.Time) string {
	if since.IsZero() {
		return "for ever"
	}
	return "since " + rfc3339(since)
}

func findKey(e *strictyaml.Edit, name, path string) (int, error) {
	at := e.Find("keys", "name", name)
	if at < 0 {
		return at, usagef("stella doctor trust key list shows them", "%s has no key %s", path, name)
	}
	return at, nil
}
