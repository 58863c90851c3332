package main

import "stella-ops.org/doctor/sdk/wire"

// The tables of the chat checks differ from the shared ones throughout: the host
// is the vendor's, so that what is wrong lies on the way out of the site, and no
// new value of the setting puts it right (§3.11, §3.12).
var (
	chatDiagnoses = []row{
		{"", "", []string{
			"{peer} answers {method} {path} with {status}: it can be reached from here.",
			"Nothing was posted, so whether the webhook is accepted stays open."}},
		{causeNameMismatch, "", []string{
			"The certificate of {peer} does not cover the name {host}{subject|: it was issued to }.",
			"Something on the way out probably answers in place of the {service}."}},
		{causePlainHTTPPeer, "", []string{
			"{peer} answered a TLS handshake in plain HTTP.",
			"Something on the way out probably answers in place of the {service}."}},
		{cause5xx, "", []string{
			"{peer} answers {method} {path} with {status}.",
			"The host can be reached, but the {service} does not work at the moment."}},
	}

	chatCauses = []row{
		{causeInvalidURL, "", []string{
			"Quotes were left in the value of {key}.",
			"A line break or a space got into the value of {key}.",
			"The value of {key} is only a part of the address."}},
		{causeDNSName, "", chatDNSCauses},
		{causeDNSTimeout, "", chatDNSCauses},
		{causeDNSServer, "", chatDNSCauses},
		{causeRefused, "", chatBlockedCauses},
		{causeTCPTimeout, "", chatBlockedCauses},
		{causeReset, "", chatBlockedCauses},
		{causeUnreachable, "", chatBlockedCauses},
		{causeTLSTimeout, "", chatBlockedCauses},
		{causeHTTPTimeout, "", chatBlockedCauses},
		{causeUnknownCA, "", []string{
			"A proxy that inspects TLS signs the traffic with a CA that is not trusted here.",
			"The list of trusted CAs on this machine is out of date."}},
		{causeExpired, "", chatDateCauses},
		{causeNotYetValid, "", chatDateCauses},
		{causeNameMismatch, "", chatPosedCauses},
		{causePlainHTTPPeer, "", chatPosedCauses},
		{causeClientCert, "", chatPosedCauses},
		{causeHandshake, "", []string{
			"A proxy that inspects TLS breaks the handshake.",
			"The two sides have no TLS version or cipher in common."}},
		{cause5xx, "", []string{
			"The vendor has an incident.",
			"A proxy on the way out fails."}},
	}

	chatPlans = []plan{
		{causeDNSName, chatDNSSummary, chatDNS},
		{causeDNSTimeout, chatDNSSummary, chatDNS},
		{causeDNSServer, chatDNSSummary, chatDNS},
		{causeRefused, chatOutSummary, chatOut},
		{causeTCPTimeout, chatOutSummary, chatOut},
		{causeReset, chatOutSummary, chatOut},
		{causeUnreachable, chatOutSummary, chatOut},
		{causeTLSTimeout, chatOutSummary, chatOut},
		{causeHTTPTimeout, chatOutSummary, chatOut},
		{causeUnknownCA, "Trust the CA that signs the traffic on the way out; never turn verification off.", []move{probe, certificate, trustCA, apply, verify}},
		{causeExpired, chatDateSummary, chatDates},
		{causeNotYetValid, chatDateSummary, chatDates},
		{causeNameMismatch, chatPosedSummary, chatPosed},
		{causePlainHTTPPeer, chatPosedSummary, chatPosed},
		{causeClientCert, chatPosedSummary, chatPosed},
		{causeHandshake, chatPosedSummary, chatPosed},
		{causeProxyUnused, "Reach the {service} through the proxy that the environment names.", []move{resolve, probe, tryProxy, setProxy, apply, verify}},
		{cause5xx, "Wait until the vendor's incident is over.", []move{probe, vendorStatus, verify}},
	}
)

var (
	chatDNSCauses = []string{
		"The resolver that this container, pod or host uses does not resolve names of the internet.",
		proxyNotSet,
		"The DNS server is unreachable.",
	}
	chatBlockedCauses = []string{
		"Outbound traffic is blocked: a firewall lets nothing from here out to the internet.",
		proxyNotSet,
	}
	chatDateCauses  = []string{"The clock of this machine is wrong.", "Something on the way out answers in place of the {service}."}
	chatPosedCauses = []string{"A captive portal, or a proxy that inspects TLS, answers in place of the {service}."}

	chatDNS   = []move{resolve, setProxy, apply, verify}
	chatOut   = []move{probe, connect, letOut, setProxy, apply, verify}
	chatPosed = []move{resolve, probe, certificate, letOut, verify}
	chatDates = []move{probe, certificate, clock, setClock, verify}
)

const (
	chatDNSSummary   = "Make {host} resolve where Stella Ops runs, or set the proxy that leads out."
	chatOutSummary   = "Let Stella Ops out to {peer}, directly or through a proxy."
	chatPosedSummary = "Find out what answers in place of the {service}, and have it let the traffic through."
	chatDateSummary  = "Compare the dates of the certificate with the clock, and set the clock."
)

// Verdicts and causes of the long forms.
var (
	chatVerdicts = append(connectionVerdicts(wire.Warn), []wire.VerdictInfo{
		{When: "5xx", Severity: wire.Warn, Cause: cause5xx},
		{When: "any other status, redirects included", Severity: wire.Pass},
	}...)
	chatCauseInfos = append(connectionCauses[:len(connectionCauses):len(connectionCauses)], wire.CauseInfo{
		ID: cause5xx, Text: "The service of the vendor, or a proxy on the way to it, does not work."})
)
