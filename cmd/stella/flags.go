package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/go-hclog"
	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/settings"
)

// settingsFlags name the sources of the operator's configuration.
func settingsFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "set", Usage: "set `KEY=VALUE`, over every other source; repeatable"},
		&cli.StringSliceFlag{Name: "set-file", Usage: "set `KEY=FILE`, the value is the text of the file; repeatable"},
		&cli.StringSliceFlag{Name: "config", Usage: "read settings from `FILE` (JSON or YAML); repeatable, later wins; the lock and the trust file beside the first count, where there are such"},
	}
}

// filterFlags select checks.
func filterFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "check", Usage: "take the check `ID`, or a quoted pattern such as 'check.integration.*', 'check.**', or '!ID' to leave out; repeatable"},
		&cli.StringSliceFlag{Name: "plugin", Aliases: []string{"p"}, Usage: "take the checks of plugin `ID`, or of the plugin file FILE.wasm; repeatable"},
		&cli.StringSliceFlag{Name: "category", Aliases: []string{"c"}, Usage: "take the checks of `CATEGORY`; repeatable"},
		&cli.StringSliceFlag{Name: "tag", Usage: "take the checks tagged `TAG`; repeatable"},
		&cli.BoolFlag{Name: "quick", Aliases: []string{"q"}, Usage: "take only checks tagged quick"},
		&cli.BoolFlag{Name: "full", Usage: "take slow checks too"},
	}
}

// outputFlags say how a document is written.
func outputFlags(formats ...string) []cli.Flag {
	return []cli.Flag{
		&formatFlag{formats: formats, StringSliceFlag: &cli.StringSliceFlag{Name: "format", Aliases: []string{"f"}, DefaultText: formats[0],
			Usage: "write `FORMAT`, or FORMAT=FILE; repeatable; formats are " + strings.Join(formats, ", ")}},
		&cli.StringFlag{Name: "output", Usage: "write the format that has no file to `FILE` instead of standard output"},
	}
}

// logFlags say what the engine logs on standard error.
func logFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "log-level", Value: "warn", Usage: "log at `LEVEL`: trace, debug, info, warn, error or off"},
		&cli.BoolFlag{Name: "log-json", Usage: "log as JSON"},
	}
}

func join(groups ...[]cli.Flag) []cli.Flag {
	var out []cli.Flag
	for _, g := range groups {
		out = append(out, g...)
	}
	return out
}

// newLogger makes the logger of --log-level and --log-json.
func newLogger(s *streams, c *cli.Context) (hclog.Logger, error) {
	text := c.String("log-level")
	level := hclog.LevelFromString(text)
	if level == hclog.NoLevel {
		return nil, usagef("levels are trace, debug, info, warn, error and off", "unknown log level %q", text)
	}
	return hclog.New(&hclog.LoggerOptions{Name: "host", Level: level, Output: s.stderr, JSONFormat: c.Bool("log-json")}), nil
}

// openHost opens the engine as the flags say, and tells what of the settings is
// doubtful.
func openHost(s *streams, c *cli.Context) (*host.Host, error) {
	h, err := openHostWith(s, c, nil)
	if err != nil {
		return nil, err
	}
	warnRefused(s, h)
	// Only the host knows every key that a plugin marks secret.
	for _, w := range h.Settings().Warnings() {
		warn(s, w)
	}
	for _, u := range h.UnreadSettings() {
		text := "nothing reads the setting " + u.Key
		if len(u.Suggestions) > 0 {
			text += "; did you mean " + strings.Join(u.Suggestions, " or ") + "?"
		}
		warn(s, text)
	}
	return h, nil
}

// openHostWith opens the engine with settings beyond those of --set, in its form.
func openHostWith(s *streams, c *cli.Context, set []string) (*host.Host, error) {
	log, err := newLogger(s, c)
	if err != nil {
		return nil, err
	}
	store, err := settings.Load(settings.Options{
		Set:     append(c.StringSlice("set"), set...),
		SetFile: withoutKeys(c.StringSlice("set-file"), set),
		Environ: s.environ,
		Files:   c.StringSlice("config"),
	})
	if err != nil {
		return nil, err
	}
	files, _ := splitPlugins(c.StringSlice("plugin"))
	cfg := host.Config{
		Version:            version(),
		Embedded:           embeddedPlugins(),
		PluginFiles:        files,
		Settings:           store,
		Environ:            s.environ,
		CacheDir:           cacheDir(s),
		InsecureSkipVerify: c.Bool("insecure-skip-tls-verify"),
		AuditFile:          c.String("audit"),
		Logger:             log,
	}
	if err := addInstalled(s, c, &cfg); err != nil {
		return nil, err
	}
	return host.Open(cfg)
}

// withoutKeys is files, of --set-file, without those of a key in set, which they
// would beat.
func withoutKeys(files, set []string) []string {
	return slices.DeleteFunc(slices.Clone(files), func(file string) bool {
		key, _, _ := strings.Cut(file, "=")
		return slices.ContainsFunc(set, func(text string) bool {
			other, _, _ := strings.Cut(text, "=")
			return strings.EqualFold(key, other)
		})
	})
}

// splitPlugins tells the values of --plugin that are files from plugin ids: a
// value with a path separator, or ending in .wasm, is a file.
func splitPlugins(values []string) (files, ids []string) {
	for _, v := range values {
		if strings.ContainsAny(v, `/`+string(filepath.Separator)) || strings.HasSuffix(v, ".wasm") {
			files = append(files, v)
		} else {
			ids = append(ids, v)
		}
	}
	return files, ids
}

// selection is what the filter flags and the arguments select. A plugin file is
// added to the catalog and selected.
func selection(h *host.Host, c *cli.Context) host.Selection {
	files, ids := splitPlugins(c.StringSlice("plugin"))
	for _, p := range h.Plugins() {
		for _, f := range files {
			if p.Path == f {
				ids = append(ids, p.Info.ID)
			}
		}
	}
	return host.Selection{
		Checks:     append(c.StringSlice("check"), c.Args().Slice()...),
		Plugins:    ids,
		Categories: c.StringSlice("category"),
		Tags:       c.StringSlice("tag"),
		Quick:      c.Bool("quick"),
		Full:       c.Bool("full"),
	}
}

// cacheDir is the directory of compiled code; empty when there is no home,
// which turns the cache off.
func cacheDir(s *streams) string {
	base := s.env("XDG_CACHE_HOME")
	if !filepath.IsAbs(base) {
		home := s.env("HOME")
		if !filepath.IsAbs(home) {
			return systemCacheDir()
		}
		base = filepath.Join(home, ".cache")
	}
	return filepath.Join(base, "stella", "doctor")
}

// systemCacheDir is the cache directory of systems that have no HOME.
func systemCacheDir() string {
	if os.Getenv("HOME") != "" || os.Getenv("XDG_CACHE_HOME") != "" {
		return ""
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(base, "stella", "doctor")
}
