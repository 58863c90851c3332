package egress

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/sdk/wire"
)

// body answers with n bytes.
func body(n int) func(net.Conn) {
	return func(conn net.Conn) {
		if readRequest(conn) != nil {
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", n, strings.Repeat("x", n))
		}
	}
}

// TestBodyLimit holds both sides of every limit.
func TestBodyLimit(t *testing.T) {
	tests := []struct {
		name           string
		granted, asked int64
		size, kept     int
		want           string
		method         string
	}{
		{"default", 0, 0, wire.DefaultBodyBytes, wire.DefaultBodyBytes, "200", "GET"},
		{"over default", 0, 0, wire.DefaultBodyBytes + 1, wire.DefaultBodyBytes, "200 too_large", "GET"},
		{"asked beyond the grant", 0, wire.MaxBodyBytes, wire.DefaultBodyBytes + 1, wire.DefaultBodyBytes, "200 too_large", "GET"},
		{"granted", 100, 0, 100, 100, "200", "GET"},
		{"over granted", 100, 0, 101, 100, "200 too_large", "GET"},
		{"asked for less", 100, 10, 11, 10, "200 too_large", "GET"},
		{"ceiling", 2 << 20, 2 << 20, wire.MaxBodyBytes, wire.MaxBodyBytes, "200", "GET"},
		{"over ceiling", 2 << 20, 2 << 20, wire.MaxBodyBytes + 1, wire.MaxBodyBytes, "200 too_large", "GET"},
		{"negative", 0, -1, 5, 5, "200", "GET"},
		{"H53 HEAD", 0, 0, 5, 0, "200", "HEAD"},
		{"OPTIONS", 0, 0, 5, 0, "200", "OPTIONS"},
	}
	c := newClient(t, Config{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			address := "http://" + rawServer(t, "127.0.0.1:0", body(tt.size)).String()
			grants := grantsFor(address, func(e *wire.Access) { e.MaxBody, e.Methods = tt.granted, []string{"GET", "HEAD", "OPTIONS"} })
			res := send(t.Context(), c, grants, &wire.HTTPRequest{Method: tt.method, URL: address, MaxBody: tt.asked})
			wantOutcome(t, res, tt.want)
			if len(res.Body) != tt.kept || res.Truncated != (res.Error != nil) || res.Header["content-length"][0] != fmt.Sprint(tt.size) {
				t.Errorf("%d bytes, truncated %v, header %v", len(res.Body), res.Truncated, res.Header)
			}
		})
	}
}

// TestHeaderLimit holds both sides of the limit on response headers.
func TestHeaderLimit(t *testing.T) {
	for size, want := range map[int]string{wire.MaxHeaderBytes - 1<<10: "200", wire.MaxHeaderBytes + 1<<10: "connection_failed"} {
		addr := rawServer(t, "127.0.0.1:0", func(conn net.Conn) {
			if readRequest(conn) != nil {
				io.WriteString(conn, "HTTP/1.1 200 OK\r\nX-A: "+strings.Repeat("a", size)+"\r\nContent-Length: 0\r\n\r\n")
			}
		})
		wantOutcome(t, get(t, newClient(t, Config{}), "http://"+addr.String()), want)
	}
}

func TestRefused(t *testing.T) {
	address := closedPort(t)
	res := get(t, newClient(t, Config{}), "http://"+address)
	wantOutcome(t, res, "refused")
	if want := address + " refused the connection"; res.Error.Message != want || res.Address != address {
		t.Errorf("message %q, address %q", res.Error.Message, res.Address)
	}
}

// TestMovedWithoutLocation is H54.
func TestMovedWithoutLocation(t *testing.T) {
	addr := rawServer(t, "127.0.0.1:0", func(conn net.Conn) {
		if readRequest(conn) != nil {
			io.WriteString(conn, "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n")
		}
	})
	grants := grantsFor("http://"+addr.String(), func(e *wire.Access) { e.Redirects = wire.RedirectSameOrigin })
	wantOutcome(t, send(t.Context(), newClient(t, Config{}), grants, &wire.HTTPRequest{URL: "http://" + addr.String()}), "302")
}

