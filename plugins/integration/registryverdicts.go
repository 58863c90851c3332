package main

import "stella-ops.org/doctor/sdk/wire"

const incompleteText = "One half of user name and password is missing or cannot be sent."

// incompleteVerdict and referenceVerdict are the rows of a verdict table for what
// keeps a check from making any request.
var (
	incompleteVerdict = wire.VerdictInfo{
		When: "user name without password, or password without user name, or a user name that cannot be sent; no request is made", Severity: wire.Fail, Cause: causeIncomplete,
	}
	referenceVerdict = wire.VerdictInfo{When: "a repository or tag that no address can hold; no request is made", Severity: wire.Fail, Cause: causeBadReference}
)

// authVerdictRows are the rows for answers about authentication: of an exchange
// that failed, of a request without credentials, and of all else that is refused.
func authVerdictRows(exchange, refusal wire.Severity) []wire.VerdictInfo {
	return []wire.VerdictInfo{
		{When: "401, and the token service gave no usable answer", Severity: exchange, Cause: causeExchangeFailed},
		{When: "401 without credentials", Severity: refusal, Cause: causeNoCredentials},
		{When: "401, and the token service refuses the credentials", Severity: refusal, Cause: causeExchangeRejected},
		{When: "401 with insufficient_scope", Severity: refusal, Cause: causeScope},
		{When: "401 to the token of the token service", Severity: refusal, Cause: causeTokenRefused},
		{When: "401 otherwise", Severity: refusal, Cause: cause401},
		{When: "403", Severity: refusal, Cause: cause403},
	}
}

// otherVerdicts are the rows for statuses that a check of the registry has no
// use for.
var otherVerdicts = []wire.VerdictInfo{
	{When: "3xx", Severity: wire.Warn, Cause: causeRedirect},
	{When: "405", Severity: wire.Warn, Cause: cause405},
	{When: "407", Severity: wire.Warn, Cause: cause407},
	{When: "429", Severity: wire.Warn, Cause: cause429},
	{When: "5xx", Severity: wire.Warn, Cause: cause5xx},
	{When: "any other status", Severity: wire.Warn, Cause: causeStatusUnlisted},
}
