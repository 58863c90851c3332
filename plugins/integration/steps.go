package main

import "stella-ops.org/doctor/sdk/wire"

// anyTemplates are the steps that are the same in every runtime. Words of
// configuration and servers come into commands only as {…arg}.
var anyTemplates = []template{
	{move: probe, effect: wire.EffectRead,
		description: "Ask the {service} by hand from the same network position ({healthy}).",
		command:     "{at}{probe} {urlarg}"},
	{move: dial, effect: wire.EffectRead,
		description: "Connect to the {service} by hand from the same network position ({healthy}).",
		command:     "{at}{probe} {peerarg} </dev/null"},
	{move: resolve, effect: wire.EffectRead,
		description: "Resolve the name from the same network position; no output means that it does not resolve there.",
		command:     "{at}getent hosts {hostarg}"},
	{move: connect, effect: wire.EffectRead,
		description: "See how far a connection gets from the same network position.",
		command:     "{at}curl -sv --connect-timeout 5 -o /dev/null {urlarg}"},
	{move: certificate, effect: wire.EffectRead,
		description: "Show subject, issuer and dates of the certificate that is presented.",
		command:     "{at}openssl s_client -connect {tlsarg} </dev/null 2>/dev/null | openssl x509 -noout -subject -issuer -dates"},
	{move: clock, effect: wire.EffectRead,
		description: "Show the clock and compare it with the dates of the certificate.",
		command:     "{at}date -u"},
	{move: trustCA, effect: wire.EffectRead, manual: true,
		description: "Give Doctor the CA certificate and run the check again; if it passes, keep the file as Doctor:Tls:CaFile in Doctor's configuration.",
		command:     "stella doctor run --check {check} --set 'Doctor:Tls:CaFile=<ca-file>'",
		safety:      trustSafety},
	{move: renew, effect: wire.EffectWrite, manual: true,
		description: "If the clock is right, have the certificate of the {service} renewed; if not, set the clock by NTP."},
	{move: remoteLog, effect: wire.EffectRead, manual: true,
		description: "Read the log of the {service}, and of the proxy in front of it, at the time of this check."},
	{move: setClock, effect: wire.EffectWrite, manual: true,
		description: "If the clock is wrong, set it by NTP; if it is right, have whatever answers with this certificate let the traffic through."},
	{move: letOut, effect: wire.EffectWrite, manual: true,
		description: "Ask whoever runs the firewall or the proxy on the way out to let {method} to {peer} through unchanged."},
	{move: vendorStatus, effect: wire.EffectRead, manual: true,
		description: "See whether the vendor knows of an incident, and wait until it is over."},
	{move: wait, effect: wire.EffectRead, manual: true,
		description: "Wait before you run the check again; if the limit is that of anonymous users, configure credentials for the {service}."},
	{move: allowSource, effect: wire.EffectWrite, manual: true,
		description: "Ask whoever runs the {service}, or the firewall in front of it, to allow the source address of this installation."},
	{move: allowMethod, effect: wire.EffectWrite, manual: true,
		description: "Ask whoever runs the proxy in front of the {service} to let {method} through for {path}."},
	{move: tlsVersion, effect: wire.EffectWrite, manual: true,
		description: "Have TLS 1.2 or later enabled at the {service}, or at the load balancer in front of it."},
	{move: clientCert, effect: wire.EffectWrite, manual: true,
		description: "Ask whoever runs the {service} for an address without client certificates, or for a certificate for this installation."},
	{move: tryProxy, effect: wire.EffectRead,
		description: "Run the check through the proxy of the environment; if it passes, keep Doctor:Proxy=env in Doctor's configuration.",
		command:     "stella doctor run --check {check} --set Doctor:Proxy=env"},
	{move: withoutProxy, effect: wire.EffectRead,
		description: "Run the check without a proxy; if it passes, the proxy is not needed here: set Doctor:Proxy=none, or name the host in NO_PROXY.",
		command:     "stella doctor run --check {check} --set Doctor:Proxy=none"},
	{move: repairProxy, effect: wire.EffectWrite, manual: true,
		description: "Correct Doctor:Proxy in Doctor's configuration, or start the proxy."},
	{move: proxyPassword, effect: wire.EffectRead, manual: true,
		description: "If Doctor itself uses the proxy, write the address of the proxy, user name and password included, into a file and run the check with it; " +
			"if it passes, keep that address as Doctor:Proxy in Doctor's configuration.",
		command: "stella doctor run --check {check} --set-file 'Doctor:Proxy=<proxy-file>'",
		safety:  "Give the file mode 0600. " + proxyEscape},
	{move: verify, effect: wire.EffectRead,
		description: "Run the check again.",
		command:     "stella doctor run --check {check}"},
}

const (
	trustSafety = "Never turn certificate verification off instead. Get the CA certificate from the people who run the CA, not from the connection that is in doubt."
	proxyEscape = "Percent-encode what is neither letter nor digit in user name and password."
	valuesCopy  = "Keep values.yaml under version control, or copy it first: nothing else keeps the old value."
)

// urlArg is the address that was asked as a word of a shell command, or its placeholder.
func (s *scene) urlArg() string {
	asked := s.target
	if s.probePath != "" && asked.Host != "" {
		asked = s.base.Join("", s.probePath)
	}
	if word, ok := shellWord(asked.String()); ok && asked.Host != "" {
		return word
	}
	return singleQuoted(s.noTarget)
}

// hostArg is the host as a word of a shell command, or its placeholder.
func (s *scene) hostArg() string {
	if word, ok := shellWord(s.target.Host); ok {
		return word
	}
	return singleQuoted(s.noHost)
}

// tlsArg names the host to openssl. An IP address is no server name and is not
// sent as one.
func (s *scene) tlsArg() string {
	if s.target.Host == "" {
		return singleQuoted(s.noHost+":443") + " -servername " + singleQuoted(s.noHost)
	}
	peer, _ := shellWord(s.target.HostPort())
	if s.target.IsLiteral() {
		return peer
	}
	return peer + " -servername " + s.hostArg()
}

// proxyVariable is the variable that counts for the scheme of the address.
func (s *scene) proxyVariable() string {
	if s.target.Scheme == "http" {
		return "HTTP_PROXY"
	}
	return "HTTPS_PROXY"
}
