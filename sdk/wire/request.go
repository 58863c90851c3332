package wire

// Request asks a plugin to run one check.
type Request struct {
	// Version is the contract version of the host that wrote the request.
	Version int `json:"version"`
	// Nonce must come back in [Result.Nonce] unchanged. It is 32 lower-case
	// hex digits.
	Nonce string `json:"nonce"`
	// Check is the id of the check to run.
	Check string `json:"check"`
	// Now is the time of the run, RFC 3339 in UTC. A guest has no clock.
	Now string `json:"now"`
	// DeadlineMS is what the check has left of its time budget, in
	// milliseconds from the moment the host starts it.
	DeadlineMS int64 `json:"deadline_ms"`
	// Settings holds the declared keys that resolve, under their declared
	// name (with concrete item numbers in lists: CI:Systems:0:Url). A key that
	// is unset is absent.
	Settings map[string]Setting `json:"settings"`
}

// Setting is one resolved setting as a guest sees it: a value, or a handle in
// place of a secret value.
type Setting struct {
	// Value is the text of the setting, trimmed. Empty for a secret.
	Value string `json:"value,omitempty"`
	// Secret is the handle of a secret setting, "secret:<declared key>". The
	// value itself never enters a guest.
	Secret string `json:"secret,omitempty"`
	// Key is the key that won, in document form (Section:Key), override
	// included. Empty when the value is the declared default.
	Key string `json:"key"`
	// URL tells what the address looks like when the setting is a secret of
	// type url; nil otherwise.
	URL *SecretURL `json:"url,omitempty"`
}

// SecretURL is what a guest learns of a secret address.
type SecretURL struct {
	// Valid tells whether the address passes [ScreenURL]. The other fields are
	// zero when it does not.
	Valid  bool   `json:"valid"`
	Scheme string `json:"scheme"`
	Host   string `json:"host"`
	Port   int    `json:"port"`
}
