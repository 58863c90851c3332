package main

import (
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/cassette"
	"stella-ops.org/doctor/sdk/wire"
)

func replayCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "replay",
		Usage:     "make the report of a recorded run again, without a network",
		ArgsUsage: "FILE",
		Description: "FILE is a cassette, made by run --record, or a hand-written case. The checks run again on the recorded " +
			"answers and come to the recorded report. A --plugin FILE.wasm of another version says what that version " +
			"would have said: beside what was said then in text and JSON, alone in the other formats.",
		Flags: join(outputFlags(reportFormats...), viewFlags(), logFlags(), []cli.Flag{
			&cli.StringSliceFlag{Name: "plugin", Aliases: []string{"p"}, Usage: "replay with the plugin file `FILE.wasm`; repeatable"},
			&cli.StringFlag{Name: "fail-on", DefaultText: "as recorded", Usage: "with `warn`, warnings fail the exit code too"},
			besideFlag(),
			nowFlag("as recorded", "let the report begin at `TIME` (RFC 3339)"),
		}),
		Action: func(c *cli.Context) error { return runReplay(s, c) },
	}
}

// runReplay is the walk from a cassette to the exit code. It reads no setting of
// the operator's and opens no network.
func runReplay(s *streams, c *cli.Context) error {
	show, err := newShown(s, c)
	if err != nil {
		return err
	}
	args, err := exactArgs(c, "FILE")
	if err != nil {
		return err
	}
	opts, err := replayOptions(c)
	if err != nil {
		return err
	}
	tape, err := readCassette(s, c, args[0])
	if err != nil {
		return err
	}
	h, err := openReplayHost(s, c, tape)
	if err != nil {
		return err
	}
	defer h.Close()
	done, err := h.Replay(c.Context, tape, opts)
	switch {
	case err != nil:
		return err
	case done.Then != nil:
		return presentRetro(show, done)
	}
	return show.write(done.Report)
}

func replayOptions(c *cli.Context) (opts host.ReplayOptions, err error) {
	if c.IsSet("fail-on") {
		opts.FailOn = wire.Severity(c.String("fail-on"))
		if err := checkFailOn(opts.FailOn); err != nil {
			return opts, err
		}
	}
	opts.StartedAt, err = givenNow(c)
	return opts, err
}

// readCassette reads a cassette or a hand-written case.
func readCassette(s *streams, c *cli.Context, path string) (*cassette.Cassette, error) {
	data, err := readInput(c.Context, s, path, cassette.MaxBytes)
	if err != nil {
		return nil, usagef("", "cassette %s: %v", inputName(path), err)
	}
	tape, err := cassette.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("cassette %s: %w", inputName(path), err)
	}
	return tape, nil
}

// openReplayHost opens the engine with the plugins of a cassette alone.
func openReplayHost(s *streams, c *cli.Context, tape *cassette.Cassette) (*host.Host, error) {
	log, err := newLogger(s, c)
	if err != nil {
		return nil, err
	}
	files, ids := splitPlugins(c.StringSlice("plugin"))
	if len(ids) > 0 {
		return nil, usagef("write --plugin FILE.wasm", "--plugin %s names no file; a replay takes all that was recorded", ids[0])
	}
	cfg := host.Config{Version: version(), Embedded: embeddedPlugins(), PluginFiles: files, CacheDir: cacheDir(s), Logger: log}
	if err := addInstalled(s, c, &cfg); err != nil {
		return nil, err
	}
	h, err := host.Open(cfg)
	if err != nil {
		return nil, err
	}
	warnRefused(s, h)
	if err := usesEveryFile(h, tape); err != nil {
		h.Close()
		return nil, err
	}
	return h, nil
}

// usesEveryFile refuses a plugin file with which nothing was recorded.
func usesEveryFile(h *host.Host, tape *cassette.Cassette) error {
	for _, p := range h.Plugins() {
		used := slices.ContainsFunc(tape.Plugins, func(q cassette.Plugin) bool { return q.ID == p.Info.ID })
		if tape.HandWritten() {
			check := tape.Checks[0].Request.Check
			used = slices.ContainsFunc(p.Info.Checks, func(i wire.CheckInfo) bool { return i.ID == check })
		}
		if p.Path != "" && !used {
			return usagef("leave it out", "plugin file %s: nothing was recorded with plugin %s", p.Path, p.Info.ID)
		}
	}
	return nil
}
