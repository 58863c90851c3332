package egress

import "net/netip"

// class is what kind of address one is. Names may resolve to public and
// private; everything else needs the address itself in the operator's setting,
// or is never dialled.
type class string

const (
	classPublic      class = "public"
	classPrivate     class = "private"
	classLoopback    class = "loopback"
	classLinkLocal   class = "link-local"
	classMetadata    class = "metadata service"
	classUnspecified class = "unspecified"
	classMulticast   class = "multicast"
	classBroadcast   class = "broadcast"
	classReserved    class = "reserved"
)

// unicast says whether an address of the class can be the far end of a
// connection at all. What is not is refused even as a literal.
func (c class) unicast() bool {
	return c != classUnspecified && c != classMulticast && c != classBroadcast
}

// block is one row of the tables below.
type block struct {
	prefix netip.Prefix
	class  class
}

// addressTable4 follows the IANA special-purpose registry for IPv4; the first
// match wins, and what matches nothing is public. Documentation nets stay
// public: nobody answers there.
var addressTable4 = table(
	classBroadcast, "255.255.255.255/32",
	classMetadata, "169.254.169.254/32", "169.254.170.2/32", "169.254.170.23/32", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32",
	classUnspecified, "0.0.0.0/32",
	classReserved, "0.0.0.0/8", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15",
	classLoopback, "127.0.0.0/8",
	classLinkLocal, "169.254.0.0/16",
	classPrivate, "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
	classMulticast, "224.0.0.0/4",
	classReserved, "240.0.0.0/4",
)

// addressTable6 is the other way round: what matches nothing is reserved,
// since only 2000::/3 is handed out. Addresses that carry an IPv4 address are
// looked at before.
var addressTable6 = table(
	classUnspecified, "::/128",
	classLoopback, "::1/128",
	classMetadata, "fd00:ec2::254/128", "fd00:ec2::23/128", "fd20:ce::254/128",
	classMulticast, "ff00::/8",
	classLinkLocal, "fe80::/10",
	classPrivate, "fc00::/7",
	classReserved, "2001::/23", // Teredo, benchmarking, ORCHID and the like
	classPublic, "2000::/3",
)

// Prefixes whose addresses carry an IPv4 address, which decides for them.
var (
	prefixNAT64 = netip.MustParsePrefix("64:ff9b::/96")
	prefix6to4  = netip.MustParsePrefix("2002::/16")
)

func table(cells ...any) []block {
	var rows []block
	var current class
	for _, cell := range cells {
		switch cell := cell.(type) {
		case class:
			current = cell
		case string:
			rows = append(rows, block{netip.MustParsePrefix(cell), current})
		}
	}
	return rows
}

// classify tells the class of an address. An IPv4 address inside an IPv6 one
// (mapped, NAT64, 6to4) is classified as itself: that is where packets would
// go. The deprecated IPv4-compatible form and Teredo are reserved whatever they
// carry.
func classify(addr netip.Addr) class {
	addr = addr.Unmap().WithZone("")
	rows, otherwise := addressTable4, classPublic
	if addr.Is6() {
		b := addr.As16()
		switch {
		case prefixNAT64.Contains(addr):
			return classify(netip.AddrFrom4([4]byte(b[12:16])))
		case prefix6to4.Contains(addr):
			return classify(netip.AddrFrom4([4]byte(b[2:6])))
		}
		rows, otherwise = addressTable6, classReserved
	}
	for _, row := range rows {
		if row.prefix.Contains(addr) {
			return row.class
		}
	}
	return otherwise
}
