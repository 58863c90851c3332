package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/trust"
)

// verification is what `plugin verify` prints.
type verification struct {
	Schema  string         `json:"schema"`
	File    string         `json:"file"`
	Digest  string         `json:"digest"`
	Bytes   int            `json:"bytes"`
	ID      string         `json:"id"`
	Version string         `json:"version"`
	Trust   string         `json:"trust"` // the trust file; empty when there is none
	Verdict string         `json:"verdict"`
	Signers []trust.Signer `json:"signers"`
	Bundles []string       `json:"bundles"`
	Ignored []string       `json:"ignored"`
	Refusal *mistrust      `json:"refusal,omitempty"`
}

type mistrust struct {
	Rule string `json:"rule"`
	Text string `json:"text"`
	Hint string `json:"hint,omitempty"`
}

const (
	verificationSchema = "stellaops.doctor.verification/v1"
	verdictVerified    = "verified"
	verdictRefused     = "refused"
)

func pluginVerifyCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "say who signed a plugin file, and whether they are believed; nothing of it is executed",
		ArgsUsage: "FILE",
		Description: "Takes the bundles beside FILE (FILE.sigstore.json, FILE.NAME.sigstore.json), or those of --bundle. " +
			"Exits 0 when the keys of the trust file vouch for it, and 3 when not.",
		Flags: join([]cli.Flag{
			&cli.StringSliceFlag{Name: "bundle", Usage: "take the signature in `FILE`, and none beside the plugin; repeatable"},
			besideFlag(),
		}, trustFlags(), outputFlags("text", "json")),
		Action: document(s, textOnly, func(c *cli.Context) (page, error) {
			doc, err := verifyPlugin(s, c)
			p := textPage(doc, doc.text)
			if doc.Refusal != nil {
				p.code = exitDenied
			}
			return p, err
		}),
	}
}

func verifyPlugin(s *streams, c *cli.Context) (doc verification, err error) {
	args, err := exactArgs(c, "FILE")
	if err != nil {
		return doc, err
	}
	now, err := readNow(c)
	if err != nil {
		return doc, err
	}
	data, f, err := openSealed(args[0])
	if err != nil {
		return doc, err
	}
	ring, err := readRing(s, c)
	if err != nil {
		return doc, err
	}
	paths, bundles, err := readBundles(s, c, args[0])
	if err != nil {
		return doc, err
	}
	doc = verification{Schema: verificationSchema, File: args[0], Digest: f.Digest, Bytes: len(data), ID: f.Info.ID, Version: f.Info.Version,
		Signers: []trust.Signer{}, Bundles: paths, Ignored: []string{}}
	if ring != nil {
		doc.Trust, _ = trustPath(s, c)
	}
	doc.judge(ring.Verify(trust.SubjectOf(data, &f.Info), bundles, now))
	return doc, nil
}

func (d *verification) judge(v *trust.Verified, err error) {
	var r *trust.Refusal
	if errors.As(err, &r) {
		d.Verdict, d.Refusal = verdictRefused, &mistrust{r.Rule, r.Text, r.Hint}
		d.Ignored = append(d.Ignored, r.Others...)
		return
	}
	d.Verdict, d.Signers = verdictVerified, v.Signers
	d.Ignored = append(d.Ignored, v.Ignored...)
}

// readBundles reads the bundles of --bundle, or those beside the file.
func readBundles(s *streams, c *cli.Context, file string) ([]string, [][]byte, error) {
	paths := c.StringSlice("bundle")
	if len(paths) == 0 {
		return signaturesBeside(c, s, file)
	}
	bundles, err := readBundleFiles(s, c, paths)
	return paths, bundles, err
}

// signaturesBeside reads the bundles beside a file, by name: those that inspect and
// install take.
func signaturesBeside(c *cli.Context, s *streams, file string) ([]string, [][]byte, error) {
	paths := []string{}
	if file == "-" {
		return paths, nil, nil
	}
	found, err := findAttached(file)
	if err != nil {
		return nil, nil, err
	}
	for _, f := range found {
		if f.Kind == artifact.Signature {
			paths = append(paths, f.path)
		}
	}
	bundles, err := readBundleFiles(s, c, paths)
	return paths, bundles, err
}

func readBundleFiles(s *streams, c *cli.Context, paths []string) ([][]byte, error) {
	if len(paths) > trust.MaxBundles {
		return nil, usagef("leave those out that are not needed", "there are %d bundles, the limit is %d", len(paths), trust.MaxBundles)
	}
	var bundles [][]byte
	for _, path := range paths {
		data, err := readInput(c.Context, s, path, trust.MaxBundle+1) // one more is the ring's to refuse
		if err != nil {
			if c.Context.Err() != nil {
				return nil, err
			}
			return nil, usagef("", "bundle %s: %v", inputName(path), err)
		}
		bundles = append(bundles, data)
	}
	return bundles, nil
}

func (d verification) text(w io.Writer) error {
	fmt.Fprintf(w, "%-9s %s %s, %s\ndigest    %s\n", d.Verdict, d.ID, d.Version, report.Escape(d.File), d.Digest)
	for _, s := range d.Signers {
		who := s.Name
		if s.Publisher != "" {
			who += " (" + s.Publisher + ")"
		}
		fmt.Fprintf(w, "signer    %s, key %s", report.Escape(who), s.Key)
		if !s.NotAfter.IsZero() {
			fmt.Fprintf(w, ", until %s", rfc3339(s.NotAfter))
		}
		fmt.Fprintln(w)
	}
	if d.Refusal != nil {
		fmt.Fprintf(w, "rule      %s\nreason    %s\n", d.Refusal.Rule, report.Escape(d.Refusal.Text))
		if d.Refusal.Hint != "" {
			fmt.Fprintf(w, "hint      %s\n", report.Escape(d.Refusal.Hint))
		}
	}
	for i, path := range d.Bundles {
		fmt.Fprintf(w, "bundle %-2d %s\n", i+1, report.Escape(path))
	}
	for _, text := range d.Ignored {
		fmt.Fprintf(w, "ignored   %s\n", report.Escape(text))
	}
	return nil
}
