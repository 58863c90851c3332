package main

import (
	"context"
	"errors"
	"fmt"
	"io"
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

// judge maps an error to the exit code and to what the person can do about it.
func judge(err error) (code int, hint string) {
	var (
		usage     *usageError
		signal    *signalError
		done      *codeError
		setting   *settings.Error
		config    *host.ConfigError
		file      *host.FileError
		conflict  *host.ConflictError
		write     *host.WriteError
		refusal   *plugin.Refusal
		pattern   *host.PatternError
		unknown   *host.UnknownError
		offline   *host.OfflineError
		transient *host.TransientError
		build     *host.BuildError
		output    *outputError
		record    *host.RecordError
		tape      *cassette.Error
		replay    *host.ReplayError
		missing   *host.MissingPluginError
		other     *host.OtherPluginError
		policy    *vet.PolicyError
		unfit     *image.Refusal
		registry  *oci.Error
		away      *offlineCommand
		elsewhere *missingInBundle
		own       *store.Refusal
		lock      *store.Error
		missed    *store.UnknownError
		changed   *store.ConflictError
		unwritten *store.WriteError
		busy      *turn.BusyError
		logged    *host.AuditError
		recipe    *host.RecipeError
		mistrust  *trust.Refusal
		ring      *trust.Error
	)
	switch {
	case errors.As(err, &signal):
		return signal.code, ""
	case errors.As(err, &done):
		return done.code, ""
	case errors.As(err, &usage):
		return exitUsage, usage.hint
	case errors.As(err, &policy):
		return exitUsage, policyHint
	case errors.As(err, &setting), errors.As(err, &config):
		return exitUsage, ""
	case errors.As(err, &file):
		return exitUsage, ""
	case errors.As(err, &build):
		return exitUsage, build.Hint
	case errors.As(err, &conflict):
		return exitUsage, "leave one of the two out"
	case errors.As(err, &write):
		return exitUsage, "add --allow-write to permit it"
	case errors.As(err, &pattern):
		return exitUsage, "quote patterns so that the shell leaves them alone: 'check.integration.*', '!check.integration.oci.*'"
	case errors.As(err, &refusal):
		return exitDenied, refusal.Hint
	case errors.As(err, &recipe):
		return exitDenied, ""
	case errors.As(err, &unfit):
		return exitDenied, unfit.Hint
	case errors.As(err, &registry):
		return registryCode(registry.Kind), registry.Hint
	case errors.As(err, &own):
		return exitDenied, own.Hint
	case errors.As(err, &lock):
		return exitUsage, lock.Hint
	case errors.As(err, &elsewhere):
		return exitUnknown, elsewhere.hint
	case errors.As(err, &missed):
		return exitUnknown, missedHint(missed)
	case errors.As(err, &changed):
		return exitTransient, "look at it with `stella doctor plugin list`, and say it again"
	case errors.As(err, &busy):
		return exitTransient, "nothing was written; look for a stella process that hangs, and say it again"
	case errors.As(err, &unwritten):
		return exitUsage, unwritten.Hint()
	case errors.As(err, &mistrust):
		return exitDenied, mistrust.Hint
	case errors.As(err, &ring):
		return exitUsage, ringHint(ring)
	case errors.As(err, &unknown):
		return exitUnknown, unknownHint(unknown)
	case errors.As(err, &offline), errors.As(err, &away):
		return exitOffline, "leave --offline and STELLA_OFFLINE out to run it"
	case errors.As(err, &output):
		if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
			return exitUsage, "free some space, or write to another place"
		}
		return exitUsage, ""
	case errors.As(err, &record), errors.As(err, &tape), errors.As(err, &replay):
		return exitUsage, ""
	case errors.As(err, &missing):
		return exitUnknown, "name its file with --plugin FILE.wasm"
	case errors.As(err, &other):
		return exitDenied, "--plugin FILE.wasm with the recorded version replays it; with another version, it says what that one would have said"
	case errors.As(err, &logged):
		return auditCode(logged)
	case errors.As(err, &transient):
		return exitTransient, "try again"
	case errors.Is(err, context.Canceled):
		return exitInterrupt, ""
	}
	return exitInternal, ""
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
	return "`stella doctor plugin list` shows what is installed"
}

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
