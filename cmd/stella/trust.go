package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/trust"
)

func trustCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:   "trust",
		Usage:  "say whose plugins are believed",
		Action: noSuchCommand,
		Subcommands: []*cli.Command{
			trustKeyCommand(s),
			trustRevocationsCommand(s),
			trustShowCommand(s),
		},
	}
}

// trustDocument is what `trust show` prints.
type trustDocument struct {
	Schema string `json:"schema"`
	// File is empty where there is no trust file.
	File string `json:"file"`
	// Site is the trust file of the state directory where that is another one, whose
	// revocations and require_lock hold as well.
	Site string `json:"site,omitempty"`
	trust.Info
}

const trustSchema = "stellaops.doctor.trust-show/v1"

func trustShowCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:  "show",
		Usage: "show the trust file: keys, authorities, rules and the revocation list",
		Flags: join(trustFlags(), []cli.Flag{
			besideFlag(),
			&cli.BoolFlag{Name: "template", Usage: "print a trust file with everything that it may hold, to begin with, and do nothing else"},
		}, outputFlags("text", "json")),
		Action: func(c *cli.Context) error {
			if c.Bool("template") {
				return oneForm(s, func(c *cli.Context) ([]byte, error) {
					_, err := exactArgs(c)
					return []byte(trust.Template), err
				})(c)
			}
			return document(s, textOnly, func(c *cli.Context) (page, error) {
				doc, err := readTrustDocument(s, c)
				return textPage(doc, doc.text), err
			})(c)
		},
	}
}

func readTrustDocument(s *streams, c *cli.Context) (trustDocument, error) {
	doc := trustDocument{Schema: trustSchema}
	if _, err := exactArgs(c); err != nil {
		return doc, err
	}
	now, err := readNow(c)
	if err != nil {
		return doc, err
	}
	ring, err := readRing(s, c)
	if err != nil {
		return doc, err
	}
	if ring != nil {
		doc.File, _ = trustPath(s, c)
		if site := siteTrust(s, c, doc.File); site != "" {
			if _, err := os.Lstat(site); err == nil {
				doc.Site = site
			}
		}
	}
	doc.Info = ring.Info(now)
	return doc, nil
}

const noTrustText = "there is no trust file: no signature is believed\nmake one with: stella doctor trust key add NAME --public-key FILE --plugins PATTERN\n"

func (d trustDocument) text(w io.Writer) error {
	if d.File == "" {
		_, err := io.WriteString(w, noTrustText)
		return err
	}
	fmt.Fprintf(w, "file       %s\nthreshold  %s\n", report.Escape(d.File), plural(max(d.Threshold, 1), "key"))
	if d.Site != "" {
		fmt.Fprintf(w, "site       %s: what it revokes, and require_lock, holds as well\n", report.Escape(d.Site))
	}
	if d.RequireLock {
		fmt.Fprintln(w, "lock       a plugin that is named by its file needs a line in the lock too")
	}
	d.revocationsText(w)
	for _, k := range d.Keys {
		fmt.Fprintln(w)
		keyText(w, k)
	}
	for _, a := range d.Authorities {
		fmt.Fprintf(w, "\nauthority  %s\n  plugins  %s\n", a.Name, report.Escape(strings.Join(a.Plugins, ", ")))
		if len(a.Subjects) > 0 {
			fmt.Fprintf(w, "  subjects %s\n", report.Escape(strings.Join(a.Subjects, ", ")))
		}
		for _, c := range a.Certificates {
			fmt.Fprintf(w, "  anchor   %s, %s until %s\n           %s\n", report.Escape(c.Subject), c.State, rfc3339(c.NotAfter), c.Key)
		}
	}
	for _, r := range d.Rules {
		fmt.Fprintf(w, "\nrule       %s\n", report.Escape(strings.Join(r.Plugins, ", ")))
		if r.Threshold > 0 {
			fmt.Fprintf(w, "  needs    %s\n", plural(r.Threshold, "key"))
		}
		for _, p := range r.Predicates {
			fmt.Fprintf(w, "  takes    %s\n", report.Escape(p))
		}
	}
	return nil
}

func (d trustDocument) revocationsText(w io.Writer) {
	switch l := d.Revocations; {
	case l == nil:
		fmt.Fprintln(w, "revoked    no revocation list")
	case l.State == trust.StateMissing:
		fmt.Fprintf(w, "revoked    the list %s is missing: no signature is believed\n", report.Escape(l.File))
	default:
		until := "until"
		if l.State == trust.StateExpired {
			until = "since"
		}
		fmt.Fprintf(w, "revoked    list %d of %s, %s, %s %s %s: %s, %s\n", l.Number, rfc3339(l.Issued), report.Escape(l.File), l.State, until, rfc3339(l.NextUpdate),
			plural(l.Keys, "key"), plural(l.Digests, "file"))
	}
}

func keyText(w io.Writer, k trust.KeyInfo) {
	fmt.Fprintf(w, "key        %s, %s, %s\n  digest   %s\n", k.Name, k.Algorithm, k.State, k.Key)
	if k.Publisher != "" {
		fmt.Fprintf(w, "  of       %s\n", report.Escape(k.Publisher))
	}
	if len(k.Plugins) > 0 {
		fmt.Fprintf(w, "  plugins  %s\n", report.Escape(strings.Join(k.Plugins, ", ")))
	}
	if k.Revocations {
		fmt.Fprintln(w, "  lists    it may sign revocation lists")
	}
	if !k.NotBefore.IsZero() {
		fmt.Fprintf(w, "  from     %s\n", rfc3339(k.NotBefore))
	}
	if !k.NotAfter.IsZero() {
		fmt.Fprintf(w, "  until    %s\n", rfc3339(k.NotAfter))
	}
	if k.Reason != "" {
		fmt.Fprintf(w, "  revoked  %s\n", report.Escape(k.Reason))
	}
}

// keysDocument is what `trust key list` prints.
type keysDocument struct {
	Schema string          `json:"schema"`
	File   string          `json:"file"`
	Keys   []trust.KeyInfo `json:"keys"`
}

const keysSchema = "stellaops.doctor.trust-keys/v1"

func (d keysDocument) text(w io.Writer) error {
	if d.File == "" {
		_, err := io.WriteString(w, noTrustText)
		return err
	}
	if len(d.Keys) == 0 {
		_, err := fmt.Fprintf(w, "%s has no keys\n", report.Escape(d.File))
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tSTATE\tUNTIL\tPLUGINS\tKEY")
	for _, k := range d.Keys {
		until := "-"
		if !k.NotAfter.IsZero() {
			until = rfc3339(k.NotAfter)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", k.Name, k.State, until, report.Escape(strings.Join(k.Plugins, " ")), k.Key)
	}
	return t.Flush()
}

// rfc3339 writes a time for people and machines.
func rfc3339(t time.Time) string { return t.UTC().Format(time.RFC3339) }
