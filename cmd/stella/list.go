package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

type listEntry struct {
	Check           string        `json:"check"`
	Name            string        `json:"name"`
	Description     string        `json:"description"`
	Plugin          string        `json:"plugin"`
	Category        string        `json:"category"`
	DefaultSeverity wire.Severity `json:"default_severity"`
	Class           string        `json:"class"`
	Tags            []string      `json:"tags"`
}

// listForms are the forms of the list for people, listFormats all of its
// formats.
var (
	listForms   = []string{"text", "table", "markdown"}
	listFormats = []string{"text", "table", "json", "markdown"}
)

func listCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "list",
		Usage:     "list the checks that there are",
		ArgsUsage: "[check id…]",
		Flags:     join(filterFlags(), outputFlags(listFormats...), logFlags()),
		Action: document(s, listForms, func(c *cli.Context) (page, error) {
			h, err := openHost(s, c)
			if err != nil {
				return page{}, err
			}
			defer h.Close()
			warnIdle(s, h)
			sel := selection(h, c)
			// A list without --quick shows every check, slow ones too.
			sel.Full = sel.Full || !sel.Quick
			checks, err := selectChecks(s, h, sel)
			if err != nil {
				return page{}, err
			}
			if len(h.Plugins()) == 0 {
				notice(s, noPluginHint)
			}
			entries := listEntries(checks)
			table := func(w io.Writer) error { return writeList(w, entries) }
			return page{value: entries, forms: map[string]writer{"text": table, "table": table,
				"markdown": func(w io.Writer) error { return writeListMarkdown(w, entries) }}}, nil
		}),
	}
}

func listEntries(checks []host.Check) []listEntry {
	entries := []listEntry{}
	for _, c := range checks {
		tags := c.Info.Tags
		if tags == nil {
			tags = []string{}
		}
		entries = append(entries, listEntry{c.Info.ID, c.Info.Name, c.Info.Description, c.Plugin.Info.ID,
			c.Category(), c.Info.DefaultSeverity, c.Info.Class, tags})
	}
	return entries
}

func writeList(w io.Writer, entries []listEntry) error {
	if len(entries) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "CHECK\tDEFAULT\tCLASS\tPLUGIN\tTAGS\tNAME")
	for _, e := range entries {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", e.Check, e.DefaultSeverity, e.Class, e.Plugin,
			report.Escape(strings.Join(e.Tags, ",")), report.Escape(e.Name))
	}
	return t.Flush()
}

func writeListMarkdown(w io.Writer, entries []listEntry) error {
	if len(entries) == 0 {
		return nil
	}
	mdHead(w, "check", "default", "class", "plugin", "tags", "name")
	for _, e := range entries {
		mdRow(w, mdCode(e.Check), mdText(string(e.DefaultSeverity)), mdText(e.Class), mdCode(e.Plugin),
			mdText(strings.Join(e.Tags, ", ")), mdText(e.Name))
	}
	return nil
}
