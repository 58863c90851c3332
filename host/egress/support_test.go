package egress

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/sdk/wire"
)

// long is the bound of everything that has to end by itself in these tests.
const long = 8 * time.Second

// settle is how long goroutines may take to notice that they are over. It is
// shorter than the five seconds that an abandoned lookup would wait.
const settle = 4 * time.Second

// newClient makes a client that is closed with the test.
func newClient(t testing.TB, cfg Config) *Client {
	t.Helper()
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// grantsFor resolves one entry whose target is the address.
func grantsFor(address string, change func(*wire.Access)) []access.Grant {
	e := wire.Access{Kind: "http", Class: "read", Methods: []string{"GET"}, Target: "{A:Url}"}
	if change != nil {
		change(&e)
	}
	return access.Resolve([]wire.Access{e}, func(string) (string, string, bool) { return address, "A:Url", true }, nil)
}

// send is what the host does with a call: the judge, then egress.
func send(ctx context.Context, c *Client, grants []access.Grant, req *wire.HTTPRequest) wire.HTTPResponse {
	if req.Method == "" {
		req.Method = "GET"
	}
	function, methods := "http_read", []string{"GET", "HEAD", "OPTIONS"}
	if wire.MethodClass(req.Method) == wire.ClassWrite {
		function, methods = "http_write", []string{"POST", "PUT", "PATCH", "DELETE"}
	}
	g, u, refused := access.Judge(grants, function, methods, req)
	if refused != nil {
		return wire.HTTPResponse{Error: refused}
	}
	return c.HTTP(ctx, Call{Grant: g, URL: u, Request: req})
}

// get sends a GET under a grant of just that address.
func get(t testing.TB, c *Client, address string) wire.HTTPResponse {
	t.Helper()
	return send(t.Context(), c, grantsFor(address, nil), &wire.HTTPRequest{URL: address})
}

// outcome writes a response as "status kind detail", without what is empty.
func outcome(res wire.HTTPResponse) string {
	var words []string
	if res.Status != 0 {
		words = append(words, strconv.Itoa(res.Status))
	}
	if e := res.Error; e != nil {
		words = append(words, e.Kind)
		if e.Detail != "" {
			words = append(words, e.Detail)
		}
		if e.On != "" {
			words = append(words, "on", e.On)
		}
	}
	return strings.Join(words, " ")
}

func wantOutcome(t testing.TB, res wire.HTTPResponse, want string) {
	t.Helper()
	if got := outcome(res); got != want {
		t.Errorf("got %q, want %q (%+v)", got, want, res.Error)
	}
	if res.Error == nil {
		return
	}
	if m := res.Error.Message; m == "" || len([]rune(m)) > wire.MaxErrorMessage || m != clean(m, wire.MaxErrorMessage) {
		t.Errorf("message %q", m)
	}
	if res.Error.Kind == wire.KindDenied && res.Error.Rule != res.Error.Detail {
		t.Errorf("rule %q beside detail %q", res.Error.Rule, res.Error.Detail)
	}
}

// resources counts goroutines and, on Linux, open descriptors.
func resources() (goroutines, descriptors int) {
	if entries, err := os.ReadDir("/proc/self/fd"); err == nil {
		descriptors = len(entries)
	}
	return runtime.NumGoroutine(), descriptors
}

// noLeaks fails the test when what runs between it and the returned function
// leaves a goroutine or a descriptor behind.
func noLeaks(t testing.TB) func() {
	t.Helper()
	g0, d0 := resources()
	return func() {
		t.Helper()
		for end := time.Now().Add(settle); ; time.Sleep(2 * time.Millisecond) {
			g, d := resources()
			if g <= g0 && d <= d0 {
				return
			}
			if time.Now().After(end) {
				stacks := make([]byte, 1<<20)
				t.Fatalf("goroutines %d to %d, descriptors %d to %d\n%s", g0, g, d0, d, stacks[:runtime.Stack(stacks, true)])
			}
		}
	}
}

// counter is a server that nobody may reach; it answers whoever does.
type counter struct {
	hits atomic.Int64
	addr netip.AddrPort
}

func newCounter(t testing.TB, address string) *counter {
	t.Helper()
	f := &counter{}
	f.addr = rawServer(t, address, func(conn net.Conn) {
		f.hits.Add(1)
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nforbidden")
	})
	return f
}

func (f *counter) untouched(t testing.TB) {
	t.Helper()
	if n := f.hits.Load(); n != 0 {
		t.Errorf("the forbidden server was reached %d times", n)
		f.hits.Store(0)
	}
}

// rawServer runs handle for each connection and closes it afterwards. All
// connections end with the test.
func rawServer(t testing.TB, address string, handle func(net.Conn)) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("cannot listen on %s: %v", address, err)
	}
	var mu sync.Mutex
	conns := map[net.Conn]bool{}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns[conn] = true
			mu.Unlock()
			wg.Go(func() {
				defer func() {
					conn.Close()
					mu.Lock()
					delete(conns, conn)
					mu.Unlock()
				}()
				handle(conn)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for conn := range conns {
			conn.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	return l.Addr().(*net.TCPAddr).AddrPort()
}

// readRequest reads one request head off the connection.
func readRequest(conn net.Conn) *http.Request {
	req, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return nil
	}
	return req
}

// answer is what the name server says to one question.
type answer struct {
	rcode  dnsmessage.RCode
	cname  string
	addrs  []string
	silent bool
}

// nameServer is a small real DNS server on loopback, UDP and TCP.
type nameServer struct {
	queries atomic.Int64
	answer  func(name string, n int64) answer
	address string
}

func newNameServer(t testing.TB, respond func(name string, n int64) answer) *nameServer {
	t.Helper()
	s := &nameServer{answer: respond}
	addr := rawServer(t, "127.0.0.1:0", func(conn net.Conn) {
		for {
			size := make([]byte, 2)
			if _, err := io.ReadFull(conn, size); err != nil {
				return
			}
			query := make([]byte, int(size[0])<<8|int(size[1]))
			if _, err := io.ReadFull(conn, query); err != nil {
				return
			}
			if reply := s.reply(query, 65535); reply != nil {
				conn.Write(append([]byte{byte(len(reply) >> 8), byte(len(reply))}, reply...))
			}
		}
	})
	s.address = addr.String()
	udp, err := net.ListenPacket("udp", s.address)
	if err != nil {
		t.Skipf("no UDP on %s: %v", s.address, err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		buf := make([]byte, 4096)
		for {
			n, from, err := udp.ReadFrom(buf)
			if err != nil {
				return
			}
			if reply := s.reply(buf[:n], 1200); reply != nil {
				udp.WriteTo(reply, from)
			}
		}
	})
	t.Cleanup(func() { udp.Close(); wg.Wait() })
	return s
}

// resolver asks this server whatever the system's configuration says.
func (s *nameServer) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network[:3], s.address)
	}}
}

