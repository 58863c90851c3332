package host

import (
	"errors"
	"fmt"
	"io/fs"

	"stella-ops.org/doctor/host/cassette"
)

// FileError says that a plugin file cannot be read.
type FileError struct {
	Path string
	Err  error
}

func (e *FileError) Error() string { return fmt.Sprintf("plugin file %s: %v", e.Path, e.Err) }

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// unwrapPath drops the operation and the path that an *fs.PathError repeats.
func unwrapPath(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// ConflictError says that two plugins claim one id.
type ConflictError struct {
	Kind string // plugin or check
	ID   string
	A, B string // where each comes from
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s %s is claimed twice: by %s and by %s", e.Kind, e.ID, e.A, e.B)
}

// RefusedError says that an installed plugin does not run as it is.
type RefusedError struct {
	Plugin string
	// Err is the reason: a *store.Refusal, a *trust.Refusal or a *plugin.Refusal.
	Err error
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("plugin %s is refused: %v", e.Plugin, plainReason(e.Err))
}

// Unwrap returns the reason.
func (e *RefusedError) Unwrap() error { return e.Err }

// UnknownError says that the catalog lacks what a selection names.
type UnknownError struct {
	Kind string // check or plugin
	ID   string
	// Suggestions are ids that look like it, the nearest first, at most three.
	Suggestions []string
	// Replacement is the canonical id of an older one.
	Replacement string
	// NoPlugins says that the catalog is empty.
	NoPlugins bool
	// File is the plugin file that was asked, where it was one alone.
	File string
}

func (e *UnknownError) Error() string { return fmt.Sprintf("no such %s: %s", e.Kind, e.ID) }

// PatternError says that a selection holds what is neither an id nor a pattern.
type PatternError struct{ Err error }

func (e *PatternError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *PatternError) Unwrap() error { return e.Err }

// OfflineError says that a check was named that needs the network while the run
// is offline. Nothing ran.
type OfflineError struct{ Check string }

func (e *OfflineError) Error() string {
	return fmt.Sprintf("check %s needs the network and this run is offline", e.Check)
}

// WriteError says that a check was named that writes on its target and that
// the run does not allow it. Nothing ran.
type WriteError struct{ Check string }

func (e *WriteError) Error() string {
	return fmt.Sprintf("check %s writes on its target and this run does not allow it", e.Check)
}

// TransientError says that this machine could not do its part just now, such as
// start a process. The same call may work later.
type TransientError struct{ Err error }

func (e *TransientError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *TransientError) Unwrap() error { return e.Err }

// MissingPluginError says that a cassette was recorded with a plugin that the
// catalog does not have.
type MissingPluginError struct{ Plugin cassette.Plugin }

func (e *MissingPluginError) Error() string {
	return fmt.Sprintf("no such plugin: %s %s (%s), with which this was recorded", e.Plugin.ID, e.Plugin.Version, e.Plugin.Digest)
}

// OtherPluginError says that the catalog has a recorded plugin with another
// digest. Nothing ran.
type OtherPluginError struct {
	Plugin          cassette.Plugin // as recorded
	Version, Digest string          // what the catalog has
}

func (e *OtherPluginError) Error() string {
	return fmt.Sprintf("plugin %s: this was recorded with %s (%s), here is %s (%s)",
		e.Plugin.ID, e.Plugin.Version, e.Plugin.Digest, e.Version, e.Digest)
}

// ReplayError says that a replay came to another result than the cassette holds:
// the cassette was changed and sealed again, the guest or the engine does not
// always do the same, or another version of this program judges differently.
type ReplayError struct {
	Check string // empty for the report as a whole
	What  string // a sentence
	// RecordedBy and Version are the versions of the program, then and now.
	RecordedBy, Version string
}

func (e *ReplayError) Error() string {
	text := "the replay came to another report than the recording holds: "
	if e.Check != "" {
		text = fmt.Sprintf("the replay of check %s came to another result than the recording holds: ", e.Check)
	}
	if text += e.What; e.RecordedBy != e.Version {
		text += fmt.Sprintf(" (recorded by %s, replayed by %s)", e.RecordedBy, e.Version)
	}
	return text
}
