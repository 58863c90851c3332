package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strconv"
	"sync"

	"stella-ops.org/doctor/sdk/wire"
)

// line is an open way to the target: a connection on which the next byte is the
// first of the request.
type line struct {
	conn net.Conn
	// address is the one that was dialled: the proxy's, if there is one.
	address string
	tls     *wire.TLSInfo
	// forward is the proxy that a plain HTTP request is handed to; nil when the
	// line ends at the target.
	forward *url.URL
	// status is what a proxy answered instead of opening a tunnel.
	status int
}

// open makes the way to the target. On failure the line has no connection but
// keeps what was found out on the way.
func (c *Client) open(ctx context.Context, u wire.URL) (line, *wire.CallError) {
	proxy := c.proxy.route(u)
	if proxy == nil {
		l, failure := c.openStraight(ctx, u)
		if failure != nil || u.Scheme != "https" {
			return l, failure
		}
		return c.secure(ctx, l, u.Host)
	}
	l, failure := c.openProxy(ctx, proxy)
	if failure != nil {
		failure.On = wire.OnProxy
		return l, failure
	}
	if u.Scheme != "https" {
		l.forward = proxy
		return l, nil
	}
	if failure := c.tunnel(ctx, &l, proxy, u); failure != nil {
		failure.On = wire.OnProxy
		return l.closed(), failure
	}
	return c.secure(ctx, l, u.Host)
}

// openStraight connects to the target itself.
func (c *Client) openStraight(ctx context.Context, u wire.URL) (line, *wire.CallError) {
	literal, _ := netip.ParseAddr(u.Host)
	return c.dial(ctx, &gate{
		host: u.Host, literal: literal, port: uint16(u.Port), anyLoopback: c.allowLoopback,
		inHosts: func(name string, addr netip.Addr) bool { return inHosts(c.hostsFile, name, addr) },
	})
}

// openProxy connects to the proxy, which is the operator's own choice of
// address and may be anywhere.
func (c *Client) openProxy(ctx context.Context, proxy *url.URL) (line, *wire.CallError) {
	port, _ := strconv.ParseUint(proxy.Port(), 10, 16)
	l, failure := c.dial(ctx, &gate{host: proxy.Hostname(), port: uint16(port), trusted: true})
	if failure != nil || proxy.Scheme != "https" {
		return l, failure
	}
	l, failure = c.secure(ctx, l, proxy.Hostname())
	l.tls = nil // the proxy's certificate says nothing about the target
	return l, failure
}

// dial resolves and connects within the connect time.
func (c *Client) dial(ctx context.Context, g *gate) (line, *wire.CallError) {
	ctx, cancel := context.WithTimeout(ctx, c.times.connect)
	defer cancel()
	if c.simulated != nil {
		return c.dialSimulated(ctx, g)
	}
	resolver, w := c.newWatch()
	defer w.close()
	var tried attempts
	dialer := net.Dialer{Resolver: resolver, ControlContext: g.control}
	address := net.JoinHostPort(g.host, strconv.Itoa(int(g.port)))
	conn, err := dialer.DialContext(httptrace.WithClientTrace(ctx, tried.trace()), "tcp", address)
	if err != nil {
		return line{address: tried.address()}, classifyDial(ctx, g, tried.worst(err), w)
	}
	return line{conn: conn, address: conn.RemoteAddr().String()}, nil
}

// secure makes the TLS handshake for the named server over the line.
func (c *Client) secure(ctx context.Context, l line, server string) (line, *wire.CallError) {
	ctx, cancel := context.WithTimeout(ctx, c.times.tls)
	defer cancel()
	cfg := c.tls.Clone()
	cfg.ServerName = server
	conn := tls.Client(l.conn, cfg)
	if err := conn.HandshakeContext(ctx); err != nil {
		l.tls = certificateFacts(err, server)
		return l.closed(), classifyTLS(ctx, server, err, c.now())
	}
	l.conn, l.tls = conn, tlsFacts(conn.ConnectionState(), server)
	return l, nil
}

// closed ends the line and keeps what it knows.
func (l line) closed() line {
	if l.conn != nil {
		l.conn.Close()
	}
	l.conn = nil
	return l
}

// attempts records what became of each address of one dial. The dialer's own
// error is that of the first address, which may be one that the gate refused
// while a later one was really tried.
type attempts struct {
	mu   sync.Mutex
	last string
	real error
}

func (a *attempts) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{ConnectDone: func(_, address string, err error) {
		a.mu.Lock()
		defer a.mu.Unlock()
		if err == nil || !errors.As(err, new(*refusal)) {
			a.last = address
			if a.real == nil {
				a.real = err
			}
		}
	}}
}

// worst prefers the error of an address that was really tried.
func (a *attempts) worst(err error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.real != nil {
		return a.real
	}
	return err
}

func (a *attempts) address() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.last
}
