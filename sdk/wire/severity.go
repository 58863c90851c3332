package wire

// Severity is the verdict of a check.
type Severity string

// The severities. Skip stands outside the order of the others: the question
// was not put.
const (
	Pass Severity = "pass"
	Info Severity = "info"
	Warn Severity = "warn"
	Fail Severity = "fail"
	Skip Severity = "skip"
)

// Rank orders severities for sorting and for worst-of: fail 4, warn 3, info 2,
// pass 1. Skip and everything unknown rank 0.
func (s Severity) Rank() int {
	switch s {
	case Fail:
		return 4
	case Warn:
		return 3
	case Info:
		return 2
	case Pass:
		return 1
	}
	return 0
}

// Reasons of a skip. A guest may say the first three; the last two are the
// host's alone.
const (
	SkipUnconfigured    = "unconfigured"
	SkipNotApplicable   = "not_applicable"
	SkipPrerequisite    = "prerequisite"
	SkipOffline         = "offline"
	SkipWriteNotAllowed = "write_not_allowed"
)

// UnjudgedDenied is the one value of [Result.Unjudged].
const UnjudgedDenied = "denied"

// Classes of checks and of access.
const (
	ClassRead  = "read"
	ClassWrite = "write"
)
