package egress

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/sdk/wire"
)

func TestProxyPolicy(t *testing.T) {
	tests := []struct {
		name, setting string
		environ       []string
		url, want     string
		ignored       bool
	}{
		{"nothing", "", nil, "http://a.example.com", "", false},
		{"E123 none", "none", []string{"HTTP_PROXY=http://p:3128"}, "http://a.example.com", "", true},
		{"E123 other scheme", "", []string{"HTTP_PROXY=http://p:3128"}, "https://a.example.com", "", false},
		{"E131 lower case", "", []string{"https_proxy=p:3128"}, "https://a.example.com", "", true},
		{"E131 excepted", "", []string{"https_proxy=p:3128", "no_proxy=example.com"}, "https://a.example.com", "", false},
		{"E131 ALL_PROXY", "", []string{"ALL_PROXY=http://p:3128"}, "https://a.example.com", "", false},
		{"unusable is still a proxy", "", []string{"HTTP_PROXY=socks5://p:1080/x"}, "http://a.example.com", "", true},
		{"env", "env", []string{"HTTP_PROXY=http://p:3128"}, "http://a.example.com", "http://p:3128", false},
		{"env, no scheme, no port", "ENV", []string{"HTTP_PROXY=p"}, "http://a.example.com", "http://p:80", false},
		{"env, upper case first", "env", []string{"http_proxy=q:1", "HTTP_PROXY=p:1"}, "http://a.example.com", "http://p:1", false},
		{"env, CGI", "env", []string{"HTTP_PROXY=p:1", "REQUEST_METHOD=GET"}, "http://a.example.com", "", false},
		{"env, https", "env", []string{"HTTPS_PROXY=https://p"}, "https://a.example.com", "https://p:443", false},
		{"env, none", "env", []string{"HTTP_PROXY=p:1", "NO_PROXY=*"}, "http://a.example.com", "", false},
		{"env, name itself", "env", []string{"HTTP_PROXY=p:1", "NO_PROXY=x, A.example.com"}, "http://a.example.com", "", false},
		{"env, name below", "env", []string{"HTTP_PROXY=p:1", "NO_PROXY=.example.com"}, "http://a.example.com", "", false},
		{"env, only below", "env", []string{"HTTP_PROXY=p:1", "NO_PROXY=*.a.example.com,.a.example.com"}, "http://a.example.com", "http://p:1", false},
		{"env, no boundary", "env", []string{"HTTP_PROXY=p:1", "NO_PROXY=ample.com"}, "http://a.example.com", "http://p:1", false},
		{"env, port", "env", []string{"HTTP_PROXY=p:1", "NO_PROXY=a.example.com:5000"}, "http://a.example.com:5000", "", false},
		{"env, other port", "env", []string{"HTTP_PROXY=p:1", "NO_PROXY=a.example.com:5000"}, "http://a.example.com", "http://p:1", false},
		{"env, network", "env", []string{"HTTP_PROXY=p:1", "NO_PROXY=10.0.0.0/8"}, "http://10.2.3.4", "", false},
		{"env, address", "env", []string{"HTTP_PROXY=p:1", "NO_PROXY=2001:db8::1,10.2.3.5"}, "http://[2001:db8::1]", "", false},
		{"env, other address", "env", []string{"HTTP_PROXY=p:1", "NO_PROXY=[2001:db8::1]:1,10.2.3.5,,:"}, "http://[2001:db8::1]", "http://p:1", false},
		{"env, this machine", "env", []string{"HTTP_PROXY=p:1"}, "http://localhost:5000", "", false},
		{"URL", "http://p:3128", []string{"NO_PROXY=*"}, "https://a.example.com", "http://p:3128", false},
		{"URL, this machine", "http://p:3128", nil, "http://127.0.0.1", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := newProxyPolicy(tt.setting, tt.environ)
			if err != nil {
				t.Fatal(err)
			}
			u, rule := wire.ScreenURL(tt.url)
			if rule != "" {
				t.Fatal(rule)
			}
			got := ""
			if proxy := p.route(u); proxy != nil {
				got = proxy.String()
			}
			if got != tt.want || p.ignored(u) != tt.ignored {
				t.Errorf("got %q, ignored %v; want %q, %v", got, p.ignored(u), tt.want, tt.ignored)
			}
		})
	}
}

