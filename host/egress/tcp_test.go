package egress

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/sdk/wire"
)

// probe is what the host does with a call of tcp_probe, under a grant of just
// that peer.
func probe(ctx context.Context, c *Client, host string, port uint16, req wire.TCPRequest) wire.TCPResponse {
	entry := wire.Access{Kind: "tcp", Class: "read", Target: "{A:Host}", DefaultPort: []int{int(port)}}
	grants := access.Resolve([]wire.Access{entry}, func(string) (string, string, bool) { return host, "A:Host", true }, nil)
	req.Host, req.Port = host, int(port)
	g, u, refused := access.JudgeTCP(grants, "tcp_probe", &req)
	if refused != nil {
		return wire.TCPResponse{Error: refused}
	}
	return c.TCP(ctx, TCPCall{Grant: g, URL: u, Request: &req})
}

// wantProbe checks an outcome, written as "connected kind detail".
func wantProbe(t testing.TB, res wire.TCPResponse, want string) {
	t.Helper()
	rest, connected := strings.CutPrefix(want, "connected")
	if res.Connected != connected {
		t.Errorf("connected is %v, want %q (%+v)", res.Connected, want, res.Error)
	}
	wantOutcome(t, wire.HTTPResponse{Error: res.Error}, strings.TrimSpace(rest))
	if res.ConnectMS > res.DurationMS || res.DurationMS < 0 || !res.Connected && res.ConnectMS != 0 {
		t.Errorf("connected after %d ms of %d", res.ConnectMS, res.DurationMS)
	}
}

