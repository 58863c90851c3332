package main

import (
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// sharedDiagnoses are the sentences for answers that mean the same of every HTTP
// service: observation, meaning. A check that has more to say comes first.
var sharedDiagnoses = []row{
	{causeHTML, "", []string{
		"A web page came back from {url} (status {status}), not the API of the {service}.",
		"The address is reachable, but {key} probably points at a web interface or a sign-in page."}},
	{causeTooLarge, "", []string{
		"{peer} answers {method} {path} with {status} and a body far larger than the {service} sends.",
		"The address is reachable, but something other than the expected API probably answers."}},
	{causeRedirect, "", []string{
		"{peer} answers {method} {path} with {status}{location| and points to }.",
		"Doctor does not follow redirects: {key} needs the address where the {service} really is."}},
	{cause401, "", []string{
		"{peer} answers {method} {path} with 401: it asks for credentials.",
		"The {service} is reachable, but does not answer without them."}},
	{cause403, "", []string{
		"{peer} answers {method} {path} with 403: it forbids the request.",
		"The network path works, but a rule about who may ask keeps Doctor out."}},
	{causeNotFound, "", []string{
		"{peer} answers {method} {path} with 404: nothing is found there.",
		"The host is reachable, but the path or the product is not the expected one."}},
	{cause405, "", []string{
		"{peer} answers {method} {path} with 405: the method is not allowed there.",
		"The host is reachable, but something in front of the {service}, or another product, answers."}},
	{cause407, "", []string{
		"A proxy on the way to {peer} answers {method} {path} with 407 and asks for a user name and password.",
		"The {service} itself was not reached."}},
	{cause429, "", []string{
		"{peer} answers {method} {path} with 429: too many requests came from this address{retry|, and it asks for a pause of }.",
		"The {service} is reachable."}},
	{cause5xx, "", []string{
		"{peer} answers {method} {path} with {status}.",
		"The address is reachable, but the {service} behind it does not work at the moment."}},
	{causeStatusUnlisted, "", []string{
		"{peer} answers {method} {path} with {status}, which is no answer that the {service} gives.",
		"The host is reachable, but what answers there stays open."}},
}

// statusCauses explains the cause ids of [statusCause] but for 401, which is a
// good answer to some checks.
var statusCauses = []wire.CauseInfo{
	{ID: causeRedirect, Text: "The service, or a portal in front of it, points to another address."},
	{ID: cause403, Text: "The request is forbidden."},
	{ID: causeNotFound, Text: "Nothing is found at the address that was asked."},
	{ID: cause405, Text: "The method is not allowed at the address."},
	{ID: cause407, Text: "A proxy on the way asks for authentication."},
	{ID: cause429, Text: "A rate limit is reached."},
	{ID: cause5xx, Text: "The service, or what it depends on, does not work."},
	{ID: causeStatusUnlisted, Text: "The status is none that the service answers with."},
}

// statusVerdicts are the rows of a verdict table for the same observations, all
// of one severity, but for those that a check has rows of its own for.
func statusVerdicts(severity wire.Severity, but ...string) []wire.VerdictInfo {
	return slices.DeleteFunc([]wire.VerdictInfo{
		{When: "3xx", Severity: severity, Cause: causeRedirect},
		{When: "403", Severity: severity, Cause: cause403},
		{When: "404", Severity: severity, Cause: causeNotFound},
		{When: "405", Severity: severity, Cause: cause405},
		{When: "407", Severity: severity, Cause: cause407},
		{When: "429", Severity: severity, Cause: cause429},
		{When: "5xx", Severity: severity, Cause: cause5xx},
		{When: "any other status", Severity: severity, Cause: causeStatusUnlisted},
	}, func(v wire.VerdictInfo) bool { return slices.Contains(but, v.Cause) })
}

// connectionVerdicts are the rows of a verdict table for exchanges that failed,
// in the order in which they are tried.
func connectionVerdicts(severity wire.Severity) []wire.VerdictInfo {
	return []wire.VerdictInfo{
		{When: "the configured address cannot be used; no request is made", Severity: severity, Cause: causeInvalidURL},
		{When: "the proxy asks for authentication before it connects", Severity: severity, Cause: causeProxyAuth},
		{When: "no name, no connection or no route, while the environment names a proxy that Doctor does not use", Severity: severity, Cause: causeProxyUnused},
		{When: "the name does not exist or has no address", Severity: severity, Cause: causeDNSName},
		{When: "the DNS server does not answer in time", Severity: severity, Cause: causeDNSTimeout},
		{When: "the DNS server fails", Severity: severity, Cause: causeDNSServer},
		{When: "the connection is refused", Severity: severity, Cause: causeRefused},
		{When: "no connection in time", Severity: severity, Cause: causeTCPTimeout},
		{When: "the connection is closed before a complete answer", Severity: severity, Cause: causeReset},
		{When: "no connection for any other reason", Severity: severity, Cause: causeUnreachable},
		{When: "the TLS handshake does not finish in time", Severity: severity, Cause: causeTLSTimeout},
		{When: "the certificate is signed by an unknown authority", Severity: severity, Cause: causeUnknownCA},
		{When: "the certificate has expired", Severity: severity, Cause: causeExpired},
		{When: "the certificate is not valid yet", Severity: severity, Cause: causeNotYetValid},
		{When: "the certificate does not cover the host name", Severity: severity, Cause: causeNameMismatch},
		{When: "the server answers TLS in plain text", Severity: severity, Cause: causePlainHTTPPeer},
		{When: "the server asks for a client certificate", Severity: severity, Cause: causeClientCert},
		{When: "the TLS handshake fails otherwise", Severity: severity, Cause: causeHandshake},
		{When: "no complete answer in time", Severity: severity, Cause: causeHTTPTimeout},
	}
}
