package access

import (
	"fmt"
	"slices"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// maxHeaderBytes bounds all request headers of a guest together, in bytes of
// names and values.
const maxHeaderBytes = 8 << 10

// hostHeaders are the headers that only the host sets: they steer the
// connection, the framing, the identity or the peer's trust in it. Accept and
// the like are the guest's.
var hostHeaders = []string{
	"accept-encoding", "alt-used", "authorization", "connection", "content-length", "cookie", "cookie2",
	"early-data", "expect", "forwarded", "host", "http2-settings", "keep-alive", "origin", "referer", "te", "trailer",
	"transfer-encoding", "upgrade", "user-agent", "via", "x-real-ip", "x-http-method", "x-http-method-override", "x-method-override",
	"x-original-url", "x-rewrite-url",
}

// hostHeaderPrefixes refuse whole families: proxy control, browser identity,
// forged origin, and the headers that cloud metadata services ask for.
var hostHeaderPrefixes = []string{"proxy-", "sec-", "x-forwarded-", "metadata", "x-metadata-", "x-aws-ec2-metadata-", "x-google-metadata"}

// judgeHeader holds the header policy. Names are judged in sorted order, so
// that the same request always gets the same answer.
func judgeHeader(header map[string][]string) *wire.CallError {
	names := make([]string, 0, len(header))
	size := 0
	for name, values := range header {
		names = append(names, name)
		size += len(name)
		for _, v := range values {
			size += len(name) + len(v)
		}
	}
	if size > maxHeaderBytes {
		return denied(RuleHeader, fmt.Sprintf("the request headers are longer than %d bytes", maxHeaderBytes))
	}
	slices.Sort(names)
	for _, name := range names {
		if !headerName(name) {
			return denied(RuleHeader, fmt.Sprintf("the header name %.60q is not a lower-case token", name))
		}
		if hostHeader(name) {
			return denied(RuleHeader, fmt.Sprintf("the header %.60s is set by the host only", name))
		}
		for _, v := range header[name] {
			if !headerValue(v) {
				return denied(RuleHeader, fmt.Sprintf("the value of header %.60s has a byte that is not printable ASCII", name))
			}
		}
	}
	return nil
}

// hostHeader tells the headers that only the host sets.
func hostHeader(name string) bool {
	return slices.Contains(hostHeaders, name) || hasAnyPrefix(name, hostHeaderPrefixes)
}

// headerName accepts a token (RFC 9110 §5.6.2) without upper-case letters.
// Upper case is refused and not folded: two spellings of one name would
// otherwise have no order.
func headerName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return name != ""
}

// headerValue accepts printable ASCII, spaces and tabs: narrower than RFC 9110,
// which lets bytes above 127 pass that servers read in different ways.
func headerValue(v string) bool {
	for i := range len(v) {
		if c := v[i]; c != '\t' && (c < 0x20 || c > 0x7e) {
			return false
		}
	}
	return true
}

func hasAnyPrefix(s string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}
