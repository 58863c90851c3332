package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/audit"
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

// TestRepeatedFlags: in every command a flag may stand there twice when it takes
// several values in that command, whatever one of its name takes elsewhere.
func TestRepeatedFlags(t *testing.T) {
	app := newApp(&streams{})
	var walk func(path []string, list []*cli.Command)
	walk = func(path []string, list []*cli.Command) {
		for _, c := range list {
			path := append(slices.Clone(path), c.Name)
			walk(path, c.Subcommands)
			for _, f := range c.Flags {
				if !takesValue(f) {
					continue
				}
				for _, name := range f.Names() {
					_, err := reorder(app, append(slices.Clone(path), dashed(name), "a", dashed(name), "b"))
					if _, many := f.(cli.DocGenerationSliceFlag); many != (err == nil) {
						t.Errorf("%s %s, twice: %v", strings.Join(path, " "), dashed(name), err)
					}
				}
			}
		}
	}
	walk([]string{app.Name}, app.Commands)
	if _, err := reorder(app, []string{"stella", "--output", "a", "doctor", "version", "--output", "b"}); err == nil {
		t.Error("a flag stands before its command and behind it, and is taken")
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

// TestAuditHints: what is to be done about an audit log that cannot be written hangs
// on what is wrong with it, and not on the words that say so.
func TestAuditHints(t *testing.T) {
	dir := t.TempDir()
	opened := func(name, text string) error {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		log, err := audit.Open(path, time.Now)
		if err == nil {
			t.Cleanup(func() { log.Close() })
			_, err = log.Begin(audit.Start{})
		}
		return err
	}
	const away = "move the log away and keep it; stella doctor audit verify FILE tells what is wrong with it"
	damaged := opened("damaged", audit.Beginning+"\n")
	for name, c := range map[string]struct {
		err  *host.AuditError
		code int
		hint string
	}{
		"damaged":           {&host.AuditError{Err: damaged}, exitUsage, away},
		"damaged under way": {&host.AuditError{Err: damaged, Began: true}, exitTransient, away},
		"no log":            {&host.AuditError{Err: opened("none", "{}")}, exitUsage, "name another file, or move this one away: a log is begun where there is none"},
		"another fault":     {&host.AuditError{Err: errors.New("it is not continued")}, exitUsage, ""},
		"full":              {&host.AuditError{Err: syscall.ENOSPC, Began: true}, exitTransient, "free some space, or write the log to another place"},
		"under way":         {&host.AuditError{Err: syscall.EIO, Began: true}, exitTransient, "the log tells what was sent until then: stella doctor audit verify FILE; then try again"},
	} {
		if code, hint := auditCode(c.err); code != c.code || hint != c.hint {
			t.Errorf("%s (%v): exit code %d, hint %q; want %d, %q", name, c.err, code, hint, c.code, c.hint)
		}
	}
}