// TestCancel: the caller's end, its deadline and Close all end a call that
// would wait, in every phase, and leave nothing behind.
func TestCancel(t *testing.T) {
	silentNames := newNameServer(t, func(string, int64) answer { return answer{silent: true} })
	silent := rawServer(t, "127.0.0.1:0", hold)
	started := make(chan struct{}, 1)
	dripping := rawServer(t, "127.0.0.1:0", func(conn net.Conn) {
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx")
		started <- struct{}{}
		hold(conn)
	})
	tests := []struct{ name, address, proxy, deadline string }{
		{"resolving", "http://registry.test", "", "dns_failure timeout"},
		{"shaking hands", "https://" + silent.String(), "", "timeout tls"},
		{"waiting for the header", "http://" + silent.String(), "", "timeout header"},
		{"reading the body", "http://" + dripping.String(), "", "200 timeout body"},
		{"opening a tunnel", "https://registry.test", "http://" + silent.String(), "timeout connect on proxy"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newClient(t, Config{Resolver: silentNames.resolver(), Proxy: tt.proxy})
			check := noLeaks(t)
			call := func(ctx context.Context, want string) {
				t.Helper()
				start := time.Now()
				wantOutcome(t, send(ctx, c, grantsFor(tt.address, nil), &wire.HTTPRequest{URL: tt.address}), want)
				if d := time.Since(start); d > 4*time.Second {
					t.Errorf("took %v", d)
				}
				select {
				case <-started:
				default:
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			call(ctx, tt.deadline)
			cancel()

			status, on := "", ""
			if strings.HasPrefix(tt.deadline, "200 ") {
				status = "200 "
			}
			if tt.proxy != "" {
				on = " on proxy"
			}
			ctx, cancel = context.WithCancel(t.Context())
			time.AfterFunc(100*time.Millisecond, cancel)
			call(ctx, status+"connection_failed"+on)

			time.AfterFunc(100*time.Millisecond, c.Close)
			call(t.Context(), status+"connection_failed"+on)
			// Closed before it began.
			if res := get(t, c, tt.address); res.Error == nil || res.Error.Kind != wire.KindConnectionFailed || res.Address != "" {
				t.Errorf("after Close: %q", outcome(res))
			}
			check()
		})
	}
}

// TestRequestsPerTarget: E150. No more than four requests are under way to one
// target, whichever plugin asks; another target does not wait, and waiting ends
// with the context.
func TestRequestsPerTarget(t *testing.T) {
	var now, most atomic.Int64
	arrived, leave := make(chan struct{}, 100), make(chan struct{})
	busy := rawServer(t, "127.0.0.1:0", func(conn net.Conn) {
		if readRequest(conn) == nil {
			return
		}
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		arrived <- struct{}{}
		<-leave
		now.Add(-1)
		io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
	})
	free := rawServer(t, "127.0.0.1:0", body(0))
	c := newClient(t, Config{})
	check := noLeaks(t)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { wantOutcome(t, get(t, c, "http://"+busy.String()), "204") })
	}
	for range wire.MaxRequestsPerTarget {
		<-arrived
	}
	wantOutcome(t, get(t, c, "http://"+free.String()), "200")

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	address := "http://" + busy.String() + "/"
	res := send(ctx, c, grantsFor(address, nil), &wire.HTTPRequest{URL: address})
	wantOutcome(t, res, "timeout connect")
	if res.Address != "" || !strings.Contains(res.Error.Message, "waiting") {
		t.Errorf("address %q, message %v", res.Address, res.Error)
	}
	close(leave)
	wg.Wait()
	if got := most.Load(); got != wire.MaxRequestsPerTarget {
		t.Errorf("%d requests at once, want %d", got, wire.MaxRequestsPerTarget)
	}
	if len(c.slots.targets) != 0 {
		t.Errorf("%d targets are remembered", len(c.slots.targets))
	}
	check()
}

// TestManyCallsLeaveNothing: connections are not kept for the next call.
func TestManyCallsLeaveNothing(t *testing.T) {
	var conns sync.Map
	addr := rawServer(t, "127.0.0.1:0", func(conn net.Conn) {
		conns.Store(conn.RemoteAddr().String(), true)
		body(10)(conn)
	})
	c := newClient(t, Config{})
	check := noLeaks(t)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range 10 {
				wantOutcome(t, get(t, c, "http://"+addr.String()), "200")
			}
		})
	}
	wg.Wait()
	n := 0
	conns.Range(func(any, any) bool { n++; return true })
	if n != 100 {
		t.Errorf("%d connections for 100 calls", n)
	}
	check()
}

// FuzzResponse: whatever a server sends, the answer has a status or an error of
// a known kind, and nothing unprintable in its message.
func FuzzResponse(f *testing.F) {
	for _, seed := range []string{goodReply, "", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 101 x\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "HTTP/1.0 302 \x1b\r\nLocation: /v2/\r\n\r\n", "SSH-2.0\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"} {
		f.Add([]byte(seed))
	}
	kinds := map[string]bool{wire.KindReset: true, wire.KindConnectionFailed: true, wire.KindTooLarge: true, wire.KindRedirectBlocked: true, wire.KindTimeout: true}
	c, err := New(Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(c.Close)
	u, _ := wire.ScreenURL("http://registry.test/v2/")
	g := access.Grant{Kind: wire.KindHTTP, Methods: []string{http.MethodGet}, Base: u}
	f.Fuzz(func(t *testing.T, reply []byte) {
		near, far := net.Pipe()
		var wg sync.WaitGroup
		wg.Go(func() {
			readRequest(far)
			far.Write(reply)
			far.Close()
		})
		ctx, cancel := context.WithTimeout(t.Context(), long)
		defer cancel()
		res := c.exchange(ctx, line{conn: near}, u, Call{Request: &wire.HTTPRequest{Method: http.MethodGet}}, bodyLimit(g, &wire.HTTPRequest{}))
		near.Close()
		wg.Wait()
		if res.Error == nil && (res.Status < 100 || res.Status > 599) || res.Error != nil && !kinds[res.Error.Kind] {
			t.Errorf("%+v", res)
		}
		if res.Error != nil && res.Error.Message != clean(res.Error.Message, wire.MaxErrorMessage) {
			t.Errorf("message %q", res.Error.Message)
		}
	})
}
