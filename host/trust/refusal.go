package trust

import (
	"errors"
	"fmt"
	"strconv"
)

// Refusal is the reason why a plugin is not believed to be from anybody.
type Refusal struct {
	// Rule is the stable name of the rule that refuses, one of the Rule
	// constants.
	Rule string
	// Text is one sentence in printable ASCII. Words of a bundle stand in it
	// quoted, escaped and shortened.
	Text string
	// Hint says what to do about it; empty where nothing can be done.
	Hint string
	// Others are the sentences of further bundles that do not count either.
	Others []string

	// stage is how far the bundle got, so that of several the most telling
	// sentence is given; number is its place among them.
	stage, number int
}

// Error returns "refused (rule): text".
func (r *Refusal) Error() string { return "refused (" + r.Rule + "): " + r.Text }

// RuleOf returns the rule of the [Refusal] in err, empty when there is none.
func RuleOf(err error) string {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Rule
	}
	return ""
}

// The rules. Their names are part of what the program promises: scripts and
// reports match on them.
const (
	RuleNoTrustFile = "no-trust-file" // there is no key ring at all
	RuleTrustFile   = "trust-file"    // it cannot be read
	RuleUnsigned    = "unsigned"      // no bundle
	RuleThreshold   = "threshold"     // too few different keys

	RuleBundleCount     = "bundle-count"
	RuleBundleSize      = "bundle-size"
	RuleBundleEmpty     = "bundle-empty"
	RuleBundleMalformed = "bundle-malformed"
	RuleBundleType      = "bundle-type"      // another version, or another document
	RuleTransparencyLog = "transparency-log" // entries that nothing here can check
	RuleTimestamp       = "timestamp"        // likewise
	RulePayloadType     = "payload-type"

	RuleUnknownKey   = "unknown-key"
	RuleBadSignature = "bad-signature"
	RuleScope        = "scope"
	RuleExpired      = "expired"
	RuleNotYetValid  = "not-yet-valid"
	RuleRevoked      = "revoked"

	RuleStatementMalformed = "statement-malformed"
	RuleSubjectCount       = "subject-count"
	RuleWrongDigest        = "wrong-digest"
	RuleWeakDigest         = "weak-digest" // no SHA-256
	RulePredicateType      = "predicate-type"
	RuleOtherPlugin        = "other-plugin" // another id or version than the seal's

	RuleUnknownAuthority    = "unknown-authority"
	RuleCertificate         = "certificate"
	RuleCertificateChain    = "certificate-chain"
	RuleCertificateUsage    = "certificate-usage"
	RuleCertificateSubject  = "certificate-subject"
	RuleCertificateUnproved = "certificate-unproved" // no CRL says that it is not revoked

	RuleRevocationsMissing = "revocations-missing"
	RuleRevocationsStale   = "revocations-stale"
	RuleRevocationsFuture  = "revocations-future"
	RuleRevocationsOlder   = "revocations-older"
	RuleRevocationsSigner  = "revocations-signer"
	RuleRevokedFile        = "revoked-file"
)

// Stages of a bundle on its way; a later one tells more.
const (
	stageForm = iota
	stageKey
	stageSignature
	stageStatement
	stageSigner
)

func refuse(stage int, rule, hint, format string, args ...any) *Refusal {
	return &Refusal{Rule: rule, Text: fmt.Sprintf(format, args...), Hint: hint, stage: stage}
}

// maxQuoted is the longest piece of a stranger's words in a sentence, in bytes.
const maxQuoted = 80

// quote makes words of a bundle fit for a sentence: a homoglyph shows as what it
// is, an escape sequence does nothing.
func quote(words string) string {
	if len(words) > maxQuoted {
		return strconv.QuoteToASCII(words[:maxQuoted]) + "..."
	}
	return strconv.QuoteToASCII(words)
}

// plain does the same without quotes to the text of another package's error.
func plain(text string) string {
	const most = 200
	cut := ""
	if len(text) > most {
		text, cut = text[:most], "..."
	}
	quoted := strconv.QuoteToASCII(text)
	return quoted[1:len(quoted)-1] + cut
}