// TestProxySettingRefused: the sentence names the setting and no secret.
func TestProxySettingRefused(t *testing.T) {
	const sentence = "Doctor:Proxy is neither none, env nor an http or https URL of a host and port"
	for _, setting := range []string{"yes", "p:3128", "ftp://p:21", "socks5://p", "http://", "http://p:0", "http://p:70000", "http://u:hunter2@p:x", "http://p/path", "http://p?q", "http://u:hunter2@p\x7f"} {
		_, err := New(Config{Proxy: setting})
		if err == nil || err.Error() != sentence {
			t.Errorf("%q: %v", setting, err)
		}
	}
	_, err := New(Config{Proxy: "env", Environ: []string{"HTTPS_PROXY=http://u:hunter2@p:x"}})
	if err == nil || err.Error() != "Doctor:Proxy is env, but HTTPS_PROXY is not an http or https URL of a host and port" {
		t.Errorf("env: %v", err)
	}
}

// TestEnvironmentProxyIgnored is E123 and E131 on the wire: the proxy sees
// nothing, the answer says that one is named.
func TestEnvironmentProxyIgnored(t *testing.T) {
	forbidden := newCounter(t, "127.0.0.1:0")
	proxy := "http://" + forbidden.addr.String()
	var environ []string
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"} {
		t.Setenv(name, proxy)
		environ = append(environ, name+"="+proxy)
	}
	t.Setenv("NO_PROXY", "")
	addr := rawServer(t, "127.0.0.1:0", func(conn net.Conn) {
		if readRequest(conn) != nil {
			io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
		}
	})
	names := newNameServer(t, everywhere("127.0.0.1"))
	c := newClient(t, Config{Environ: environ, Resolver: names.resolver(), AllowLoopback: true})
	res := get(t, c, fmt.Sprintf("http://registry.test:%d", addr.Port()))
	wantOutcome(t, res, "204")
	if !res.ProxyIgnored {
		t.Error("the ignored proxy is not told")
	}
	forbidden.untouched(t)
}

// proxyServer speaks enough of a proxy for the tests: it opens every tunnel and
// forwards every request to the one backend.
func proxyServer(backend func() string, seen chan<- *http.Request) func(net.Conn) {
	return func(conn net.Conn) {
		req := readRequest(conn)
		if req == nil {
			return
		}
		seen <- req
		if req.Method != http.MethodConnect {
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nforwarded")
			return
		}
		to, err := net.Dial("tcp", backend())
		if err != nil {
			return
		}
		defer to.Close()
		io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
		// The wrapping keeps the kernel's splice out, whose pipes outlive the copy.
		type writer struct{ io.Writer }
		go func() { io.Copy(writer{to}, conn); to.Close() }()
		io.Copy(writer{conn}, to)
	}
}