// TestProbe: what peers say and do not say. Each ends in time with what was found
// out, and leaves nothing behind.
func TestProbe(t *testing.T) {
	ca, stranger := newAuthority(t), newAuthority(t)
	behindTLS := func(cert tls.Certificate, then func(net.Conn)) func(net.Conn) {
		return func(conn net.Conn) {
			secure := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}})
			defer secure.Close()
			if secure.Handshake() == nil {
				then(secure)
			}
		}
	}
	good := ca.leaf(t, nil)
	asking := func(conn net.Conn) {
		secure := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAnyClientCert})
		if secure.Handshake() == nil {
			io.WriteString(secure, "220 never\r\n")
		}
	}
	says := func(text string) func(net.Conn) {
		return func(conn net.Conn) { io.WriteString(conn, text); hold(conn) }
	}
	leaves := func(text string) func(net.Conn) {
		return func(conn net.Conn) { io.WriteString(conn, text) }
	}
	banner, secure := wire.TCPRequest{Banner: 64}, wire.TCPRequest{TLS: true}
	secureBanner := wire.TCPRequest{TLS: true, Banner: 64}
	tests := []struct {
		id        string
		serve     func(net.Conn)
		req       wire.TCPRequest
		want      string
		banner    string
		truncated bool
		facts     bool
		short     bool
	}{
		{id: "connect only", serve: hold, want: "connected"},
		{id: "connect only, peer that talks", serve: says("220 mail\r\n"), want: "connected"},
		{id: "connect only, peer that leaves", serve: leaves(""), want: "connected"},
		{id: "banner", serve: says("220 mail.example.com ESMTP\r\n"), req: banner, want: "connected", banner: "220 mail.example.com ESMTP\r\n"},
		{id: "first of several lines", serve: says("220-one\r\n220 two\r\n"), req: banner, want: "connected", banner: "220-one\r\n"},
		{id: "banner in pieces", serve: func(conn net.Conn) { dripping(conn, "220 mail\n"); hold(conn) }, req: banner, want: "connected", banner: "220 mail\n"},
		{id: "empty line", serve: says("\n220\n"), req: banner, want: "connected", banner: "\n"},
		{id: "line as long as asked for", serve: says(strings.Repeat("a", 63) + "\nb"), req: banner, want: "connected", banner: strings.Repeat("a", 63) + "\n"},
		{id: "line longer than asked for", serve: says(strings.Repeat("a", 64) + "\n"), req: banner, want: "connected", banner: strings.Repeat("a", 64), truncated: true},
		{id: "banner that never ends", serve: func(conn net.Conn) { flood(conn, "\x00\xff\x1b") }, req: wire.TCPRequest{Banner: 1 << 40}, want: "connected", banner: strings.Repeat("\x00\xff\x1b", 342)[:1024], truncated: true},
		{id: "banner that never comes", serve: hold, req: banner, want: "connected timeout body", short: true},
		{id: "line that never ends", serve: says("220 mail"), req: banner, want: "connected timeout body", banner: "220 mail", short: true},
		{id: "banner that drips for ever", serve: func(conn net.Conn) {
			for {
				if _, err := conn.Write([]byte("a")); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		}, req: wire.TCPRequest{Banner: 1024}, want: "connected timeout body", banner: "a", short: true},
		{id: "closes before a word", serve: leaves(""), req: banner, want: "connected reset"},
		{id: "closes within a line", serve: leaves("220"), req: banner, want: "connected reset", banner: "220"},
		{id: "resets in the handshake", serve: func(conn net.Conn) {
			io.ReadFull(conn, make([]byte, 5))
			conn.(*net.TCPConn).SetLinger(0)
		}, req: secureBanner, want: "connected reset"},
		{id: "TLS", serve: behindTLS(good, hold), req: secure, want: "connected", facts: true},
		{id: "TLS and banner", serve: behindTLS(good, says("220 mail\r\n")), req: secureBanner, want: "connected", banner: "220 mail\r\n", facts: true},
		{id: "TLS, banner that never comes", serve: behindTLS(good, hold), req: secureBanner, want: "connected timeout body", facts: true, short: true},
		{id: "TLS, unknown authority", serve: behindTLS(stranger.leaf(t, nil), hold), req: secureBanner, want: "connected ssl_error unknown_authority", facts: true},
		{id: "TLS, client certificate", serve: asking, req: secureBanner, want: "connected ssl_error handshake", facts: true},
		{id: "TLS wanted of plain text", serve: says("220 mail ESMTP\r\n"), req: secure, want: "connected ssl_error handshake"},
		{id: "TLS wanted of HTTP", serve: says("HTTP/1.1 400 Bad Request\r\n\r\n"), req: secure, want: "connected ssl_error plaintext_response"},
		{id: "TLS that stalls", serve: hold, req: secure, want: "connected timeout tls", short: true},
		{id: "closed in the handshake", serve: func(conn net.Conn) { io.ReadFull(conn, make([]byte, 5)) }, req: secure, want: "connected reset"},
	}
	for _, tt := range tests {
		t.Run(tt.id, func(t *testing.T) {
			addr := rawServer(t, "127.0.0.1:0", tt.serve)
			c := newClient(t, Config{CAFile: ca.file})
			if tt.short {
				c.times.tls, c.times.banner = 200*time.Millisecond, 200*time.Millisecond
			}
			check := noLeaks(t)
			start := time.Now()
			res := probe(t.Context(), c, "127.0.0.1", addr.Port(), tt.req)
			if d := time.Since(start); d > long {
				t.Errorf("took %v", d)
			}
			wantProbe(t, res, tt.want)
			if tt.id == "banner that drips for ever" {
				res.Banner = []byte(strings.TrimLeft(string(res.Banner[1:]), "a") + "a")
			}
			if string(res.Banner) != tt.banner || res.Truncated != tt.truncated {
				t.Errorf("banner %q, truncated %v", res.Banner, res.Truncated)
			}
			if res.Address != addr.String() || (res.TLS != nil) != tt.facts {
				t.Errorf("address %s, TLS %+v", res.Address, res.TLS)
			}
			if f := res.TLS; f != nil && (f.ServerName != "127.0.0.1" || f.Issuer != "CN=Example Root" || f.NotBefore >= f.NotAfter) {
				t.Errorf("TLS facts %+v", f)
			}
			check()
		})
	}
}

// TestProbeTotal: the time of a call bounds its parts together.
func TestProbeTotal(t *testing.T) {
	addr := rawServer(t, "127.0.0.1:0", hold)
	c := newClient(t, Config{})
	c.times.total = 200 * time.Millisecond
	check := noLeaks(t)
	wantProbe(t, probe(t.Context(), c, "127.0.0.1", addr.Port(), wire.TCPRequest{Banner: 1}), "connected timeout body")
	wantProbe(t, probe(t.Context(), c, "127.0.0.1", addr.Port(), wire.TCPRequest{TLS: true}), "connected timeout tls")
	check()
}

func TestProbeRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().(*net.TCPAddr).AddrPort()
	l.Close()
	res := probe(t.Context(), newClient(t, Config{}), "127.0.0.1", addr.Port(), wire.TCPRequest{TLS: true, Banner: 9})
	wantProbe(t, res, "refused")
	if res.Address != addr.String() {
		t.Errorf("address %q", res.Address)
	}
}

