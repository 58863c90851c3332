package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/inspect"
)

// formatSBOM is the format of a software bill of materials.
const formatSBOM = "cyclonedx"

// inspectForms are the formats of an inspection, the default first; json is added.
var inspectForms = []string{"text", "markdown", "sarif", "html", formatSBOM}

func pluginInspectCommand(s *streams) *cli.Command {
	print := document(s, inspectForms, inspectFile)
	return &cli.Command{
		Name:      "inspect",
		Usage:     "print what a plugin file is, asks for and can do, without executing it",
		ArgsUsage: "FILE",
		Description: "Reads the file and the documents beside it (FILE.sigstore.json, FILE.cdx.json); nothing is compiled, executed or asked of a network. " +
			"What the file claims of its making is shown as claimed, and no signature is verified: plugin verify does that. " +
			"A file that is refused is reported as far as it could be read, with exit code 3; findings alone change no exit code.",
		Flags: join([]cli.Flag{
			&cli.BoolFlag{Name: "sbom", Usage: "write the modules of the file as a CycloneDX 1.6 document, as --format " + formatSBOM + " does"},
			nowFlag("none", "date the CycloneDX document `TIME` (RFC 3339, or a day)"),
		}, outputFlags("text", "json", "markdown", "sarif", "html", formatSBOM)),
		Action: func(c *cli.Context) error {
			if err := sbomFormat(c); err != nil {
				return err
			}
			if err := formatByName(c, artifact.SBOM, formatSBOM); err != nil {
				return err
			}
			return print(c)
		},
	}
}

// sbomFormat lets --sbom be one format more.
func sbomFormat(c *cli.Context) error {
	if !c.Bool("sbom") {
		return nil
	}
	for _, v := range c.StringSlice("format") {
		if !strings.Contains(v, "=") && v != formatSBOM {
			return usagef("give the other a file: --sbom --format "+v+"=FILE", "--sbom and --format %s would be one document", v)
		}
	}
	return c.Set("format", formatSBOM)
}

// formatByName gives a document the format that the name of its file stands for,
// where no format is named: under that name other commands find it beside the plugin.
func formatByName(c *cli.Context, kind artifact.Kind, format string) error {
	if c.IsSet("format") || !strings.HasSuffix(c.String("output"), kind.Suffix()) {
		return nil
	}
	return c.Set("format", format)
}

func inspectFile(c *cli.Context) (page, error) {
	args, err := exactArgs(c, "FILE")
	if err != nil {
		return page{}, err
	}
	now, err := givenNow(c)
	if err != nil {
		return page{}, err
	}
	path := args[0]
	data, err := readModule(path)
	if err != nil {
		return page{}, err
	}
	beside, err := readAttached(path)
	if err != nil {
		return page{}, err
	}
	o := inspect.Options{File: path}
	for _, f := range beside {
		o.Beside = append(o.Beside, inspect.Beside{Name: f.path, Kind: f.Kind, Data: f.Data})
	}
	rep, err := inspect.Inspect(data, o)
	if err != nil {
		err = fmt.Errorf("plugin file %s: %w", path, err)
	}
	return page{value: rep, forms: inspectWriters(rep, now), err: err}, nil
}

// inspectWriters are the renderers of an inspection, but for JSON.
func inspectWriters(rep *inspect.Report, now time.Time) map[string]writer {
	of := func(write func(io.Writer, *inspect.Report) error) writer {
		return func(w io.Writer) error { return write(w, rep) }
	}
	return map[string]writer{
		"text":     of(inspect.WriteText),
		"markdown": of(inspect.WriteMarkdown),
		"sarif":    of(inspect.WriteSARIF),
		"html":     of(inspect.WriteHTML),
		formatSBOM: func(w io.Writer) error {
			o := inspect.SBOMOptions{Generator: version()}
			if !now.IsZero() {
				o.Timestamp = now.Format(time.RFC3339)
			}
			text, err := inspect.SBOM(rep, o)
			if err != nil {
				return err
			}
			_, err = w.Write(text)
			return err
		},
	}
}
