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

func explainCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "explain",
		Usage:     "explain a check: what it asks, reads and reaches, and what its verdicts mean",
		ArgsUsage: "ID",
		Flags: join(settingsFlags(), outputFlags("text", "json"), logFlags(), []cli.Flag{
			&cli.StringSliceFlag{Name: "plugin", Aliases: []string{"p"}, Usage: "look in the plugin file `FILE.wasm` too; repeatable"},
		}),
		Action: document(s, textOnly, func(c *cli.Context) (page, error) {
			args, err := exactArgs(c, "ID")
			if err != nil {
				return page{}, err
			}
			h, err := openHost(s, c)
			if err != nil {
				return page{}, err
			}
			defer h.Close()
			check, err := h.Check(args[0])
			if err != nil {
				return page{}, err
			}
			doc := explanation{CheckInfo: check.Info, Plugin: check.Plugin.Info.ID,
				Values: h.SettingValues(check)}
			return textPage(doc, doc.text), nil
		}),
	}
}

// explanation is what the sealed file says of a check, with the values that its
// settings have here. Nothing is executed for it.
type explanation struct {
	wire.CheckInfo
	Plugin string              `json:"plugin"`
	Values []host.SettingValue `json:"values"`
}

func (e explanation) text(w io.Writer) error {
	esc := report.Escape
	fmt.Fprintf(w, "%s  %s\n%s\n", e.ID, esc(e.Name), esc(e.Description))
	fmt.Fprintf(w, "\nplugin %s, class %s, default severity %s", e.Plugin, e.Class, e.DefaultSeverity)
	if len(e.Tags) > 0 {
		fmt.Fprintf(w, ", tags %s", esc(strings.Join(e.Tags, " ")))
	}
	fmt.Fprintln(w)
	if x := e.Explain; x != nil {
		section(w, "what it does", x.What)
		section(w, "why it matters", x.Why)
	}
	e.writeSettings(w)
	if len(e.Access) > 0 {
		fmt.Fprintln(w, "\nit asks to reach")
		for _, a := range e.Access {
			fmt.Fprintf(w, "  %s %s%s: %s\n", esc(strings.Join(a.Methods, ",")), esc(a.Target), esc(a.Path), esc(a.Reason))
		}
	}
	if x := e.Explain; x != nil {
		writeVerdicts(w, x)
	}
	if len(e.Related) > 0 {
		fmt.Fprintln(w, "\nrelated checks")
		for _, r := range e.Related {
			fmt.Fprintf(w, "  %s: %s\n", esc(r.ID), esc(r.Reason))
		}
	}
	if e.RunbookURL != "" {
		fmt.Fprintf(w, "\nrunbook: %s\n", esc(e.RunbookURL))
	}
	return nil
}

func (e explanation) writeSettings(w io.Writer) {
	if len(e.Settings) == 0 {
		return
	}
	values := map[string]host.SettingValue{}
	for _, v := range e.Values {
		values[strings.ToLower(v.Key)] = v
	}
	fmt.Fprintln(w, "\nsettings")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range e.Settings {
		value, origin := "(unset)", ""
		if v, ok := values[strings.ToLower(s.Key)]; ok {
			value, origin = v.Value, "from "+v.Origin
		}
		names := strings.Join(append([]string{s.Key}, s.Aliases...), ", ")
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", report.Escape(names), report.Escape(value), report.Escape(origin), report.Escape(s.Description))
	}
	t.Flush()
}

func writeVerdicts(w io.Writer, x *wire.Explain) {
	fmt.Fprintln(w, "\nverdicts, the first that matches")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, v := range x.Verdicts {
		fmt.Fprintf(t, "  %s\t%s\t%s\n", v.Severity, report.Escape(v.When), v.Cause)
	}
	t.Flush()
	fmt.Fprintln(w, "\ncauses")
	t = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range x.Causes {
		fmt.Fprintf(t, "  %s\t%s\n", c.ID, report.Escape(c.Text))
	}
	t.Flush()
	if len(x.Fixes) > 0 {
		fmt.Fprintln(w, "\nfixes")
		for _, f := range x.Fixes {
			fmt.Fprintf(w, "  - %s\n", report.Escape(f))
		}
	}
}

func section(w io.Writer, title, text string) {
	if text != "" {
		fmt.Fprintf(w, "\n%s\n  %s\n", title, report.Escape(text))
	}
}
