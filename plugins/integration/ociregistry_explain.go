package main

import (
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// ociRegistryExplain is the long form of the check. The rows stand in the order
// in which they are tried.
var ociRegistryExplain = wire.Explain{
	What: "Sends one GET to /v2/ below the configured address, without credentials and without following redirects. " +
		"If Doctor's access policy refuses the request, the check gives no verdict and names what to grant.",
	Why: "Every pull, push, scan and attestation goes through the registry: if this question fails, they all do, and their errors are harder to read.",
	Verdicts: []wire.VerdictInfo{
		{When: "the configured address cannot be used; no request is made", Severity: wire.Fail, Cause: causeInvalidURL},
		{When: "the proxy asks for authentication before it connects", Severity: wire.Fail, Cause: causeProxyAuth},
		{When: "no name, no connection or no route, while the environment names a proxy that Doctor does not use", Severity: wire.Fail, Cause: causeProxyUnused},
		{When: "the name does not exist or has no address", Severity: wire.Fail, Cause: causeDNSName},
		{When: "the DNS server does not answer in time", Severity: wire.Fail, Cause: causeDNSTimeout},
		{When: "the DNS server fails", Severity: wire.Fail, Cause: causeDNSServer},
		{When: "the connection is refused", Severity: wire.Fail, Cause: causeRefused},
		{When: "no connection in time", Severity: wire.Fail, Cause: causeTCPTimeout},
		{When: "the connection is closed before a complete answer", Severity: wire.Fail, Cause: causeReset},
		{When: "no connection for any other reason", Severity: wire.Fail, Cause: causeUnreachable},
		{When: "the TLS handshake does not finish in time", Severity: wire.Fail, Cause: causeTLSTimeout},
		{When: "the certificate is signed by an unknown authority", Severity: wire.Fail, Cause: causeUnknownCA},
		{When: "the certificate has expired", Severity: wire.Fail, Cause: causeExpired},
		{When: "the certificate is not valid yet", Severity: wire.Fail, Cause: causeNotYetValid},
		{When: "the certificate does not cover the host name", Severity: wire.Fail, Cause: causeNameMismatch},
		{When: "the server answers TLS in plain text", Severity: wire.Fail, Cause: causePlainHTTPPeer},
		{When: "the server asks for a client certificate", Severity: wire.Fail, Cause: causeClientCert},
		{When: "the TLS handshake fails otherwise", Severity: wire.Fail, Cause: causeHandshake},
		{When: "no complete answer in time", Severity: wire.Fail, Cause: causeHTTPTimeout},
		{When: "2xx with a web page and no API-version header", Severity: wire.Pass, Cause: causeHTML},
		{When: "200 with a body over the limit and no API-version header", Severity: wire.Pass, Cause: causeTooLarge},
		{When: "200", Severity: wire.Pass},
		{When: "401", Severity: wire.Pass},
		{When: "3xx", Severity: wire.Warn, Cause: causeRedirect},
		{When: "403", Severity: wire.Warn, Cause: cause403},
		{When: "404", Severity: wire.Warn, Cause: cause404},
		{When: "405", Severity: wire.Warn, Cause: cause405},
		{When: "407", Severity: wire.Warn, Cause: cause407},
		{When: "429", Severity: wire.Warn, Cause: cause429},
		{When: "5xx", Severity: wire.Warn, Cause: cause5xx},
		{When: "any other status", Severity: wire.Warn, Cause: causeStatusUnlisted},
	},
	Causes: append(slices.Clip(connectionCauses), []wire.CauseInfo{
		{ID: causeHTML, Text: "A web page answers where the registry API should be."},
		{ID: causeTooLarge, Text: "The answer is far larger than one of the registry API."},
		{ID: causeRedirect, Text: "The registry, or a portal in front of it, points to another address."},
		{ID: cause403, Text: "The request is forbidden before any credentials are asked for."},
		{ID: cause404, Text: "Nothing at the address speaks the registry API."},
		{ID: cause405, Text: "GET is not allowed at the address."},
		{ID: cause407, Text: "A proxy on the way asks for authentication."},
		{ID: cause429, Text: "A rate limit is reached."},
		{ID: cause5xx, Text: "The registry, or what it depends on, does not work."},
		{ID: causeStatusUnlisted, Text: "The status is none that a registry answers with."},
	}...),
	Fixes: []string{
		"Correct the address, port, scheme or path prefix in " + keyRegistryURL + ".",
		"Make the name resolve, and the port reachable, from where Stella Ops runs.",
		"Add the CA that signed the registry's certificate to the trust store and to Doctor:Tls:CaFile; never turn verification off.",
		"Set Doctor:Proxy where a proxy is required.",
		"Bring the registry, or its storage, back up.",
	},
}
