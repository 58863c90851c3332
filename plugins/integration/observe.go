package main

import (
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// failureCause returns the cause id of a failed exchange, empty when the
// exchange did not fail or was denied. A proxy variable that is set and unused
// explains a name that does not resolve, a connection that times out and a
// network without a route; it does not explain a peer that did answer.
func failureCause(x *answer) string {
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

// transportCause maps error kind and detail. A detail that a newer host may know
// falls back to the cause that says least.
func transportCause(x *answer) string {
	switch x.kind() {
	case wire.KindInvalidURL:
		return causeInvalidURL
	case wire.KindRefused:
		return causeRefused
	case wire.KindReset:
		return causeReset
	case wire.KindDNSFailure:
		switch x.detail() {
		case wire.DNSNXDomain, wire.DNSNoAddress:
			return causeDNSName
		case wire.DNSTimeout:
			return causeDNSTimeout
		}
		return causeDNSServer
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

func tlsCause(x *answer) string {
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
	if strings.Contains(x.resp.Error.Message, "certificate required") {
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
	case status >= 500 && status <= 599:
		return cause5xx
	}
	switch status {
	case 401:
		return cause401
	case 403:
		return cause403
	case 404:
		return causeNotFound
	case 405:
		return cause405
	case 407:
		return cause407
	case 429:
		return cause429
	}
	return causeStatusUnlisted
}

// judged makes the result of a scene: own are the tables of the check, which
// come before the shared ones.
func (s *scene) judged(severity wire.Severity, evidence wire.Evidence, own *tables) wire.Result {
	r := wire.Result{Severity: severity, Cause: s.cause, Evidence: evidence, Diagnosis: s.diagnosis(own.diagnoses)}
	if s.cause != "" {
		r.LikelyCauses = s.likelyCauses(own.causes)
		r.Remediation = s.remediation(own)
	}
	return r
}

// tables are the texts of a check for observations to which it has more to say
// than the shared tables have.
type tables struct {
	diagnoses, causes []row
	plans             []plan
	others            []otherPlan // they come first
}

// diagnosis says what was observed and what it means, in two sentences at most.
// Where a proxy variable is set and unused, that is what a failure means.
func (s *scene) diagnosis(own []row) string {
	var texts []string
	switch {
	case s.proxyFailed():
		texts = proxyDiagnosis
	case s.cause == causeProxyUnused:
		texts = s.find(transportCause(s.answer), failureDiagnoses)
	default:
		texts = s.find(s.cause, own, failureDiagnoses, sharedDiagnoses)
	}
	if len(texts) == 0 {
		return s.fill("{peer} answers {method} {path} with {status}.")
	}
	meaning := ""
	if len(texts) > 1 {
		meaning = texts[1]
	}
	if s.failed() && s.resp.ProxyIgnored && !s.onProxy() && s.target.Host != "" {
		meaning = "The environment names a proxy that Doctor does not use; if the {service} is behind it, set Doctor:Proxy to env or to the address of the proxy."
	}
	if meaning == "" {
		return s.fill(texts[0])
	}
	return s.fill(texts[0]) + " " + s.fill(meaning)
}

// proxyFailed tells whether Doctor's own proxy is at fault, for another reason than
// missing credentials.
func (s *scene) proxyFailed() bool {
	return s.failed() && s.onProxy() && s.cause != causeProxyAuth
}

// failureDiagnoses are the sentences for failed exchanges: observation, meaning.
var failureDiagnoses = []row{
	{causeInvalidURL, "", []string{"The {noun} in {key} cannot be used: {fault}.", "No request was made."}},
	{causeDNSName, "", []string{"The name {host} does not resolve: DNS does not know it.", "No connection to the {service} was tried."}},
	{causeDNSName, wire.DNSNoAddress, []string{"The name {host} is known to DNS but has no address.", "No connection to the {service} was tried."}},
	{causeDNSTimeout, "", []string{"The DNS server did not answer in time for {host}.", "No connection to the {service} was tried."}},
	{causeDNSServer, "", []string{"The DNS server could not answer for {host}.", "No connection to the {service} was tried."}},
	{causeRefused, "", []string{"{peer} refused the connection.", "The machine answers, but nothing accepts connections on this port, or a firewall rejects them."}},
	{causeTCPTimeout, "", []string{"No connection to {peer} came about in time.", "The packets are dropped on the way, or nothing answers at this address."}},
	{causeReset, "", []string{"{peer} closed the connection before its answer was complete.", "Something accepts connections there, but the {service} did not answer through it."}},
	{causeUnreachable, "", []string{"{peer} could not be asked over HTTP{reason|: }.", "Either the network does not carry the request there, or something answers that is no HTTP service."}},
	{causeTLSTimeout, "", []string{"{peer} accepted the connection but did not finish the TLS handshake in time.", "The {service} is overloaded, or the port does not speak TLS."}},
	{causeHTTPTimeout, "", []string{"{peer} accepted the connection but did not answer in time.", "The {service} is overloaded, or something on the way holds the request back."}},
	{causeHTTPTimeout, wire.TimeoutBody, []string{"{peer} began an answer{status| with } but did not finish it in time.", "The {service} is overloaded, or something other than its API answers."}},
	{causeUnknownCA, "", []string{"The certificate of {peer} is not trusted here{issuer|: it was issued by }.", "The authority that signed it is in neither the system's trust store nor Doctor:Tls:CaFile."}},
	{causeExpired, "", []string{"The certificate of {peer} has expired{notafter| on }.", "Nothing that verifies certificates can talk to the {service} until it is renewed, unless the clock of this machine is wrong."}},
	{causeNotYetValid, "", []string{"The certificate of {peer} is not valid yet{notbefore|, only from }.", "Either it was issued for later, or the clock of this machine is behind."}},
	{causeNameMismatch, "", []string{"The certificate of {peer} does not cover the name {host}{subject|: it was issued to }.", "Another service answers there, or {key} has a name that the certificate was not issued for."}},
	{causePlainHTTPPeer, "", []string{"{peer} answered a TLS handshake in plain HTTP.", "The address in {key} says https, but this port does not speak TLS."}},
	{causeClientCert, "", []string{"{peer} asks for a client certificate, and none was presented.", "The server is reachable but lets nobody in without one."}},
	{causeHandshake, "", []string{"The TLS handshake with {peer} failed{reason|: }.", "The server is reachable, but the two sides do not agree on a secured connection."}},
	{causeProxyAuth, "", []string{"The proxy of Doctor asks for a user name and password (407) before it connects to {peer}.", "The {service} itself was not reached."}},
}

// proxyDiagnosis takes the place of all of them when the proxy failed, which says
// nothing of the target.
var proxyDiagnosis = []string{"The proxy of Doctor did not connect to {peer}{message|: }.", "The {service} itself was not reached: look at Doctor:Proxy and at the proxy first."}
