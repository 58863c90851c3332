package wire

import "strings"

// Rules of [ScreenURL], in the order in which they are applied.
const (
	RuleURL      = "url"      // too long, a byte that has no place in an address, a fragment, malformed
	RuleScheme   = "scheme"   // not http or https, or none
	RuleUserinfo = "userinfo" // credentials in the address, empty ones included
	RuleHost     = "host"     // no host, not a name in LDH form, an odd spelling of an IP address, a zone
	RulePort     = "port"     // not canonical decimal from 1 to 65535
	RulePath     = "path"     // dot segments, empty segments, escapes that hide a separator, bad escapes
)

// ScreenURL is the one screen for addresses, used by guest and host, so that
// both read an address in the same way and no parser behind it gets to see
// anything that parsers differ about. Rule is empty when the address passed;
// else it is one of the rules above, the first that is broken, and u is zero.
//
// It takes an absolute http or https address of at most [MaxURLBytes] printable
// ASCII characters. Names beyond ASCII are written in punycode. It refuses what
// resolvers and servers are known to read in two ways: user info, fragments,
// backslashes, 127.1 and its kin, 0080, dot segments and %2f. Nothing is
// repaired but case, one trailing dot of a name and the spelling of an IPv6
// address. Whoever screens an operator's setting trims its trailing slashes
// before, because an empty segment breaks rule path.
func ScreenURL(raw string) (u URL, rule string) {
	if u, rule = screen(raw); rule != "" {
		return URL{}, rule
	}
	return u, ""
}

func screen(raw string) (u URL, rule string) {
	if raw == "" || len(raw) > MaxURLBytes || hasForbiddenByte(raw) {
		return u, RuleURL
	}
	scheme, rest, _ := strings.Cut(raw, ":")
	u.Scheme = lower(scheme)
	if len(scheme) == len(raw) || u.Scheme != "http" && u.Scheme != "https" {
		return u, RuleScheme
	}
	if rest == "" || rest[0] != '/' { // http:registry is opaque
		return u, RuleURL
	}
	if !strings.HasPrefix(rest, "//") {
		return u, RuleHost
	}
	rest, u.Query, _ = strings.Cut(rest[2:], "?")
	authority := rest
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		authority, u.Path = rest[:i], rest[i:]
	} else {
		u.Path = "/"
	}
	if strings.IndexByte(authority, '@') >= 0 {
		return u, RuleUserinfo
	}
	host, port, ok := splitAuthority(authority)
	if !ok {
		return u, RuleHost
	}
	if u.Host = canonicalHost(host); u.Host == "" {
		return u, RuleHost
	}
	if u.Port = defaultPort(u.Scheme); port != "" {
		if u.Port = decimal(port[1:], 65535); u.Port < 1 {
			return u, RulePort
		}
	}
	if !goodPath(u.Path) {
		return u, RulePath
	}
	if strings.ContainsAny(u.Query, "[]") || !goodEscapes(u.Query) {
		return u, RuleURL
	}
	return u, ""
}

// hasForbiddenByte finds what no address needs: white space and controls,
// everything beyond ASCII (net/http would map it to ASCII and dial that),
// quotes and shell characters, and the fragment's #.
func hasForbiddenByte(raw string) bool {
	for i := range len(raw) {
		if b := raw[i]; b <= ' ' || b >= 0x7f || strings.IndexByte("\\\"'<>{}|^`#", b) >= 0 {
			return true
		}
	}
	return false
}

// splitAuthority splits host, in brackets or not, from the port with its colon.
func splitAuthority(authority string) (host, port string, ok bool) {
	end := strings.IndexByte(authority, ':')
	if strings.HasPrefix(authority, "[") {
		end = strings.IndexByte(authority, ']') + 1
		if end == 0 || end < len(authority) && authority[end] != ':' {
			return "", "", false
		}
	} else if end >= 0 && strings.IndexByte(authority[end+1:], ':') >= 0 {
		return "", "", false // IPv6 without brackets
	}
	if end < 0 || end == len(authority) {
		return authority, "", true
	}
	return authority[:end], authority[end:], true
}

// canonicalHost returns the canonical form, or nothing for a host that is none.
func canonicalHost(host string) string {
	if strings.HasPrefix(host, "[") {
		return canonicalIPv6(host[1 : len(host)-1])
	}
	if isIPv4(host) {
		return host
	}
	host = lower(strings.TrimSuffix(host, "."))
	if len(host) > 253 || lastLabelNumeric(host) {
		return ""
	}
	for label := range strings.SplitSeq(host, ".") {
		if !isLabel(label) {
			return ""
		}
	}
	return host
}

// isLabel checks one label: letters, digits and inner hyphens, 1 to 63.
func isLabel(label string) bool {
	if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for i := range len(label) {
		if b := label[i]; !isDigit(b) && b != '-' && (b < 'a' || b > 'z') {
			return false
		}
	}
	return true
}

// lastLabelNumeric tells whether the last label begins with a digit. No
// top-level domain does, and C resolvers take such names for addresses: 127.1,
// 0x7f000001, 0177.0.0.1.
func lastLabelNumeric(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	return last != "" && isDigit(last[0])
}

// isIPv4 checks for four decimal numbers without leading zeros.
func isIPv4(host string) bool {
	_, ok := parseIPv4(host)
	return ok
}

func parseIPv4(host string) (ip [4]byte, ok bool) {
	for i := range 4 {
		part, rest, more := strings.Cut(host, ".")
		n := decimal(part, 255)
		if n < 0 || more != (i < 3) {
			return ip, false
		}
		ip[i], host = byte(n), rest
	}
	return ip, true
}

// decimal reads a canonical decimal up to most; -1 for anything else.
func decimal(s string, most int) int {
	if s == "" || s[0] == '0' && s != "0" {
		return -1
	}
	n := 0
	for i := range len(s) {
		if n = n*10 + int(s[i]) - '0'; !isDigit(s[i]) || n > most {
			return -1
		}
	}
	return n
}

// goodPath refuses what would let a path mean another one to a server: empty
// and dot segments (with parameters too: some servers read /..;x/ as /../), and
// escapes of dot, slash, backslash, percent and controls.
func goodPath(path string) bool {
	if strings.Contains(path, "//") || strings.ContainsAny(path, "[]") || !goodEscapes(path) {
		return false
	}
	for i := 0; i < len(path); i++ {
		if path[i] == '%' {
			b := hexValue(path[i+1])<<4 | hexValue(path[i+2])
			if b < ' ' || b == 0x7f || strings.IndexByte(`./\%`, byte(b)) >= 0 {
				return false
			}
		}
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment, _, _ = strings.Cut(segment, ";"); segment == "." || segment == ".." {
			return false
		}
	}
	return true
}

// goodEscapes checks that two hex digits follow every percent sign.
func goodEscapes(s string) bool {
	for i := range len(s) {
		if s[i] == '%' && (len(s)-i < 3 || hexValue(s[i+1]) < 0 || hexValue(s[i+2]) < 0) {
			return false
		}
	}
	return true
}

// lower is strings.ToLower for ASCII, without the tables of Unicode.
func lower(s string) string {
	b := []byte(s)
	for i := range b {
		if b[i] >= 'A' && b[i] <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}
