package egress

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
)

// maxAddresses bounds how many addresses of one name are tried. The owner of
// the name writes the list, and each try is a socket.
const maxAddresses = 16

// gate holds what one dial may connect to. Its check runs after resolution on
// every attempt, with the address that goes to connect(2): no second resolution
// can come between, and no order of records can go around it.
type gate struct {
	host    string     // the name or literal being dialled
	literal netip.Addr // valid when host is one
	port    uint16
	// trusted is set for the operator's own proxy, which may be anywhere.
	trusted bool
	// anyLoopback lets every name be loopback, inHosts tells whether the hosts
	// file maps the name to just this address.
	anyLoopback bool
	inHosts     func(name string, addr netip.Addr) bool

	tries atomic.Int32
}

// refusal is why the gate kept an address from being dialled.
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

// control has the form of net.Dialer.ControlContext.
func (g *gate) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	return g.check(network, address)
}

// check decides about one concrete address. It is the only place that does.
func (g *gate) check(network, address string) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil || (network != "tcp4" && network != "tcp6") {
		return &refusal{"the dialled address is not an IP address and port"}
	}
	addr := ap.Addr()
	if addr.Zone() != "" {
		return &refusal{"addresses with a zone are not dialled"}
	}
	addr = addr.Unmap()
	if ap.Port() != g.port {
		return &refusal{"the dialled port is not the granted one"}
	}
	if !g.trusted {
		if c := classify(addr); !g.admits(addr, c) {
			return &refusal{fmt.Sprintf("%s is %s (%s), which its grant does not cover", g.host, addr, c)}
		}
	}
	if g.tries.Add(1) > maxAddresses {
		return &refusal{fmt.Sprintf("%s has more than %d addresses", g.host, maxAddresses)}
	}
	return nil
}

// admits says whether an address may stand for the host: a literal for exactly
// itself, localhost for loopback, any other name for public and private
// addresses, and for loopback where the operator said so.
func (g *gate) admits(addr netip.Addr, c class) bool {
	switch {
	case g.literal.IsValid():
		return addr == g.literal.Unmap() && c.unicast()
	case strings.EqualFold(g.host, "localhost"):
		return c == classLoopback
	case c == classLoopback:
		return g.anyLoopback || g.inHosts != nil && g.inHosts(g.host, addr)
	default:
		return c == classPublic || c == classPrivate
	}
}
