package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"syscall"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/cassette"
	"stella-ops.org/doctor/host/image"
	"stella-ops.org/doctor/host/oci"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/host/store"
	"stella-ops.org/doctor/host/trust"
	"stella-ops.org/doctor/host/turn"
	"stella-ops.org/doctor/host/vet"
)

// The exit codes. This is the one table; the codes of a report are in package
// report.
const (
	exitOK        = report.ExitOK
	exitInternal  = 1  // internal error
	exitUsage     = 2  // usage or configuration error
	exitDenied    = 3  // a plugin was refused
	exitUnknown   = 4  // unknown check or plugin
	exitOffline   = 5  // offline violation
	exitTransient = 10 // transient fault of this machine: retry
	exitFail      = report.ExitFail
	exitWarn      = report.ExitWarn
	exitUnjudged  = report.ExitUnjudged
	exitInterrupt = 130 // SIGINT
	exitTerminate = 143 // SIGTERM
)

// exitCode is a code and what it means.
type exitCode struct {
	code    int
	meaning string
}

// exitCodes say what each code means. SIGTERM shares a row with SIGINT.
var exitCodes = []exitCode{
	{exitOK, "no check failed"},
	{exitInternal, "internal error"},
	{exitUsage, "usage or configuration error"},
	{exitDenied, "denied: a plugin was refused or waits for approval, or a file is not what it should be"},
	{exitUnknown, "unknown check, cause or plugin"},
	{exitOffline, "offline violation"},
	{exitTransient, "transient fault of this machine, retry"},
	{exitFail, "at least one check failed"},
	{exitWarn, "at least one warned and `--fail-on warn`"},
	{exitUnjudged, "at least one check could not judge, and none failed"},
	{exitInterrupt, fmt.Sprintf("interrupted (SIGTERM: %d)", exitTerminate)},
}

// usageError is a mistake in the command line. hint may be empty.
type usageError struct{ text, hint string }

func (e *usageError) Error() string { return e.text }

func usagef(hint, format string, args ...any) error {
	return &usageError{text: fmt.Sprintf(format, args...), hint: hint}
}

// signalError says that a signal ended the program.
type signalError struct{ code int }

func (e *signalError) Error() string { return "interrupted" }

// codeError ends the program with a code whose reason is already printed.
type codeError struct{ code int }

