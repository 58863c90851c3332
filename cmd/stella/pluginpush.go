package main

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/image"
	"stella-ops.org/doctor/host/oci"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/report"
)

// pushed is what `plugin push` prints.
type pushed struct {
	Schema   string             `json:"schema"`
	Ref      string             `json:"ref"`
	Tag      string             `json:"tag"`
	ID       string             `json:"id"`
	Version  string             `json:"version"`
	Bytes    int                `json:"bytes"`
	Digest   string             `json:"digest"`
	Config   string             `json:"config"`
	Attached []pushedAttachment `json:"attached"`
	DryRun   bool               `json:"dry_run"`
}

const pushSchema = "stellaops.doctor.plugin-push/v1"

type pushedAttachment struct {
	Kind   string `json:"kind"`
	Bytes  int    `json:"bytes"`
	Digest string `json:"digest"`
}

func pluginPushCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "push",
		Usage:     "bring a plugin and the documents beside it to a registry",
		ArgsUsage: "FILE REF",
		Flags: join([]cli.Flag{
			&cli.BoolFlag{Name: "dry-run", Usage: "say what would be pushed, and connect to nothing"},
		}, registryFlags(), outputFlags("text", "json")),
		Action: document(s, textOnly, func(c *cli.Context) (page, error) {
			args, err := exactArgs(c, "FILE", "REF")
			if err != nil {
				return page{}, err
			}
			a, err := readArtifact(args[0])
			if err != nil {
				return page{}, err
			}
			f, err := plugin.Open(a.Plugin)
			if err != nil {
				return page{}, fmt.Errorf("plugin file %s: %w", args[0], err)
			}
			p, err := push(s, c, args[1], a)
			if err != nil {
				return page{}, err
			}
			if p.Form != image.FormOwn {
				notice(s, "the registry does not take the config of WebAssembly; it holds the plugin under "+configName(p.Form))
			}
			doc := describePushed(p, a, f)
			doc.DryRun = c.Bool("dry-run")
			return textPage(doc, doc.text), nil
		}),
	}
}

// push pushes, or with --dry-run says what would come of it.
func push(s *streams, c *cli.Context, ref string, a *artifact.Artifact) (*oci.Pushed, error) {
	if c.Bool("dry-run") {
		return oci.Plan(ref, a)
	}
	opts, err := registryOptions(s, c, "plugin push")
	if err != nil {
		return nil, err
	}
	return oci.Push(c.Context, ref, a, opts)
}

func configName(form image.Form) string {
	switch form {
	case image.FormOwn:
		return image.TypeConfig
	case image.FormEmpty:
		return image.TypeEmpty
	}
	return image.TypeContainer
}

func describePushed(p *oci.Pushed, a *artifact.Artifact, f *plugin.File) pushed {
	doc := pushed{
		Schema: pushSchema, Ref: p.Ref, Tag: p.Tag, ID: f.Info.ID, Version: f.Info.Version, Bytes: len(a.Plugin), Digest: f.Digest,
		Config: configName(p.Form), Attached: []pushedAttachment{},
	}
	for _, t := range a.Attached {
		doc.Attached = append(doc.Attached, pushedAttachment{string(t.Kind), len(t.Data), t.Digest()})
	}
	return doc
}

func (d pushed) text(w io.Writer) error {
	if d.DryRun {
		fmt.Fprintln(w, "nothing was sent; this would be:")
	}
	fmt.Fprintf(w, "%s  %s %s, %d bytes\ndigest  %s\n", report.Escape(d.Ref), d.ID, d.Version, d.Bytes, d.Digest)
	if d.Tag != "" {
		fmt.Fprintf(w, "tag     %s\n", report.Escape(d.Tag))
	}
	for _, a := range d.Attached {
		fmt.Fprintf(w, "with    %s, %d bytes\n", a.Kind, a.Bytes)
	}
	return nil
}
