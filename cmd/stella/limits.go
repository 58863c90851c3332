package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/sdk/wire"
)

type limitEntry struct {
	Name    string `json:"name"`
	Default int64  `json:"default"`
	Ceiling int64  `json:"ceiling"`
	Unit    string `json:"unit"`
	What    string `json:"what"`
}

func limitsCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:  "limits",
		Usage: "print every limit that the host keeps",
		Flags: outputFlags("text", "json"),
		Action: document(s, textOnly, func(c *cli.Context) (page, error) {
			if _, err := exactArgs(c); err != nil {
				return page{}, err
			}
			entries := []limitEntry{}
			for _, l := range wire.Limits() {
				entries = append(entries, limitEntry{l.Name, l.Default, l.Ceiling, l.Unit, l.What})
			}
			return textPage(entries, func(w io.Writer) error {
				t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
				fmt.Fprintln(t, "LIMIT\tDEFAULT\tCEILING\tUNIT\tWHAT")
				for _, e := range entries {
					fmt.Fprintf(t, "%s\t%d\t%d\t%s\t%s\n", e.Name, e.Default, e.Ceiling, e.Unit, e.What)
				}
				return t.Flush()
			}), nil
		}),
	}
}
