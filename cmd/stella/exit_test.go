package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/settings"
)

// TestExitCodes holds every kind of error to its code, also when it is wrapped,
// and to the form in which it is printed.
func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		err  error
		code int
		text string
	}{
		{usagef("do that", "cannot %s", "do this"), exitUsage, "stella: error: cannot do this\nstella: hint: do that\n"},
		{&settings.Error{File: "x.json", Line: 3, Problem: "broken"}, exitUsage, "stella: error: configuration file x.json: line 3: broken\n"},
		{&host.ConfigError{Key: "Doctor:Proxy", Err: errors.New("no URL")}, exitUsage, "stella: error: configuration: setting Doctor:Proxy: no URL\n"},
		{&host.FileError{Path: "x.wasm", Err: errors.New("is a directory")}, exitUsage, "stella: error: plugin file x.wasm: is a directory\n"},
		{&host.ConflictError{Kind: "check", ID: "check.a.b", A: "file a", B: "file b"}, exitUsage, "stella: error: check check.a.b is claimed twice: by file a and by file b\nstella: hint: leave one of the two out\n"},
		{&host.WriteError{Check: "check.a.b"}, exitUsage, "stella: error: check check.a.b writes on its target and this run does not allow it\nstella: hint: add --allow-write to permit it\n"},
		{&host.PatternError{Err: errors.New(`pattern "a[": broken`)}, exitUsage, "stella: error: pattern \"a[\": broken\nstella: hint: quote patterns so that the shell leaves them alone: 'check.integration.*', '!check.integration.oci.*'\n"},
		{&host.BuildError{Dir: "d", Err: errors.New("go build failed")}, exitUsage, "stella: error: building d: go build failed\n"},
		{&plugin.Refusal{Rule: "empty", Detail: "no bytes", Hint: "give it some"}, exitDenied, "stella: error: refused (empty): no bytes\nstella: hint: give it some\n"},
		{&host.UnknownError{Kind: "check", ID: "check.a.c", Suggestions: []string{"check.a.b"}}, exitUnknown, "stella: error: no such check: check.a.c\nstella: hint: did you mean check.a.b?\n"},
		{&host.UnknownError{Kind: "check", ID: "check.a.c"}, exitUnknown, "stella: error: no such check: check.a.c\nstella: hint: stella doctor list shows every check\n"},
		{&host.UnknownError{Kind: "plugin", ID: "acme.web"}, exitUnknown, "stella: error: no such plugin: acme.web\nstella: hint: `stella doctor plugin list` shows what is installed\n"},
		{&host.OfflineError{Check: "check.a.b"}, exitOffline, ""},
		{&host.TransientError{Err: errors.New("no process")}, exitTransient, "stella: error: no process\nstella: hint: try again\n"},
		{&signalError{code: exitTerminate}, exitTerminate, "stella: error: interrupted\n"},
		{context.Canceled, exitInterrupt, ""},
		{&codeError{code: exitUnjudged}, exitUnjudged, ""},
		{errors.New("something \x1b[2J else"), exitInternal, "stella: error: something \\x1b[2J else\n"},
	} {
		var b bytes.Buffer
		if code := printError(&b, fmt.Errorf("%w", c.err)); code != c.code {
			t.Errorf("%v: exit code %d, want %d", c.err, code, c.code)
		}
		if c.text != "" && b.String() != c.text {
			t.Errorf("%v: printed %q, want %q", c.err, b.String(), c.text)
		}
		if strings.Contains(b.String(), "\x1b") {
			t.Errorf("%v: a control character was printed", c.err)
		}
	}
}

// TestOneFlagOneKind holds that a name means the same kind of flag in every
// command: reorder reads values by name alone.
func TestOneFlagOneKind(t *testing.T) {
	app := newApp(&streams{})
	kinds := map[string]bool{}
	for name, f := range allFlags(app) {
		kinds[name] = takesValue(f)
	}
	for _, c := range commands(app.Commands) {
		for _, f := range c.Flags {
			for _, name := range f.Names() {
				if kinds[name] != takesValue(f) {
					t.Errorf("%s: flag %s takes a value here and none elsewhere", c.Name, name)
				}
			}
		}
	}
}

// commands lists the commands and all below them.
func commands(list []*cli.Command) []*cli.Command {
	var all []*cli.Command
	for _, c := range list {
		all = append(append(all, c), commands(c.Subcommands)...)
	}
	return all
}

// TestJoinedErrors: each of several failures is told, and the first gives the code.
func TestJoinedErrors(t *testing.T) {
	var b bytes.Buffer
	full := &outputError{path: "a", err: errors.New("no space")}
	err := errors.Join(nil, errors.Join(full, &outputError{path: "b", err: errors.New("no space")}), &codeError{code: exitFail})
	if code := printError(&b, err); code != exitUsage {
		t.Errorf("exit code %d, want %d", code, exitUsage)
	}
	if got, want := b.String(), "stella: error: writing a: no space\nstella: error: writing b: no space\n"; got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
	if code := printError(&b, errors.Join(nil, &codeError{code: exitFail})); code != exitFail {
		t.Errorf("exit code %d, want %d", code, exitFail)
	}
}
