// Package vet holds what a vetting of a plugin looks for and what it says: the
// adversarial answers, the search for canaries, the policy, and the report with
// its forms for machines and for a change board. It is pure; package host runs the
// plugin (host.Vet).
//
// # What was looked at
//
// A vetting runs every check of a plugin in a worker process, through the same
// walk as a real run: settings, access, authorize, egress, result. There is no
// network: answers come from scripts, or from servers in memory that the real
// client speaks to. Each setting is invented, each secret is a canary that stands
// nowhere else. Every request that a check makes meets every status and every
// failure; every check meets every server of the catalogue, with each of its
// settings left out and changed, at other times, under other names, on both
// engines. Randomness is the same in every run that the host makes, so that there
// is no seed to vary.
//
// # What vetting cannot know
//
// The report says what was reached, never what is reachable: a check may do
// something else when it meets an answer, a time or a name that nobody tried. What
// holds without trying is what the host enforces in every run: the imports, the
// access, that no secret enters the guest, the limits. The time, the nonce, the
// names, the addresses, the latencies and the secrets of a vetting follow from the
// file, so that none can be written into it; what else the answers hold is the same
// for every plugin, and one could know it. What a check says of a healthy service
// is as true as its author made it; vetting knows no service.
// Values that a plugin wants to see in a setting are guessed from what the plugin
// says of it; the author's cases (--cases) show more.
package vet

import (
	"slices"

	"stella-ops.org/doctor/host/truth"
)

// Schema names the form of a [Report].
const Schema = "stellaops.doctor.vet/v1"

// Report is what a vetting found. The same file, policy, cases and program make
// the same report, byte for byte.
type Report struct {
	Schema  string  `json:"schema"`
	Subject Subject `json:"subject"`
	Tool    Tool    `json:"tool"`
	Policy  Applied `json:"policy"`
	// Date is what --now gave; empty without.
	Date string `json:"date,omitempty"`
	// Verdict is passed or failed: failed when a finding has level error, or when a
	// check was not run at all.
	Verdict string `json:"verdict"`
	// Findings are sorted by level, rule and check; beneath these they stand as they
	// came up.
	Findings []Finding `json:"findings"`
	// Limits say what was left out, in sentences; none when nothing was.
	Limits []string `json:"limits"`
	Facts  Facts    `json:"facts"`
	// Checks are sorted by id.
	Checks []Check `json:"checks"`
}

// Verdicts of a report.
const (
	Passed = "passed"
	Failed = "failed"
)

// Subject is the file that was vetted. Its name is no part of it.
type Subject struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
	SHA512  string `json:"sha512"`
	Bytes   int64  `json:"bytes"`
}

// Tool is what vetted.
type Tool struct {
	Version   string `json:"version"`
	Engine    string `json:"engine"`
	Catalogue string `json:"catalogue"`
	// Ran is how checks were run: compiled, interpreted, or both; empty where none was.
	Ran []string `json:"ran,omitempty"`
	// Cases are the digests of the cases that deepened the vetting, sorted.
	Cases []string `json:"cases"`
}

// Applied names the policy that made the verdict.
type Applied struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	// Lowered are the rules that it switches off or takes less seriously than they are, in
	// the order of [Rules].
	Lowered []Lowered `json:"lowered"`
}

// Lowered is a rule with its own level and the lower one of a policy.
type Lowered struct {
	Rule string `json:"rule"`
	From string `json:"from"`
	To   string `json:"to"`
}

// Facts are what the policy judged besides the behaviour.
type Facts struct {
	Imports []string `json:"imports"`
	// Toolchain is what the file claims about the tools that made it.
	Toolchain    []string `json:"toolchain"`
	MemoryBytes  int64    `json:"memory_bytes"`
	LiteralHosts []string `json:"literal_hosts"`
	Methods      []string `json:"methods"`
	// Dependencies are the modules that the file names, Go's standard library as std
	// among them, and those that a bill of materials names that came with it.
	Dependencies []Dependency `json:"dependencies"`
	// ModulesTold is whether the file has a list of modules that can be read.
	ModulesTold bool `json:"modules_told"`
	// Signers are the keys whose signatures were verified.
	Signers []string `json:"signers"`
	// Unsigned says why no signature counts; empty where one does.
	Unsigned string `json:"unsigned,omitempty"`
	// Revoked says why the site lets the file in no more, whatever else was found;
	// empty where it has revoked nothing of it.
	Revoked string `json:"revoked,omitempty"`
	// SBOM tells whether a bill of materials that belongs to the file came with it.
	SBOM bool `json:"sbom"`
	// SBOMBy are the tools that it says it was made with; empty where it names none.
	SBOMBy []string `json:"sbom_by"`
}

