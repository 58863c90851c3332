package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/truth"
	"stella-ops.org/doctor/sdk/wire"
)

// pageFormats are the forms of a page for people.
var pageFormats = []string{"text", "markdown"}

func explainCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "explain",
		Usage:     "explain a check or a cause: what it asks, what it means, what helps",
		ArgsUsage: "ID|CAUSE",
		Flags: join([]cli.Flag{
			&cli.StringSliceFlag{Name: "plugin", Aliases: []string{"p"}, Usage: "look in plugin `ID` only, or in the plugin file FILE.wasm too; repeatable"},
			runtimeFlag(),
		}, settingsFlags(), outputFlags("text", "markdown", "json"), logFlags()),
		Action: document(s, pageFormats, func(c *cli.Context) (page, error) {
			args, err := exactArgs(c, "ID|CAUSE")
			if err != nil {
				return page{}, err
			}
			if strings.ContainsAny(args[0], "*?[!") {
				return page{}, usagef("name one check or one cause", "%q is a pattern, and only one thing is explained at a time", args[0])
			}
			runtime, _, err := chosenRuntime(s, c)
			if err != nil {
				return page{}, err
			}
			h, err := openHost(s, c)
			if err != nil {
				return page{}, err
			}
			defer h.Close()
			_, plugins := splitPlugins(c.StringSlice("plugin"))
			if strings.HasPrefix(args[0], "check.") {
				return explainCheck(h, args[0], plugins, runtime)
			}
			return explainCause(h, args[0], plugins)
		}),
	}
}

// explanationSchema names the form of the JSON document.
const explanationSchema = "stellaops.doctor.explanation/v1"

// explanation is what the sealed file says of a check, with the values that its
// settings have here. Nothing is executed for it.
type explanation struct {
	Schema string `json:"schema"`
	wire.CheckInfo
	Plugin        string              `json:"plugin"`
	PluginVersion string              `json:"plugin_version"`
	Values        []host.SettingValue `json:"values"`
	// Known are the checks that this one names and the catalog has, sorted.
	Known []string `json:"known"`
	// Truth is the derived truth table; null for a check that is not part of this
	// program.
	Truth *truth.Table `json:"truth"`
}

func explainCheck(h *host.Host, id string, plugins []string, runtime string) (page, error) {
	checks, err := h.Checks(host.Selection{Checks: []string{id}, Plugins: plugins})
	if err != nil {
		return page{}, err
	}
	if len(checks) == 0 {
		return page{}, usagef("leave --plugin out", "check %s is in none of the plugins that --plugin names", id)
	}
	c := checks[0]
	doc := explanation{
		Schema: explanationSchema, CheckInfo: c.Info,
		Plugin: c.Plugin.Info.ID, PluginVersion: c.Plugin.Info.Version,
		Values: h.SettingValues(c), Known: []string{},
	}
	doc.Category = c.Category()
	if c.Plugin.Embedded() {
		doc.Truth = truthTable(c.Info.ID)
	}
	all, err := h.Checks(host.Selection{Full: true})
	if err != nil {
		return page{}, err
	}
	named := slices.Concat(c.Info.DependsOn, c.Info.ReplacementIDs)
	for _, r := range c.Info.Related {
		named = append(named, r.ID)
	}
	for _, other := range all {
		if slices.Contains(named, other.Info.ID) {
			doc.Known = append(doc.Known, other.Info.ID)
		}
	}
	return page{value: doc, forms: map[string]writer{
		"text":     doc.text(runtime),
		"markdown": doc.markdown(runtime),
	}}, nil
}

// valuesOf are the values of one declared setting: none, one, or one for each
// item of a list.
func (e *explanation) valuesOf(declared string) []host.SettingValue {
	var out []host.SettingValue
	for _, v := range e.Values {
		if v.Declared == declared {
			out = append(out, v)
		}
	}
	return out
}

// presence says that a check which is named is not there.
func (e *explanation) presence(id string) string {
	if slices.Contains(e.Known, id) {
		return ""
	}
	return " (not in this catalog)"
}
