package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"stella-ops.org/doctor/sdk/wire"
)

// Transport sends what the operator asks for by name on the command line: it
// fetches plugins from a registry and brings them there. No plugin can use it. It
// has the trust, the proxies and the addresses of a [Client]; redirects, credentials
// and the time that all may take are the caller's.
type Transport struct {
	http.Transport
	cfg   Config
	host  string
	proxy proxyPolicy
}

// proxied is how what chose the proxy of a request tells the dial for it: the
// connection is trusted for that, and not its address, which a server may name too.
type proxied struct{ atomic.Bool }

type proxiedKey struct{}

// RoundTrip is that of [http.Transport].
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	return t.Transport.RoundTrip(req.WithContext(context.WithValue(req.Context(), proxiedKey{}, &proxied{})))
}

// NewTransport makes the transport to one server that the operator named, host:port
// or host alone. Where that server sends us on to others, names and literals alike
// may be public and private addresses, and loopback only if the named server is on
// this machine: it must not choose what of this machine is asked.
func NewTransport(cfg Config, server string) (*Transport, error) {
	tlsConfig, err := trust(cfg.CAFile, cfg.InsecureSkipVerify)
	if err != nil {
		return nil, fmt.Errorf("Doctor:Tls:CaFile: %w", err)
	}
	proxy, err := newProxyPolicy(cfg.Proxy, cfg.Environ)
	if err != nil {
		return nil, err
	}
	if cfg.HostsFile == "" {
		cfg.HostsFile = systemHostsFile()
	}
	t := &Transport{cfg: cfg, host: hostOf(server), proxy: proxy}
	t.Transport = http.Transport{
		Proxy:                  t.choose,
		DialContext:            t.dial,
		TLSClientConfig:        tlsConfig,
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{}, // HTTP/1.1 alone
		TLSHandshakeTimeout:    wire.ConnectMS * time.Millisecond,
		ResponseHeaderTimeout:  30 * time.Second,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: wire.MaxHeaderBytes,
		MaxConnsPerHost:        4,
		DisableCompression:     true,
	}
	return t, nil
}

// hostOf is the host of host:port, without brackets.
func hostOf(server string) string {
	if host, _, err := net.SplitHostPort(server); err == nil {
		server = host
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(server, "[]"), "."))
}

// IsLocal tells whether a server, host:port or host alone, is localhost or a literal
// loopback address.
func IsLocal(server string) bool { return onThisMachine(hostOf(server)) }

// choose picks the proxy of a request.
func (t *Transport) choose(req *http.Request) (*url.URL, error) {
	u := wire.URL{Scheme: req.URL.Scheme, Host: strings.ToLower(req.URL.Hostname()), Port: 443}
	if u.Scheme == "http" {
		u.Port = 80
	}
	if port := req.URL.Port(); port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return nil, fmt.Errorf("%s has no port", req.URL.Redacted())
		}
		u.Port = int(n)
	}
	proxy := t.proxy.route(u)
	if p, ok := req.Context().Value(proxiedKey{}).(*proxied); ok {
		p.Store(proxy != nil)
	}
	if proxy == nil {
		return nil, nil
	}
	// The proxy would dial what it is told to: a literal is judged here.
	if addr, err := netip.ParseAddr(u.Host); err == nil && u.Host != t.host {
		if c := classify(addr); c != classPublic && c != classPrivate {
			return nil, &AddressError{fmt.Sprintf("%s (%s): the proxy is not asked for that", u.Host, c)}
		}
	}
	return proxy, nil
}

// dial connects to an address that the gate admits, checked just before connect(2).
func (t *Transport) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, wire.ConnectMS*time.Millisecond)
	defer cancel()
	p, ok := ctx.Value(proxiedKey{}).(*proxied)
	g, err := t.gate(address, ok && p.Load())
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Resolver: &net.Resolver{PreferGo: true}, ControlContext: g.control}
	if r := t.cfg.Resolver; r != nil {
		dialer.Resolver = &net.Resolver{PreferGo: true, StrictErrors: r.StrictErrors, Dial: r.Dial}
	}
	conn, err := dialer.DialContext(ctx, network, address)
	var r *refusal
	if errors.As(err, &r) {
		return nil, &AddressError{strings.Replace(r.text, ", which its grant does not cover", "", 1) + ": no connection is made to that"}
	}
	return conn, err
}

// AddressError says that a [Transport] does not connect to an address. To try again
// changes nothing.
type AddressError struct{ text string }

func (e *AddressError) Error() string { return e.text }

// gate says where a connection to address may end. The operator's proxy may be
// anywhere.
func (t *Transport) gate(address string, isProxy bool) (*gate, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("%s is no port", port)
	}
	g := &gate{host: host, port: uint16(n), anyLoopback: t.cfg.AllowLoopback}
	if isProxy {
		g.trusted = true
		return g, nil
	}
	if hostOf(host) == t.host {
		g.literal, _ = netip.ParseAddr(host)
		g.inHosts = func(name string, addr netip.Addr) bool { return inHosts(t.cfg.HostsFile, name, addr) }
		return g, nil
	}
	if strings.EqualFold(host, "localhost") && !onThisMachine(t.host) {
		return nil, &AddressError{t.host + " sends us to localhost: no connection is made to that"}
	}
	g.anyLoopback = g.anyLoopback || onThisMachine(t.host)
	return g, nil
}
