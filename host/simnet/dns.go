package simnet

import (
	"context"
	"net"
	"net/netip"
	"strings"

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
		addresses = []string{AddressOf(strings.ToLower(host))}
	}
	var out []netip.Addr
	for _, text := range addresses {
		if addr, err := netip.ParseAddr(text); err == nil {
			out = append(out, addr)
		}
	}
	return out, nil
}

// AddressOf gives each name an address of the documentation nets, where nobody
// answers even if a packet went out.
func AddressOf(host string) string {
	sum := byte(0)
	for i := range len(host) {
		sum = sum*31 + host[i]
	}
	return netip.AddrFrom4([4]byte{192, 0, 2, sum%250 + 1}).String()
}
