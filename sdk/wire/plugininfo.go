package wire

// PluginInfo describes a plugin. It is what doctor_describe answers and what is
// sealed into the file, so that a host knows everything about a plugin without
// executing it.
type PluginInfo struct {
	// ABI is the contract version that the plugin was built for.
	ABI int `json:"abi"`
	// ID is dotted lower-case segments of letters, digits and hyphens, such as
	// stellaops.doctor.integration.
	ID string `json:"id"`
	// Name is for people, 1 to 100 characters.
	Name string `json:"name"`
	// Version is a SemVer version without a leading v.
	Version string `json:"version"`
	// Category groups plugins and is the default of their checks' category.
	Category string `json:"category"`
	// Description is one sentence.
	Description string `json:"description,omitempty"`
	// Checks are sorted by id and at least one.
	Checks []CheckInfo `json:"checks"`
}

// CheckInfo describes one check.
type CheckInfo struct {
	// ID is check.<area>.<thing>[.<sub>].
	ID string `json:"id"`
	// Name is for people.
	Name string `json:"name"`
	// Description is a question: "Is the registry reachable?"
	Description string `json:"description"`
	// Category is the plugin's when empty.
	Category string `json:"category,omitempty"`
	// Class is read or write; write if any access method is POST, PUT, PATCH
	// or DELETE.
	Class string `json:"class"`
	// DefaultSeverity says how much an unhealthy check matters. It is no cap.
	DefaultSeverity Severity `json:"default_severity"`
	// Tags are free labels; quick and slow have meaning to the default selection.
	Tags []string `json:"tags,omitempty"`
	// Settings are the configuration keys that the check may read. It sees no other.
	Settings []SettingInfo `json:"settings,omitempty"`
	// Access is what the check asks to reach.
	Access []Access `json:"access,omitempty"`
	// TimeoutMS is the time budget of one run in milliseconds; zero takes the
	// default of limit check_time.
	TimeoutMS int64 `json:"timeout_ms,omitempty"`
	// EstimateMS is the usual duration of one run in milliseconds.
	EstimateMS int64 `json:"estimate_ms,omitempty"`
	// DependsOn are ids of checks that should pass before this one makes sense:
	// a run of both starts it after they have ended, and skips it when one of
	// them failed. Within a plugin there is no circle.
	DependsOn []string `json:"depends_on,omitempty"`
	// Related are checks worth looking at next.
	Related []Related `json:"related,omitempty"`
	// RunbookURL points at a long-form page.
	RunbookURL string `json:"runbook_url,omitempty"`
	// Deprecated says why the check will go; ReplacementIDs say what takes its place.
	Deprecated     string   `json:"deprecated,omitempty"`
	ReplacementIDs []string `json:"replacement_ids,omitempty"`
	// Explain is what `explain` prints; required of first-party checks.
	Explain *Explain `json:"explain,omitempty"`
}

// SettingInfo declares one configuration key of a check.
type SettingInfo struct {
	// Key is the first spelling, Section:Key. An asterisk stands for the item
	// number of a list: CI:Systems:*:Url.
	Key string `json:"key"`
	// Aliases are tried after Key, in order. An alias without an asterisk of a key
	// with one is the older form for a single item: it stands for item 0 of a list
	// that has no items.
	Aliases []string `json:"aliases,omitempty"`
	// Type is string, int, bool, url or list.
	Type string `json:"type"`
	// Default is used when no key resolves.
	Default string `json:"default,omitempty"`
	// Secret keeps the value out of the guest. A manifest can widen the host's
	// own list of secret keys, never narrow it.
	Secret bool `json:"secret,omitempty"`
	// Required is for people: the check cannot work without the key.
	Required bool `json:"required,omitempty"`
	// Lead marks the key that decides whether the check is configured at all
	// and, in a group, the section that the companions are read from.
	Lead bool `json:"lead,omitempty"`
	// Group names the keys that must come from one section.
	Group string `json:"group,omitempty"`
	// Description is one sentence.
	Description string `json:"description,omitempty"`
}

// Types of a setting.
const (
	TypeString = "string"
	TypeInt    = "int"
	TypeBool   = "bool"
	TypeURL    = "url"
	TypeList   = "list"
)

// Access is one thing that a check asks to reach, bound to the operator's own
// settings: {OCI:RegistryUrl} stands for the resolved value of that setting.
type Access struct {
	// Kind is http or tcp.
	Kind string `json:"kind"`
	// Class is read or write.
	Class string `json:"class"`
	// Methods are upper-case HTTP methods. Empty for tcp.
	Methods []string `json:"methods,omitempty"`
	// Target is {Key}, a literal URL, or for tcp a host or scheme://host[:port].
	Target string `json:"target"`
	// Trim is removed from the end of the setting's path before Path is joined;
	// [TrimAll] removes the whole path.
	Trim string `json:"trim,omitempty"`
	// Path is a prefix on segment boundaries. Empty grants the target's own path
	// and what is below it.
	Path string `json:"path,omitempty"`
	// Port is the {Key} of a port setting, for tcp.
	Port string `json:"port,omitempty"`
	// DefaultPort are the ports used when neither Port nor the target has one.
	DefaultPort []int `json:"default_port,omitempty"`
	// Redirects is empty (not followed) or same-origin.
	Redirects string `json:"redirects,omitempty"`
	// MaxBody is the largest response body in bytes handed to the guest; zero
	// takes the default of limit response_body.
	MaxBody int64 `json:"max_body,omitempty"`
	// Secrets are the declared keys of the secrets that may be sent to the target.
	Secrets []string `json:"secrets,omitempty"`
	// Reason tells the operator why, in one sentence.
	Reason string `json:"reason"`
}

// Kinds of [Access], the one value of [Access.Redirects], and the value of
// [Access.Trim] that leaves the origin only.
const (
	KindHTTP           = "http"
	KindTCP            = "tcp"
	RedirectSameOrigin = "same-origin"
	TrimAll            = "*"
)

// Related names another check and says why it is worth a look.
type Related struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// Explain is the long form of a check, for people.
type Explain struct {
	// What says what the check does; Why says why it matters.
	What string `json:"what"`
	Why  string `json:"why"`
	// Verdicts is the verdict table, the first matching row wins.
	Verdicts []VerdictInfo `json:"verdicts"`
	// Causes are all the cause ids that the check may set.
	Causes []CauseInfo `json:"causes"`
	// Fixes are sentences.
	Fixes []string `json:"fixes,omitempty"`
	// Steps are the usual change, ordered within each runtime: what a
	// remediation holds, with placeholders where it would name a value or an
	// address of the operator's.
	Steps []Step `json:"steps,omitempty"`
}

// VerdictInfo is one row of a verdict table.
type VerdictInfo struct {
	When     string   `json:"when"`
	Severity Severity `json:"severity"`
	// Cause is empty for a row that sets none, or that sets one of several.
	Cause string `json:"cause,omitempty"`
}

// CauseInfo explains one cause id.
type CauseInfo struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}
