package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tetratelabs/wazero/sys"
)

// maxDetailBytes bounds Fault.Detail.
const maxDetailBytes = 2 << 10

// newFault builds a fault whose detail is one bounded line.
func newFault(kind FaultKind, format string, args ...any) *Fault {
	return &Fault{Kind: kind, Detail: oneLine(fmt.Sprintf(format, args...))}
}

// errClosed is the cause with which Close ends the calls of a module.
var errClosed = errors.New("the module was closed")

// clockFault judges by the host's own clock: the deadline of ctx, then its
// cancellation. It comes before everything else, because a guest can exit with
// the very codes with which the engine reports a deadline.
func clockFault(ctx context.Context) *Fault {
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		return newFault(FaultTimeout, "the deadline of the call passed")
	}
	switch err := ctx.Err(); {
	case err == nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		return newFault(FaultTimeout, "the deadline of the call passed")
	case errors.Is(context.Cause(ctx), errClosed):
		return newFault(FaultCanceled, "the module was closed during the call")
	default:
		return newFault(FaultCanceled, "the call was cancelled")
	}
}

// ended is how the engine came back from one call.
type ended struct {
	rc     uint32
	output []byte
	err    error
	// loading says that err stems from instantiation, before any export ran.
	loading bool
	// panicked says that err is a panic of the engine, not a trap of the guest.
	panicked bool
}

// classify turns the end of a call into its fault, nil for success. The order
// is fixed: own clock, failed host function, engine error, return code, output.
func (r *run) classify(e ended) *Fault {
	if f := clockFault(r.ctx); f != nil {
		return f
	}
	if f := r.failure(); f != nil {
		return f
	}
	if e.err != nil {
		return r.classifyError(e)
	}
	switch n := int64(len(e.output)); {
	case e.rc != 0:
		return newFault(FaultBadOutput, "the export returned %d instead of 0%s", e.rc, r.lastWords())
	case n == 0:
		return newFault(FaultBadOutput, "the export wrote no output%s", r.lastWords())
	case n > r.limits.OutputBytes:
		return newFault(FaultBadOutput, "the export wrote %d bytes of output, the limit is %d", n, r.limits.OutputBytes)
	}
	return nil
}

// classifyError judges an error of the engine.
func (r *run) classifyError(e ended) *Fault {
	text := e.err.Error()
	var exit *sys.ExitError
	switch {
	case e.panicked:
		return newFault(FaultTrap, "the engine failed: %s", text)
	case r.outOfMemory(text):
		return newFault(FaultOutOfMemory, "the guest asked for more than %d bytes of memory%s", r.limits.MemoryBytes, r.lastWords())
	case errors.As(e.err, &exit):
		return newFault(FaultTrap, "the guest exited with code %d%s", exit.ExitCode(), r.lastWords())
	case isTrap(text):
		return newFault(FaultTrap, "%s%s", firstLine(text), r.lastWords())
	case e.loading, isMismatch(text):
		return newFault(FaultABI, "%s", text)
	case isGuestError(e.err):
		return newFault(FaultBadOutput, "the guest reported an error: %s", text)
	default:
		return newFault(FaultTrap, "%s%s", firstLine(text), r.lastWords())
	}
}

// isGuestError recognises the error that Extism makes of a text that the guest
// set with error_set. It is the one that has no type of its own.
func isGuestError(err error) bool {
	return reflect.TypeOf(err) == reflect.TypeOf(errors.New(""))
}

// isTrap recognises the errors of guest code that was stopped by the engine.
// Text is all that Extism lets through for some of them.
func isTrap(text string) bool {
	for _, mark := range []string{"wasm error:", "wasm stack trace:", "(recovered by wazero)", "failed to initialize runtime:", "start function[", "module closed with", "module is closed"} {
		if strings.Contains(text, mark) {
			return true
		}
	}
	return false
}

// isMismatch recognises the errors about an export of the wrong shape.
func isMismatch(text string) bool {
	return strings.HasPrefix(text, "unknown function:") ||
		strings.HasPrefix(text, "expected ") && strings.Contains(text, " params, but passed ") ||
		strings.HasPrefix(text, "function ") && strings.Contains(text, " results, expected ")
}

// outOfMemory is a best guess: the guest's runtime said so before it died, or a
// memory stood at its limit when the guest trapped.
func (r *run) outOfMemory(text string) bool {
	if !isTrap(text) {
		return false
	}
	return saysOutOfMemory(r.stderr.bytes()) || r.memory.full()
}

// saysOutOfMemory recognises the last words of common runtimes.
func saysOutOfMemory(stderr []byte) bool {
	lower := bytes.ToLower(stderr)
	for _, words := range []string{"out of memory", "cannot allocate memory", "memory allocation of"} {
		if bytes.Contains(lower, []byte(words)) {
			return true
		}
	}
	return false
}

// lastWords is the line of standard error that says why the guest gave up, as
// the tail of a sentence; the message of a Go panic exists nowhere else.
func (r *run) lastWords() string {
	if line := panicLine(r.stderr.bytes()); line != "" {
		return ": " + line
	}
	return ""
}

// panicLine returns the first line that looks like the end of a Go program, or
// the first line that is not blank.
func panicLine(stderr []byte) string {
	first := ""
	for line := range bytes.Lines(stderr) {
		text := oneLine(string(line))
		for _, mark := range []string{"panic: ", "fatal error: "} {
			if strings.HasPrefix(text, mark) {
				return text
			}
		}
		if first == "" {
			first = text
		}
	}
	return first
}

// firstLine cuts s at its first line break: what follows in an error of the
// engine is a stack, of the guest or of this program.
func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// oneLine makes s fit to be a detail: its first line, valid UTF-8, no control
// or format characters, at most maxDetailBytes.
func oneLine(s string) string {
	s = firstLine(s)
	if len(s) > 4*maxDetailBytes {
		s = s[:4*maxDetailBytes]
	}
	s = strings.Map(func(c rune) rune {
		if c == '\t' {
			return ' '
		}
		if unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return -1
		}
		return c
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.TrimSpace(s)
	if len(s) > maxDetailBytes {
		cut := maxDetailBytes
		for !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = strings.TrimSpace(s[:cut])
	}
	return s
}
