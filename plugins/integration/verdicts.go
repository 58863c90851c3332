package main

import "stella-ops.org/doctor/sdk/wire"

// connectionVerdicts are the rows of a verdict table for an address that cannot
// be used and for exchanges that fail, in the order in which they are tried.
var connectionVerdicts = []wire.VerdictInfo{
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
}
