package main

// The tables for hosts of a vendor differ from the shared ones throughout: what is
// wrong lies on the way out of the site, or with the vendor, and no new value of
// the setting puts it right.
var (
	vendorDiagnoses = []row{
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

	vendorCauses = []row{
		{causeDNSName, "", vendorDNSCauses},
		{causeDNSTimeout, "", vendorDNSCauses},
		{causeDNSServer, "", vendorDNSCauses},
		{causeRefused, "", vendorBlockedCauses},
		{causeTCPTimeout, "", vendorBlockedCauses},
		{causeReset, "", vendorBlockedCauses},
		{causeUnreachable, "", vendorBlockedCauses},
		{causeTLSTimeout, "", vendorBlockedCauses},
		{causeHTTPTimeout, "", vendorBlockedCauses},
		{causeUnknownCA, "", []string{
			"A proxy that inspects TLS signs the traffic with a CA that is not trusted here.",
			"The list of trusted CAs on this machine is out of date."}},
		{causeExpired, "", vendorDateCauses},
		{causeNotYetValid, "", vendorDateCauses},
		{causeNameMismatch, "", vendorPosedCauses},
		{causePlainHTTPPeer, "", vendorPosedCauses},
		{causeClientCert, "", vendorPosedCauses},
		{causeHandshake, "", []string{
			"A proxy that inspects TLS breaks the handshake.",
			"The two sides have no TLS version or cipher in common."}},
		{cause5xx, "", []string{
			"The vendor has an incident.",
			"A proxy on the way out fails."}},
	}

	vendorPlans = []plan{
		{causeDNSName, vendorDNSSummary, vendorDNS},
		{causeDNSTimeout, vendorDNSSummary, vendorDNS},
		{causeDNSServer, vendorDNSSummary, vendorDNS},
		{causeRefused, vendorOutSummary, vendorOut},
		{causeTCPTimeout, vendorOutSummary, vendorOut},
		{causeReset, vendorOutSummary, vendorOut},
		{causeUnreachable, vendorOutSummary, vendorOut},
		{causeTLSTimeout, vendorOutSummary, vendorOut},
		{causeHTTPTimeout, vendorOutSummary, vendorOut},
		{causeUnknownCA, "Trust the CA that signs the traffic on the way out; never turn verification off.", []move{probe, certificate, trustCA, apply, verify}},
		{causeExpired, vendorDateSummary, vendorDates},
		{causeNotYetValid, vendorDateSummary, vendorDates},
		{causeNameMismatch, vendorPosedSummary, vendorPosed},
		{causePlainHTTPPeer, vendorPosedSummary, vendorPosed},
		{causeClientCert, vendorPosedSummary, vendorPosed},
		{causeHandshake, vendorPosedSummary, vendorPosed},
		{causeProxyUnused, "Reach the {service} through the proxy that the environment names.", []move{resolve, probe, tryProxy, setProxy, apply, verify}},
		{cause5xx, "Wait until the vendor's incident is over.", []move{probe, vendorStatus, verify}},
	}
)

var (
	vendorDNSCauses = []string{
		"The resolver that this container, pod or host uses does not resolve names of the internet.",
		proxyNotSet,
		"The DNS server is unreachable.",
	}
	vendorBlockedCauses = []string{
		"Outbound traffic is blocked: a firewall lets nothing from here out to the internet.",
		proxyNotSet,
	}
	vendorDateCauses  = []string{"The clock of this machine is wrong.", "Something on the way out answers in place of the {service}."}
	vendorPosedCauses = []string{"A captive portal, or a proxy that inspects TLS, answers in place of the {service}."}

	vendorDNS   = []move{resolve, setProxy, apply, verify}
	vendorOut   = []move{probe, connect, letOut, setProxy, apply, verify}
	vendorPosed = []move{resolve, probe, certificate, letOut, verify}
	vendorDates = []move{probe, certificate, clock, setClock, verify}
)

const (
	vendorDNSSummary   = "Make {host} resolve where Stella Ops runs, or set the proxy that leads out."
	vendorOutSummary   = "Let Stella Ops out to {peer}, directly or through a proxy."
	vendorPosedSummary = "Find out what answers in place of the {service}, and have it let the traffic through."
	vendorDateSummary  = "Compare the dates of the certificate with the clock, and set the clock."
)
