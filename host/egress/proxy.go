package egress

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpproxy"

	"stella-ops.org/doctor/sdk/wire"
)

// proxyPolicy decides which proxy, if any, a request goes through.
type proxyPolicy struct {
	// fixed serves everything when set, env is asked otherwise when useEnv is
	// set. Without either, env only tells what is being ignored.
	fixed  *url.URL
	useEnv bool
	env    proxyEnv
}

// newProxyPolicy reads the setting. Sentences never repeat the value: it may
// hold a password.
func newProxyPolicy(setting string, environ []string) (proxyPolicy, error) {
	env, envErr := readProxyEnv(environ)
	switch strings.ToLower(strings.TrimSpace(setting)) {
	case "", "none":
		return proxyPolicy{env: env}, nil
	case "env":
		if envErr != nil {
			return proxyPolicy{}, fmt.Errorf("Doctor:Proxy is env, but %w", envErr)
		}
		return proxyPolicy{useEnv: true, env: env}, nil
	}
	fixed, err := parseProxy(strings.TrimSpace(setting))
	if err != nil || !strings.Contains(setting, "://") {
		return proxyPolicy{}, errors.New("Doctor:Proxy is neither none, env nor an http or https URL of a host and port")
	}
	return proxyPolicy{fixed: fixed}, nil
}

// route answers the proxy for an address, nil for none. What is on this
// machine never goes through one: the proxy's loopback is another machine's.
func (p proxyPolicy) route(u wire.URL) *url.URL {
	switch {
	case onThisMachine(u.Host):
		return nil
	case p.fixed != nil:
		return p.fixed
	case p.useEnv:
		return p.env.proxyFor(u)
	}
	return nil
}

// String says for people what the setting comes to: none, env, or the address of
// the one proxy without user name and password.
func (p proxyPolicy) String() string {
	switch {
	case p.fixed != nil:
		return proxyAddress(p.fixed)
	case p.useEnv:
		return "env"
	}
	return "none"
}

// proxyAddress is a proxy without what may be secret in it.
func proxyAddress(u *url.URL) string { return u.Scheme + "://" + u.Host }

// Proxy says for people which proxy the client uses: none, env, or the address
// of one proxy, without user name and password.
func (c *Client) Proxy() string { return c.proxy.String() }

// Route says through which proxy a request to u would go: its address without
// user name and password, or nothing for a straight connection. Nothing is
// resolved or connected for it.
func (c *Client) Route(u wire.URL) string {
	if proxy := c.proxy.route(u); proxy != nil {
		return proxyAddress(proxy)
	}
	return ""
}

// ignored says whether the environment names a proxy for the address that the
// policy does not use.
func (p proxyPolicy) ignored(u wire.URL) bool {
	return p.fixed == nil && !p.useEnv && p.env.proxyFor(u) != nil
}

// proxyEnv is what HTTP_PROXY, HTTPS_PROXY and NO_PROXY say, upper-case names
// before lower-case ones, in the meaning that Go programs and curl share.
// ALL_PROXY is not read. Nil says nothing.
type proxyEnv func(*url.URL) (*url.URL, error)

// unusableProxy stands for a variable that cannot be used: it never serves a
// request, and tells that a proxy is named.
const unusableProxy = "http://unusable.invalid"

// readProxyEnv never fails half-way: a variable that cannot be used is named in
// the error, and the others are read.
func readProxyEnv(environ []string) (proxyEnv, error) {
	vars := make(map[string]string, len(environ))
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		vars[name] = strings.TrimSpace(value)
	}
	pick := func(names ...string) (name, value string) {
		for _, name := range names {
			if vars[name] != "" {
				return name, vars[name]
			}
		}
		return "", ""
	}
	var errs []error
	read := func(names ...string) string {
		name, value := pick(names...)
		if value == "" {
			return ""
		}
		proxy, err := parseProxy(value)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s is not an http or https URL of a host and port", name))
			return unusableProxy
		}
		return proxy.String()
	}
	var cfg httpproxy.Config
	cfg.HTTPSProxy = read("HTTPS_PROXY", "https_proxy")
	if vars["REQUEST_METHOD"] != "" {
		// In a CGI environment HTTP_PROXY is a request header of the client.
		cfg.HTTPProxy = read("http_proxy")
	} else {
		cfg.HTTPProxy = read("HTTP_PROXY", "http_proxy")
	}
	_, cfg.NoProxy = pick("NO_PROXY", "no_proxy")
	return cfg.ProxyFunc(), errors.Join(errs...)
}

// proxyFor answers the proxy for an address, nil for none.
func (e proxyEnv) proxyFor(u wire.URL) *url.URL {
	if e == nil || onThisMachine(u.Host) {
		return nil
	}
	// It fails in a CGI environment only, which readProxyEnv has dealt with.
	proxy, _ := e(&url.URL{Scheme: u.Scheme, Host: u.HostPort()})
	return proxy
}

// parseProxy reads a proxy address; one without a scheme is http.
func parseProxy(value string) (*url.URL, error) {
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	if err != nil {
		return nil, errors.New("not a URL") // the cause would repeat the value
	}
	port := u.Port()
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("not a kind of proxy that is spoken here")
	case port == "" && u.Scheme == "http":
		port = "80"
	case port == "":
		port = "443"
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || u.Hostname() == "" || (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("not the address of a proxy")
	}
	return &url.URL{Scheme: u.Scheme, User: u.User, Host: net.JoinHostPort(u.Hostname(), port)}, nil
}

// onThisMachine says whether an address is one that cannot be reached through a
// proxy.
func onThisMachine(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && classify(addr) == classLoopback
}
