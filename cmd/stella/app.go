package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
)

// streams are what a command may touch of the process.
type streams struct {
	stdin          io.Reader // nil stands for an empty one
	stdout, stderr io.Writer
	environ        []string
}

// env returns a variable of the environment.
func (s *streams) env(name string) string {
	for _, e := range slices.Backward(s.environ) {
		if k, v, ok := strings.Cut(e, "="); ok && k == name {
			return v
		}
	}
	return ""
}

// run runs the program and returns its exit code.
func run(s *streams, argv []string) (code int) {
	defer func() {
		if p := recover(); p != nil {
			code = printError(s.stderr, fmt.Errorf("internal error: %v", p))
		}
	}()
	if len(argv) > 1 && argv[1] == completeCommand {
		complete(s, argv[2:])
		return exitOK
	}
	ctx, stop := withSignals(context.Background())
	defer stop()
	app := newApp(s)
	argv, err := reorder(app, argv)
	if err == nil {
		err = app.RunContext(ctx, argv)
	}
	if cause := context.Cause(ctx); cause != nil && err != nil {
		err = cause
	}
	if err == nil {
		return exitOK
	}
	return printError(s.stderr, err)
}

// stuck is how long the program may take to end once it was told to, and owing
// how much longer when it still has to take back what it began on a target.
const (
	stuck = 5 * time.Second
	owing = 10 * time.Second
)

// withSignals ends the context on the first SIGINT or SIGTERM with a cause that
// knows the exit code. A second signal ends the process at once, unless it has
// something to take back, such as an upload that it has opened. SIGPIPE is
// caught and dropped, so that writing to a closed pipe is an error like any other
// and files named beside it are still written.
func withSignals(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, os.Interrupt, syscall.SIGTERM)
	dropped := make(chan os.Signal, 1)
	signal.Notify(dropped, syscall.SIGPIPE)
	done := make(chan struct{})
	go func() {
		select {
		case sig := <-ch:
			code := exitInterrupt
			if sig == syscall.SIGTERM {
				code = exitTerminate
			}
			cancel(&signalError{code: code})
			if mustExit(ch, done) {
				os.Exit(printError(os.Stderr, &signalError{code: code}))
			}
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(ch)
		signal.Stop(dropped)
		close(done)
		cancel(nil)
	}
}

// mustExit waits for the end of the program that was told to end. It reports true
// when that has to be forced: on a second signal, or when the program hangs in a
// write that nobody reads, which no context ends.
func mustExit(again <-chan os.Signal, done <-chan struct{}) bool {
	select {
	case <-again:
		if host.UndoOwed() {
			fmt.Fprintln(os.Stderr, "stella: warning: taking back what was begun on the target; this ends within seconds")
		}
	case <-time.After(stuck):
	case <-done:
		return false
	}
	owed := host.UndoOwed()
	for end := time.Now().Add(owing); host.UndoOwed() && time.Now().Before(end); {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-done:
			return false
		}
	}
	if owed { // it ends by itself now, unless it hangs
		select {
		case <-time.After(time.Second):
		case <-done:
			return false
		}
	}
	return true
}

func newApp(s *streams) *cli.App {
	app := &cli.App{
		Name:                      "stella",
		Usage:                     "diagnostics for Stella Ops",
		HideVersion:               true,
		HideHelpCommand:           true,
		DisableSliceFlagSeparator: true,
		Writer:                    s.stdout,
		ErrWriter:                 s.stderr,
		ExitErrHandler:            func(*cli.Context, error) {},
		Commands:                  []*cli.Command{doctorCommand(s)},
		Action:                    noSuchCommand,
	}
	quiet(app)
	atHome(s, app.Commands)
	return app
}

func doctorCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "doctor",
		Usage:     "run health checks by id",
		UsageText: "stella doctor [run] [flags] [check id…]\nstella doctor <command> [flags] [arguments]",
		ArgsUsage: "[check id…]",
		Flags:     runFlags(),
		Action:    func(c *cli.Context) error { return runDoctor(s, c) },
		Subcommands: []*cli.Command{
			runCommand(s),
			listCommand(s),
			explainCommand(s),
			planCommand(s),
			configCommand(s),
			compareCommand(s),
			fixCommand(s),
			replayCommand(s),
			auditCommand(s),
			limitsCommand(s),
			versionCommand(s),
			completionCommand(s),
			manCommand(s),
			pluginCommand(s),
			trustCommand(s),
		},
	}
}

// badValue is how the library says that the value of a flag cannot be read.
var badValue = regexp.MustCompile(`^invalid value (".*") for flag -([a-z-]+): parse error$`)

// quiet makes every command return its usage errors instead of printing help
// on standard output.
func quiet(app *cli.App) {
	onUsage := func(_ *cli.Context, err error, _ bool) error {
		m := badValue.FindStringSubmatch(err.Error())
		if m == nil {
			return usagef("add --help to see the flags", "%s", strings.TrimSuffix(err.Error(), "."))
		}
		hint := "a number is wanted"
		if m[2] == "timeout" || m[2] == "deadline" {
			hint = "durations are written like 10s or 1m30s"
		}
		return usagef(hint, "%s %s is no value for it", dashed(m[2]), m[1])
	}
	app.OnUsageError = onUsage
	var walk func(cmds []*cli.Command)
	walk = func(cmds []*cli.Command) {
		for _, c := range cmds {
			c.OnUsageError = onUsage
			c.HideHelpCommand = true
			walk(c.Subcommands)
		}
	}
	walk(app.Commands)
}

// noSuchCommand is what a command does that has only subcommands.
func noSuchCommand(c *cli.Context) error {
	if c.Args().Present() {
		hint := c.Command.HelpName + " --help lists the commands"
		if c.Command.Name == "" || c.Command.Name == "stella" {
			hint = "did you mean stella doctor?"
			if doctor := findCommand(c.App.Commands, "doctor"); findCommand(doctor.Subcommands, c.Args().First()) != nil {
				hint = "did you mean stella doctor " + c.Args().First() + "?"
			}
		} else if near := nearestCommand(c.Command.Subcommands, c.Args().First()); len(near) > 0 {
			hint = "did you mean " + c.Command.HelpName + " " + strings.Join(near, " or ") + "?"
		}
		return usagef(hint, "unknown command %q", c.Args().First())
	}
	if c.Command.Name == "" || c.Command.Name == "stella" {
		return cli.ShowAppHelp(c)
	}
	return cli.ShowSubcommandHelp(c)
}

// nearestCommand finds the commands that somebody may have meant.
func nearestCommand(cmds []*cli.Command, typed string) []string {
	var names []string
	for _, c := range cmds {
		if !c.Hidden {
			names = append(names, c.Name)
		}
	}
	return host.Nearest(typed, names)
}

// exactArgs refuses a command line with another number of arguments.
func exactArgs(c *cli.Context, names ...string) ([]string, error) {
	args := c.Args().Slice()
	want := strings.Join(names, " ")
	switch {
	case len(args) < len(names):
		return nil, usagef("usage: "+c.Command.HelpName+" "+want, "%s is missing", names[len(args)])
	case len(args) > len(names):
		if len(names) == 0 {
			return nil, usagef("", "%s takes no arguments, got %q", c.Command.HelpName, args[0])
		}
		return nil, usagef("usage: "+c.Command.HelpName+" "+want, "one argument too many: %q", args[len(names)])
	}
	return args, nil
}
