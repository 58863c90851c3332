package main

import "stella-ops.org/doctor/sdk/wire"

// ociRegistryRemediation chooses the plan by what was observed: only where the
// address may be wrong does a step set it.
func ociRegistryRemediation(a address, x exchange, cause string) *wire.Remediation {
	f := registryPlan(ociRegistryID, a, x)
	summary, steps := ociRegistryPlan(f, x, cause)
	return &wire.Remediation{Summary: summary, Steps: steps}
}

func ociRegistryPlan(f fix, x exchange, cause string) (summary string, steps []wire.Step) {
	if x.onProxy() && cause != causeProxyAuth {
		return "Repair the proxy that Doctor:Proxy names, or do without it.", f.advise(withoutProxy,
			advice(wire.EffectWrite, "Correct Doctor:Proxy in Doctor's configuration, or start the proxy."))
	}
	switch cause {
	case causeDNSName, causeDNSTimeout, causeDNSServer:
		return "Make the name resolve where Stella Ops runs, or set " + f.key + " to a name that does.", f.lookup()
	case causeRefused, causeTCPTimeout:
		return "Find out how far a connection gets, then correct " + f.key + " or the network.", f.standard(connect)
	case causeUnreachable, causeReset:
		return "See whether the registry is reachable from where Stella Ops runs, then correct " + f.key + " or the network.", f.standard(connect)
	case causeTLSTimeout, causeHTTPTimeout:
		return "See where the registry stops answering, and read its log.", f.advise(connect, registryLog)
	case causeProxyUnused:
		return "Reach the registry through the proxy that the environment names.", f.advise(resolveName(f), tryProxy, setProxy, apply)
	case causeProxyAuth, cause407:
		return "Give the proxy the user name and password that it asks for.", f.advise(withoutProxy, setProxySecret, applySecret)
	case causeInvalidURL:
		return "Set " + f.key + " to the address of the registry, such as https://registry.example.com.", f.standard()
	case causeRedirect:
		return "Set " + f.key + " to the address that the registry now has.", f.standard()
	case cause404, causeHTML, causeTooLarge, causeStatusUnlisted:
		return "Set " + f.key + " to the address below which the registry API /v2/ is found.", f.standard()
	case cause403:
		return "Have the address that Stella Ops calls from allowed at the registry.", f.advise(
			advice(wire.EffectWrite, "Ask whoever runs the registry, or the firewall in front of it, to allow the source address of this installation."))
	case cause405:
		return "Have GET /v2/ allowed in front of the registry.", f.advise(
			advice(wire.EffectWrite, "Ask whoever runs the proxy in front of the registry to let GET through for paths below /v2/."))
	case cause429:
		return "Wait until the rate limit is over, or ask with credentials.", f.advise(
			advice(wire.EffectRead, "Wait before you run the check again; if the limit is that of anonymous users, configure credentials for the registry."))
	case cause5xx:
		return "Bring the registry back: its log tells what is wrong.", f.advise(registryLog)
	}
	return ociRegistryTLSPlan(f, cause)
}

func ociRegistryTLSPlan(f fix, cause string) (summary string, steps []wire.Step) {
	switch cause {
	case causeUnknownCA:
		return "Trust the CA that signed the registry's certificate; never turn verification off.", f.advise(certificate, trustCA, apply)
	case causeExpired, causeNotYetValid:
		return "Compare the dates of the certificate with the clock, then renew the one or set the other.", f.advise(certificate, clock,
			advice(wire.EffectWrite, "If the clock is right, have the certificate of the registry renewed; if not, set the clock by NTP."))
	case causeNameMismatch:
		return "Set " + f.key + " to a name that the certificate covers, or have the certificate issued for this name.", f.standard(certificate)
	case causePlainHTTPPeer:
		return "Set " + f.key + " to the TLS port of the registry; use http only for a registry that has none.", f.standard(certificate)
	case causeClientCert:
		return "Use an address of the registry that asks for no client certificate, or have one issued.", f.advise(certificate,
			advice(wire.EffectWrite, "Ask whoever runs the registry for an address without client certificates, or for a certificate for this installation."))
	}
	return "Find out which TLS versions and ciphers the registry offers.", f.advise(certificate, registryLog,
		advice(wire.EffectWrite, "Have TLS 1.2 or later enabled at the registry, or at the load balancer in front of it."))
}

// registryLog is the step for faults that only the far side can see.
var registryLog = advice(wire.EffectRead, "Read the log of the registry and of the proxy in front of it, at the time of this check.")

// resolveName is [resolve] where there is a name.
func resolveName(f fix) move {
	if f.target.IsLiteral() {
		return move{}
	}
	return resolve
}
