package egress

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

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

// ignored says whether the environment names a proxy for the address that the
// policy does not use.
func (p proxyPolicy) ignored(u wire.URL) bool {
	return p.fixed == nil && !p.useEnv && p.env.proxyFor(u) != nil
}

// proxyEnv is what HTTP_PROXY, HTTPS_PROXY and NO_PROXY say, upper-case names
// before lower-case ones, in the meaning that Go programs and curl share.
// ALL_PROXY is not read.
type proxyEnv struct {
	http, https *url.URL
	none        bool // NO_PROXY is *
	except      []exception
}

// exception is one entry of NO_PROXY: a network, or a name with or without the
// names below it, each for one port or for all.
type exception struct {
	network netip.Prefix
	name    string
	below   bool // only names below name, not name itself
	port    int  // 0 is every port
}

// readProxyEnv never fails half-way: a variable that cannot be used is named in
// the error and treated as a proxy at an unusable address, for the hint.
func readProxyEnv(environ []string) (proxyEnv, error) {
	vars := make(map[string]string, len(environ))
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		vars[name] = value
	}
	pick := func(names ...string) (string, string) {
		for _, name := range names {
			if v := strings.TrimSpace(vars[name]); v != "" {
				return name, v
			}
		}
		return "", ""
	}
	var env proxyEnv
	var errs []error
	read := func(into **url.URL, names ...string) {
		name, value := pick(names...)
		if value == "" {
			return
		}
		proxy, err := parseProxy(value)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s is not an http or https URL of a host and port", name))
			proxy = &url.URL{}
		}
		*into = proxy
	}
	read(&env.https, "HTTPS_PROXY", "https_proxy")
	if vars["REQUEST_METHOD"] != "" {
		// In a CGI environment HTTP_PROXY is a request header of the client.
		read(&env.http, "http_proxy")
	} else {
		read(&env.http, "HTTP_PROXY", "http_proxy")
	}
	_, list := pick("NO_PROXY", "no_proxy")
	env.addExceptions(list)
	return env, errors.Join(errs...)
}

func (e *proxyEnv) addExceptions(list string) {
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.ToLower(strings.TrimSpace(entry))
		if entry == "*" {
			e.none = true
		}
		var x exception
		if network, err := netip.ParsePrefix(entry); err == nil {
			x.network = network.Masked()
			e.except = append(e.except, x)
			continue
		}
		if host, port, err := net.SplitHostPort(entry); err == nil {
			if x.port, err = strconv.Atoi(port); err != nil {
				continue
			}
			entry = host
		}
		entry = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSuffix(entry, "]"), "["), ".")
		if addr, err := netip.ParseAddr(entry); err == nil {
			addr = addr.Unmap().WithZone("")
			x.network = netip.PrefixFrom(addr, addr.BitLen())
			e.except = append(e.except, x)
			continue
		}
		entry = strings.TrimPrefix(entry, "*")
		x.name = strings.TrimPrefix(entry, ".")
		x.below = x.name != entry
		if x.name != "" {
			e.except = append(e.except, x)
		}
	}
}

func (e proxyEnv) proxyFor(u wire.URL) *url.URL {
	proxy := e.http
	if u.Scheme == "https" {
		proxy = e.https
	}
	if proxy == nil || e.none || onThisMachine(u.Host) {
		return nil
	}
	for _, x := range e.except {
		if x.covers(u) {
			return nil
		}
	}
	return proxy
}

func (x exception) covers(u wire.URL) bool {
	if x.port != 0 && x.port != u.Port {
		return false
	}
	if addr, err := netip.ParseAddr(u.Host); err == nil {
		return x.network.IsValid() && x.network.Contains(addr.Unmap())
	}
	return x.name != "" && (!x.below && u.Host == x.name || strings.HasSuffix(u.Host, "."+x.name))
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
