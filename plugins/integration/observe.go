package main

import (
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// failureCause returns the cause id of a failed exchange, empty when the
// exchange did not fail or was denied. A proxy variable that is set and unused
// explains a name that does not resolve, a connection that times out and a
// network without a route; it does not explain a peer that did answer.
func failureCause(x exchange) string {
	if !x.failed() || x.kind() == wire.KindDenied {
		return ""
	}
	if x.onProxy() && x.resp.Status == 407 {
		return causeProxyAuth
	}
	cause := transportCause(x)
	if x.resp.ProxyIgnored && !x.onProxy() {
		switch cause {
		case causeDNSName, causeDNSTimeout, causeDNSServer, causeTCPTimeout, causeUnreachable:
			return causeProxyUnused
		}
	}
	return cause
}

func transportCause(x exchange) string {
	switch x.kind() {
	case wire.KindInvalidURL:
		return causeInvalidURL
	case wire.KindRefused:
		return causeRefused
	case wire.KindReset:
		return causeReset
	case wire.KindDNSFailure:
		switch x.detail() {
		case wire.DNSTimeout:
			return causeDNSTimeout
		case wire.DNSServer:
			return causeDNSServer
		}
		return causeDNSName
	case wire.KindTimeout:
		switch x.detail() {
		case wire.TimeoutTLS:
			return causeTLSTimeout
		case wire.TimeoutHeader, wire.TimeoutBody:
			return causeHTTPTimeout
		}
		return causeTCPTimeout
	case wire.KindSSLError:
		return tlsCause(x)
	}
	return causeUnreachable
}

func tlsCause(x exchange) string {
	switch x.detail() {
	case wire.TLSExpired:
		return causeExpired
	case wire.TLSNotYetValid:
		return causeNotYetValid
	case wire.TLSUnknownAuthority:
		return causeUnknownCA
	case wire.TLSHostnameMismatch:
		return causeNameMismatch
	case wire.TLSPlaintextResponse:
		return causePlainHTTPPeer
	}
	// The closed list of details has no word for it; the alert of the server
	// has: certificate_required, RFC 8446 §6.2.
	message := x.resp.Error.Message
	if strings.Contains(message, "certificate required") || strings.Contains(message, "certificate_required") {
		return causeClientCert
	}
	return causeHandshake
}

// statusCause returns the cause id of a status that a verdict table does not
// name otherwise. A check maps first what has a meaning of its own there.
func statusCause(status int) string {
	switch {
	case status >= 300 && status <= 399:
		return causeRedirect
	case status == 401:
		return cause401
	case status == 403:
		return cause403
	case status == 405:
		return cause405
	case status == 407:
		return cause407
	case status == 429:
		return cause429
	case status >= 500 && status <= 599:
		return cause5xx
	}
	return causeStatusUnlisted
}

// failureDiagnosis says what a failed exchange showed and what that means, in
// two sentences at most. service is what was asked, such as "registry".
func failureDiagnosis(x exchange, service string) string {
	observed, meaning := failureSentences(x, service)
	if x.resp.ProxyIgnored && !x.onProxy() && x.kind() != wire.KindInvalidURL {
		meaning = "The environment names a proxy that Doctor does not use; if the " + service +
			" is behind it, set Doctor:Proxy to env or to the address of the proxy."
	}
	if meaning == "" {
		return observed
	}
	return observed + " " + meaning
}

func failureSentences(x exchange, service string) (observed, meaning string) {
	if x.onProxy() {
		return proxySentences(x, service)
	}
	peer := x.target.HostPort()
	switch transportCause(x) {
	case causeInvalidURL:
		return "The configured " + service + " address cannot be used: " + ruleText(x.detail()) + ".", "No request was made."
	case causeDNSName:
		meaning = "No connection to the " + service + " was tried."
		if x.detail() == wire.DNSNoAddress {
			return "The name " + x.target.Host + " is known to DNS but has no address.", meaning
		}
		return "The name " + x.target.Host + " does not resolve: DNS does not know it.", meaning
	case causeDNSTimeout:
		return "The DNS server did not answer in time for " + x.target.Host + ".", "No connection to the " + service + " was tried."
	case causeDNSServer:
		return "The DNS server failed to answer for " + x.target.Host + ".", "No connection to the " + service + " was tried."
	case causeRefused:
		return peer + " refused the connection.", "The machine answers, but nothing accepts connections on this port, or a firewall rejects them."
	case causeTCPTimeout:
		return "No connection to " + peer + " came about in time.", "The packets are dropped on the way, or nothing answers at this address."
	case causeReset:
		return peer + " closed the connection before its answer was complete.", "Something accepts connections there, but the " + service + " did not answer through it."
	case causeTLSTimeout:
		return peer + " accepted the connection but did not finish the TLS handshake in time.", "The " + service + " is overloaded, or the port does not speak TLS."
	case causeHTTPTimeout:
		if x.detail() == wire.TimeoutBody {
			return peer + " began an answer" + x.withStatus() + " but did not finish it in time.", "The " + service + " is overloaded, or something other than its API answers."
		}
		return peer + " accepted the connection but did not answer in time.", "The " + service + " is overloaded or hangs."
	case causeUnreachable:
		return "No connection to " + peer + " could be made.", "The network between here and the " + service + " does not carry the request."
	}
	return tlsSentences(x)
}

func tlsSentences(x exchange) (observed, meaning string) {
	peer := x.target.HostPort()
	var t wire.TLSInfo
	if x.resp.TLS != nil {
		t = *x.resp.TLS
	}
	switch tlsCause(x) {
	case causeUnknownCA:
		return "The certificate of " + peer + about(" was issued by ", t.Issuer) + " and is not trusted here.", "The authority that signed it is in neither the system's trust store nor Doctor:Tls:CaFile."
	case causeExpired:
		return "The certificate of " + peer + " has expired" + about(" on ", t.NotAfter) + ".", "Nothing that verifies certificates can talk to it until the certificate is renewed."
	case causeNotYetValid:
		return "The certificate of " + peer + " is not valid yet" + about(", only from ", t.NotBefore) + ".", "Either it was issued for later, or the clock of this machine is behind."
	case causeNameMismatch:
		return "The certificate of " + peer + about(" belongs to ", t.Subject) + " and does not cover the name " + x.target.Host + ".", "Another service answers there, or the configured name is not the one that the certificate was issued for."
	case causePlainHTTPPeer:
		return peer + " answered a TLS handshake in plain text.", "The address says https, but this port does not speak TLS."
	case causeClientCert:
		return peer + " asks for a client certificate, and none was presented.", "The server is reachable but lets nobody in without one."
	}
	return "The TLS handshake with " + peer + " failed.", "The server is reachable, but the two sides do not agree on a secured connection."
}

// proxySentences speaks of the proxy that Doctor:Proxy names: the failure says
// nothing of the target.
func proxySentences(x exchange, service string) (observed, meaning string) {
	if x.resp.Status == 407 {
		return "The proxy of Doctor asks for a user name and password (407) before it connects to " + x.target.HostPort() + ".",
			"The " + service + " itself was not reached."
	}
	return "The proxy of Doctor did not connect to " + x.target.HostPort() + ".", "The " + service +
		" itself was not reached: look at Doctor:Proxy and at the proxy first."
}

func (x exchange) withStatus() string {
	if x.resp.Status == 0 {
		return ""
	}
	return " (status " + x.status() + ")"
}

// about adds a fact of a certificate, cut short: it is text of the server.
func about(words, fact string) string {
	if fact = clean(fact, 120); fact == "" {
		return ""
	}
	return words + fact
}