// TestProxy: with a proxy the dialled address is the proxy's, the target's name
// is not resolved here, and what is not granted does not even reach the proxy
// (E146).
func TestProxy(t *testing.T) {
	ca := newAuthority(t)
	backend := rawServer(t, "127.0.0.1:0", overTLS(&tls.Config{Certificates: []tls.Certificate{ca.leaf(t, nil)}}))
	seen := make(chan *http.Request, 10)
	serve := proxyServer(func() string { return backend.String() }, seen)
	plain := rawServer(t, "127.0.0.1:0", serve)
	proxyCert := ca.leaf(t, nil)
	secure := rawServer(t, "127.0.0.1:0", func(conn net.Conn) {
		serve(tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{proxyCert}}))
	})
	names := newNameServer(t, everywhere("127.0.0.1"))
	tests := []struct {
		name, proxy, address, line string
		via                        string
	}{
		{"tunnel", "http://me:hunter2@" + plain.String(), "https://registry.test/v2/", "CONNECT registry.test:443", plain.String()},
		{"forward", "http://me:hunter2@" + plain.String(), "http://registry.test/v2/", "GET http://registry.test/v2/", plain.String()},
		{"tunnel over TLS", "https://me:hunter2@" + secure.String(), "https://registry.test/v2/", "CONNECT registry.test:443", secure.String()},
		{"forward over TLS", "https://me:hunter2@" + secure.String(), "http://registry.test:5000/v2/", "GET http://registry.test:5000/v2/", secure.String()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newClient(t, Config{Proxy: tt.proxy, CAFile: ca.file, Resolver: names.resolver()})
			check := noLeaks(t)
			res := get(t, c, tt.address)
			wantOutcome(t, res, "200")
			if res.Address != tt.via || (res.TLS != nil) != strings.HasPrefix(tt.address, "https") {
				t.Errorf("address %q, TLS %+v", res.Address, res.TLS)
			}
			if len(seen) == 0 {
				t.Fatal("nothing reached the proxy")
			}
			req := <-seen
			if line := req.Method + " " + req.RequestURI; line != tt.line {
				t.Errorf("the proxy saw %q, want %q", line, tt.line)
			}
			if got := req.Header.Get("Proxy-Authorization"); got != "Basic bWU6aHVudGVyMg==" {
				t.Errorf("the proxy got the login %q", got)
			}
			check()
			res = send(t.Context(), c, grantsFor(tt.address, nil), &wire.HTTPRequest{URL: "https://evil.test/"})
			wantOutcome(t, res, "denied not-granted")
			if len(seen) > 0 {
				t.Error("a refused request reached the proxy")
			}
		})
	}
	if n := names.queries.Load(); n != 0 {
		t.Errorf("the name server was asked %d times", n)
	}
}

// TestProxyFailures: what goes wrong at the proxy is said of the proxy.
func TestProxyFailures(t *testing.T) {
	says := func(text string) func(net.Conn) {
		return func(conn net.Conn) {
			http.ReadRequest(bufio.NewReader(conn))
			io.WriteString(conn, text)
		}
	}
	tests := []struct {
		name, address string
		serve         func(net.Conn) // nil is a closed port
		want          string
	}{
		{"wants a login", "https://registry.test", says("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n"), "407 connection_failed on proxy"},
		{"wants a login, plain", "http://registry.test", says("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"), "407"},
		{"forbids", "https://registry.test", says("HTTP/1.1 403 \x1b[31m\r\n\r\n"), "403 connection_failed on proxy"},
		{"another success", "https://registry.test", says("HTTP/1.1 204 No Content\r\n\r\n"), "204 connection_failed on proxy"},
		{"status none of HTTP", "https://registry.test", says("HTTP/1.1 999 x\r\n\r\n"), "connection_failed on proxy"},
		{"speaks first", "https://registry.test", says("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"), "connection_failed on proxy"},
		{"no proxy", "https://registry.test", says("SSH-2.0-OpenSSH_9.6\r\n"), "connection_failed on proxy"},
		{"no proxy, plain", "http://registry.test", says("SSH-2.0-OpenSSH_9.6\r\n"), "connection_failed on proxy"},
		{"closes", "https://registry.test", says(""), "reset on proxy"},
		{"closes, plain", "http://registry.test", says(""), "reset on proxy"},
		{"closed port", "https://registry.test", nil, "refused on proxy"},
		{"silent", "https://registry.test", hold, "timeout connect on proxy"},
		{"endless header", "https://registry.test", func(conn net.Conn) { io.WriteString(conn, "HTTP/1.1 200 OK\r\nA: "); flood(conn, "b") }, "connection_failed on proxy"},
		{"closes the tunnel", "https://registry.test", says("HTTP/1.1 200 OK\r\n\r\n"), "reset"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr := closedPort(t)
			if tt.serve != nil {
				addr = rawServer(t, "127.0.0.1:0", tt.serve).String()
			}
			c := newClient(t, Config{Proxy: "http://me:hunter2@" + addr})
			if tt.name == "silent" {
				c.times.total = 200 * time.Millisecond
			}
			check := noLeaks(t)
			res := get(t, c, tt.address)
			wantOutcome(t, res, tt.want)
			if res.Error != nil && strings.Contains(res.Error.Message, "hunter2") {
				t.Errorf("message %q", res.Error.Message)
			}
			check()
		})
	}
}

// closedPort returns an address of this machine where nobody listens.
func closedPort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
