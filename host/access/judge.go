package access

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// Rules of a refusal. They stand in Rule and Detail of the error and in the
// ledger.
const (
	RuleNotGranted = "not-granted" // no grant has this scheme, host, port and path
	RuleMethod     = "method"      // the host function or the grant lacks the method
	RuleHeader     = "header"      // a header that the host sets, or is malformed
	RuleCredential = "credential"  // a secret that may not be sent
	RuleBody       = "body"        // a request body where none may be, or one over the limit
	RuleAddr       = "addr"        // the name resolves to an address out of bounds
)

// Judge decides one HTTP host call before anything happens on a network: screen
// of the address, grant by scheme, host, port and path, method, headers,
// credential, body (threats §2.4), and stops at the first refusal. methods are
// those that the host function offers; function is its name, for the message.
//
// On success it returns the covering grant, the most specific path first, and
// the address that egress has to use; a secret handle in place of an address
// stands for the setting that is the grant's own target, with its query. With a
// credential the grant is one that names its secret. An address that fails the screen, or that
// belongs to an entry whose setting fails it, is invalid_url with the screen's
// rule as detail. Every other refusal is denied with one of the rules above.
func Judge(grants []Grant, function string, methods []string, req *wire.HTTPRequest) (Grant, wire.URL, *wire.CallError) {
	g, u, refusal := find(grants, function, methods, req)
	if refusal == nil {
		refusal = judgeHeader(req.Header)
	}
	if refusal == nil {
		refusal = judgeCredential(req)
	}
	if refusal == nil {
		refusal = judgeBody(function, req)
	}
	if refusal != nil {
		return Grant{}, wire.URL{}, refusal
	}
	return g, u, nil
}

// judgeBody lets bodies up to the limit through for the methods that write.
func judgeBody(function string, req *wire.HTTPRequest) *wire.CallError {
	switch {
	case len(req.Body) > 0 && wire.MethodClass(req.Method) != wire.ClassWrite:
		return denied(RuleBody, function+" sends no body with "+req.Method)
	case len(req.Body) > wire.MaxRequestBodyBytes:
		return denied(RuleBody, fmt.Sprintf("the request body has more than %d bytes", wire.MaxRequestBodyBytes))
	}
	return nil
}

// find finds the address and the grant of a request.
func find(grants []Grant, function string, methods []string, req *wire.HTTPRequest) (Grant, wire.URL, *wire.CallError) {
	if key, isSecret := strings.CutPrefix(req.URL, secretHandle); isSecret {
		return findSecret(grants, function, methods, req, key)
	}
	u, rule := wire.ScreenURL(req.URL)
	if rule != "" {
		return Grant{}, wire.URL{}, invalid(rule, fmt.Sprintf("%s: the address cannot be used (%s)", function, rule))
	}
	g, refusal := match(grants, function, methods, req, u)
	return g, u, refusal
}

// findSecret expands the handle of an address. It stands for nothing but the
// target of a grant: no other secret is an address, wherever it would lead. No
// refusal tells its path.
func findSecret(grants []Grant, function string, methods []string, req *wire.HTTPRequest, key string) (Grant, wire.URL, *wire.CallError) {
	var own []Grant
	for _, g := range grants {
		if g.Kind != wire.KindHTTP || g.Setting == "" || g.Setting != key {
			continue
		}
		if g.Invalid != "" {
			return Grant{}, wire.URL{}, invalid(g.Invalid, fmt.Sprintf("the address in %s cannot be used (%s)", g.Text, g.Invalid))
		}
		own = append(own, g)
	}
	if len(own) == 0 {
		return Grant{}, wire.URL{}, denied(RuleCredential, function+" cannot send to a secret that is no address in the access of the check")
	}
	u := own[0].whole
	g, refusal := match(own, function, methods, req, u)
	if refusal != nil && refusal.Detail == RuleNotGranted {
		refusal = denied(RuleCredential, own[0].Text+" does not cover the address in "+own[0].Setting+" as it stands")
	}
	return g, u, refusal
}

// match finds the most specific grant that covers the request and names the
// secret of its credential.
func match(grants []Grant, function string, methods []string, req *wire.HTTPRequest, u wire.URL) (Grant, *wire.CallError) {
	method, handle := req.Method, ""
	if c := req.Credential; c != nil {
		handle = c.Secret
		if handle == "" && c.Scheme != wire.SchemeOCIToken {
			return Grant{}, denied(RuleCredential, "the credential names no secret")
		}
	}
	var best *Grant
	reached, covered := false, false
	for i := range grants {
		g := &grants[i]
		if !g.reaches(u) {
			continue
		}
		reached = true
		if !slices.Contains(methods, method) || !g.Covers(method, u) {
			continue
		}
		covered = true
		if g.bears(handle) && (best == nil || len(g.Base.Path) > len(best.Base.Path)) {
			best = g
		}
	}
	switch {
	case best != nil:
		return *best, nil
	case covered:
		return Grant{}, denied(RuleCredential, fmt.Sprintf("the access to %s does not name the secret %.60q", u.HostPort(), strings.TrimPrefix(handle, secretHandle)))
	case reached:
		return Grant{}, denied(RuleMethod, fmt.Sprintf("%s of %s by %s is not granted", shortMethod(method), u.HostPort(), function))
	}
	for _, g := range grants {
		if g.Kind == wire.KindHTTP && g.Invalid != "" && mentions(g.raw, u.Host) {
			return Grant{}, invalid(g.Invalid, fmt.Sprintf("the address in %s cannot be used (%s)", g.Text, g.Invalid))
		}
	}
	return Grant{}, denied(RuleNotGranted, fmt.Sprintf("%s on port %d is outside what is granted: the access has to name %s %s://%s%s",
		u.Host, u.Port, shortMethod(method), u.Scheme, u.HostPort(), short(u.Path, 80)))
}

// mentions says whether the host stands in an unusable address as a whole name,
// which is how a request is recognised as meant for that entry.
func mentions(raw, host string) bool {
	raw = strings.ToLower(raw)
	for from := 0; ; {
		i := strings.Index(raw[from:], host)
		if i < 0 {
			return false
		}
		start := from + i
		end := start + len(host)
		if (start == 0 || !nameByte(raw[start-1])) && (end == len(raw) || !nameByte(raw[end])) {
			return true
		}
		from = start + 1
	}
}

func nameByte(c byte) bool {
	return c == '-' || c == '.' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || c >= 0x80
}

func denied(rule, message string) *wire.CallError {
	return &wire.CallError{Kind: wire.KindDenied, Detail: rule, Rule: rule, Message: short(message, wire.MaxErrorMessage)}
}

func invalid(rule, message string) *wire.CallError {
	return &wire.CallError{Kind: wire.KindInvalidURL, Detail: rule, Message: short(message, wire.MaxErrorMessage)}
}

// shortMethod makes the guest's method fit for a sentence.
func shortMethod(method string) string {
	for i := range len(method) {
		if method[i] < 'A' || method[i] > 'Z' {
			return strconv.QuoteToASCII(short(method, 20))
		}
	}
	return short(method, 20)
}

// short cuts a text that a guest has a part in.
func short(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit-3], "") + "..."
}
