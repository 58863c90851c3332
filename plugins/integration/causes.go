package main

import "stella-ops.org/doctor/sdk/wire"

// likelyCauses returns what is probably behind an observation, the most likely
// first (§3.0.5): those of the check if it has any for the observation, else the
// shared ones.
func (s *scene) likelyCauses(own []row) []string {
	var texts []string
	switch {
	case s.proxyFailed():
		texts = proxyCauses
	case s.cause == causeProxyUnused:
		texts = append([]string{"A proxy is required to get there, and Doctor does not use the one that its environment names."},
			s.find(transportCause(s.answer), sharedCauses)...)
	default:
		texts = s.find(s.cause, own, sharedCauses)
	}
	var filled []string
	for _, text := range texts {
		if len(filled) < wire.MaxLikelyCauses && s.possible(text) {
			filled = append(filled, s.fill(text))
		}
	}
	return filled
}

// possible drops the causes that the observation rules out.
func (s *scene) possible(text string) bool {
	switch text {
	case plainToTLS, httpNotHTTPS:
		return s.target.Scheme == "http"
	case proxyNotSet:
		return s.cause != causeProxyUnused
	}
	return true
}

const (
	plainToTLS   = "The address in {key} says http, but the port speaks TLS."
	httpNotHTTPS = "{key} says http where https is required."
	proxyNotSet  = "A proxy is required and not set."
)

// sharedCauses are the likely causes by observation. Where a cause id covers
// several observations of §3.0.5, the variant (error detail, status) tells them
// apart.
var sharedCauses = []row{
	{causeDNSName, "", dnsCauses},
	{causeDNSTimeout, "", dnsCauses},
	{causeDNSServer, "", dnsCauses},
	{causeRefused, "", []string{
		"The service is stopped or restarting.",
		"The port in {key} is wrong.",
		"The service listens on another interface, or a firewall rejects the connection.",
	}},
	{causeTCPTimeout, "", []string{
		"A firewall or security group drops the traffic.",
		"The address in {key} routes nowhere.",
		proxyNotSet,
		"The service is overloaded.",
	}},
	// The peer did accept the connection, so the address routes somewhere.
	{causeTLSTimeout, "", stallCauses},
	{causeHTTPTimeout, "", stallCauses},
	{causeReset, "", []string{
		"A proxy or load balancer closed the connection.",
		"The service crashed while it was answering.",
		plainToTLS,
	}},
	{causeUnreachable, "", []string{
		"There is no route to the network: VPN down, IPv6 without a route, interface down.",
		"A proxy refused to connect.",
		"The port in {key} belongs to something that does not speak HTTP.",
	}},
	{causeExpired, "", dateCauses},
	{causeNotYetValid, "", dateCauses},
	{causeUnknownCA, "", []string{
		"The private CA that signed the certificate is missing from the trust store of the runtime.",
		"A TLS-inspecting proxy re-signs the traffic.",
	}},
	{causeNameMismatch, "", []string{
		"{key} uses a name or an address that the certificate lacks.",
		"The default certificate of an ingress answers.",
	}},
	{causePlainHTTPPeer, "", []string{"The address in {key} says https but points at a plain http port."}},
	{causeHandshake, "", []string{
		"The two sides have no TLS version or cipher in common.",
		"The server asks for a client certificate.",
	}},
	{causeClientCert, "", []string{"The server asks for a client certificate."}},

	{causeInvalidURL, "", []string{
		"The address in {key} is mistyped: {fault}.",
		"Stray quotes or spaces stand in the value of {key}.",
	}},
	{causeInvalidURL, wire.RuleScheme, []string{
		"The scheme is missing: the value of {key} must begin with http:// or https://.",
		"Stray quotes or spaces stand in the value of {key}.",
	}},
	{causeInvalidURL, ruleQuote, []string{"Stray quotes stand in the value of {key}: the source that sets it keeps them as part of the value."}},
	{causeInvalidURL, ruleSpace, []string{"A stray space stands in the value of {key}."}},
	{causeInvalidURL, ruleUnresolved, []string{"A reference ${…} in the value of {key} was not resolved: the variable that it names is not set where the value is read."}},
	{causeInvalidURL, wire.RuleUserinfo, []string{"Credentials stand inside the address in {key}; they belong into settings of their own."}},

	{causeRedirect, "", []string{
		"The service moved: {key} still has the old address.",
		httpNotHTTPS,
		"A sign-in portal intercepts the request.",
	}},
	{causeTooLarge, "", []string{"Something other than the expected API answers: a file listing or a portal page."}},
	{cause401, "", []string{"The credentials are missing, wrong, rotated or expired."}},
	{cause403, "", []string{
		"The credentials are valid but lack the needed role.",
		"The source address is not allowed.",
		"A web application firewall blocks the request.",
	}},
	{cause404, "", notFoundCauses},
	{causeNotFound, "", notFoundCauses},
	{cause405, "", methodCauses},
	{cause407, "", proxyAuthCauses},
	{causeProxyAuth, "", proxyAuthCauses},
	{cause429, "", []string{"The rate limit is reached: authenticate, or wait."}},
	{cause5xx, "", []string{"A fault inside the service: see its log."}},
	{cause5xx, "501", methodCauses},
	{cause5xx, "502", gatewayCauses},
	{cause5xx, "503", gatewayCauses},
	{cause5xx, "504", gatewayCauses},
	{causeStatusUnlisted, "", []string{
		"{key} is wrong: a typing error, another port, or http and https mixed up.",
		"Another product answers at this address.",
		"The path prefix is missing from {key}.",
	}},
	{causeHTML, "", []string{
		"A web UI, a sign-in page or a captive portal answers instead of the API.",
		"{key} points at the port of the UI, or lacks the path of the API.",
	}},
}

var (
	dnsCauses = []string{
		"The host in {key} is mistyped.",
		"The resolver that this container, pod or host uses does not know the name: split DNS, wrong network, missing search domain.",
		"The DNS server is unreachable.",
	}
	stallCauses = []string{
		"The service is overloaded.",
		"A firewall or security group drops the traffic.",
		proxyNotSet,
	}
	dateCauses = []string{
		"The certificate is outside its dates.",
		"The clock of this machine is wrong.",
	}
	notFoundCauses = []string{
		"The path prefix is missing from {key}.",
		"Another product answers at this address.",
	}
	methodCauses    = []string{"The method is disabled by a proxy, or the service is a read-only mirror."}
	proxyAuthCauses = []string{"The proxy asks for authentication."}
	gatewayCauses   = []string{"The reverse proxy is up, but the service behind it is down or starting."}
	// proxyCauses take the place of all of them when Doctor's own proxy failed.
	proxyCauses = []string{
		"The address of the proxy in Doctor:Proxy is wrong.",
		"The proxy is stopped, or it refuses to connect to this host.",
		"The {service} has to be reached without a proxy.",
	}
)
