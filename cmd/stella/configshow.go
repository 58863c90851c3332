package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/settings"
)

// configDocument is what `config show` prints.
type configDocument struct {
	Schema   string                  `json:"schema"`
	Settings []host.EffectiveSetting `json:"settings"`
}

const configSchema = "stellaops.doctor.config/v1"

func configCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:        "config",
		Usage:       "look at the configuration",
		Action:      noSuchCommand,
		Subcommands: []*cli.Command{configShowCommand(s)},
	}
}

func configShowCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "show every setting that has a value, where it comes from and who reads it; secrets are masked",
		ArgsUsage: "[key or section…]",
		Flags: join(settingsFlags(), outputFlags("text", "json", "markdown"), logFlags(), []cli.Flag{
			&cli.StringSliceFlag{Name: "plugin", Aliases: []string{"p"}, Usage: "look in the plugin file `FILE.wasm` too; repeatable"},
		}),
		Action: document(s, []string{"text", "markdown"}, func(c *cli.Context) (page, error) {
			sections, err := keyFilters(c.Args().Slice())
			if err != nil {
				return page{}, err
			}
			h, err := openHost(s, c)
			if err != nil {
				return page{}, err
			}
			defer h.Close()
			doc := configDocument{configSchema, filterSettings(s, h.EffectiveSettings(), sections)}
			return page{value: doc, forms: map[string]writer{"text": doc.text, "markdown": doc.markdown}}, nil
		}),
	}
}

// keyFilters reads the arguments: keys or the beginnings of keys, in any
// spelling.
func keyFilters(args []string) ([]string, error) {
	var out []string
	for _, arg := range args {
		key, err := settings.ParseKey(arg)
		if err != nil {
			return nil, usagef("name a key such as OCI:RegistryUrl, or a section such as OCI", "argument %q: %v", arg, err)
		}
		out = append(out, key)
	}
	return out, nil
}

// filterSettings keeps what begins with one of the sections, case aside, and
// tells of every section with which nothing begins.
func filterSettings(s *streams, all []host.EffectiveSetting, sections []string) []host.EffectiveSetting {
	if len(sections) == 0 {
		return all
	}
	under := func(key, section string) bool {
		return len(key) >= len(section) && strings.EqualFold(key[:len(section)], section)
	}
	kept := []host.EffectiveSetting{}
	for _, e := range all {
		if slices.ContainsFunc(sections, func(section string) bool { return under(e.Key, section) }) {
			kept = append(kept, e)
		}
	}
	for _, section := range sections {
		if !slices.ContainsFunc(kept, func(e host.EffectiveSetting) bool { return under(e.Key, section) }) {
			notice(s, "no setting that has a value begins with "+section)
		}
	}
	return kept
}

func (d configDocument) text(w io.Writer) error {
	if len(d.Settings) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "KEY\tVALUE\tORIGIN\tREAD BY")
	for _, e := range d.Settings {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", report.Escape(e.Key), report.Escape(e.Value), report.Escape(e.Origin), report.Escape(readByText(e)))
	}
	return t.Flush()
}

func (d configDocument) markdown(w io.Writer) error {
	if len(d.Settings) == 0 {
		return nil
	}
	mdHead(w, "key", "value", "origin", "read by")
	for _, e := range d.Settings {
		mdRow(w, mdCode(e.Key), mdCode(e.Value), mdText(e.Origin), mdText(readByText(e)))
	}
	return nil
}

// readByText names the first reader and counts the others.
func readByText(e host.EffectiveSetting) string {
	by := slices.Clone(e.ReadBy)
	if e.ReadByHost {
		by = append([]string{"doctor itself"}, by...)
	}
	switch {
	case len(by) > 1:
		return fmt.Sprintf("%s and %d more", by[0], len(by)-1)
	case len(by) == 1:
		return by[0]
	case len(e.Suggestions) > 0:
		return "nothing; did you mean " + strings.Join(e.Suggestions, " or ") + "?"
	}
	return "nothing"
}
