package wire

// Limit is one bound that the host keeps. Every limit is the same everywhere
// and printed by `stella doctor limits`.
type Limit struct {
	// Name is a stable snake_case name.
	Name string
	// Unit is bytes, ms, characters or count.
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
	MaxRequestBodyBytes  = 64 << 10
	MaxBannerBytes       = 1 << 10
	MaxInputBytes        = 1 << 20
	MaxCallBytes         = 256 << 10
	MaxOutputBytes       = 256 << 10
	MaxResultsBytes      = 16 << 20
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
	// MaxElements is the most elements that the lists of one document hold
	// together.
	MaxElements = 16384
	// MaxLikelyCauses is the most likely causes that a result may list.
	MaxLikelyCauses = 4
	// MaxErrorMessage and MaxHeaderValue are in characters, for evidence.
	MaxErrorMessage = 300
	MaxHeaderValue  = 512
)

// Limits lists the limits in the order in which they are printed.
func Limits() []Limit {
	return []Limit{
		{"module_size", "bytes", MaxModuleBytes, MaxModuleBytes, "size of a plugin file"},
		{"memory", "bytes", MaxMemoryBytes, MaxMemoryBytes, "linear memory of one guest"},
		{"check_time", "ms", DefaultCheckMS, MaxCheckMS, "time of one check; a check may declare its own"},
		{"item_time", "ms", ItemCheckMS, ItemCheckMS, "time added for each item after the third, for checks over a list"},
		{"request_time", "ms", RequestMS, RequestMS, "time of one host call, never more than what is left of the check"},
		{"connect_time", "ms", ConnectMS, ConnectMS, "time to connect"},
		{"requests", "count", DefaultRequests, MaxRequests, "host calls of one check"},
		{"item_requests", "count", ItemRequests, ItemRequests, "host calls added for each item, for checks over a list"},
		{"requests_per_target", "count", MaxRequestsPerTarget, MaxRequestsPerTarget, "requests under way to one target at once"},
		{"redirects", "count", MaxRedirects, MaxRedirects, "redirects followed where the access entry allows any"},
		{"response_body", "bytes", DefaultBodyBytes, MaxBodyBytes, "response body handed to a guest; a check may declare more"},
		{"response_header", "bytes", MaxHeaderBytes, MaxHeaderBytes, "response header"},
		{"request_body", "bytes", MaxRequestBodyBytes, MaxRequestBodyBytes, "body of a request"},
		{"banner", "bytes", MaxBannerBytes, MaxBannerBytes, "first line that a TCP peer says by itself, where a check asks for it"},
		{"url", "bytes", MaxURLBytes, MaxURLBytes, "length of an address"},
		{"input", "bytes", MaxInputBytes, MaxInputBytes, "document handed to a guest at its start"},
		{"host_call", "bytes", MaxCallBytes, MaxCallBytes, "document that a guest hands to a host call"},
		{"output", "bytes", MaxOutputBytes, MaxOutputBytes, "document that a guest answers with"},
		{"results", "bytes", MaxResultsBytes, MaxResultsBytes, "answers of all checks of one run"},
		{"log", "bytes", MaxLogBytes, MaxLogBytes, "log messages of one run"},
		{"stderr", "bytes", MaxStderrBytes, MaxStderrBytes, "standard error of one run"},
		{"checks_in_flight", "count", DefaultChecksFlight, MaxChecksFlight, "checks running at once"},
		{"kill_grace", "ms", KillGraceMS, KillGraceMS, "time between the deadline of a worker and its end by force"},
		{"document_depth", "count", MaxDepth, MaxDepth, "nesting of a document"},
		{"document_elements", "count", MaxElements, MaxElements, "elements in all lists of a document together"},
		{"likely_causes", "count", MaxLikelyCauses, MaxLikelyCauses, "likely causes of one result"},
		{"error_message", "characters", MaxErrorMessage, MaxErrorMessage, "error message kept as evidence"},
		{"header_value", "characters", MaxHeaderValue, MaxHeaderValue, "header value kept as evidence"},
	}
}
