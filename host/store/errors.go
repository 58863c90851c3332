package store

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// Refusal says why the store does not let something in, or out.
type Refusal struct {
	// Rule is stable: one of the Rule constants.
	Rule string
	// Text is a sentence, Hint what to do about it; it may be empty.
	Text, Hint string
}

func (r *Refusal) Error() string { return r.Text }

// The rules.
const (
	RuleRepublished = "republished"  // the same version with other bytes
	RuleDowngrade   = "downgrade"    // an older version
	RuleInstalled   = "installed"    // install of what is there in another version
	RuleOtherPlugin = "other-plugin" // upgrade with the file of another plugin
	RuleCheckTwice  = "check-claimed"
	RuleUnsigned    = "unsigned"
	RuleSignature   = "signature"
	RuleChanged     = "changed" // the bytes are not those of the lock
	RuleMissing     = "missing" // no bytes
	RuleExpired     = "expired" // the approval
	RuleHeld        = "held"
	RuleNoPrevious  = "no-previous"
	RuleSeal        = "seal" // the sealed description is not that of the lock
	RuleLockLine    = "lock-line"
	RuleUnapproved  = "unapproved" // nobody said what it may do
	RuleOtherWord   = "other-approval"
	RuleAttachments = "attachments" // more documents than are kept
	RuleLockLink    = "lock-link"   // the lock is a symbolic link
	RuleLockOwner   = "lock-owner"  // others can change the lock
)

func refuse(rule, hint, format string, args ...any) *Refusal {
	return &Refusal{Rule: rule, Text: fmt.Sprintf(format, args...), Hint: hint}
}

// UnknownError says that no plugin of that id is installed.
type UnknownError struct {
	ID string
	// Known are the ids that are.
	Known []string
}

func (e *UnknownError) Error() string { return fmt.Sprintf("plugin %s is not installed", e.ID) }

// ConflictError says that somebody else changed the entry of a plugin after it
// was looked at. Nothing was written.
type ConflictError struct{ ID string }

func (e *ConflictError) Error() string {
	return fmt.Sprintf("plugin %s was changed by another process meanwhile; nothing was written", e.ID)
}

// WriteError says that the store or the lock cannot be written.
type WriteError struct {
	Path string
	Err  error
	// Changed says that Path is the lock, that the new one stands there, and that it
	// may not outlast a loss of power.
	Changed bool
}

func (e *WriteError) Error() string {
	if e.Changed {
		return fmt.Sprintf("lock %s was written, and may not outlast a loss of power: %v", e.Path, e.Err)
	}
	return fmt.Sprintf("plugin store %s: %v", e.Path, e.Err)
}

// Unwrap returns the cause.
func (e *WriteError) Unwrap() error { return e.Err }

// Hint says what to do about it.
func (e *WriteError) Hint() string {
	switch {
	case e.Changed:
		return "the change is made: `stella doctor plugin list` shows it; look at the disk"
	case errors.Is(e.Err, syscall.ENOSPC), errors.Is(e.Err, syscall.EDQUOT):
		return "free some space; nothing was changed"
	case errors.Is(e.Err, syscall.EROFS), errors.Is(e.Err, fs.ErrPermission):
		return "it is read-only for this user: what is installed runs all the same; nothing was changed"
	}
	return "set STELLA_HOME to a directory of your own; nothing was changed"
}