// TestProbeNames: names are resolved and addresses checked as for HTTP.
func TestProbeNames(t *testing.T) {
	for _, tt := range []struct {
		id     string
		answer answer
		hosts  string
		all    bool
		want   string
	}{
		{"E095 loopback", answer{addrs: []string{"127.0.0.1"}}, "", false, "denied addr"},
		{"E096 metadata", answer{addrs: []string{"169.254.169.254"}}, "", true, "denied addr"},
		{"E102 unspecified", answer{addrs: []string{"0.0.0.0"}}, "", true, "denied addr"},
		{"E128 hosts file", answer{addrs: []string{"127.0.0.1"}}, "127.0.0.1 mail.test", false, "connected"},
		{"all names", answer{addrs: []string{"127.0.0.1"}}, "", true, "connected"},
		{"no such name", answer{rcode: dnsmessage.RCodeNameError}, "", false, "dns_failure nxdomain"},
		{"no address", answer{}, "", false, "dns_failure no_address"},
		{"server failure", answer{rcode: dnsmessage.RCodeServerFailure}, "", false, "dns_failure server"},
		{"E130 silent", answer{silent: true}, "", false, "dns_failure timeout"},
	} {
		t.Run(tt.id, func(t *testing.T) {
			forbidden := newCounter(t, "127.0.0.1:0")
			names := newNameServer(t, func(string, int64) answer { return tt.answer })
			c := newClient(t, Config{Resolver: names.resolver(), HostsFile: hostsFile(t, tt.hosts), AllowLoopback: tt.all})
			c.times.connect = 300 * time.Millisecond
			res := probe(t.Context(), c, "mail.test", forbidden.addr.Port(), wire.TCPRequest{})
			wantProbe(t, res, tt.want)
			if !res.Connected {
				forbidden.untouched(t)
			}
		})
	}
	literal, forbidden := newClient(t, Config{}), newCounter(t, "127.0.0.1:0")
	wantProbe(t, probe(t.Context(), literal, "0.0.0.0", forbidden.addr.Port(), wire.TCPRequest{}), "denied addr")
	wantProbe(t, probe(t.Context(), literal, "localhost", forbidden.addr.Port(), wire.TCPRequest{}), "connected")
}

// TestProbeServerName: TLS asks for the granted name and holds the certificate
// against it, whatever the name resolves to.
func TestProbeServerName(t *testing.T) {
	ca := newAuthority(t)
	asked := make(chan string, 1)
	addr := rawServer(t, "127.0.0.1:0", overTLS(&tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		asked <- hello.ServerName
		cert := ca.leaf(t, nil)
		return &cert, nil
	}}))
	names := newNameServer(t, everywhere("127.0.0.1"))
	c := newClient(t, Config{CAFile: ca.file, AllowLoopback: true, Resolver: names.resolver()})
	for name, want := range map[string]string{"registry.test": "connected", "evil.test": "connected ssl_error hostname_mismatch"} {
		wantProbe(t, probe(t.Context(), c, name, addr.Port(), wire.TCPRequest{TLS: true}), want)
		if got := <-asked; got != name {
			t.Errorf("TLS asked for %q", got)
		}
	}
}

// TestUnjudgedPeerIsDenied: egress asks the grant itself as well.
func TestUnjudgedPeerIsDenied(t *testing.T) {
	forbidden := newCounter(t, "127.0.0.1:0")
	c := newClient(t, Config{})
	u, _ := wire.ScreenTCP("127.0.0.1", int(forbidden.addr.Port()))
	base := func(change func(*access.Grant)) access.Grant {
		g := access.Grant{Kind: wire.KindTCP, Base: u}
		change(&g)
		return g
	}
	for name, g := range map[string]access.Grant{
		"none":         {},
		"another port": base(func(g *access.Grant) { g.Base.Port++ }),
		"another host": base(func(g *access.Grant) { g.Base.Host = "127.0.0.2" }),
		"of http":      base(func(g *access.Grant) { g.Kind = wire.KindHTTP }),
		"invalid":      base(func(g *access.Grant) { g.Invalid = wire.RulePort }),
	} {
		res := c.TCP(t.Context(), TCPCall{Grant: g, URL: u, Request: &wire.TCPRequest{}})
		if wantProbe(t, res, "denied not-granted"); t.Failed() {
			t.Fatal(name)
		}
	}
	// Nor does a grant of one kind serve the other.
	web, _ := wire.ScreenURL("http://" + u.HostPort() + "/")
	res := c.HTTP(t.Context(), Call{Grant: base(func(g *access.Grant) { g.Methods = []string{"GET"} }), URL: web, Request: &wire.HTTPRequest{Method: "GET"}})
	wantOutcome(t, res, "denied not-granted")
	forbidden.untouched(t)
}

