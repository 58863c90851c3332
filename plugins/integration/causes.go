package main

import "stella-ops.org/doctor/sdk/wire"

// likelyCauses returns what is probably behind an observation, the most likely
// first (§3.0.5). cause is the id that the check has set, key the key that
// supplied the address. A check asks here only where it has no causes of its
// own for the observation. An unknown cause gives nil.
func likelyCauses(x exchange, cause, key string) []string {
	if x.onProxy() {
		return proxyCauses(cause)
	}
	if cause == causeProxyUnused {
		return atMost(append([]string{
			"A proxy is required to get there, and Doctor does not use the one that its environment names.",
		}, networkCauses(transportCause(x), key)...))
	}
	if list := networkCauses(cause, key); list != nil {
		return list
	}
	if list := certificateCauses(cause, key); list != nil {
		return list
	}
	return answerCauses(x, cause, key)
}

func networkCauses(cause, key string) []string {
	switch cause {
	case causeDNSName, causeDNSTimeout, causeDNSServer:
		return []string{
			"The host in " + key + " is mistyped.",
			"The resolver that this container, pod or host uses does not know the name: split DNS, wrong network, missing search domain.",
			"The DNS server is unreachable.",
		}
	case causeRefused:
		return []string{
			"The service is stopped or restarting.",
			"The port in " + key + " is wrong.",
			"The service listens on another interface, or a firewall rejects the connection.",
		}
	case causeTCPTimeout, causeTLSTimeout, causeHTTPTimeout:
		list := []string{
			"A firewall or security group drops the traffic.",
			"The address in " + key + " routes nowhere.",
			"A proxy is required and not set.",
			"The service is overloaded.",
		}
		if cause != causeTCPTimeout {
			// The peer did accept the connection, so an overloaded service comes
			// first and an address that routes nowhere is out.
			return []string{list[3], list[0], list[2]}
		}
		return list
	case causeReset:
		return []string{
			"A proxy or load balancer closed the connection.",
			"The service crashed while it was answering.",
			"The address in " + key + " says http, but the port speaks TLS.",
		}
	case causeUnreachable:
		return []string{
			"There is no route to the network: VPN down, IPv6 without a route, interface down.",
			"A proxy refused to connect.",
		}
	}
	return nil
}

func certificateCauses(cause, key string) []string {
	switch cause {
	case causeExpired, causeNotYetValid:
		return []string{
			"The certificate is outside its dates.",
			"The clock of this machine is wrong.",
		}
	case causeUnknownCA:
		return []string{
			"The private CA that signed the certificate is missing from the trust store of the runtime.",
			"A TLS-inspecting proxy re-signs the traffic.",
		}
	case causeNameMismatch:
		return []string{
			key + " uses a name or an address that the certificate lacks.",
			"The default certificate of an ingress or load balancer answers.",
		}
	case causePlainHTTPPeer:
		return []string{"The address in " + key + " says https but points at a plain http port."}
	case causeHandshake:
		return []string{
			"The two sides have no TLS version or cipher in common.",
			"The server asks for a client certificate.",
		}
	case causeClientCert:
		return []string{
			"The server asks for a client certificate.",
			"The address in " + key + " points at a port that is meant for machines with a certificate.",
		}
	}
	return nil
}

func answerCauses(x exchange, cause, key string) []string {
	switch cause {
	case causeInvalidURL:
		return invalidURLCauses(x.detail(), key)
	case causeRedirect:
		return []string{
			"The service moved: " + key + " still has the old address.",
			key + " says http where https is required.",
			"A sign-in portal intercepts the request.",
		}
	case causeTooLarge:
		return []string{"Something other than the expected API answers: a file listing or a portal page."}
	case cause401:
		return []string{"The credentials are missing, wrong, rotated or expired."}
	case cause403:
		return []string{
			"The credentials are valid but lack the needed role.",
			"The source address is not allowed.",
			"A web application firewall blocks the request.",
		}
	case cause404:
		return []string{
			"The path prefix is missing from " + key + ".",
			"Another product answers at this address.",
		}
	case cause405:
		return methodCauses
	case cause407, causeProxyAuth:
		return []string{"The proxy asks for authentication."}
	case cause429:
		return []string{"A rate limit is reached: authenticate, or wait."}
	case cause5xx:
		switch x.resp.Status {
		case 501:
			return methodCauses
		case 502, 503, 504:
			return []string{"The reverse proxy is up, but the service behind it is down or starting."}
		}
		return []string{"A fault inside the service: its log tells."}
	case causeHTML:
		return []string{
			"A web UI, a sign-in page or a captive portal answers instead of the API.",
			key + " points at the port of the UI or lacks the path of the API.",
		}
	}
	return nil
}

var methodCauses = []string{
	"A proxy in front of the service has the method disabled.",
	"The service is a read-only mirror.",
}

// invalidURLCauses puts the cause that belongs to the broken rule first.
func invalidURLCauses(rule, key string) []string {
	const (
		scheme = iota
		stray
		unresolved
		credentials
	)
	list := []string{
		"The scheme is missing from " + key + ": it must begin with http:// or https://.",
		"Stray quotes or spaces stand in the value of " + key + ".",
		"A reference ${…} in the value of " + key + " was not resolved.",
		"Credentials stand inside the address in " + key + ".",
	}
	first := scheme
	switch rule {
	case "quote", "space":
		first = stray
	case "unresolved":
		first = unresolved
	case "userinfo":
		first = credentials
	case "scheme":
	default:
		return append([]string{"The value of " + key + " is mistyped: " + ruleText(rule) + "."}, list[:3]...)
	}
	ordered := []string{list[first]}
	for i, text := range list {
		if i != first {
			ordered = append(ordered, text)
		}
	}
	return ordered
}

// proxyCauses are the causes of a failure at the proxy that Doctor:Proxy names.
func proxyCauses(cause string) []string {
	if cause == causeProxyAuth {
		return []string{"The proxy asks for authentication."}
	}
	return []string{
		"The address of the proxy in Doctor:Proxy is wrong.",
		"The proxy is stopped or refuses to connect to this host.",
		"The proxy is not needed to get there.",
	}
}

func atMost(list []string) []string {
	if len(list) > wire.MaxLikelyCauses {
		return list[:wire.MaxLikelyCauses]
	}
	return list
}
