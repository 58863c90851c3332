package egress

import (
	"context"
	"net"
	"net/netip"
	"time"

	"stella-ops.org/doctor/sdk/wire"
)

// dialSimulated is dial where the network is simulated: it resolves, asks the gate
// about each address in the order of the answer, and connects to the first that
// takes the connection. It never opens a socket.
func (c *Client) dialSimulated(ctx context.Context, g *gate) (line, *wire.CallError) {
	addrs := []netip.Addr{g.literal}
	if !g.literal.IsValid() {
		var failure *net.DNSError
		if addrs, failure = c.simulated.Lookup(ctx, g.host); failure != nil {
			return line{}, classifyDial(ctx, g, failure, &watch{})
		}
	}
	if len(addrs) == 0 {
		return line{}, noAddress(g.host)
	}
	var err error
	var tried attempts
	for _, addr := range addrs {
		// The gate judges what a dialer would hand to connect(2).
		network, target := "tcp4", netip.AddrPortFrom(addr.Unmap(), g.port)
		if target.Addr().Is6() {
			network = "tcp6"
		}
		refused := g.check(network, target.String())
		if refused != nil {
			err = first(err, refused)
			continue
		}
		conn, failed := c.simulated.Dial(ctx, target)
		if failed == nil {
			return line{conn: conn, address: target.String()}, nil
		}
		tried.last, tried.real = target.String(), first(tried.real, failed)
	}
	return line{address: tried.address()}, classifyDial(ctx, g, tried.worst(err), &watch{})
}

// now is when certificates are judged.
func (c *Client) now() time.Time {
	if c.tls.Time != nil {
		return c.tls.Time()
	}
	return time.Now()
}

func first(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
