package image

import (
	"fmt"
	"strconv"
)

// Refusal is why what a registry or a bundle holds is not accepted.
type Refusal struct {
	// Rule is a stable name.
	Rule string
	// Text is a sentence in printable ASCII; foreign words stand in it quoted,
	// escaped and shortened.
	Text string
	// Hint says what to do about it; empty where nothing can be done.
	Hint string
}

// Error returns "refused (rule): text".
func (r *Refusal) Error() string { return "refused (" + r.Rule + "): " + r.Text }

// Refuse makes a refusal.
func Refuse(rule, hint, format string, args ...any) *Refusal {
	return &Refusal{Rule: rule, Text: fmt.Sprintf(format, args...), Hint: hint}
}

// Quote makes foreign words fit for a sentence.
func Quote(words string) string {
	const most = 100
	if len(words) > most {
		return strconv.QuoteToASCII(words[:most]) + "..."
	}
	return strconv.QuoteToASCII(words)
}

// The rules of this package.
const (
	RuleJSON       = "json"
	RuleMediaType  = "media-type"
	RuleLayers     = "layers"
	RuleCompressed = "compressed-layer"
	RuleDigestForm = "digest-form"
	RuleSize       = "size"
	RuleSubject    = "subject"
	RuleIndex      = "index"
	RuleContent    = "content"
	RuleAnnotation = "annotation"
)
