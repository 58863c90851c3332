// Package audit keeps and verifies the audit log: a file of lines, one for every
// request before it is sent and one for what came of it, each chained to the line
// before.
//
// # The file
//
// A line is one JSON document in ASCII. Its field n is its number in the file,
// from 1; prev is the SHA-256 of the bytes of the line before it, without the
// end of line; sum, the last field, is the SHA-256 of the line's own bytes before
// it. The first line names the schema and bears a random id. The kinds:
//
//	header     the first line
//	run_start  who runs which version and which plugins
//	call       a decision on a host call, or on a request of the host's own
//	outcome    what came of a call that was allowed
//	more       how many refused calls have no line, because a guest made too many
//	run_end    how the run ended
//	recovered  what a writer found that did not come to its end
//
// # Writing
//
// Several processes may write to one file. A line is written under an exclusive lock
// of the file, after the lines that others have written since. A call that is allowed
// is on the disk (fsync) before its request is sent; other lines are handed to the
// system at once, so that they survive the process, and are on the disk with the next
// call, at latest when the run ends. A call that cannot be written is not made.
//
// A process that is killed, or a disk that is full, can leave a line without its end,
// and a run without its run_end. The next writer ends the line that was cut and tells
// of it in a line recovered; the next run that begins while no process has the log
// open ends the runs that were left, likewise. Nothing is taken away, so that the file
// may be append-only for the system as well. Which processes have the log open, locks
// of the empty file FILE.alive tell.
//
// # What the file proves
//
// [Verify] finds every change of a line, and every line that was inserted, moved,
// repeated or taken out before the end. That lines were cut off at the end shows when
// it leaves a run without its end. Who may write the file can cut it back to the end
// of a run, or write all of it anew: nothing in a file speaks against that. So the
// head, the number and the hash of the last line, is told by every report and by every
// verification: kept elsewhere, it proves all that came before it.
//
// A log is rotated by moving it away between two runs: the next one begins a new file.
// Moving it in the middle of a run ends that run.
package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Schema names the form of the file.
const Schema = "stellaops.doctor.audit/v1"

// Beginning is how every audit log begins.
const Beginning = `{"n":1,"prev":"","kind":"header","schema":"` + Schema + `"`

// MaxLine bounds the bytes of a line, and MaxOpen the runs that have begun and not
// ended.
const (
	MaxLine = 256 << 10
	MaxOpen = 1000
)

// Head tells up to where a log goes: how many lines it has, and the hash of the
// last one as sha256:<hex>.
type Head struct {
	Lines int64  `json:"lines"`
	Hash  string `json:"hash"`
}

func (h Head) String() string { return fmt.Sprintf("line %d, %s", h.Lines, h.Hash) }

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}