// Dependency is a module that the plugin says it was built from.
type Dependency struct {
	Path    string `json:"path"`
	Version string `json:"version"`
}

// Finding is one thing that somebody should read.
type Finding struct {
	// Rule is stable, in kebab case; Level is error, warning or note.
	Rule  string `json:"rule"`
	Level string `json:"level"`
	// Check is empty for a finding about the file.
	Check string `json:"check,omitempty"`
	// Text is a sentence. Parts of it may be the plugin's words: escape it.
	Text string `json:"text"`
	// Scenario is the first in which it was seen, Seen in how many; empty and
	// zero for what was seen without running anything.
	Scenario string `json:"scenario,omitempty"`
	Seen     int    `json:"seen,omitempty"`
}

// Check is what one check did.
type Check struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Class string `json:"class"`
	// Runs counts the runs of the check in this vetting.
	Runs int `json:"runs"`
	// CutShort tells that the check was not vetted to the end. What it does not use is
	// then not known: Unused and Below of Access, and Settings, are empty.
	CutShort bool `json:"cut_short,omitempty"`
	// Requests are all requests that it was made to send, each once, sorted.
	Requests []Request `json:"requests"`
	// Access is the declared access with what was used of it, in its order.
	Access []AccessUse `json:"access"`
	// Settings are the declared settings, in their order.
	Settings []SettingUse `json:"settings"`
	// Table is the truth table: a verdict for each answer to each request.
	Table []truth.Request `json:"table"`
	// Adversaries are the verdicts on the servers of the catalogue, in its order.
	Adversaries []Encounter `json:"adversaries"`
}

// Request is one kind of request that a check was made to send. Hosts are named by
// the setting that gave them, {Key}, or literally.
type Request struct {
	Function string `json:"function"`
	Method   string `json:"method"`
	// Target is {Key} or a literal origin, Path what follows it in the address,
	// without the values of the query.
	Target string `json:"target"`
	Path   string `json:"path,omitempty"`
	// Access is the entry of the declared access that covers it.
	Access string `json:"access"`
	// Headers are the names of the fields that the check sets, sorted.
	Headers []string `json:"headers"`
	// Credential is the setting whose secret the host attached, and Scheme how.
	Credential string `json:"credential,omitempty"`
	Scheme     string `json:"scheme,omitempty"`
	// BodyBytes is the size of the largest body that it sent.
	BodyBytes int64 `json:"body_bytes"`
	// Purpose is empty for the check's own requests; else why the host sent it.
	Purpose string `json:"purpose,omitempty"`
}

// AccessUse is one entry of the declared access.
type AccessUse struct {
	Text   string `json:"text"`
	Reason string `json:"reason"`
	// Reached counts the requests under it.
	Reached int `json:"reached"`
	// Below is a narrower path than the declared one that all requests had, or were
	// below; empty where there is none.
	Below string `json:"below,omitempty"`
	// Unused are the parts that no request used: methods, and secrets.
	Unused []string `json:"unused"`
}

// SettingUse is one declared setting.
type SettingUse struct {
	Key    string `json:"key"`
	Secret bool   `json:"secret"`
	// Effect tells whether leaving it out or changing it changed anything.
	Effect bool `json:"effect"`
}

// Encounter is the verdict on one server of the catalogue.
type Encounter struct {
	Adversary string `json:"adversary"`
	// Verdict is a severity, the reason of a skip behind it, "could not judge", or
	// the outcome that took the place of a verdict.
	Verdict string `json:"verdict"`
	Cause   string `json:"cause,omitempty"`
}

// Check returns the check of an id; nil for none.
func (r *Report) Check(id string) *Check {
	i := slices.IndexFunc(r.Checks, func(c Check) bool { return c.ID == id })
	if i < 0 {
		return nil
	}
	return &r.Checks[i]
}
