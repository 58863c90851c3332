// Package egress is the only package that dials. It sends what a grant covers
// and returns every failure as data: a [wire.CallError] of a closed kind beside
// whatever the server did answer. It knows nothing of WebAssembly.
//
// One call goes: authorise (the grant covers method and address) → route
// (straight, or through the operator's proxy) → resolve and dial, every concrete
// address checked just before connect(2) → TLS → one HTTP/1.1 exchange on a
// connection that serves this call only → body up to the limit. A probe of TCP
// goes straight and ends with the connection, with TLS, or with the first line
// that the peer says. Nothing is
// pooled, cached or remembered between calls, so that no plugin can ride on what
// another one opened.
package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/sdk/wire"
)

// Config says how the operator wants requests to leave the host. The zero value
// goes straight, trusts the system roots and refuses loopback to names. All but
// Resolver can be handed to another process.
type Config struct {
	// CAFile holds PEM certificates that are trusted beside the system roots
	// (Doctor:Tls:CaFile). Empty adds none.
	CAFile string
	// Proxy is empty or "none" for no proxy, "env" for the proxy variables of
	// Environ, or the http or https URL of one proxy for everything that is not
	// on this machine (Doctor:Proxy).
	Proxy string
	// InsecureSkipVerify accepts any server certificate.
	InsecureSkipVerify bool
	// AllowLoopback lets any name resolve to a loopback address
	// (Doctor:Access:Loopback). Without it only localhost and names of the hosts
	// file may; an address in literal form needs no permission.
	AllowLoopback bool
	// UserAgent is sent with every request; empty means "stella-doctor".
	UserAgent string
	// Resolver resolves names; nil means the system's configuration. Go's own
	// resolver is used in any case: cgo ones read 127.1 and 0x7f000001 as
	// addresses.
	Resolver *net.Resolver `json:"-"`
	// HostsFile lists the names that may be loopback; empty means the system's.
	HostsFile string
	// Environ is the environment in the form of os.Environ, read for Proxy
	// "env" and to tell when a proxy that is named there is not used.
	Environ []string
	// Simulated takes the place of what lies below the client; nil is the network.
	Simulated *Simulated `json:"-"`
}

// Simulated is a network in memory. A client that has one opens no socket, so
// that a vetting can hold real bytes against it: what is left of it is the gate,
// TLS and HTTP. Names are not looked up by package net, whose answer depends on
// this machine's hosts file and routes, which it opens sockets to learn.
type Simulated struct {
	// Dial connects to an address that the gate let pass.
	Dial func(ctx context.Context, address netip.AddrPort) (net.Conn, error)
	// Lookup returns the addresses of a name, in the order in which they are tried.
	// None without an error is a name that exists and has no address.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, *net.DNSError)
	// Roots are the only ones trusted, and Now is when certificates are judged.
	Roots *x509.CertPool
	Now   func() time.Time
}

// times are the bounds of one call. connect covers resolving and connecting,
// banner waiting for what a peer says by itself.
type times struct {
	connect, tls, banner, total time.Duration
}

// Client sends requests. It is safe for concurrent use.
type Client struct {
	tls           *tls.Config
	proxy         proxyPolicy
	allowLoopback bool
	userAgent     string
	resolver      net.Resolver
	simulated     *Simulated
	hostsFile     string
	times         times
	slots         slots

	// done ends when Close is called; every call ends with it.
	done  context.Context
	close context.CancelFunc
}

