package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

func runFlags() []cli.Flag {
	return join(filterFlags(), settingsFlags(), outputFlags(reportFormats...), viewFlags(), logFlags(), []cli.Flag{
		&cli.DurationFlag{Name: "timeout", Aliases: []string{"t"}, DefaultText: "its own, or 30s", Usage: "give each check `DURATION`"},
		&cli.IntFlag{Name: "parallel", DefaultText: "64", Usage: "run at most `N` checks at once"},
		&cli.StringFlag{Name: "fail-on", Value: "fail", Usage: "with `warn`, warnings fail the exit code too"},
		&cli.StringFlag{Name: "record", Usage: "record the run into the cassette `FILE`, for stella doctor replay"},
		&cli.BoolFlag{Name: "allow-write", Usage: "permit checks that write on their target"},
		&cli.BoolFlag{Name: "offline", Usage: "connect to nothing; same as STELLA_OFFLINE=true"},
		&cli.BoolFlag{Name: "insecure-skip-tls-verify", Usage: "do not verify certificates; every report says so"},
	})
}

// viewFlags say what is shown of a report.
func viewFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "severity", Aliases: []string{"s"}, Usage: "show only results of these severities, a comma `LIST`; the exit code ignores it"},
		&cli.BoolFlag{Name: "no-remediation", Usage: "leave the remediation out"},
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "show all evidence and requests"},
	}
}

func runCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "run checks and report what they found",
		ArgsUsage: "[check id…]",
		Flags:     runFlags(),
		Action:    func(c *cli.Context) error { return runDoctor(s, c) },
	}
}

// runDoctor is the walk from flags to the exit code.
func runDoctor(s *streams, c *cli.Context) error {
	if verb := mistypedVerb(c); verb != nil {
		return verb
	}
	out, err := newOutput(s, c, reportFormats)
	if err != nil {
		return err
	}
	rec, err := newRecord(c, out)
	if err != nil {
		return err
	}
	opts, err := runOptions(s, c)
	if err != nil {
		return err
	}
	opts.Record = rec.recording()
	severities, err := parseSeverities(c.String("severity"))
	if err != nil {
		return err
	}
	h, err := openHost(s, c)
	if err != nil {
		return err
	}
	defer h.Close()
	if err := h.OpenNetwork(); err != nil {
		return err
	}
	opts.Selection = selection(h, c)
	selected, err := h.Checks(opts.Selection)
	if err != nil {
		return err
	}
	if len(h.Plugins()) == 0 {
		return usagef(noPluginHint, "there is no plugin and so no check to run")
	}
	if len(selected) == 0 {
		notice(s, "the selection matches no check")
	}
	opts.Observe = progress(s, len(selected))
	rep, err := h.Run(c.Context, opts)
	if err != nil {
		return err
	}
	recErr := rec.write(rep)
	if err := present(c, out, rep, severities); err != nil && recErr == nil {
		return err
	}
	return recErr
}

// present writes a report in every format that was asked for. The error carries
// the report's exit code.
func present(c *cli.Context, out *output, rep *report.Report, severities []wire.Severity) error {
	shown := rep.Select(severities, c.Bool("no-remediation"))
	if err := out.write(reportWriters(shown, report.View{Verbose: c.Bool("verbose")})); err != nil {
		return err
	}
	return exitWith(rep)
}

// exitWith is the exit code of a report.
func exitWith(rep *report.Report) error {
	if rep.Summary.ExitCode != exitOK {
		return &codeError{code: rep.Summary.ExitCode}
	}
	return nil
}

// mistypedVerb refuses `stella doctor lst`: an argument right after doctor that
// is no check id was meant as a command.
func mistypedVerb(c *cli.Context) error {
	arg := c.Args().First()
	if c.Command.Name != "doctor" || arg == "" || strings.Contains(arg, ".") {
		return nil
	}
	names := []string{}
	for _, sub := range c.Command.Subcommands {
		names = append(names, sub.Name)
	}
	return usagef("commands are "+strings.Join(names, ", "), "unknown command %q", arg)
}

func runOptions(s *streams, c *cli.Context) (host.RunOptions, error) {
	opts := host.RunOptions{
		Timeout:    c.Duration("timeout"),
		Parallel:   c.Int("parallel"),
		AllowWrite: c.Bool("allow-write"),
		Offline:    c.Bool("offline"),
		FailOn:     wire.Severity(c.String("fail-on")),
	}
	if c.IsSet("timeout") && (opts.Timeout < time.Millisecond || opts.Timeout > wire.MaxCheckMS*time.Millisecond) {
		return opts, usagef("", "--timeout %s is out of range: %s to %s", opts.Timeout, time.Millisecond, wire.MaxCheckMS*time.Millisecond)
	}
	if c.IsSet("parallel") && (opts.Parallel < 1 || opts.Parallel > wire.MaxChecksFlight) {
		return opts, usagef("", "--parallel %d is out of range: 1 to %d", opts.Parallel, wire.MaxChecksFlight)
	}
	if err := checkFailOn(opts.FailOn); err != nil {
		return opts, err
	}
	if !c.IsSet("offline") {
		switch v := strings.ToLower(s.env("STELLA_OFFLINE")); v {
		case "", "false", "0":
		case "true", "1":
			opts.Offline = true
		default:
			return opts, usagef("values are true, 1, false and 0", "environment variable STELLA_OFFLINE: %q is no boolean", v)
		}
	}
	for _, f := range c.StringSlice("config") {
		opts.VerifyFlags = append(opts.VerifyFlags, "--config", f)
	}
	return opts, nil
}

func checkFailOn(s wire.Severity) error {
	if s != wire.Fail && s != wire.Warn {
		return usagef("values are fail and warn", "--fail-on %q is no value for it", s)
	}
	return nil
}

func parseSeverities(list string) ([]wire.Severity, error) {
	if list == "" {
		return nil, nil
	}
	known := []wire.Severity{wire.Pass, wire.Info, wire.Warn, wire.Fail, wire.Skip}
	var out []wire.Severity
	for word := range strings.SplitSeq(list, ",") {
		s := wire.Severity(strings.TrimSpace(word))
		if !slices.Contains(known, s) {
			return nil, usagef("severities are pass, info, warn, fail and skip", "unknown severity %q", s)
		}
		out = append(out, s)
	}
	return out, nil
}

// progress writes a line per finished check on standard error when there is
// more than one to wait for.
func progress(s *streams, total int) func(host.Event) {
	if total < 2 {
		return nil
	}
	n := 0
	return func(e host.Event) {
		if e.Kind != host.CheckEnded {
			return
		}
		r := e.Result
		n++
		verdict := r.Outcome
		if r.Severity != nil {
			verdict = string(*r.Severity)
		}
		fmt.Fprintf(s.stderr, "[%d/%d] %s %s (%d ms)\n", n, total, r.Check, verdict, r.DurationMS)
	}
}
