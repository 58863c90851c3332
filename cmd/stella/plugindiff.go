package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/diff"
	"stella-ops.org/doctor/host/trust"
)

// diffForms are the formats of a difference, the default first; json is added.
var diffForms = []string{"text", "markdown", "html"}

func pluginDiffCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "diff",
		Usage:     "tell what changed between two versions of a plugin; nothing of them is executed",
		ArgsUsage: "[OLD] NEW",
		Description: "OLD and NEW are plugin files, references to a registry, ids of installed plugins, or files for an air gap that plugin export wrote. " +
			"NEW alone is compared with what is installed: each plugin of an exported file with its own, and an id with the version that waits, or else with the one before. " +
			"The exit code is 3 when a new version is wider, which is when it may do what the old one may not: reach more, read another setting, " +
			"call another host function, or write. It is 0 when none is. " +
			"What the two did is compared by the reports of their vettings beside the files (FILE.vet.json), which are as true as whoever brought them; --vet makes both anew.",
		Flags: join([]cli.Flag{
			&cli.BoolFlag{Name: "vet", Usage: "vet both files as plugin vet does, which takes from seconds to minutes; it executes them, without any network"},
			&cli.BoolFlag{Name: "static", Usage: "leave the reports of vettings out"},
		}, registryFlags(), trustFlags(), outputFlags("text", "json", "markdown", "html")),
		Action: document(s, diffForms, func(c *cli.Context) (page, error) { return diffPlugins(s, c) }),
	}
}

// differing is one command to compare.
type differing struct {
	s    *streams
	c    *cli.Context
	ring *trust.Ring
	now  time.Time
}

func diffPlugins(s *streams, c *cli.Context) (page, error) {
	if c.Bool("vet") && c.Bool("static") {
		return page{}, usagef("leave one of the two out", "--vet and --static contradict each other")
	}
	d := &differing{s: s, c: c}
	var err error
	if d.now, err = readNow(c); err != nil {
		return page{}, err
	}
	if d.ring, err = readRing(s, c); err != nil {
		return page{}, err
	}
	pairs, err := d.pairs()
	if err != nil {
		return page{}, err
	}
	var diffs []*diff.Diff
	for _, p := range pairs {
		one, err := d.compare(p)
		if err != nil {
			return page{}, err
		}
		diffs = append(diffs, one)
	}
	return diffPage(diffs), nil
}

// compare reads both sides of a pair.
func (d *differing) compare(p pair) (*diff.Diff, error) {
	now, err := d.side(p.new)
	if err != nil {
		return nil, err
	}
	if p.old == nil {
		return diff.Compare(nil, *now), nil
	}
	before, err := d.side(p.old)
	if err != nil {
		return nil, err
	}
	return diff.Compare(before, *now), nil
}

// several is the document of more than one difference.
type several struct {
	Schema string       `json:"schema"`
	Diffs  []*diff.Diff `json:"diffs"`
}

const severalSchema = "stellaops.doctor.diffs/v1"

func diffPage(diffs []*diff.Diff) page {
	p := page{value: several{severalSchema, diffs}, forms: map[string]writer{}}
	if len(diffs) == 1 {
		p.value = diffs[0]
	}
	for _, d := range diffs {
		if d.Wider() {
			p.code = exitDenied
		}
	}
	for form, write := range map[string]func(io.Writer, *diff.Diff) error{"text": diff.WriteText, "markdown": diff.WriteMarkdown, "html": diff.WriteHTML} {
		p.forms[form] = func(w io.Writer) error {
			if form == "html" && len(diffs) > 1 {
				return usagef("compare one plugin, or take another format", "an HTML page holds one difference, and there are %d", len(diffs))
			}
			for i, d := range diffs {
				if i > 0 {
					fmt.Fprintf(w, "\n%s\n\n", strings.Repeat("-", 72))
				}
				if err := write(w, d); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return p
}
