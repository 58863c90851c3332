package egress

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/sdk/wire"
)

// follow makes the request and, where the grant says so, goes after redirects
// within the grant's own target. Without that the 3xx is the answer.
func (c *Client) follow(ctx context.Context, call Call) wire.HTTPResponse {
	g, u, req := call.Grant, call.URL, call.Request
	if !g.Covers(req.Method, u) {
		refused := failed(wire.KindDenied, access.RuleNotGranted, "the grant does not cover "+u.HostPort())
		refused.Rule = access.RuleNotGranted
		return wire.HTTPResponse{Error: refused}
	}
	limit := bodyLimit(g, req)
	for hop := 0; ; hop++ {
		res := c.once(ctx, u, call, limit)
		location, moved := redirect(g, req, res)
		if !moved {
			return res
		}
		next, why := nextHop(g, req.Method, u, location)
		if why == "" && call.Credential.Header != "" {
			why = "the request bears a credential"
		}
		if why == "" && hop == wire.MaxRedirects {
			why = fmt.Sprintf("there were more than %d redirects", wire.MaxRedirects)
		}
		if why != "" {
			res.Error = failed(wire.KindRedirectBlocked, "", fmt.Sprintf("%s answered with a redirect that is not followed: %s", u.HostPort(), why))
			return res
		}
		if call.Hop != nil {
			if refused := call.Hop(res, next); refused != nil {
				return wire.HTTPResponse{Error: refused}
			}
		}
		u = next
	}
}

// redirect says whether the answer moves a request that may be moved.
func redirect(g access.Grant, req *wire.HTTPRequest, res wire.HTTPResponse) (string, bool) {
	if g.Redirects != wire.RedirectSameOrigin || (req.Method != http.MethodGet && req.Method != http.MethodHead) {
		return "", false
	}
	if res.Error != nil && res.Error.Kind != wire.KindTooLarge {
		return "", false // a large body beside a redirect is of no interest
	}
	switch res.Status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		if l := res.Header["location"]; len(l) > 0 {
			return l[0], true
		}
	}
	return "", false
}

// nextHop authorises where a redirect leads as if the guest had asked for it.
// The answer is the next address, or why there is none.
func nextHop(g access.Grant, method string, from wire.URL, location string) (wire.URL, string) {
	base, err := url.Parse(from.String())
	if err != nil {
		return wire.URL{}, "its origin cannot be read"
	}
	to, err := base.Parse(location)
	if err != nil {
		return wire.URL{}, "its location is no address"
	}
	to.Fragment, to.RawFragment = "", ""
	next, rule := wire.ScreenURL(to.String())
	if rule != "" {
		return wire.URL{}, "its location breaks the rule " + rule
	}
	if !g.Covers(method, next) {
		return wire.URL{}, "it leads to " + next.HostPort() + " outside what is granted"
	}
	return next, ""
}

// bodyLimit is the smaller of what the grant allows and the guest wants.
func bodyLimit(g access.Grant, req *wire.HTTPRequest) int64 {
	limit := int64(wire.DefaultBodyBytes)
	if g.MaxBody > 0 {
		limit = g.MaxBody
	}
	if req.MaxBody > 0 {
		limit = min(limit, req.MaxBody)
	}
	return min(limit, wire.MaxBodyBytes)
}
