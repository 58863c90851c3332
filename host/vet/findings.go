package vet

import (
	"cmp"
	"slices"
)

// Levels of a finding. Off takes a rule out of the report.
const (
	Error   = "error"
	Warning = "warning"
	Note    = "note"
	Off     = "off"
)

// Rules of what a vetting finds, in kebab case.
const (
	RuleDescribe          = "describe"
	RuleTrap              = "trap"
	RuleTimeout           = "timeout"
	RuleBadOutput         = "bad-output"
	RuleOutOfMemory       = "out-of-memory"
	RuleABI               = "abi"
	RuleOutsideAccess     = "outside-access"
	RuleLedAstray         = "led-astray"
	RuleStray             = "stray-request"
	RuleSecretInRequest   = "secret-in-request"
	RuleSecretInOutput    = "secret-in-output"
	RuleSecretInLog       = "secret-in-log"
	RuleSecretEntered     = "secret-entered"
	RuleSecretMisdirected = "secret-misdirected"
	RuleRepeat            = "repeat"
	RuleNonce             = "nonce"
	RuleClock             = "clock"
	RuleEngine            = "engine"
	RuleHostName          = "host-name"
	RuleScene             = "scene"
	RuleUnusedAccess      = "unused-access"
	RuleUnusedSetting     = "unused-setting"
	RuleAlwaysPasses      = "always-passes"
	RuleCutShort          = "cut-short"
)

// Rules of a policy.
const (
	RuleSize           = "max-bytes"
	RuleMemory         = "max-memory"
	RuleImport         = "forbidden-import"
	RuleLiteralHost    = "literal-host"
	RuleMethod         = "method"
	RuleWrite          = "write"
	RuleRevoked        = "revoked"
	RuleSigner         = "signer"
	RuleSBOM           = "sbom"
	RuleDependency     = "forbidden-dependency"
	RuleToolchain      = "toolchain"
	RuleUnprovenOrigin = "unproven-origin"
)

// RuleInfo says what a rule is about and how bad breaking it is, unless a policy
// says otherwise.
type RuleInfo struct{ Rule, Level, What string }

// Rules are all rules, in the order in which findings are told.
var Rules = []RuleInfo{
	{RuleDescribe, Error, "what the file is sealed with is what the plugin says of itself"},
	{RuleOutsideAccess, Error, "a check asks for nothing outside its access"},
	{RuleStray, Error, "no request leaves outside its access"},
	{RuleSecretMisdirected, Error, "a secret goes where it belongs only"},
	{RuleSecretInRequest, Error, "a check puts no secret into a request"},
	{RuleSecretInOutput, Error, "a check puts no secret into its result"},
	{RuleSecretInLog, Error, "a check puts no secret into its log"},
	{RuleSecretEntered, Warning, "no answer hands a secret to a check"},
	{RuleTrap, Error, "a check does not crash"},
	{RuleTimeout, Error, "a check ends in time"},
	{RuleCutShort, Error, "a check is vetted to the end"},
	{RuleBadOutput, Error, "a check keeps the contract"},
	{RuleOutOfMemory, Error, "a check keeps within its memory"},
	{RuleABI, Error, "the module fits the host"},
	{RuleRepeat, Error, "a check does the same on the same input"},
	{RuleNonce, Error, "the nonce makes no difference"},
	{RuleClock, Error, "the time makes no difference that no date explains"},
	{RuleEngine, Error, "both engines do the same"},
	{RuleHostName, Error, "the name of a host makes no difference"},
	{RuleScene, Error, "time, nonce, names and secrets together make no difference"},
	{RuleAlwaysPasses, Warning, "a check can say something else than pass"},
	{RuleUnusedAccess, Warning, "what is declared is used"},
	{RuleLedAstray, Note, "a check does not follow where an answer leads outside its access"},
	{RuleUnusedSetting, Note, "what is read makes a difference"},
	{RuleSize, Error, "the file is no larger than the policy allows"},
	{RuleMemory, Error, "the module asks for no more memory than the policy allows"},
	{RuleImport, Error, "the module imports nothing that the policy forbids"},
	{RuleLiteralHost, Error, "literal hosts are on the list of the policy"},
	{RuleMethod, Error, "methods are on the list of the policy"},
	{RuleWrite, Error, "no check writes where the policy forbids it"},
	{RuleRevoked, Error, "the site has not revoked the file, or who signed it"},
	{RuleSigner, Error, "those that the policy names have signed"},
	{RuleSBOM, Error, "a bill of materials came with the file"},
	{RuleDependency, Error, "no dependency is on the policy's list of forbidden ones"},
	{RuleToolchain, Error, "the toolchain is on the list of the policy"},
	{RuleUnprovenOrigin, Error, "the file tells what it was built from"},
}

// Findings gathers findings. It is not safe for concurrent use.
type Findings struct {
	all     []Finding
	at      map[[3]string]int
	count   map[[2]string]int
	dropped map[[2]string]int
}

// Add takes in one; the same rule, check and text count as one that was seen again.
func (f *Findings) Add(rule, check, text, scenario string) {
	key := [3]string{rule, check, text}
	if f.at == nil {
		f.at, f.count, f.dropped = map[[3]string]int{}, map[[2]string]int{}, map[[2]string]int{}
	}
	i, known := f.at[key]
	if !known {
		about := [2]string{rule, check}
		if f.count[about]++; f.count[about] > maxKept {
			f.dropped[about]++
			f.at[key] = -1
			return
		}
		i = len(f.all)
		f.at[key] = i
		f.all = append(f.all, Finding{Rule: rule, Check: check, Text: text, Scenario: scenario})
	}
	if scenario != "" && i >= 0 {
		f.all[i].Seen++
	}
}

// maxPerRule bounds how many findings of one rule about one check are told: a check
// that echoes its answers could fill a report with one fault.
const maxPerRule = 8

// maxKept bounds how many are kept at all until then.
const maxKept = 64

// Sorted returns the findings with their levels, in the order of levels, rules,
// checks and as they came up. Of many under one rule about one check the first are
// told; dropped counts the others.
func (f *Findings) Sorted(levels map[string]string) (sorted []Finding, dropped int) {
	count := map[[2]string]int{}
	sorted = []Finding{}
	for about, n := range f.dropped {
		if LevelOf(about[0], levels) != Off {
			dropped += n
		}
	}
	for _, one := range f.all {
		if one.Level = LevelOf(one.Rule, levels); one.Level == Off {
			continue
		}
		key := [2]string{one.Rule, one.Check}
		if count[key]++; count[key] > maxPerRule {
			dropped++
			continue
		}
		sorted = append(sorted, one)
	}
	slices.SortStableFunc(sorted, func(a, b Finding) int {
		return cmp.Or(rankOf(a.Level)-rankOf(b.Level), ruleIndex(a.Rule)-ruleIndex(b.Rule), cmp.Compare(a.Check, b.Check))
	})
	return sorted, dropped
}

// LevelOf is the level of a rule: the policy's word, or else the rule's own.
func LevelOf(rule string, levels map[string]string) string {
	if level := levels[rule]; level != "" {
		return level
	}
	if i := ruleIndex(rule); i < len(Rules) {
		return Rules[i].Level
	}
	return Error
}

func ruleIndex(rule string) int {
	if i := slices.IndexFunc(Rules, func(r RuleInfo) bool { return r.Rule == rule }); i >= 0 {
		return i
	}
	return len(Rules)
}

func rankOf(level string) int { return slices.Index([]string{Error, Warning, Note}, level) }
