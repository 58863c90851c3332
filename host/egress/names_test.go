package egress

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"stella-ops.org/doctor/sdk/wire"
)

// hostsFile writes a hosts file.
func hostsFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestNamesThatMove is E095–E112: a granted name whose records point where it
// may not go. Nothing is dialled, and the loopback server stays untouched.
func TestNamesThatMove(t *testing.T) {
	forbidden := newCounter(t, "127.0.0.1:0")
	tests := []struct{ id, addr string }{
		{"E095", "127.0.0.1"}, {"E096", "169.254.169.254"}, {"E097", "64:ff9b::7f00:1"}, {"E098 6to4", "2002:7f00:1::"}, {"E099", "2001:0:7f00:1::"}, {"E100", "::7f00:1"},
		{"E101 this network", "0.1.2.3"}, {"E102", "0.0.0.0"}, {"E103", "::"}, {"E104", "224.0.0.1"}, {"E105", "255.255.255.255"}, {"E106", "168.63.129.16"},
		{"E107 metadata", "100.100.100.200"}, {"E108", "fd00:ec2::254"}, {"E109", "fe80::1"}, {"E110", "::1"}, {"E111", "198.18.0.1"}, {"E112", "::ffff:127.0.0.1"},
	}
	for _, tt := range tests {
		t.Run(tt.id, func(t *testing.T) {
			if tt.addr != "::ffff:127.0.0.1" && net.ParseIP(tt.addr).To4() == nil && !hasIPv6() {
				t.Skip("this system makes no IPv6 sockets; TestGate and TestClassify hold the rule")
			}
			names := newNameServer(t, everywhere(tt.addr))
			c := newClient(t, Config{Resolver: names.resolver(), HostsFile: hostsFile(t, "")})
			res := get(t, c, fmt.Sprintf("http://moving.test:%d/", forbidden.addr.Port()))
			wantOutcome(t, res, "denied addr")
			if res.Address != "" {
				t.Errorf("dialled %s", res.Address)
			}
			forbidden.untouched(t)
		})
	}
}

func hasIPv6() bool {
	conn, err := net.ListenPacket("udp6", "[::]:0")
	if err == nil {
		conn.Close()
	}
	return err == nil
}

// TestLoopbackNames: loopback is for localhost, literals, names of the hosts
// file at just that address, and for all names where the operator says so.
func TestLoopbackNames(t *testing.T) {
	addr := rawServer(t, "127.0.0.1:0", func(conn net.Conn) {
		if readRequest(conn) != nil {
			io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
		}
	})
	names := newNameServer(t, func(name string, _ int64) answer {
		if name == "alias.test" {
			return answer{cname: "localhost", addrs: []string{"127.0.0.1"}}
		}
		return answer{addrs: []string{"127.0.0.1"}}
	})
	file := hostsFile(t, "# comment 127.0.0.1 commented.test\n127.0.0.1\there.test THERE.test # 127.0.0.1 after.test\n127.0.0.7 other.test\nbroken\n")
	tests := []struct {
		id, host string
		all      bool
		want     string
	}{
		{"E119", "127.0.0.1", false, "204"},
		{"localhost", "localhost", false, "204"},
		{"E113", "localhost.test", false, "denied addr"},
		{"E126", "alias.test", false, "denied addr"},
		{"E128", "here.test", false, "204"},
		{"hosts file, other case", "there.test", false, "204"},
		{"hosts file, other address", "other.test", false, "denied addr"},
		{"hosts file, comment", "commented.test", false, "denied addr"},
		{"hosts file, end of line comment", "after.test", false, "denied addr"},
		{"all names", "moving.test", true, "204"},
	}
	for _, tt := range tests {
		t.Run(tt.id, func(t *testing.T) {
			c := newClient(t, Config{Resolver: names.resolver(), HostsFile: file, AllowLoopback: tt.all})
			res := get(t, c, fmt.Sprintf("http://%s:%d/", tt.host, addr.Port()))
			wantOutcome(t, res, tt.want)
			if tt.want == "204" && res.Address != addr.String() {
				t.Errorf("address %q", res.Address)
			}
		})
	}
}

