package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/report"
)

func pluginRebuildCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "rebuild",
		Usage:     "build a Go plugin again from its sources, and compare",
		ArgsUsage: "FILE",
		Description: "Reads from FILE with which version of Go, tags and flags it was built, builds the sources in --source with the same, and compares " +
			"the modules; the section that describes the plugin is set aside and compared by itself, when the rest is the same. " +
			"What the file says is data: flags that could run a program or touch another file are refused, and neither GOFLAGS nor go.work has a say. " +
			"No network is asked: the modules and the toolchain must be on this machine, and are believed as they are there, with the build cache " +
			"(GOCACHE names another; go mod verify looks at the modules). " +
			"The exit code is 0 when the file is what the sources make, and 3 when it is not.",
		Flags: join([]cli.Flag{
			&cli.StringFlag{Name: "source", Usage: "build from the sources in `DIR`: of the plugin, or the root of its module"},
		}, outputFlags("text", "json")),
		Action: document(s, textOnly, func(c *cli.Context) (page, error) { return rebuildFile(s, c) }),
	}
}

// rebuilt is what `plugin rebuild` prints.
type rebuilt struct {
	Schema string `json:"schema"`
	File   string `json:"file"`
	Same   bool   `json:"same"`
	*host.Rebuilt
}

const rebuildSchema = "stellaops.doctor.plugin-rebuild/v1"

func rebuildFile(s *streams, c *cli.Context) (page, error) {
	args, err := exactArgs(c, "FILE")
	if err != nil {
		return page{}, err
	}
	if !c.IsSet("source") {
		return page{}, usagef("name the sources: stella doctor plugin rebuild FILE --source DIR", "--source is missing")
	}
	data, err := host.ReadModule(args[0])
	if err != nil {
		return page{}, err
	}
	said := compilerWords(s.stderr)
	r, err := host.RebuildGo(c.Context, host.Config{Version: version(), Environ: s.environ}, data, c.String("source"), said)
	said.flush()
	if err != nil {
		return page{}, fmt.Errorf("plugin file %s: %w", args[0], err)
	}
	doc := &rebuilt{Schema: rebuildSchema, File: args[0], Same: r.Same(), Rebuilt: r}
	p := textPage(doc, doc.text)
	if !doc.Same {
		p.code = exitDenied
	}
	return p, nil
}

func (d *rebuilt) text(w io.Writer) error {
	verdict := "is what the sources make, byte for byte"
	switch {
	case !d.Identical && !d.FlagsRecorded:
		verdict = "is NOT what the sources make with the flags below; it may have been built with other flags of the linker, which it does not record"
	case !d.Identical:
		verdict = "is NOT what the sources make"
	case !d.Same:
		verdict = "is what the sources make, but its seal is NOT what the module says of itself"
	}
	fmt.Fprintf(w, "%s %s\n", report.Escape(d.File), verdict)
	fmt.Fprintf(w, "file    %s\nsource  %s\n", d.Digest, report.Escape(d.Source))
	fmt.Fprintf(w, "build   %s of %s\nflags   %s\n", d.GoVersion, report.Escape(d.Package), report.Escape(strings.Join(d.Flags, " ")))
	if !d.FlagsRecorded {
		fmt.Fprintln(w, "        those of the linker are not recorded, and told from the sections of the file")
	}
	if d.Identical {
		fmt.Fprintf(w, "module  %s without the seal, %s\nseal    %s\n", plural(d.Module.Bytes, "byte"), d.Module.Digest, sealTexts[d.Seal])
		return nil
	}
	fmt.Fprintf(w, "module  %s without the seal, %s\nsources %s, %s\n", plural(d.Module.Bytes, "byte"), d.Module.Digest, plural(d.Again.Bytes, "byte"), d.Again.Digest)
	fmt.Fprintln(w, "\nwhat differs (file, then what the sources make):")
	for _, b := range d.Build {
		fmt.Fprintf(w, "  %s %s: %s, %s\n", b.Kind, report.Escape(b.Key), report.Escape(orNone(b.File)), report.Escape(orNone(b.Again)))
	}
	for _, c := range d.Sections {
		fmt.Fprintf(w, "  section %s: %s\n", report.Escape(c.Title), sectionText(c))
	}
	return nil
}

// sealTexts say how the seal compares.
var sealTexts = map[string]string{
	host.SealIdentical: "says what the module says of itself: the whole file is reproduced",
	host.SealDifferent: "does NOT say what the module says of itself",
}

func sectionText(c host.SectionDifference) string {
	switch {
	case c.File < 0:
		return fmt.Sprintf("none, %s", plural(c.Again, "byte"))
	case c.Again < 0:
		return fmt.Sprintf("%s, none", plural(c.File, "byte"))
	}
	return fmt.Sprintf("%s, %s; the first byte that differs is %d", plural(c.File, "byte"), plural(c.Again, "byte"), c.First)
}
