package egress

import (
	"context"
	"errors"
	"net"
	"sync"
)

// Response codes of DNS (RFC 1035 §4.1.1) that matter here.
const (
	rcodeSuccess  = 0
	rcodeNXDomain = 3
)

// watch looks over the shoulder of one resolution. It tells a name that does
// not exist from one without addresses, which the resolver's error does not,
// and it ends the resolver's sockets with the dial: a cancelled lookup otherwise
// waits out its own time in the background.
type watch struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error)

	mu       sync.Mutex
	closed   bool
	conns    []net.Conn
	nxdomain bool
	success  bool
}

// newWatch returns a resolver of the client's kind for one dial, and the watch
// over it, which the caller closes.
func (c *Client) newWatch() (*net.Resolver, *watch) {
	w := &watch{dial: c.resolver.Dial}
	if w.dial == nil {
		w.dial = (&net.Dialer{}).DialContext
	}
	return &net.Resolver{PreferGo: true, StrictErrors: c.resolver.StrictErrors, Dial: w.open}, w
}

func (w *watch) open(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := w.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		conn.Close()
		return nil, errors.New("the lookup has ended")
	}
	w.conns = append(w.conns, conn)
	if packets, ok := conn.(packetConn); ok {
		return &watchedPackets{packets, w}, nil
	}
	return conn, nil
}

// close ends what is still open. The resolver closes its sockets itself as
// well; the second time does nothing.
func (w *watch) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for _, conn := range w.conns {
		conn.Close()
	}
}

// exists says whether servers knew the name in every form that was asked.
func (w *watch) exists() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.success && !w.nxdomain
}

// saw reads the response code of one message.
func (w *watch) saw(message []byte) {
	if len(message) < 4 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch message[3] & 0xf {
	case rcodeSuccess:
		w.success = true
	case rcodeNXDomain:
		w.nxdomain = true
	}
}

// packetConn is a connection of datagrams.
type packetConn interface {
	net.Conn
	net.PacketConn
}

// watchedPackets shows each datagram to the watch. It stays a net.PacketConn,
// since the resolver frames its messages by what kind of connection it has.
type watchedPackets struct {
	packetConn
	w *watch
}

func (c *watchedPackets) Read(b []byte) (int, error) {
	n, err := c.packetConn.Read(b)
	c.w.saw(b[:n])
	return n, err
}
