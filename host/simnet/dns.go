package simnet

import (
	"context"
	"fmt"
	"net"
	"net/netip"

	"stella-ops.org/doctor/host/vet"
)

// Lookup answers as the name server of this network does. Addresses come in the
// order of the adversary.
func (n *Net) Lookup(_ context.Context, host string) ([]netip.Addr, *net.DNSError) {
	failure := &net.DNSError{Name: host, Server: "vet"}
	switch n.adversary.Names {
	case vet.NamesSilent:
		n.call().expire()
		failure.Err, failure.IsTimeout = "no answer in time", true
		return nil, failure
	case vet.NamesUnknown:
		failure.Err, failure.IsNotFound = "no such host", true
		return nil, failure
	case vet.NamesFail:
		failure.Err, failure.IsTemporary = "server misbehaving", true
		return nil, failure
	case vet.NamesEmpty:
		return nil, nil
	}
	addresses := n.adversary.Addresses
	if len(addresses) == 0 {
		addresses = []string{n.scene.Address(host)}
	}
	for i := 1; i < n.adversary.Many; i++ {
		addresses = append(addresses, n.scene.Address(fmt.Sprintf("%s %d", host, i)))
	}
	var out []netip.Addr
	for _, text := range addresses {
		if addr, err := netip.ParseAddr(text); err == nil {
			out = append(out, addr)
		}
	}
	return out, nil
}