// New makes a client. It fails when the CA file cannot be read or holds no
// certificate, and when the proxy setting, or with "env" a proxy variable,
// cannot be used. The sentence names the setting and never its credentials.
func New(cfg Config) (*Client, error) {
	if s := cfg.Simulated; s != nil && (s.Dial == nil || s.Lookup == nil || s.Roots == nil || s.Now == nil) {
		return nil, errors.New("a simulated network needs a dialer, names, roots and a time: what is missing would be this machine's")
	}
	tlsConfig, err := trust(cfg.CAFile, cfg.InsecureSkipVerify)
	if err != nil {
		return nil, fmt.Errorf("Doctor:Tls:CaFile: %w", err)
	}
	proxy, err := newProxyPolicy(cfg.Proxy, cfg.Environ)
	if err != nil {
		return nil, err
	}
	c := &Client{
		tls:           tlsConfig,
		proxy:         proxy,
		allowLoopback: cfg.AllowLoopback,
		userAgent:     cfg.UserAgent,
		hostsFile:     cfg.HostsFile,
		times: times{
			connect: wire.ConnectMS * time.Millisecond,
			tls:     wire.ConnectMS * time.Millisecond,
			banner:  wire.ConnectMS * time.Millisecond,
			total:   wire.RequestMS * time.Millisecond,
		},
	}
	if c.userAgent == "" {
		c.userAgent = "stella-doctor"
	}
	if c.hostsFile == "" {
		c.hostsFile = systemHostsFile()
	}
	c.resolver.PreferGo = true
	if cfg.Simulated != nil {
		c.simulated, c.hostsFile = cfg.Simulated, os.DevNull
		c.tls.RootCAs, c.tls.Time = cfg.Simulated.Roots, cfg.Simulated.Now
	}
	if cfg.Resolver != nil {
		c.resolver.StrictErrors, c.resolver.Dial = cfg.Resolver.StrictErrors, cfg.Resolver.Dial
	}
	c.done, c.close = context.WithCancel(context.Background())
	return c, nil
}

// Close ends every call under way; later calls fail at once. The client holds
// nothing else.
func (c *Client) Close() { c.close() }

// Call is one request that [access.Judge] allowed.
type Call struct {
	// Grant covers method and address, URL is the address as Judge gave it.
	Grant access.Grant
	URL   wire.URL
	// Request has the method, the header and the body. Its address and its
	// credential are not read: they are the host's to resolve.
	Request *wire.HTTPRequest
	// Credential authenticates the request.
	Credential Credential
	// Hop is asked before a redirect is followed, with the answer that moves the
	// request and where it leads, which the grant covers. What it returns ends the
	// call and is its error. Nil follows.
	Hop func(moved wire.HTTPResponse, next wire.URL) *wire.CallError
}

// HTTP sends one request and returns what came of it, never later than ten
// seconds after it has got one of the four places of its target, nor than ctx. A
// request that the grant does not cover is denied here as well. It is sent once.
// With redirects same-origin the grant's own target may move a GET or HEAD up to
// [wire.MaxRedirects] times; the answer is the last one.
func (c *Client) HTTP(ctx context.Context, call Call) (res wire.HTTPResponse) {
	ms, failure := c.within(ctx, call.URL, func(ctx context.Context) { res = c.follow(ctx, call) })
	if res.DurationMS = ms; failure != nil {
		res.Error = failure
	}
	return res
}

// within runs one call to u in one of the places of its target, within the time
// of a call, and measures it. It does not run it when the client is closed, or
// no place came free before ctx ended.
func (c *Client) within(ctx context.Context, u wire.URL, call func(context.Context)) (ms int64, failure *wire.CallError) {
	if c.done.Err() != nil {
		return 0, failed(wire.KindConnectionFailed, "", "the client is closed")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.done, cancel)()

	start := time.Now()
	if err := c.slots.acquire(ctx, u.Origin()); err != nil {
		return time.Since(start).Milliseconds(), interrupted(err, wire.TimeoutConnect, "waiting for one of the requests to "+u.HostPort()+" to end")
	}
	defer c.slots.release(u.Origin())

	start = time.Now()
	ctx, stop := context.WithTimeout(ctx, c.times.total)
	defer stop()
	call(ctx)
	return time.Since(start).Milliseconds(), nil
}

// systemHostsFile is where the system keeps its hosts file.
func systemHostsFile() string {
	if runtime.GOOS == "windows" {
		return filepath.Join(os.Getenv("SystemRoot"), `System32\drivers\etc\hosts`)
	}
	return "/etc/hosts"
}