// TestProbeUsesNoProxy: neither the operator's proxy nor one of the environment.
func TestProbeUsesNoProxy(t *testing.T) {
	forbidden := newCounter(t, "127.0.0.1:0")
	addr := rawServer(t, "127.0.0.1:0", hold)
	names := newNameServer(t, everywhere("127.0.0.1"))
	proxy := "http://" + forbidden.addr.String()
	for _, cfg := range []Config{{Proxy: proxy}, {Proxy: "env", Environ: []string{"HTTP_PROXY=" + proxy, "HTTPS_PROXY=" + proxy}}} {
		cfg.Resolver, cfg.AllowLoopback = names.resolver(), true
		wantProbe(t, probe(t.Context(), newClient(t, cfg), "mail.test", addr.Port(), wire.TCPRequest{}), "connected")
	}
	forbidden.untouched(t)
}

// TestProbeCancel: a deadline of the caller, its end and the client's end the
// call in every phase.
func TestProbeCancel(t *testing.T) {
	silentNames := newNameServer(t, func(string, int64) answer { return answer{silent: true} })
	silent := rawServer(t, "127.0.0.1:0", hold)
	for _, tt := range []struct {
		name, host, want string
		req              wire.TCPRequest
	}{
		{"resolving", "mail.test", "dns_failure timeout", wire.TCPRequest{}},
		{"shaking hands", "127.0.0.1", "connected timeout tls", wire.TCPRequest{TLS: true}},
		{"waiting for the banner", "127.0.0.1", "connected timeout body", wire.TCPRequest{Banner: 9}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newClient(t, Config{Resolver: silentNames.resolver()})
			check := noLeaks(t)
			call := func(ctx context.Context, want string) {
				t.Helper()
				start := time.Now()
				wantProbe(t, probe(ctx, c, tt.host, silent.Port(), tt.req), want)
				if d := time.Since(start); d > 4*time.Second {
					t.Errorf("took %v", d)
				}
			}
			ended := "connection_failed"
			if strings.HasPrefix(tt.want, "connected") {
				ended = "connected " + ended
			}
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			call(ctx, tt.want)
			cancel()
			ctx, cancel = context.WithCancel(t.Context())
			time.AfterFunc(100*time.Millisecond, cancel)
			call(ctx, ended)
			time.AfterFunc(100*time.Millisecond, c.Close)
			call(t.Context(), ended)
			call(t.Context(), "connection_failed") // closed before it began
			check()
		})
	}
}

// TestProbesPerTarget: a peer has the four places of a target as well.
func TestProbesPerTarget(t *testing.T) {
	arrived, leave := make(chan struct{}, 100), make(chan struct{})
	busy := rawServer(t, "127.0.0.1:0", func(conn net.Conn) {
		arrived <- struct{}{}
		<-leave
		io.WriteString(conn, "220\n")
	})
	c := newClient(t, Config{})
	ask := func(ctx context.Context, addr netip.AddrPort) wire.TCPResponse {
		return probe(ctx, c, addr.Addr().String(), addr.Port(), wire.TCPRequest{Banner: 9})
	}
	check := noLeaks(t)
	var wg sync.WaitGroup
	for range 2 * wire.MaxRequestsPerTarget {
		wg.Go(func() { wantProbe(t, ask(t.Context(), busy), "connected") })
	}
	for range wire.MaxRequestsPerTarget {
		<-arrived
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	res := ask(ctx, busy)
	wantProbe(t, res, "timeout connect")
	if res.Address != "" || !strings.Contains(fmt.Sprint(res.Error.Message), "waiting") {
		t.Errorf("address %q, %+v", res.Address, res.Error)
	}
	if n := len(arrived); n != 0 {
		t.Errorf("%d connections more than places", n)
	}
	close(leave)
	wg.Wait()
	if len(c.slots.targets) != 0 {
		t.Errorf("%d targets are remembered", len(c.slots.targets))
	}
	check()
}
