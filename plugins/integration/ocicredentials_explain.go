package main

import (
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// ociCredentialsExplain is the long form of the check. The rows stand in the
// order in which they are tried.
var ociCredentialsExplain = wire.Explain{
	What: "Sends one GET to /v2/ below the address of the registry with the configured token, or user name and password, or none. " +
		"Where the registry asks for a token, Doctor fetches one from its token service as Docker does; the service must be at the registry's own address or named by " + keyTokenRealm + ". " +
		"If Doctor's access policy refuses the request, the check gives no verdict and names what to grant.",
	Why: "Expired and rotated credentials break pulls, pushes and scans all at once, often at night, and each of them reports it in another way.",
	Verdicts: slices.Concat([]wire.VerdictInfo{incompleteVerdict}, connectionVerdicts(wire.Fail), []wire.VerdictInfo{
		{When: "2xx with a web page and no API-version header", Severity: wire.Warn, Cause: causeHTML},
		{When: "200, with the token of the token service where the registry asks for one", Severity: wire.Pass},
		{When: "401, and the token service gave no usable answer", Severity: wire.Warn, Cause: causeExchangeFailed},
		{When: "401 to user name and password, and Doctor may not ask the token service", Severity: wire.Pass, Cause: causeRealmNotGranted},
		{When: "401 without credentials", Severity: wire.Fail, Cause: causeNoCredentials},
		{When: "401, and the token service refuses the credentials", Severity: wire.Fail, Cause: causeExchangeRejected},
		{When: "401 to the token of the token service", Severity: wire.Fail, Cause: causeTokenRefused},
		{When: "401 otherwise", Severity: wire.Fail, Cause: cause401},
		{When: "403", Severity: wire.Fail, Cause: cause403},
		{When: "3xx", Severity: wire.Warn, Cause: causeRedirect},
		{When: "404", Severity: wire.Warn, Cause: cause404},
		{When: "405", Severity: wire.Warn, Cause: cause405},
		{When: "407", Severity: wire.Warn, Cause: cause407},
		{When: "429", Severity: wire.Warn, Cause: cause429},
		{When: "5xx", Severity: wire.Warn, Cause: cause5xx},
		{When: "any other status", Severity: wire.Warn, Cause: causeStatusUnlisted},
	}),
	Causes: slices.Concat(connectionCauses, registryCauses, []wire.CauseInfo{
		{ID: causeIncomplete, Text: incompleteText},
		{ID: causeRealmNotGranted, Text: "The credentials were not proven: Doctor may not ask the token service of the registry."},
		{ID: cause404, Text: "Nothing at the address speaks the registry API."},
	}),
	Fixes: []string{
		"Complete the pair: user name and password stand in one section, " + keyUsername + " with " + keyPassword + ".",
		"Set the new password or token after a rotation, and revoke the old one when the check passes.",
		"Name the token service in " + keyTokenRealm + " when it is not at the registry's own address.",
		"Have registry and token service agree on clock, service name and certificate.",
	},
}
