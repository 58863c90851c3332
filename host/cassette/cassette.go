// Package cassette reads and writes cassettes: recordings of runs that give the
// same report again without a network. It is pure: bytes in, bytes out. What is
// put into a cassette, and what is made of one, package host decides.
//
// # A cassette
//
// A cassette is a txtar archive, written by machine. Its files, in this order:
//
//	cassette.json           the Header
//	report.json             the report of the run, all of it
//	<check>/request.json    for each check that started a guest: the wire.Request,
//	<check>/http/1 …        and its host calls (tcp/2 …), as the guest made them and as they
//	                        were answered to it, refused ones included
//	seal                    sha256:<hex> over every byte before this file's marker
//
// Calls beyond the budget of a check are not among them: the same budget refuses
// them again. The form of the calls is that of package exchange.
//
// The seal finds what was cut off or changed by accident. It is no signature:
// who changes a file can seal it again. Results are computed again all the same
// when a cassette is replayed, so that such a change is found unless it concerns
// what only the first run can know: times, durations and the notes of the run.
//
// # A case
//
// A hand-written case of package exchange, with answers pasted from curl -i, is
// the same thing for one check: without a report and without a seal.
package cassette

import (
	"slices"
	"strconv"
	"strings"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// Schema names the form of a cassette.
const Schema = "stellaops.doctor.cassette/v1"

// schemaName is Schema without its version.
const schemaName = "stellaops.doctor.cassette/v"

// MaxBytes bounds a cassette.
const MaxBytes = 64 << 20

// The files of a cassette.
const (
	headerFile = "cassette.json"
	reportFile = "report.json"
	sealFile   = "seal"
)

// Beginning is how every recorded cassette begins.
const Beginning = "A recorded run of Doctor."

// comment is what people read first.
const comment = Beginning + " Replay it without a network: stella doctor replay FILE\n\n"

// Header is what a cassette says about its run as a whole.
type Header struct {
	Schema string `json:"schema"`
	// FailOn is the least severity that failed the exit code of the run.
	FailOn wire.Severity `json:"fail_on"`
	// VerifyFlags are repeated in the printed commands.
	VerifyFlags []string `json:"verify_flags"`
	// Plugins are those of the report's results, sorted by id.
	Plugins []Plugin `json:"plugins"`
	// ByHost are the checks whose outcome the host made while their guest ran, by
	// its clock for example, sorted. No replay comes to such an outcome.
	ByHost []string `json:"by_host"`
}

// Plugin is a plugin of a recorded run.
type Plugin struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Digest  string `json:"digest"`
	// Path is the file as the operator gave it; empty for an embedded plugin.
	Path string `json:"path"`
}

// Cassette is a recorded run, or a hand-written case.
type Cassette struct {
	Header
	// Report is what the run found; nil for a hand-written case.
	Report *report.Report
	// Checks are those that started a guest, sorted by id: one for a
	// hand-written case.
	Checks []*exchange.Case
}

// HandWritten tells a case from a recording.
func (c *Cassette) HandWritten() bool { return c.Report == nil }

// Check returns the calls of a check; nil when it started no guest.
func (c *Cassette) Check(id string) *exchange.Case {
	i, found := slices.BinarySearchFunc(c.Checks, id, func(k *exchange.Case, id string) int {
		return strings.Compare(k.Request.Check, id)
	})
	if !found {
		return nil
	}
	return c.Checks[i]
}

// Result returns what the run found of a check; nil when the report has nothing.
func (c *Cassette) Result(id string) *report.Result {
	i, found := slices.BinarySearchFunc(c.Report.Results, id, func(r report.Result, id string) int {
		return strings.Compare(r.Check, id)
	})
	if !found {
		return nil
	}
	return &c.Report.Results[i]
}

// Error tells what is wrong with a cassette, and where.
type Error struct {
	// Line counts from 1, 0 for none; File is the file of the archive, empty for
	// none.
	Line int
	File string
	// Problem is a lower-case phrase.
	Problem string
}

// Error returns "line N: file: problem".
func (e *Error) Error() string {
	text := e.Problem
	if e.File != "" {
		text = e.File + ": " + text
	}
	if e.Line > 0 {
		text = "line " + strconv.Itoa(e.Line) + ": " + text
	}
	return text
}
