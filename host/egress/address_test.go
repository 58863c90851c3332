package egress

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
)

func TestClassify(t *testing.T) {
	tests := map[class][]string{
		classPublic:      {"1.1.1.1", "192.0.1.1", "2600::1", "64:ff9b::101:101", "2002:101:101::1", "2001:db8::1", "::ffff:1.1.1.1"},
		classPrivate:     {"10.1.2.3", "172.31.0.1", "192.168.0.1", "100.64.0.1", "fd00::1", "fc00::1", "64:ff9b::a00:1", "::ffff:10.0.0.1"},
		classLoopback:    {"127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"},
		classLinkLocal:   {"169.254.1.1", "fe80::1", "64:ff9b::a9fe:101"},
		classMetadata:    {"169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"},
		classUnspecified: {"0.0.0.0", "::", "::ffff:0.0.0.0"},
		classMulticast:   {"224.0.0.1", "239.1.1.1", "ff02::1"},
		classBroadcast:   {"255.255.255.255"},
		classReserved:    {"0.1.2.3", "198.18.0.1", "198.19.255.255", "240.0.0.1", "192.0.0.8", "::7f00:1", "::127.0.0.1", "2001:0:7f00:1::", "2001:2::1", "64:ff9b:1::1", "100::1", "fec0::1", "::ffff:0:7f00:1", "4000::1"},
	}
	for want, addrs := range tests {
		for _, a := range addrs {
			if got := classify(netip.MustParseAddr(a)); got != want {
				t.Errorf("%s is %s, want %s", a, got, want)
			}
		}
	}
}

// TestGate asks the one function that every dial goes through.
func TestGate(t *testing.T) {
	hosts := func(name string, addr netip.Addr) bool { return name == "mapped" && addr.String() == "127.0.0.9" }
	tests := []struct {
		host, network, address string
		loopback, ok           bool
	}{
		{"a.example.com", "tcp4", "10.0.0.1:5000", false, true},
		{"a.example.com", "tcp6", "[2600::1]:5000", false, true},
		{"a.example.com", "tcp4", "10.0.0.1:5001", false, false},
		{"a.example.com", "udp4", "10.0.0.1:5000", false, false},
		{"a.example.com", "unix", "/run/x.sock", false, false},
		{"a.example.com", "tcp6", "[fe80::1%lo]:5000", false, false},
		{"a.example.com", "tcp6", "[fd00::1%lo]:5000", false, false},
		{"a.example.com", "tcp4", "127.0.0.1:5000", false, false},
		{"a.example.com", "tcp4", "127.0.0.1:5000", true, true},
		{"a.example.com", "tcp4", "169.254.169.254:5000", true, false},
		{"mapped", "tcp4", "127.0.0.9:5000", false, true},
		{"mapped", "tcp4", "127.0.0.1:5000", false, false},
		{"localhost", "tcp4", "127.0.0.1:5000", false, true},
		{"localhost", "tcp6", "[::1]:5000", false, true},
		{"localhost", "tcp4", "10.0.0.1:5000", false, false},
		{"localhost.example.com", "tcp4", "127.0.0.1:5000", false, false},
		{"127.0.0.1", "tcp4", "127.0.0.1:5000", false, true},
		{"127.0.0.1", "tcp4", "127.0.0.2:5000", true, false},
		{"169.254.169.254", "tcp4", "169.254.169.254:5000", false, true},
		{"::ffff:10.0.0.1", "tcp4", "10.0.0.1:5000", false, true},
		{"0.0.0.0", "tcp4", "0.0.0.0:5000", false, false},
		{"224.0.0.1", "tcp4", "224.0.0.1:5000", false, false},
	}
	for _, tt := range tests {
		literal, _ := netip.ParseAddr(tt.host)
		g := &gate{host: tt.host, literal: literal, port: 5000, anyLoopback: tt.loopback, inHosts: hosts}
		err := g.check(tt.network, tt.address)
		if (err == nil) != tt.ok {
			t.Errorf("%s to %s %s (loopback %v): %v", tt.host, tt.network, tt.address, tt.loopback, err)
		}
		if err != nil && !errors.As(err, new(*refusal)) {
			t.Errorf("error of type %T", err)
		}
	}
}

// TestGateCountsAddresses: a name with thousands of records is no port scanner.
func TestGateCountsAddresses(t *testing.T) {
	g := &gate{host: "many.example.com", port: 80}
	passed := 0
	for i := range 1000 {
		if g.check("tcp4", fmt.Sprintf("10.0.%d.%d:80", i/250, i%250)) == nil {
			passed++
		}
	}
	if passed != maxAddresses {
		t.Errorf("%d addresses passed, want %d", passed, maxAddresses)
	}
}
