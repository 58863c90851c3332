package wire

// Result is what a check found. Exactly one of Severity and Unjudged is set.
type Result struct {
	// Version is the contract version that the plugin speaks.
	Version int `json:"version"`
	// Nonce echoes [Request.Nonce]. The host takes a document with another
	// nonce, or none, for bad output.
	Nonce string `json:"nonce"`
	// Check echoes [Request.Check].
	Check string `json:"check"`
	// Severity is the verdict.
	Severity Severity `json:"severity,omitempty"`
	// Unjudged is [UnjudgedDenied] when a request that the verdict needs was
	// refused by the host's access policy: only the guest knows whether it was
	// needed. Empty otherwise.
	Unjudged string `json:"unjudged,omitempty"`
	// SkipReason is required with Skip: unconfigured, not_applicable or
	// prerequisite.
	SkipReason string `json:"skip_reason,omitempty"`
	// Cause is a stable dotted id such as tls.unknown-ca, declared in
	// [Explain.Causes]. Required for Warn and Fail.
	Cause string `json:"cause,omitempty"`
	// Diagnosis is one or two sentences: what was observed and what it means.
	// Required unless the result is a skip.
	Diagnosis string `json:"diagnosis,omitempty"`
	// Evidence holds the facts behind the verdict under snake_case names.
	Evidence Evidence `json:"evidence,omitempty"`
	// LikelyCauses are sentences, the most probable first, at most
	// [MaxLikelyCauses].
	LikelyCauses []string `json:"likely_causes,omitempty"`
	// Remediation is required for Warn and Fail.
	Remediation *Remediation `json:"remediation,omitempty"`
	// Verification is the command that re-runs the check. The host computes it
	// when it is empty.
	Verification string `json:"verification,omitempty"`
}

// Remediation tells how to put right what a check found.
type Remediation struct {
	// Summary is one sentence.
	Summary string `json:"summary"`
	// RunbookURL points at a long-form page; empty takes the check's own.
	RunbookURL string `json:"runbook_url,omitempty"`
	// Steps are ordered within each runtime.
	Steps []Step `json:"steps"`
}

// Step is one step of a remediation for one runtime. It stands in reports with
// the same fields.
type Step struct {
	// Order counts from 1 within one runtime.
	Order int `json:"order"`
	// Runtime is compose, systemd, kubernetes or any.
	Runtime string `json:"runtime"`
	// Description is one sentence for the reader.
	Description string `json:"description"`
	// Command is a shell command of one line, ready to copy. Empty for a step
	// that has none.
	Command string `json:"command,omitempty"`
	// Effect is read, write or destructive.
	Effect string `json:"effect"`
	// Manual marks a step that needs a person or a prompt.
	Manual bool `json:"manual"`
	// Placeholders names the <nouns> that the reader fills in, sorted.
	Placeholders []string `json:"placeholders,omitempty"`
	// Backup says what the step keeps a copy of, and where.
	Backup string `json:"backup,omitempty"`
	// Safety says what to mind before running the step.
	Safety string `json:"safety,omitempty"`
}

// Runtimes of a [Step].
const (
	RuntimeCompose    = "compose"
	RuntimeSystemd    = "systemd"
	RuntimeKubernetes = "kubernetes"
	RuntimeAny        = "any"
)

// Effects of a [Step].
const (
	EffectRead        = "read"
	EffectWrite       = "write"
	EffectDestructive = "destructive"
)
