package inspect

import (
	"bytes"
	"net/netip"
	"strings"
)

// findAddresses visits what looks like an address in b. The work is linear in
// len(b).
func findAddresses(b []byte, visit func(address)) {
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte("://"))
		if i < 0 {
			break
		}
		at += i + 3
		if a, ok := readURL(b, at); ok {
			visit(a)
		}
	}
	for at := 0; at < len(b); {
		i := bytes.IndexByte(b[at:], '.')
		if i < 0 {
			break
		}
		start, end := at+i, at+i
		for start > at && isHostByte(b[start-1]) {
			start--
		}
		for end < len(b) && isHostByte(b[end]) {
			end++
		}
		at = end
		if a, ok := readHost(b, start, end); ok {
			visit(a)
		}
	}
}

// schemes are those that an address in a program may have. The longest that ends
// where the two slashes begin counts, for strings are packed.
var schemes = setOf("https http wss ws ftps sftp ftp ldaps ldap smtps smtp tcp udp tls ssh git telnet rediss redis amqps amqp nats mqtts mqtt kafka " +
	"postgresql postgres mysql mongodb s3 oci docker grpcs grpc socks5 socks4 file tor")

// maxScheme is the longest of them, in bytes.
const maxScheme = len("postgresql")

// maxURL is the longest address that is read, in bytes.
const maxURL = 512

// readURL reads the address whose host begins at p.
func readURL(b []byte, p int) (a address, ok bool) {
	if p == 3 || !isHostByte(b[p-4]) {
		return a, false // no scheme
	}
	end := p
	for end < len(b) && end-p < maxURL && isAuthorityByte(b[end]) {
		end++
	}
	authority := string(b[p:end])
	host := authority[strings.LastIndexByte(authority, '@')+1:]
	bracketed := strings.HasPrefix(host, "[")
	if bracketed {
		host, _, ok = strings.Cut(host[1:], "]")
	} else {
		host, _, ok = strings.Cut(host, ":")
	}
	host = strings.ToLower(strings.Trim(host, ".-_"))
	switch {
	case bracketed:
		if ip, err := netip.ParseAddr(host); err != nil || !ok || !ip.Is6() {
			return a, false
		}
	case !isHost(host):
		return a, false
	case !strings.Contains(host, ".") && host != "localhost" && !ok && (end == len(b) || b[end] != '/'):
		return a, false // a word after "https://", in a sentence
	}
	scheme := schemeOf(b[max(0, p-3-16) : p-3])
	if scheme == "" {
		return a, false
	}
	a = address{kind: kindURL, host: host}
	// Another address begins where the strings are packed.
	for end < len(b) && end-p < maxURL && isURLByte(b[end]) && (b[end] != ':' || !bytes.HasPrefix(b[end:], []byte("://"))) {
		end++
	}
	a.text = scheme + "://" + strings.TrimRight(string(b[p:end]), ".,;:-_)]")
	return a, true
}

// schemeOf is the scheme at the end of b: one that is known, else the letters there.
func schemeOf(b []byte) string {
	b = bytes.ToLower(b)
	for n := min(maxScheme, len(b)); n > 1; n-- {
		if s := b[len(b)-n:]; schemes[string(s)] {
			return string(s)
		}
	}
	return string(b[len(bytes.TrimRight(b, "abcdefghijklmnopqrstuvwxyz")):])
}

// readHost reads the host in b[start:end], which are all the bytes of hosts there.
func readHost(b []byte, start, end int) (a address, ok bool) {
	if start >= 3 && string(b[start-3:start]) == "://" || end-start > 253 {
		return a, false // read as an URL
	}
	if start > 0 && b[start-1] == '@' {
		return a, false // likewise, or the address of a person
	}
	start += symbolPrefix(b[:start], b[start:end])
	if !mayBeHost(bytes.TrimRight(b[start:end], ".-_")) {
		return a, false
	}
	host := strings.Trim(string(b[start:end]), ".-_")
	a = address{kind: kindHost, text: host, host: host}
	if end < len(b) && b[end] == '/' {
		from := end
		for end < len(b) && end-from < maxWords && isURLByte(b[end]) {
			end++
		}
		a.rest = string(b[from:end])
	}
	if last := lastLabel(host); last != "" && last[0] <= '9' {
		a.kind = kindIP
		return a, isIPv4(host)
	}
	return a, host == strings.ToLower(host) && isHost(host) && isDotted(host)
}

// symbolPrefix is the length of what Go writes before a path in the name of a
// function for a type: type:.eq.example.com/mod.T. What follows is a path.
func symbolPrefix(before, name []byte) int {
	if bytes.HasSuffix(before, []byte("type:")) {
		for _, prefix := range []string{".eq.", ".hash."} {
			if bytes.HasPrefix(name, []byte(prefix)) {
				return len(prefix)
			}
		}
	}
	return 0
}

// isDotted holds for a bare name that is a host: one of a site's own network takes
// three labels.
func isDotted(host string) bool {
	labels := strings.Count(host, ".") + 1
	last := lastLabel(host)
	return labels > 1 && publicNames[last] || labels > 2 && privateNames[last]
}

func lastLabel(host string) string { return host[strings.LastIndexByte(host, '.')+1:] }

// mayBeHost looks at the last label only: most dotted names are none.
func mayBeHost(b []byte) bool {
	last := b[bytes.LastIndexByte(b, '.')+1:]
	if len(last) == 0 || len(last) > 16 {
		return false
	}
	return last[0] <= '9' || publicNames[string(last)] || privateNames[string(last)]
}

// isIPv4 holds for four numbers; a version number of four parts passes too.
func isIPv4(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Is4()
}

// isHost holds for labels of letters, digits and hyphens.
func isHost(host string) bool {
	if host == "" || len(host) > 253 {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return strings.IndexFunc(host, func(c rune) bool { return c >= 0x80 || !isHostByte(byte(c)) }) < 0
}

// publicNames and privateNames are the last labels that make a bare name a host.
// They are few: a dotted name alone is more often a file, a package or a key, or
// the seam of two sentences.
var (
	publicNames = setOf("com net org edu gov mil info biz io dev app cloud online site xyz top club eu de uk fr nl ch ru su cn ir kp onion")

	privateNames = setOf("internal local lan corp intranet home arpa test example invalid svc")
)

func setOf(names string) map[string]bool {
	all := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		all[name] = true
	}
	return all
}

func isHostByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_'
}

func isAuthorityByte(c byte) bool {
	return isHostByte(c) || c == ':' || c == '@' || c == '[' || c == ']' || c == '%' || c == '~' || c == '!' || c == '$'
}

func isURLByte(c byte) bool {
	return isAuthorityByte(c) || strings.IndexByte("/?#&=+,;()*'", c) >= 0
}
