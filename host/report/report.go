// Package report holds the report of a run and its renderers. It is pure.
package report

import "stella-ops.org/doctor/sdk/wire"

// Schema names the form of the JSON document.
const Schema = "stellaops.doctor.report/v1"

// Report is what a run found.
type Report struct {
	Schema     string   `json:"schema"`
	StartedAt  string   `json:"started_at"`
	DurationMS int64    `json:"duration_ms"`
	Host       HostInfo `json:"host"`
	Summary    Summary  `json:"summary"`
	// Notes tell what holds for the whole run and weakens or explains it.
	Notes []Note `json:"notes"`
	// Results are sorted by check id.
	Results []Result `json:"results"`

	// whole are the results of the run where Select left only some.
	whole []Result
}

// all returns the results of the run, those that are not shown included, as far
// as they are known.
func (r *Report) all() []Result {
	if r.whole != nil {
		return r.whole
	}
	return r.Results
}

// HostInfo tells which program made the report.
type HostInfo struct {
	Version string `json:"version"`
}

// Summary counts results by severity; Unjudged counts those without one.
type Summary struct {
	Pass     int `json:"pass"`
	Info     int `json:"info"`
	Warn     int `json:"warn"`
	Fail     int `json:"fail"`
	Skip     int `json:"skip"`
	Unjudged int `json:"unjudged"`
	// Waived counts the warnings and failures that a waiver covers; they are
	// counted under their severity too.
	Waived int `json:"waived"`
	// Worst is the worst severity, skip aside; null when there is none.
	Worst *wire.Severity `json:"worst"`
	// ExitCode is what the program exits with.
	ExitCode int `json:"exit_code"`
}

// Note is one remark on the whole run. Codes: insecure_tls, plugin_file,
// plugin_replaced, trust_source, proxy_ignored, set_not_repeated, order_circle,
// waited, unguarded, audited; waived, waiver_expired, waiver_expires_soon, waiver_overlap,
// waiver_unused; of a replay hand_written, not_asked and retro.
type Note struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// Outcomes of a check's run. Everything but Judged means that the check could
// not judge: the run has no severity then.
const (
	Judged      = "judged"
	Trap        = "trap"
	Timeout     = "timeout"
	BadOutput   = "bad_output"
	Denied      = "denied"
	OutOfMemory = "out_of_memory"
	ABI         = "abi"
)

// Result is what one check found.
type Result struct {
	Check string `json:"check"`
	Name  string `json:"name"`
	// Question is what the check asks, for people.
	Question        string         `json:"question"`
	Category        string         `json:"category"`
	Tags            []string       `json:"tags"`
	DefaultSeverity wire.Severity  `json:"default_severity"`
	Plugin          PluginRef      `json:"plugin"`
	Outcome         string         `json:"outcome"`
	Severity        *wire.Severity `json:"severity"`
	Cause           *string        `json:"cause"`
	Diagnosis       string         `json:"diagnosis"`
	// Hint says what to grant or change when the outcome is not judged.
	Hint         string         `json:"hint"`
	Evidence     wire.Evidence  `json:"evidence"`
	LikelyCauses []string       `json:"likely_causes"`
	Remediation  *Remediation   `json:"remediation"`
	Verification string         `json:"verification"`
	Related      []wire.Related `json:"related"`
	// BlockedBy are the checks whose failure kept this one from running, sorted:
	// those that failed themselves, not those that wait for them too.
	BlockedBy  []string `json:"blocked_by"`
	SkipReason *string  `json:"skip_reason"`
	DurationMS int64    `json:"duration_ms"`
	// Requests is the ledger: the host calls that the check made, in order.
	Requests []Request `json:"requests"`
	// Waiver is the operator's word that this problem is known; null for none.
	// A waived problem keeps its severity and counts as pass for the exit code.
	Waiver *Waiver `json:"waiver"`
}

// Waiver tells who answers for a known problem, why and until when.
type Waiver struct {
	Reason string `json:"reason"`
	Owner  string `json:"owner"`
	// Expires is RFC 3339 in UTC: from then on the problem counts again.
	Expires string `json:"expires"`
}

// PluginRef names the plugin that a check came from.
type PluginRef struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Digest  string `json:"digest"`
}

// Remediation tells how to put right what a check found.
type Remediation struct {
	Summary    string      `json:"summary"`
	RunbookURL string      `json:"runbook_url"`
	Steps      []wire.Step `json:"steps"`
}

// Request is one line of the ledger.
type Request struct {
	// N counts from 1.
	N        int    `json:"n"`
	Function string `json:"function"`
	Method   string `json:"method"`
	URL      string `json:"url"`
	// Access is the text of the access entry that covered the call, Decision
	// allowed or denied, Rule what denied it.
	Access     string `json:"access"`
	Decision   string `json:"decision"`
	Rule       string `json:"rule"`
	Address    string `json:"address"`
	Status     int    `json:"status"`
	ErrorKind  string `json:"error_kind"`
	Bytes      int64  `json:"bytes"`
	DurationMS int64  `json:"duration_ms"`
	// Credential is the key of the secret that went with the request.
	Credential string `json:"credential,omitempty"`
	// Purpose is empty for what the check asked for, and else says why the host
	// made the request by itself: one of the list below.
	Purpose string `json:"purpose,omitempty"`
}

// Values of [Request.Purpose].
const (
	// PurposeTokenExchange asked a token realm, PurposeRepeat sent the request
	// above it once more with the token.
	PurposeTokenExchange = "token_exchange"
	PurposeRepeat        = "repeat"
	// PurposeUndo took back what a request had made, after the check had ended
	// without doing so.
	PurposeUndo = "undo"
)
