// Package sandbox runs WebAssembly guests: bytes in, bytes out. It is the only
// importer of Extism and wazero, and knows nothing of what the bytes mean.
//
// A guest runs in one of two places behind one interface, [Module]: in this
// process ([OpenInProcess]), for modules whose bytes are part of the program,
// or in a worker process ([OpenWorker]) that can be killed, for all others. The
// worker is this program re-executed; see [WorkerMain].
package sandbox

import "context"

// Module is a loaded guest. Its methods may be called from several goroutines.
type Module interface {
	// Call runs one export on a fresh instance and discards the instance. The
	// deadline of ctx is the time budget of the call. Whatever goes wrong is in
	// Result.Fault: a guest's failure is data.
	Call(ctx context.Context, c Call) Result
	// Close ends every call and releases the module; it is idempotent.
	Close() error
}

// Call is one call of an export.
type Call struct {
	Export string
	// Input is handed to the guest, at most Limits.InputBytes.
	Input []byte
	// Host answers the host calls that the guest makes during this call. It
	// may be called from several goroutines, must honour ctx and must not
	// panic. Nil answers every host call with no bytes.
	Host HostFunc
}

// HostFunc answers one host call: the function's name as in Config.Functions,
// the guest's document, and the document to hand back.
type HostFunc func(ctx context.Context, function string, in []byte) []byte

// Result is what one call left behind.
type Result struct {
	// Output is what the guest wrote; nil when Fault is set.
	Output []byte
	// Fault is nil when the export returned 0.
	Fault *Fault
	// Logs are the guest's log messages in order, within Limits.LogBytes.
	Logs []LogLine
	// LogsDropped counts the messages that did not fit.
	LogsDropped int
	// Stderr is the first Limits.StderrBytes that the guest wrote there.
	Stderr []byte
}

// LogLine is one message of a guest. The text is the guest's: escape it before
// it reaches a terminal.
type LogLine struct {
	Level string `json:"level"` // trace debug info warn error
	Text  string `json:"text"`
}

// FaultKind says in which way a call failed.
type FaultKind string

// The kinds of faults.
const (
	// FaultTrap: the guest trapped, exited, or its process died.
	FaultTrap FaultKind = "trap"
	// FaultTimeout: the deadline of the call passed.
	FaultTimeout FaultKind = "timeout"
	// FaultCanceled: ctx was cancelled for another reason than its deadline.
	FaultCanceled FaultKind = "canceled"
	// FaultOutOfMemory: the guest asked for more memory than its limit.
	FaultOutOfMemory FaultKind = "out_of_memory"
	// FaultBadOutput: the export returned non-zero, or no output, or too much.
	FaultBadOutput FaultKind = "bad_output"
	// FaultABI: the module cannot be loaded or lacks the export.
	FaultABI FaultKind = "abi"
	// FaultInterrupted: the worker was killed on account of another call. The
	// call may be repeated in a fresh worker when repeating it is harmless.
	FaultInterrupted FaultKind = "interrupted"
)

// Fault is the failure of a call.
type Fault struct {
	Kind FaultKind
	// Detail is one line, at most 2 KiB, free of paths of this machine. Parts
	// of it may be the guest's words.
	Detail string
}

// Error returns kind and detail.
func (f *Fault) Error() string {
	if f.Detail == "" {
		return string(f.Kind)
	}
	return string(f.Kind) + ": " + f.Detail
}

// Limits bounds a guest. The zero value of a field is no limit of zero: it
// stands for the value in parentheses.
type Limits struct {
	MemoryBytes int64 // of the guest's linear memory (64 MiB)
	InputBytes  int64 // of Call.Input (1 MiB)
	OutputBytes int64 // of Result.Output (256 KiB)
	CallBytes   int64 // of a document that the guest hands to a host function (256 KiB)
	ReplyBytes  int64 // of a document that a host function hands back (2 MiB)
	LogBytes    int64 // of all log messages of a call (256 KiB)
	StderrBytes int64 // of standard error of a call (64 KiB)
}

// Config says how to load a module. The caller has already had the bytes
// examined: the engine is not safe on bytes that nobody bounded.
type Config struct {
	// ImportModule and Functions name the host functions that the module may
	// import. Each is (i64) -> i64 with Extism memory offsets.
	ImportModule string
	Functions    []string
	Limits       Limits
	// CacheDir is the directory of compiled code; empty for none. A verified
	// entry is run compiled, a miss is interpreted. Nothing is written there but by Warm.
	CacheDir string
	// Compile has a worker compile the module instead of interpreting it. That takes
	// a second or so, and code of a guest then runs on the processor itself.
	Compile bool
	// entry is the verified entry of the cache, in a worker, which cannot look for
	// one.
	entry string
	// Inspect sees each linear memory of each call in process when the call has
	// ended, so that a test can tell what a guest has had in it. Nil sees none.
	Inspect func(memory []byte)
}
