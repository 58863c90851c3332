package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/image"
	"stella-ops.org/doctor/host/oci"
	"stella-ops.org/doctor/host/report"
)

// pulled is what `plugin pull` prints.
type pulled struct {
	Schema   string             `json:"schema"`
	File     string             `json:"file"`
	ID       string             `json:"id"`
	Version  string             `json:"version"`
	Bytes    int                `json:"bytes"`
	Digest   string             `json:"digest"`
	From     string             `json:"from"`
	Layout   string             `json:"layout"`
	Attached []pulledAttachment `json:"attached"`
	DryRun   bool               `json:"dry_run"`
}

const pullSchema = "stellaops.doctor.plugin-pull/v1"

type pulledAttachment struct {
	File   string `json:"file"`
	Kind   string `json:"kind"`
	Bytes  int    `json:"bytes"`
	Digest string `json:"digest"`
}

func pluginPullCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "pull",
		Usage:     "fetch a plugin and what is attached to it from a registry",
		ArgsUsage: "REF",
		Flags: join([]cli.Flag{
			&cli.StringFlag{Name: "o", Usage: "write the plugin to `FILE`, and its documents beside it", DefaultText: "ID-VERSION.wasm"},
			&cli.BoolFlag{Name: "dry-run", Usage: "fetch and check it, and write nothing"},
		}, registryFlags(), outputFlags("text", "json")),
		Action: document(s, textOnly, func(c *cli.Context) (page, error) {
			args, err := exactArgs(c, "REF")
			if err != nil {
				return page{}, err
			}
			opts, err := registryOptions(s, c, "plugin pull")
			if err != nil {
				return page{}, err
			}
			out, alone := c.String("o"), false
			if c.IsSet("o") {
				if alone, err = checkArtifact(out); err != nil {
					return page{}, err
				}
			}
			p, err := pull(c.Context, s, args[0], opts)
			if err != nil {
				return page{}, err
			}
			if out == "" {
				out = image.FileName(&p.File.Info)
				if alone, err = checkArtifact(out); err != nil {
					return page{}, err
				}
			}
			doc := describePulled(out, p, alone)
			if doc.DryRun = c.Bool("dry-run"); !doc.DryRun {
				done, err := writeArtifact(out, p.Artifact, alone)
				for _, name := range done.replaced {
					tellReplaced(s, name, true)
				}
				if err != nil {
					return page{}, err
				}
				for _, name := range done.strangers {
					warn(s, name+" was there before and is not of the plugin that was fetched")
				}
			}
			return textPage(doc, doc.text), nil
		}),
	}
}

// pull fetches, and tells what a tag stood for and what was left out.
func pull(ctx context.Context, s *streams, ref string, o oci.Options) (*oci.Pulled, error) {
	p, err := oci.Pull(ctx, ref, o)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(ref, "@") {
		notice(s, ref+" stands for "+p.Ref+" now; a tag can move, the digest cannot")
	}
	for _, text := range p.Ignored {
		notice(s, "left out: "+text)
	}
	return p, nil
}

func describePulled(out string, p *oci.Pulled, alone bool) pulled {
	info := &p.File.Info
	doc := pulled{
		Schema: pullSchema, File: out, ID: info.ID, Version: info.Version, Bytes: len(p.Artifact.Plugin), Digest: p.Artifact.Digest(),
		From: p.Ref, Layout: p.Layout, Attached: []pulledAttachment{},
	}
	if alone {
		return doc
	}
	for _, f := range filesBeside(out, p.Artifact) {
		doc.Attached = append(doc.Attached, pulledAttachment{File: f.path, Kind: string(f.Kind), Bytes: len(f.Data), Digest: f.Digest()})
	}
	return doc
}

func (d pulled) text(w io.Writer) error {
	if d.DryRun {
		fmt.Fprintln(w, "nothing was written; this would be:")
	}
	fmt.Fprintf(w, "%s  %s %s, %d bytes\ndigest  %s\nfrom    %s (%s)\n", report.Escape(d.File), d.ID, d.Version, d.Bytes, d.Digest, report.Escape(d.From), d.Layout)
	for _, a := range d.Attached {
		fmt.Fprintf(w, "with    %s, %s, %d bytes\n", report.Escape(a.File), a.Kind, a.Bytes)
	}
	fmt.Fprintln(w, "proved  that these are the bytes of the digest, and nothing of their author: stella doctor plugin verify tells")
	return nil
}

// fetched is a plugin that a command line named, be it a file or a reference.
type fetched struct {
	*artifact.Artifact
	// Origin is how reports call the place: the path, or REGISTRY/REPOSITORY@DIGEST.
	Origin string
}

// fetchArtifact reads the plugin that arg names with what is attached to it: a file
// and the documents beside it, or a reference to a registry. What is a file is read
// as one, unless oci:// says otherwise. The command needs [registryFlags]; nothing
// is verified.
func fetchArtifact(s *streams, c *cli.Context, arg string) (*fetched, error) {
	_, err := os.Stat(arg)
	if !strings.HasPrefix(arg, oci.Scheme) && (err == nil || !oci.LooksLikeReference(arg)) {
		a, err := readArtifact(arg)
		return &fetched{a, arg}, err
	}
	o, err := registryOptions(s, c, "fetching "+arg)
	if err != nil {
		return nil, err
	}
	p, err := pull(c.Context, s, arg, o)
	if err != nil {
		return nil, err
	}
	return &fetched{p.Artifact, p.Ref}, nil
}
