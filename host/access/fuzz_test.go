package access

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

// FuzzJudge: Judge never panics, and what it allows is inside a grant by the
// reading of another parser, net/url, written without the code under test.
func FuzzJudge(f *testing.F) {
	for _, seed := range []string{
		"http://a.example.com:5000/v2/", "http://A.EXAMPLE.com.:5000/v2/big?x=%2e", "http://a.example.com:5000/v2/%2e%2e/x", "http://a.example.com:5000\\@b/v2/",
		"http://a.example.com:5000/v2/..;/x", "http://x@a.example.com:5000/v2/", "https://[2001:db8:0::1]:443/", "http://a.example.com:05000/v2", "http:a.example.com/v2", "secret:A:Url", "http://a.example.com:5000/v2/#@b",
	} {
		f.Add(seed, "GET", "accept", "x")
	}
	f.Add("http://a.example.com:5000/v2/", "HEAD", "x-a", "a\r\nb: c")
	grants := testGrants()
	f.Fuzz(func(t *testing.T, raw, method, name, value string) {
		req := &wire.HTTPRequest{Method: method, URL: raw, Header: map[string][]string{name: {value}}}
		g, u, err := Judge(grants, "http_read", readMethods, req)
		if err != nil {
			if len(err.Message) > wire.MaxErrorMessage || err.Detail == "" {
				t.Fatalf("%q: error %+v", raw, err)
			}
			return
		}
		if strings.ContainsAny(name, "\r\n\x00 :") || strings.ContainsAny(value, "\r\n\x00") {
			t.Fatalf("header %q: %q allowed", name, value)
		}
		if method != "GET" && method != "HEAD" {
			t.Fatalf("method %q allowed", method)
		}
		for _, text := range []string{raw, u.String()} {
			if !inside(t, g, text, method) {
				t.Fatalf("%q (%q) is outside %s", text, raw, g.Text)
			}
		}
	})
}

// inside is the oracle: the three places that testGrants lets a read go to.
func inside(t *testing.T, g Grant, raw, method string) bool {
	p, err := url.Parse(raw)
	if err != nil || p.User != nil || p.Opaque != "" || p.Fragment != "" {
		return false
	}
	host := strings.TrimSuffix(strings.ToLower(p.Hostname()), ".")
	if addr, err := netip.ParseAddr(host); err == nil {
		host = addr.String()
	}
	path := p.EscapedPath()
	if clean := p.JoinPath().EscapedPath(); clean != path && clean != path+"/" && path != "" {
		t.Logf("path %q is %q when cleaned", path, clean)
		return false
	}
	switch g.Entry {
	case 1, 2:
		prefix := map[int]string{1: "/v2", 2: "/v2/big"}[g.Entry]
		return strings.EqualFold(p.Scheme, "http") && host == "a.example.com" && p.Port() == "5000" &&
			(path == prefix || strings.HasPrefix(path, prefix+"/")) && (g.Entry == 2 || method == "GET")
	}
	return false
}
