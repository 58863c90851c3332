package main

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// gateFlags are the flags of gateOptions, and the one that openHost reads.
func gateFlags() []cli.Flag {
	return []cli.Flag{
		&cli.DurationFlag{Name: "timeout", Aliases: []string{"t"}, DefaultText: "its own, or 30s", Usage: "give each check `DURATION`"},
		&cli.BoolFlag{Name: "allow-write", Usage: "permit checks that write on their target"},
		&cli.BoolFlag{Name: "no-deps", Usage: "run each check at once, and although one that it depends on failed"},
		&cli.BoolFlag{Name: "offline", Usage: "connect to nothing; same as STELLA_OFFLINE=true"},
		&cli.BoolFlag{Name: "insecure-skip-tls-verify", Usage: "do not verify certificates; every report says so"},
	}
}

func runFlags() []cli.Flag {
	return join(filterFlags(), failedFlags(), settingsFlags(), outputFlags(reportFormats...), viewFlags(), logFlags(), gateFlags(), []cli.Flag{
		&cli.DurationFlag{Name: "deadline", DefaultText: "none, or 5m with --wait-for", Usage: "end the run after `DURATION`; what has not ended by then could not judge"},
		&cli.StringFlag{Name: "wait-for", Usage: "run checks again until none is worse than `SEVERITY`, pass or warn, or one is found that waiting does not cure"},
		&cli.IntFlag{Name: "parallel", DefaultText: "64", Usage: "run at most `N` checks at once"},
		&cli.StringFlag{Name: "fail-on", Value: "fail", Usage: "with `warn`, warnings fail the exit code too"},
		&cli.StringFlag{Name: "record", Usage: "record the run into the cassette `FILE`, for stella doctor replay"},
		auditFlag(),
		&cli.StringFlag{Name: "waivers", Usage: "read the known problems from `FILE`; they count as pass for the exit code until they expire"},
	})
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
	q, err := readRunRequest(s, c)
	if err != nil {
		return err
	}
	watch, err := watchRun(s, c)
	if err != nil {
		return err
	}
	defer watch.close(false)
	s = &streams{stdout: s.stdout, stderr: watch, environ: s.environ}
	q.show.stream = newLive(q.show.out, q.show.severities, q.show.noRemedy)
	q.opts.Observe = func(e host.Event) {
		q.show.stream.observe(e)
		watch.observe(e)
	}
	rep, err := runChecks(s, c, q)
	if err != nil {
		return err
	}
	watch.close(q.show.term.file == nil)
	warnExpired(s, rep)
	recorded, written := q.rec.write(s, rep), q.show.write(rep)
	var done *codeError
	if recorded != nil && errors.As(written, &done) {
		return recorded // what was not recorded outweighs what was found
	}
	return errors.Join(recorded, written)
}

// runRequest is what a command line asks of a run.
type runRequest struct {
	show    *shown
	rec     *record    // nil without --record
	earlier *failedRun // nil without --failed
	opts    host.RunOptions
}

// readRunRequest reads the flags, and the files that they name, before any work
// is done.
func readRunRequest(s *streams, c *cli.Context) (q *runRequest, err error) {
	q = &runRequest{}
	if q.show, err = newShown(s, c); err != nil {
		return nil, err
	}
	if q.rec, err = newRecord(c, q.show.out); err != nil {
		return nil, err
	}
	if err := checkAudit(c, q.show.out, q.rec); err != nil {
		return nil, err
	}
	if q.opts, err = runOptions(s, c); err != nil {
		return nil, err
	}
	q.opts.Record = q.rec.recording()
	if q.earlier, err = readFailed(s, c); err != nil {
		return nil, err
	}
	q.opts.Waivers, err = readWaivers(s, c)
	return q, err
}

// runChecks opens the engine and runs what the command line selects.
func runChecks(s *streams, c *cli.Context, q *runRequest) (*report.Report, error) {
	h, err := openHost(s, c)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	if err := checkAuditSetting(c, h, q.show.out, q.rec); err != nil {
		return nil, err
	}
	if err := h.OpenNetwork(); err != nil {
		return nil, err
	}
	q.opts.Selection = selection(h, c)
	if err := q.earlier.limit(s, h, &q.opts.Selection); err != nil {
		return nil, err
	}
	if !q.earlier.green() {
		if _, err := selectChecks(s, h, q.opts.Selection); err != nil {
			return nil, err
		}
	}
	if len(h.Plugins()) == 0 {
		return nil, noPlugin(h, "run")
	}
	return h.Run(c.Context, q.opts)
}

