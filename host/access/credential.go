package access

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// judgeCredential holds the policy for the header that a secret goes into. Which
// secret may go there, match has decided.
//
// A name has to say that it is one for secrets: whatever else stands in a header
// is kept in the logs of servers and proxies, secrets mostly are not.
func judgeCredential(req *wire.HTTPRequest) *wire.CallError {
	c := req.Credential
	if c == nil || c.Scheme != wire.SchemeHeader {
		return nil
	}
	switch {
	case !headerName(c.Header) || hostHeader(c.Header):
		return denied(RuleHeader, fmt.Sprintf("no secret may be sent in the header %.60q", c.Header))
	case !secretHeader(c.Header):
		return denied(RuleHeader, fmt.Sprintf("no secret may be sent in the header %.60s: its name must end with -token, -key or -secret", c.Header))
	}
	if _, twice := req.Header[c.Header]; twice {
		return denied(RuleHeader, fmt.Sprintf("the header %.60s is there twice: once with the secret, once without", c.Header))
	}
	return nil
}

// secretHeader tells the names that are for secrets: private-token,
// x-vault-token, x-api-key, x-jfrog-art-api and the like.
func secretHeader(name string) bool {
	return name == "x-jfrog-art-api" || slices.ContainsFunc([]string{"-token", "-key", "-secret"}, func(end string) bool { return strings.HasSuffix(name, end) })
}

// InTheClear tells whether what is sent to u can be read on the way: over plain
// HTTP, to anything but this machine. Names are not resolved for it: what one
// resolves to now is no promise.
func InTheClear(u wire.URL) bool {
	if u.Scheme == "https" || u.Host == "localhost" {
		return false
	}
	addr, err := netip.ParseAddr(u.Host)
	return err != nil || !addr.Unmap().IsLoopback()
}
