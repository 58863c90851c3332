package wire

import (
	"strconv"
	"strings"
)

// URL is an address that passed [ScreenURL] or [ScreenTCP], in canonical form: scheme and host
// in lower case, no trailing dot on the host, the port always set, the path
// beginning with a slash. Two addresses that mean the same server are equal in
// Scheme, Host and Port.
type URL struct {
	Scheme string // http, https or tcp
	Host   string // a DNS name in LDH form, or an IP address without brackets
	Port   int    // 1 to 65535
	Path   string // escaped form as it was written, "/" when the address has none
	Query  string // without the question mark
}

// String returns the address in canonical form, the default port left out.
// [ScreenURL] passes it and gives u again.
func (u URL) String() string {
	s := u.Origin() + u.Path
	if u.Query != "" {
		s += "?" + u.Query
	}
	return s
}

// Origin returns scheme://host:port, the default port left out.
func (u URL) Origin() string {
	hostPort := u.HostPort()
	if u.Port == defaultPort(u.Scheme) {
		hostPort = hostPort[:strings.LastIndexByte(hostPort, ':')]
	}
	return u.Scheme + "://" + hostPort
}

// HostPort returns host:port, the port always there and an IPv6 address in
// brackets: what a dialer takes.
func (u URL) HostPort() string {
	host := u.Host
	if strings.IndexByte(host, ':') >= 0 {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(u.Port)
}

// IsLiteral reports whether the host is an IP address and no name.
func (u URL) IsLiteral() bool {
	return strings.IndexByte(u.Host, ':') >= 0 || lastLabelNumeric(u.Host)
}

// Join makes the address of a resource from the address that an operator wrote:
// trailing slashes are removed from u's path, then trim when it stands at the
// end on a segment boundary, and path is appended. So /harbor/v2/ joined with
// trim /v2 and path /v2/ gives /harbor/v2/, and so does /harbor. Trim [TrimAll]
// leaves the origin. The query is dropped: it belongs to the address as it was.
// Path is not screened here.
func (u URL) Join(trim, path string) URL {
	own := strings.TrimRight(u.Path, "/")
	if trim == TrimAll {
		own = ""
	} else if trim = strings.Trim(trim, "/"); trim != "" {
		own = strings.TrimRight(strings.TrimSuffix(own, "/"+trim), "/")
	}
	if path != "" && path[0] != '/' {
		path = "/" + path
	}
	if u.Path = own + path; u.Path == "" {
		u.Path = "/"
	}
	u.Query = ""
	return u
}

// Covers reports whether v has the scheme, host and port of u and a path at or
// below u's; see [CoversPath]. Queries do not count.
func (u URL) Covers(v URL) bool {
	return u.Scheme == v.Scheme && u.Host == v.Host && u.Port == v.Port && CoversPath(u.Path, v.Path)
}

// CoversPath reports whether path is prefix or below it on a segment boundary:
// /v2 and /v2/ both cover /v2, /v2/ and /v2/library, and neither covers /v2x.
// Both must have passed [ScreenURL], which leaves no other spelling of a segment
// boundary.
func CoversPath(prefix, path string) bool {
	prefix = strings.TrimRight(prefix, "/")
	return strings.HasPrefix(path, prefix) && (len(path) == len(prefix) || path[len(prefix)] == '/')
}

func defaultPort(scheme string) int {
	switch scheme {
	case "https":
		return 443
	case "http":
		return 80
	}
	return 0
}
