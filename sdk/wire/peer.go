package wire

import "strings"

// Peer is the far end of a TCP connection as an operator writes it.
type Peer struct {
	Scheme string // in lower case; empty when there is none
	Host   string // as in [URL]
	Port   int    // zero when there is none
}

// SchemeTCP is the scheme of a [URL] that stands for the far end of a TCP
// connection: tcp://host:port, the port always there and no path.
const SchemeTCP = "tcp"

// ScreenPeer is [ScreenURL] for what is no web address: a host, host:port,
// scheme://host or scheme://host:port, the last two with or without a slash at
// the end. An IPv6 address may stand alone without brackets. Rule is empty when
// it passed; else it is the first of the screen's rules that is broken, and p is
// zero. A path or a query breaks [RulePath]: nothing of a connection is called so.
func ScreenPeer(raw string) (p Peer, rule string) {
	if p, rule = screenPeer(raw); rule != "" {
		return Peer{}, rule
	}
	return p, ""
}

func screenPeer(raw string) (p Peer, rule string) {
	if raw == "" || len(raw) > MaxURLBytes || hasForbiddenByte(raw) {
		return p, RuleURL
	}
	authority := raw
	if scheme, rest, found := strings.Cut(raw, "://"); found {
		if p.Scheme = lower(scheme); !isWord(p.Scheme, "+-.") || p.Scheme[0] < 'a' {
			return p, RuleScheme
		}
		authority = strings.TrimSuffix(rest, "/")
	}
	switch {
	case strings.IndexByte(authority, '@') >= 0:
		return p, RuleUserinfo
	case strings.ContainsAny(authority, "/?"):
		return p, RulePath
	}
	if p.Host = canonicalIPv6(raw); p.Host != "" {
		return p, ""
	}
	host, port, ok := splitAuthority(authority)
	if !ok {
		return p, RuleHost
	}
	if p.Host = canonicalHost(host); p.Host == "" {
		return p, RuleHost
	}
	if port != "" {
		if p.Port = decimal(port[1:], 65535); p.Port < 1 {
			return p, RulePort
		}
	}
	return p, ""
}

// ScreenTCP is the screen for what a [TCPRequest] asks for: a host alone, as
// [ScreenPeer] takes it, and a port. It returns the URL that stands for the two.
func ScreenTCP(host string, port int) (u URL, rule string) {
	p, rule := ScreenPeer(host)
	switch {
	case rule != "":
		return URL{}, rule
	case p.Scheme != "" || p.Port != 0:
		return URL{}, RuleHost
	case port < 1 || port > 65535:
		return URL{}, RulePort
	}
	return URL{Scheme: SchemeTCP, Host: p.Host, Port: port}, ""
}

// ParsePort reads the value of a port setting: canonical decimal from 1 to
// 65535. It returns zero for anything else.
func ParsePort(value string) int { return max(decimal(value, 65535), 0) }
