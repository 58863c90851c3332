package main

import (
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// What the texts of all chat checks have in common, beside those for hosts of a
// vendor (§3.11, §3.12).
var (
	chatDiagnoses = append([]row{
		{"", "", []string{
			"{peer} answers {method} {path} with {status}: it can be reached from here.",
			"Nothing was posted, so whether the webhook is accepted stays open."}},
	}, vendorDiagnoses...)

	chatCauses = append([]row{
		{causeInvalidURL, "", []string{
			"Quotes were left in the value of {key}.",
			"A line break or a space got into the value of {key}.",
			"The value of {key} is only a part of the address."}},
	}, vendorCauses...)
)

// Verdicts and causes of the long forms.
var (
	chatVerdicts = append(connectionVerdicts(wire.Warn), []wire.VerdictInfo{
		{When: "5xx", Severity: wire.Warn, Cause: cause5xx},
		{When: "any other status, redirects included", Severity: wire.Pass},
	}...)
	chatCauseInfos = append(slices.Clip(connectionCauses), wire.CauseInfo{
		ID: cause5xx, Text: "The service of the vendor, or a proxy on the way to it, does not work."})
)