// watchRun makes the progress of a run on standard error.
func watchRun(s *streams, c *cli.Context) (*progress, error) {
	t, err := newTerminal(s, c, s.stderr)
	if err != nil {
		return nil, err
	}
	return newProgress(s, t), nil
}

// mistypedVerb refuses `stella doctor lst`: an argument right after doctor that
// is no check id and no pattern was meant as a command.
func mistypedVerb(c *cli.Context) error {
	arg := c.Args().First()
	if c.Command.Name != "doctor" || arg == "" || strings.ContainsAny(arg, ".!*?[{") {
		return nil
	}
	names := []string{}
	for _, sub := range c.Command.Subcommands {
		names = append(names, sub.Name)
	}
	hint := "commands are " + strings.Join(names, ", ")
	if near := host.Nearest(arg, names); len(near) > 0 {
		hint = "did you mean stella doctor " + strings.Join(near, " or ") + "?"
	}
	return usagef(hint, "unknown command %q", arg)
}

func runOptions(s *streams, c *cli.Context) (host.RunOptions, error) {
	opts, err := gateOptions(s, c)
	if err != nil {
		return opts, err
	}
	opts.Parallel, opts.FailOn = c.Int("parallel"), wire.Severity(c.String("fail-on"))
	if c.IsSet("parallel") && (opts.Parallel < 1 || opts.Parallel > wire.MaxChecksFlight) {
		return opts, usagef("", "--parallel %d is out of range: 1 to %d", opts.Parallel, wire.MaxChecksFlight)
	}
	if err := checkFailOn(opts.FailOn); err != nil {
		return opts, err
	}
	if err := waitOptions(c, &opts); err != nil {
		return opts, err
	}
	for _, f := range c.StringSlice("config") {
		opts.VerifyFlags = append(opts.VerifyFlags, "--config", f)
	}
	return opts, nil
}

// waitOptions reads --deadline and --wait-for.
func waitOptions(c *cli.Context, opts *host.RunOptions) error {
	opts.Deadline, opts.WaitFor = c.Duration("deadline"), wire.Severity(c.String("wait-for"))
	if c.IsSet("deadline") && opts.Deadline < time.Millisecond {
		return usagef("", "--deadline %s is out of range: %s and more", opts.Deadline, time.Millisecond)
	}
	switch {
	case !c.IsSet("wait-for"):
		return nil
	case opts.WaitFor != wire.Pass && opts.WaitFor != wire.Warn:
		return usagef("values are pass and warn", "--wait-for %q is no value for it", opts.WaitFor)
	case c.IsSet("record"):
		return usagef("wait first, then record a run of its own", "--record holds one attempt of each check, and --wait-for may make several")
	}
	return nil
}

// gateOptions are the options that decide which checks run and what each may
// spend: run and plan share them.
func gateOptions(s *streams, c *cli.Context) (host.RunOptions, error) {
	opts := host.RunOptions{
		Timeout:    c.Duration("timeout"),
		AllowWrite: c.Bool("allow-write"),
		NoDeps:     c.Bool("no-deps"),
		Offline:    c.Bool("offline"),
	}
	if c.IsSet("timeout") && (opts.Timeout < time.Millisecond || opts.Timeout > wire.MaxCheckMS*time.Millisecond) {
		return opts, usagef("", "--timeout %s is out of range: %s to %s", opts.Timeout, time.Millisecond, wire.MaxCheckMS*time.Millisecond)
	}
	if !c.IsSet("offline") {
		var err error
		if opts.Offline, err = offlineVariable(s); err != nil {
			return opts, err
		}
	}
	return opts, nil
}

// offlineVariable reads STELLA_OFFLINE.
func offlineVariable(s *streams) (bool, error) {
	switch v := strings.ToLower(s.env("STELLA_OFFLINE")); v {
	case "", "false", "0":
		return false, nil
	case "true", "1":
		return true, nil
	default:
		return false, usagef("values are true, 1, false and 0", "environment variable STELLA_OFFLINE: %q is no boolean", v)
	}
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
