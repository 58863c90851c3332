package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/plugins"
	"stella-ops.org/doctor/sdk/wire"
)

// release is set by the linker: -X main.release=1.2.3.
var release string

// version is the version of this program.
func version() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}

// embeddedPlugins returns the sealed plugins that this program was built with. It
// is a variable for tests, which build the plugin themselves.
var embeddedPlugins = plugins.Sealed

type versionDocument struct {
	Schema      string         `json:"schema"`
	Version     string         `json:"version"`
	ABI         int            `json:"abi"`
	Engine      string         `json:"engine"`
	Go          string         `json:"go"`
	Platform    string         `json:"platform"`
	Confinement []string       `json:"confinement"`
	Plugins     []versionEntry `json:"plugins"`
}

type versionEntry struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Digest  string `json:"digest"`
	Cache   string `json:"cache"`
}

const versionSchema = "stellaops.doctor.version/v1"

func versionCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "print the versions of the program, its engine and its plugins",
		Flags: join([]cli.Flag{besideFlag()}, outputFlags("text", "json")),
		Action: document(s, textOnly, func(c *cli.Context) (page, error) {
			if _, err := exactArgs(c); err != nil {
				return page{}, err
			}
			cfg := host.Config{Version: version(), Embedded: embeddedPlugins(), CacheDir: cacheDir(s)}
			if err := addInstalled(s, c, &cfg); err != nil {
				return page{}, err
			}
			h, err := host.Open(cfg)
			if err != nil {
				return page{}, err
			}
			defer h.Close()
			warnRefused(s, h)
			warnIdle(s, h)
			doc := versionDocument{
				Schema:      versionSchema,
				Version:     version(),
				ABI:         wire.Version,
				Engine:      host.Engine(),
				Go:          runtime.Version(),
				Platform:    runtime.GOOS + "/" + runtime.GOARCH,
				Confinement: host.Confinement(),
				Plugins:     []versionEntry{},
			}
			for _, p := range h.Plugins() {
				doc.Plugins = append(doc.Plugins, versionEntry{p.Info.ID, p.Info.Version, p.Digest(), h.CacheState(p.Info.ID)})
			}
			return textPage(doc, doc.text), nil
		}),
	}
}

func (d versionDocument) text(w io.Writer) error {
	fmt.Fprintf(w, "stella doctor %s, ABI %d\n", d.Version, d.ABI)
	fmt.Fprintf(w, "engine       %s\n", d.Engine)
	fmt.Fprintf(w, "built with   %s for %s\n", d.Go, d.Platform)
	for i, c := range d.Confinement {
		name := ""
		if i == 0 {
			name = "confinement"
		}
		fmt.Fprintf(w, "%-12s %s\n", name, c)
	}
	for _, p := range d.Plugins {
		fmt.Fprintf(w, "plugin       %s %s %s, cache %s\n", p.ID, p.Version, p.Digest, p.Cache)
	}
	if len(d.Plugins) == 0 {
		fmt.Fprintln(w, "plugin       none embedded: build with `make build`")
	}
	return nil
}