// TestMixedAnswers is E118 and E125: among forbidden addresses the allowed one
// is tried, and its error is the one that counts.
func TestMixedAnswers(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs a second loopback address")
	}
	forbidden := newCounter(t, "127.0.0.1:0")
	port := forbidden.addr.Port()
	names := newNameServer(t, everywhere("127.0.0.1", "127.0.0.2", "::1"))
	c := newClient(t, Config{Resolver: names.resolver(), HostsFile: hostsFile(t, "127.0.0.2 mixed.test")})
	url := fmt.Sprintf("http://mixed.test:%d/", port)

	res := get(t, c, url)
	wantOutcome(t, res, "refused")
	if want := fmt.Sprintf("127.0.0.2:%d", port); res.Address != want {
		t.Errorf("address %q, want %s", res.Address, want)
	}
	rawServer(t, fmt.Sprintf("127.0.0.2:%d", port), func(conn net.Conn) {
		if readRequest(conn) != nil {
			io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
		}
	})
	wantOutcome(t, get(t, c, url), "204")
	forbidden.untouched(t)
}

// TestRebinding is E121: the record changes between calls.
func TestRebinding(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs a second loopback address")
	}
	forbidden := newCounter(t, "127.0.0.1:0")
	port := forbidden.addr.Port()
	rawServer(t, fmt.Sprintf("127.0.0.2:%d", port), func(conn net.Conn) {
		if readRequest(conn) != nil {
			io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
		}
	})
	// A and AAAA are asked once for each call.
	names := newNameServer(t, func(_ string, n int64) answer {
		if n <= 2 {
			return answer{addrs: []string{"127.0.0.2"}}
		}
		return answer{addrs: []string{"127.0.0.1"}}
	})
	c := newClient(t, Config{Resolver: names.resolver(), HostsFile: hostsFile(t, "127.0.0.2 moving.test")})
	for _, want := range []string{"204", "denied addr", "denied addr"} {
		wantOutcome(t, get(t, c, fmt.Sprintf("http://moving.test:%d/", port)), want)
	}
	forbidden.untouched(t)
}

// TestNamesThatDoNotResolve: the detail of every way to have no address, E130
// among them, and nothing left running.
func TestNamesThatDoNotResolve(t *testing.T) {
	tests := []struct {
		name   string
		answer answer
		want   string
	}{
		{"no such name", answer{rcode: dnsmessage.RCodeNameError}, "dns_failure nxdomain"},
		{"no address", answer{}, "dns_failure no_address"},
		{"server failure", answer{rcode: dnsmessage.RCodeServerFailure}, "dns_failure server"},
		{"refused", answer{rcode: dnsmessage.RCodeRefused}, "dns_failure server"},
		{"E130 silent", answer{silent: true}, "dns_failure timeout"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			names := newNameServer(t, func(string, int64) answer { return tt.answer })
			c := newClient(t, Config{Resolver: names.resolver()})
			if tt.answer.silent {
				c.times.connect = 300 * time.Millisecond
			}
			check := noLeaks(t)
			res := get(t, c, "http://registry.test:5000/")
			wantOutcome(t, res, tt.want)
			if res.Address != "" {
				t.Errorf("address %q", res.Address)
			}
			check()
		})
	}
}

// TestThousandsOfRecords is E129, with as many records as a DNS message holds.
func TestThousandsOfRecords(t *testing.T) {
	var addrs []string
	for i := range 4000 {
		addrs = append(addrs, fmt.Sprintf("127.1.%d.%d", i/250, i%250))
	}
	names := newNameServer(t, everywhere(addrs...))
	c := newClient(t, Config{Resolver: names.resolver(), HostsFile: hostsFile(t, "")})
	check := noLeaks(t)
	start := time.Now()
	wantOutcome(t, get(t, c, "http://many.test:5000/"), "denied addr")
	if d := time.Since(start); d > wire.ConnectMS*time.Millisecond+long {
		t.Errorf("took %v", d)
	}
	check()
}
