package wire

// Limit is one bound that the host keeps. Every limit is the same everywhere
// and printed by `stella doctor limits`.
type Limit struct {
	// Name is a stable snake_case name.
	Name string
	// Unit is bytes, ms or count.
	Unit string
	// Default applies where nothing else is asked for; Ceiling is the most that
	// can be asked for. They are equal where nothing can.
	Default, Ceiling int64
	// What says what is bounded, in one sentence.
	What string
}

// The limits. Sizes are in bytes, times in milliseconds.
const (
	MaxModuleBytes       = 16 << 20
	MaxMemoryBytes       = 64 << 20
	DefaultCheckMS       = 30_000
	MaxCheckMS           = 300_000
	ItemCheckMS          = 5_000
	RequestMS            = 10_000
	ConnectMS            = 5_000
	DefaultRequests      = 32
	ItemRequests         = 4
	MaxRequests          = 512
	DefaultBodyBytes     = 64 << 10
	MaxBodyBytes         = 1 << 20
	MaxHeaderBytes       = 64 << 10
	MaxInputBytes        = 1 << 20
	MaxCallBytes         = 256 << 10
	MaxOutputBytes       = 256 << 10
	MaxLogBytes          = 256 << 10
	MaxStderrBytes       = 64 << 10
	DefaultChecksFlight  = 64
	MaxChecksFlight      = 1024
	MaxRequestsPerTarget = 4
	MaxRedirects         = 3
	KillGraceMS          = 250

	// MaxURLBytes is the longest address that [ScreenURL] takes.
	MaxURLBytes = 2 << 10
	// MaxDepth is the deepest nesting of a document.
	MaxDepth = 32
	// MaxLikelyCauses is the most likely causes that a result may list.
	MaxLikelyCauses = 4
	// MaxErrorMessage and MaxHeaderValue are in characters, for evidence.
	MaxErrorMessage = 300
	MaxHeaderValue  = 512
)