func (s *nameServer) reply(query []byte, limit int) []byte {
	var p dnsmessage.Parser
	head, err := p.Start(query)
	if err != nil {
		return nil
	}
	q, err := p.Question()
	if err != nil {
		return nil
	}
	a := s.answer(strings.TrimSuffix(q.Name.String(), "."), s.queries.Add(1))
	if a.silent {
		return nil
	}
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: head.ID, Response: true, Authoritative: true, RecursionAvailable: true, RCode: a.rcode},
		Questions: []dnsmessage.Question{q},
	}
	owner := q.Name
	if a.cname != "" {
		owner = dnsmessage.MustNewName(a.cname + ".")
		m.Answers = append(m.Answers, dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Type: dnsmessage.TypeCNAME, Class: dnsmessage.ClassINET},
			Body:   &dnsmessage.CNAMEResource{CNAME: owner},
		})
	}
	for _, text := range a.addrs {
		addr := netip.MustParseAddr(text)
		h := dnsmessage.ResourceHeader{Name: owner, Class: dnsmessage.ClassINET}
		switch {
		case addr.Is4() && q.Type == dnsmessage.TypeA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AResource{A: addr.As4()}})
		case addr.Is6() && q.Type == dnsmessage.TypeAAAA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AAAAResource{AAAA: addr.As16()}})
		}
	}
	packed, err := m.Pack()
	if err != nil || len(packed) > limit {
		m.Truncated, m.Answers = true, nil
		packed, _ = m.Pack()
	}
	return packed
}

// everywhere answers every name with one set of addresses.
func everywhere(addrs ...string) func(string, int64) answer {
	return func(string, int64) answer { return answer{addrs: addrs} }
}
