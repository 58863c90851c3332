package main

import "stella-ops.org/doctor/sdk/wire"

// Cause ids by observation (CONTRACT §1). Where the status decides, the check
// maps it; see [statusCause].
const (
	causeDNSName        = "dns.nxdomain"
	causeDNSTimeout     = "dns.timeout"
	causeDNSServer      = "dns.server"
	causeRefused        = "tcp.refused"
	causeTCPTimeout     = "tcp.timeout"
	causeReset          = "tcp.reset"
	causeUnreachable    = "tcp.unreachable"
	causeProxyAuth      = "proxy.auth-required"
	causeProxyUnused    = "proxy.unused"
	causeUnknownCA      = "tls.unknown-ca"
	causeExpired        = "tls.expired"
	causeNotYetValid    = "tls.not-yet-valid"
	causeNameMismatch   = "tls.name-mismatch"
	causePlainHTTPPeer  = "tls.plain-http-peer"
	causeClientCert     = "tls.client-cert-required"
	causeHandshake      = "tls.handshake"
	causeTLSTimeout     = "tls.timeout"
	causeHTTPTimeout    = "http.timeout"
	causeRedirect       = "http.3xx-redirect"
	cause401            = "http.401"
	cause403            = "http.403"
	cause404            = "http.404-not-a-registry"
	causeNotFound       = "http.404"
	cause405            = "http.405"
	cause407            = "http.407"
	cause429            = "http.429"
	cause5xx            = "http.5xx"
	causeNotJSON        = "http.200-not-json"
	causeNoEndpoint     = "oidc.missing-endpoints"
	causeIssuer         = "oidc.issuer-mismatch"
	causeHTML           = "http.200-html"
	causeTooLarge       = "http.too-large"
	causeForeign        = "config.foreign-webhook"
	causeInvalidURL     = "config.invalid-url"
	causeStatusUnlisted = "http.unexpected-status"
)

// connectionCauses explains the cause ids that any failed exchange may have.
// Every check that asks over HTTP declares them.
var connectionCauses = []wire.CauseInfo{
	{ID: causeInvalidURL, Text: "The configured address is no http or https URL that can be used."},
	{ID: causeDNSName, Text: "The host name does not exist, or has no address."},
	{ID: causeDNSTimeout, Text: "The DNS server did not answer in time."},
	{ID: causeDNSServer, Text: "The DNS server failed."},
	{ID: causeRefused, Text: "Nothing accepts connections on the port."},
	{ID: causeTCPTimeout, Text: "No connection came about in time."},
	{ID: causeReset, Text: "The connection was closed before a complete answer."},
	{ID: causeUnreachable, Text: "The network has no way to the address."},
	{ID: causeProxyAuth, Text: "The proxy of Doctor asks for authentication."},
	{ID: causeProxyUnused, Text: "A proxy is set in the environment and not used by Doctor."},
	{ID: causeUnknownCA, Text: "The certificate is signed by an authority that is not trusted here."},
	{ID: causeExpired, Text: "The certificate has expired."},
	{ID: causeNotYetValid, Text: "The certificate is not valid yet."},
	{ID: causeNameMismatch, Text: "The certificate does not cover the host name."},
	{ID: causePlainHTTPPeer, Text: "The port does not speak TLS."},
	{ID: causeClientCert, Text: "The server asks for a client certificate."},
	{ID: causeHandshake, Text: "The TLS handshake failed."},
	{ID: causeTLSTimeout, Text: "The TLS handshake did not finish in time."},
	{ID: causeHTTPTimeout, Text: "No complete answer came in time."},
}