func (e *codeError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// exitRule tells the exit code of an error and what the person can do about it, if
// the error is one that it knows.
type exitRule func(error) (code int, hint string, ok bool)

// on makes the rule for the errors of one type.
func on[E error](judge func(E) (code int, hint string)) exitRule {
	return func(err error) (int, string, bool) {
		var e E
		if !errors.As(err, &e) {
			return 0, "", false
		}
		code, hint := judge(e)
		return code, hint, true
	}
}

// always makes the rule for a type whose errors all mean the same.
func always[E error](code int, hint string) exitRule {
	return on(func(E) (int, string) { return code, hint })
}

// exitRules are asked in this order: an error that holds others comes before those.
var exitRules = []exitRule{
	on(func(e *signalError) (int, string) { return e.code, "" }),
	on(func(e *codeError) (int, string) { return e.code, "" }),
	on(func(e *usageError) (int, string) { return exitUsage, e.hint }),
	always[*vet.PolicyError](exitUsage, policyHint),
	always[*settings.Error](exitUsage, ""),
	always[*host.ConfigError](exitUsage, ""),
	on(func(e *host.FileError) (int, string) { return exitUsage, fileHint(e) }),
	on(func(e *host.BuildError) (int, string) { return exitUsage, e.Hint }),
	always[*host.ConflictError](exitUsage, "leave one of the two out"),
	always[*host.WriteError](exitUsage, "add --allow-write to permit it"),
	always[*host.PatternError](exitUsage, "quote patterns so that the shell leaves them alone: 'check.integration.*', '!check.integration.oci.*'"),
	on(func(e *plugin.Refusal) (int, string) { return exitDenied, e.Hint }),
	always[*host.RecipeError](exitDenied, ""),
	on(func(e *image.Refusal) (int, string) { return exitDenied, e.Hint }),
	on(func(e *oci.Error) (int, string) { return registryCode(e.Kind), e.Hint }),
	on(func(e *store.Refusal) (int, string) { return exitDenied, e.Hint }),
	on(func(e *store.Error) (int, string) { return exitUsage, e.Hint }),
	on(func(e *missingInBundle) (int, string) { return exitUnknown, e.hint }),
	on(func(e *store.UnknownError) (int, string) { return exitUnknown, missedHint(e) }),
	always[*store.ConflictError](exitTransient, "look at it with `stella doctor plugin list`, and say it again"),
	always[*turn.BusyError](exitTransient, "nothing was written; look for a stella process that hangs, and say it again"),
	on(func(e *store.WriteError) (int, string) { return exitUsage, e.Hint() }),
	on(func(e *trust.Refusal) (int, string) { return exitDenied, e.Hint }),
	on(func(e *trust.Error) (int, string) { return exitUsage, ringHint(e) }),
	on(func(e *host.UnknownError) (int, string) { return exitUnknown, unknownHint(e) }),
	always[*host.OfflineError](exitOffline, offlineHint),
	always[*offlineCommand](exitOffline, offlineHint),
	on(func(e *outputError) (int, string) { return exitUsage, outputHint(e) }),
	always[*host.RecordError](exitUsage, ""),
	always[*cassette.Error](exitUsage, ""),
	always[*host.ReplayError](exitUsage, ""),
	always[*host.MissingPluginError](exitUnknown, "name its file with --plugin FILE.wasm"),
	always[*host.OtherPluginError](exitDenied, "--plugin FILE.wasm with the recorded version replays it; with another version, it says what that one would have said"),
	on(auditCode),
	always[*host.TransientError](exitTransient, "try again"),
}

const offlineHint = "leave --offline and STELLA_OFFLINE out to run it"

// judge maps an error to the exit code and to what the person can do about it.
func judge(err error) (code int, hint string) {
	for _, rule := range exitRules {
		if code, hint, ok := rule(err); ok {
			return code, hint
		}
	}
	if errors.Is(err, context.Canceled) {
		return exitInterrupt, ""
	}
	return exitInternal, ""
}

// fileHint tells somebody who names a registry where a file is wanted.
func fileHint(e *host.FileError) string {
	if errors.Is(e, fs.ErrNotExist) && oci.LooksLikeReference(e.Path) {
		return "stella doctor plugin pull " + e.Path + " fetches it from the registry"
	}
	return ""
}

func outputHint(e *outputError) string {
	if errors.Is(e, syscall.ENOSPC) || errors.Is(e, syscall.EDQUOT) {
		return "free some space, or write to another place"
	}
	return ""
}

// ringHint says how a trust file that cannot be read is put right.
func ringHint(e *trust.Error) string {
	if e.What != "trust file" {
		return ""
	}
	return "put " + e.File + " right; stella doctor trust show reads it, and stella doctor trust show --template prints one to begin with"
}

func missedHint(e *store.UnknownError) string {
	if near := host.Nearest(e.ID, e.Known); len(near) > 0 {
		return "did you mean " + strings.Join(near, " or ") + "?"
	}
	return listHint
}

const listHint = "`stella doctor plugin list` shows what is installed"

func unknownHint(e *host.UnknownError) string {
	switch {
	case strings.HasSuffix(e.ID, ".wasm"):
		return "a plugin file is named with --plugin " + e.ID
	case e.NoPlugins:
		return noPluginHint
	case e.Replacement != "":
		return "that is an older id; use " + e.Replacement
	case len(e.Suggestions) > 0:
		return "did you mean " + strings.Join(e.Suggestions, " or ") + "?"
	}
	if e.Kind == "plugin" {
		return listHint
	}
	if e.File != "" {
		return "stella doctor plugin inspect " + e.File + " shows its checks"
	}
	return "stella doctor list shows every check"
}

const noPluginHint = "this program was built without an embedded plugin; build it with `make build`, or name one with --plugin FILE.wasm"

// printError writes an error and its hint, and returns the exit code. Of errors
// that were joined each is written, and the first gives the code.
func printError(w io.Writer, err error) int {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		errs := several.Unwrap()
		code := printError(w, errs[0])
		for _, e := range errs[1:] {
			printError(w, e)
		}
		return code
	}
	code, hint := judge(err)
	var signal *signalError
	var done *codeError
	if errors.As(err, &done) {
		return code
	}
	if errors.As(err, &signal) {
		fmt.Fprintln(w, "stella: error: interrupted")
		return code
	}
	fmt.Fprintf(w, "stella: error: %s\n", report.Escape(err.Error()))
	if hint != "" {
		fmt.Fprintf(w, "stella: hint: %s\n", report.Escape(hint))
	}
	return code
}
