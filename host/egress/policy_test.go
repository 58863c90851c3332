package egress

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

// TestPolicyBypass is list E of the threats as far as reads go. Grant:
// http://registry.test:P, path /v2, GET. Every name resolves to loopback, which
// is allowed here, so that nothing but the judge stands between a request and
// the forbidden server on port Q. A refused request asks no name server.
func TestPolicyBypass(t *testing.T) {
	forbidden := newCounter(t, "127.0.0.1:0")
	q := fmt.Sprint(forbidden.addr.Port())
	registry := rawServer(t, "127.0.0.1:0", func(conn net.Conn) {
		if readRequest(conn) != nil {
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}
	})
	names := newNameServer(t, everywhere("127.0.0.1"))
	c := newClient(t, Config{Resolver: names.resolver(), AllowLoopback: true})
	grants := grantsFor(fmt.Sprintf("http://registry.test:%d", registry.Port()), func(e *wire.Access) { e.Path = "/v2" })

	const ok = "http://registry.test:{P}/v2/"
	header := func(name, value string) *wire.HTTPRequest {
		return &wire.HTTPRequest{URL: ok, Header: map[string][]string{name: {value}}}
	}
	at := func(url string) *wire.HTTPRequest { return &wire.HTTPRequest{URL: url} }
	method := func(m string) *wire.HTTPRequest { return &wire.HTTPRequest{Method: m, URL: ok} }
	tests := []struct {
		id   string
		req  *wire.HTTPRequest
		want string
	}{
		{"E001", at(ok), "200"},
		{"E002", at("http://REGISTRY.Test:{P}/v2/"), "200"},
		{"E003", at("http://registry.test.:{P}/v2/"), "200"},
		{"E004", at("http://evil.test:{P}/v2/"), "denied not-granted"},
		{"E005", at("http://sub.registry.test:{P}/v2/"), "denied not-granted"},
		{"E006", at("http://registry.test.evil.test:{P}/v2/"), "denied not-granted"},
		{"E007", at("http://evilregistry.test:{P}/v2/"), "denied not-granted"},
		{"E008", at("http://registry.test:{Q}/v2/"), "denied not-granted"},
		{"E009", at("http://registry.test/v2/"), "denied not-granted"},
		{"E010", at("https://registry.test:{P}/v2/"), "denied not-granted"},
		{"E011 leading zero in port", at("http://registry.test:0{P}/v2/"), "invalid_url port"},
		{"E012", at("http://registry.test:0/v2/"), "invalid_url port"},
		{"E013", at("http://registry.test:{P+65536}/v2/"), "invalid_url port"},
		{"E014 empty port", at("http://registry.test:/v2/"), "invalid_url port"},
		{"E015", at("http://registry.test:{P}@127.0.0.1:{Q}/v2/"), "invalid_url userinfo"},
		{"E016", at("http://@127.0.0.1:{Q}/v2/"), "invalid_url userinfo"},
		{"E017", at("http://127.0.0.1:{Q}#@registry.test:{P}/v2/"), "invalid_url url"},
		{"E018 backslash", at(`http://127.0.0.1:{Q}\@registry.test:{P}/v2/`), "invalid_url url"},
		{"E019", at("http://127.0.0.1:{Q}/v2/"), "denied not-granted"},
		{"E020", at("http://127.1:{Q}/v2/"), "invalid_url host"},
		{"E021", at("http://2130706433:{Q}/v2/"), "invalid_url host"},
		{"E022", at("http://0x7f000001:{Q}/v2/"), "invalid_url host"},
		{"E023 octal", at("http://0177.0.0.1:{Q}/v2/"), "invalid_url host"},
		{"E024", at("http://0x7f.1:{Q}/v2/"), "invalid_url host"},
		{"E025", at("http://0:{Q}/v2/"), "invalid_url host"},
		{"E026", at("http://127.0.0.1.:{Q}/v2/"), "invalid_url host"},
		{"E027", at("http://①②⑦.⓪.⓪.①:{Q}/v2/"), "invalid_url url"},
		{"E028 ideographic dots", at("http://127。0。0。1:{Q}/v2/"), "invalid_url url"},
		{"E029", at("http://regis\u00adtry.test:{P}/v2/"), "invalid_url url"},
		{"E030", at("http://xn--rgistry-bya.test:{P}/v2/"), "denied not-granted"},
		{"E031", at("http://[::1]:{Q}/v2/"), "denied not-granted"},
		{"E032", at("http://[::ffff:127.0.0.1]:{Q}/v2/"), "denied not-granted"},
		{"E033", at("http://[::ffff:7f00:1]:{Q}/v2/"), "denied not-granted"},
		{"E034", at("http://[::127.0.0.1]:{Q}/v2/"), "denied not-granted"},
		{"E035", at("http://[64:ff9b::7f00:1]:{Q}/v2/"), "denied not-granted"},
		{"E037", at("http://[::1%25lo]:{Q}/v2/"), "invalid_url host"},
		{"E038", at("http://0.0.0.0:{Q}/v2/"), "denied not-granted"},
		{"E039", at("http://[::]:{Q}/v2/"), "denied not-granted"},
		{"E040", at("http://localhost:{Q}/v2/"), "denied not-granted"},
		{"E041", at("http://169.254.169.254/latest/meta-data/"), "denied not-granted"},
		{"E042", at("file:///etc/passwd"), "invalid_url scheme"},
		{"E043", at("unix:///var/run/x.sock"), "invalid_url scheme"},
		{"E044", at("gopher://registry.test:{P}/v2/"), "invalid_url scheme"},
		{"E045", at("//registry.test:{P}/v2/"), "invalid_url scheme"},
		{"E046", at("http:/v2/"), "invalid_url host"},
		{"E047", at("data:text/plain,x"), "invalid_url scheme"},
		{"E048", at("http://registry.test:{P}/v2/\r\nHost: evil.test"), "invalid_url url"},
		{"E049", at("http://registry.test:{P}/v2/%0d%0aHost:%20evil.test"), "invalid_url path"},
		{"E050 NUL escape", at("http://registry.test:{P}/v2/%00"), "invalid_url path"},
		{"E051", at("http://registry.test:{P}/v2/ HTTP/1.1"), "invalid_url url"},
		{"E052", at("http://registry.test:{P}/v2/../admin"), "invalid_url path"},
		{"E053", at("http://registry.test:{P}/v2/%2e%2e/admin"), "invalid_url path"},
		{"E054", at("http://registry.test:{P}/v2/..%2fadmin"), "invalid_url path"},
		{"E055 escaped backslash", at("http://registry.test:{P}/v2/..%5cadmin"), "invalid_url path"},
		{"E056", at("http://registry.test:{P}/v2//admin"), "invalid_url path"},
		{"E057", at("http://registry.test:{P}/admin"), "denied not-granted"},
		{"E058 no segment boundary", at("http://registry.test:{P}/v2admin"), "denied not-granted"},
		{"E059", at(ok + strings.Repeat("a", 4<<10)), "invalid_url url"},
		{"E060", method("POST"), "denied method"},
		{"E061", method("CONNECT"), "denied method"},
		{"E062", method("get"), "denied method"},
		{"E063 method with a request in it", method("GET /admin HTTP/1.1\r\nX:"), "denied method"},
		{"E064", header("accept", "a\r\nHost: evil.test"), "denied header"},
		{"E065", header("accept", "a\nHost: evil.test"), "denied header"},
		{"E066", header("acc ept", "a"), "denied header"},
		{"E067", header("accept\r\nhost", "a"), "denied header"},
		{"E068", header("host", "evil.test"), "denied header"},
		{"E069", header("hOsT", "evil.test"), "denied header"},
		{"E070", header("connection", "x-real"), "denied header"},
		{"E071", header("transfer-encoding", "chunked"), "denied header"},
		{"E072", header("content-length", "5"), "denied header"},
		{"E073", header("upgrade", "websocket"), "denied header"},
		{"E074", header("expect", "100-continue"), "denied header"},
		{"E075", header("authorization", "Basic eDp5"), "denied header"},
		{"E076", header("cookie", "a=b"), "denied header"},
		{"E077", header("proxy-foo", "x"), "denied header"},
		{"E078", header("x-forwarded-for", "127.0.0.1"), "denied header"},
		{"E079", header("metadata-flavor", "Google"), "denied header"},
		{"E080", header("accept-encoding", "gzip"), "denied header"},
		{"E081", header("x-big", strings.Repeat("a", 1<<20)), "denied header"},
		{"E145", header("content-type", "a/b\nx: y"), "denied header"},
		{"E139", at("http://registry.test:{P}/v2"), "200"},
		{"user-agent", header("user-agent", "curl"), "denied header"},
		{"credential", &wire.HTTPRequest{URL: ok, Credential: &wire.Credential{Scheme: "bearer", Secret: "secret:A:Token"}}, "denied credential"},
		{"secret address", at("secret:A:Url"), "denied credential"},
		{"body on a read", &wire.HTTPRequest{URL: ok, Body: []byte("GET /admin HTTP/1.1\r\n\r\n")}, "denied body"},
	}
	fill := strings.NewReplacer("{P}", fmt.Sprint(registry.Port()), "{Q}", q, "{P+65536}", fmt.Sprint(int(registry.Port())+65536))
	for _, tt := range tests {
		t.Run(tt.id, func(t *testing.T) {
			tt.req.URL = fill.Replace(tt.req.URL)
			before := names.queries.Load()
			wantOutcome(t, send(t.Context(), c, grants, tt.req), tt.want)
			forbidden.untouched(t)
			if asked := names.queries.Load() - before; (asked != 0) != (tt.want == "200") {
				t.Errorf("the name server was asked %d times", asked)
			}
		})
	}
}

// TestUnjudgedRequestIsDenied: egress asks the grant itself, so a caller that
// forgets the judge gets nowhere either.
func TestUnjudgedRequestIsDenied(t *testing.T) {
	forbidden := newCounter(t, "127.0.0.1:0")
	c := newClient(t, Config{})
	g := grantsFor("http://127.0.0.1:1/v2", nil)[0]
	u, _ := wire.ScreenURL("http://" + forbidden.addr.String() + "/v2")
	wantOutcome(t, c.HTTP(t.Context(), Call{Grant: g, URL: u, Request: &wire.HTTPRequest{Method: "GET"}}), "denied not-granted")
	g = grantsFor("http://"+forbidden.addr.String(), nil)[0]
	wantOutcome(t, c.HTTP(t.Context(), Call{Grant: g, URL: u, Request: &wire.HTTPRequest{Method: "POST"}}), "denied not-granted")
	forbidden.untouched(t)
}

// TestRedirects: E082–E094. /v2/go?<location> answers with that redirect.
func TestRedirects(t *testing.T) {
	forbidden := newCounter(t, "127.0.0.1:0")
	var hits atomic.Int64
	registry := rawServer(t, "127.0.0.1:0", func(conn net.Conn) {
		hits.Add(1)
		req := readRequest(conn)
		if req == nil {
			return
		}
		status, location, _ := strings.Cut(req.URL.RawQuery, "=")
		switch req.URL.Path {
		case "/v2/loop":
			status, location = "302", "/v2/loop"
		case "/v2/fragment":
			status, location = "308", "http://"+req.Host+"/v2/#x"
		case "/v2/":
			status = ""
		}
		if status == "" {
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhome")
			return
		}
		fmt.Fprintf(conn, "HTTP/1.1 %s Moved\r\nLocation: %s\r\nContent-Length: 5\r\n\r\nmoved", status, location)
	})
	base := "http://" + registry.String()
	q := forbidden.addr.String()
	c := newClient(t, Config{})
	tests := []struct {
		id, mode, location, want string // location: status=location, or a path that the server knows
		hits                     int64
	}{
		{"E082", "", "302=http://" + q + "/v2/", "302", 1},
		{"E083", "", "307=http://" + q + "/v2/", "307", 1},
		{"E084", "", "302=//" + q + "/v2/", "302", 1},
		{"E085", "", "302=file:///etc/passwd", "302", 1},
		{"E086 granted target, not followed", "", "302=/v2/", "302", 1},
		{"E087", "same-origin", "302=http://evil.test:" + fmt.Sprint(forbidden.addr.Port()) + "/v2/", "302 redirect_blocked", 1},
		{"E088", "same-origin", "307=http://localhost:" + fmt.Sprint(forbidden.addr.Port()) + "/v2/", "307 redirect_blocked", 1},
		{"E089", "same-origin", "302=http://" + q + "/v2/", "302 redirect_blocked", 1},
		{"E090", "same-origin", "302=//" + q + "/v2/", "302 redirect_blocked", 1},
		{"E091", "same-origin", "302=file:///etc/passwd", "302 redirect_blocked", 1},
		{"E092", "same-origin", "302=/admin", "302 redirect_blocked", 1},
		{"dot segments", "same-origin", "302=/v2/../admin", "302 redirect_blocked", 1},
		{"escaped dot segments", "same-origin", "302=/v2/%2e%2e/admin", "302 redirect_blocked", 1},
		{"scheme changes", "same-origin", "302=https://" + registry.String() + "/v2/", "302 redirect_blocked", 1},
		{"user info", "same-origin", "302=http://a:b@" + registry.String() + "/v2/", "302 redirect_blocked", 1},
		{"E093", "same-origin", "/v2/loop", "302 redirect_blocked", 4},
		{"E094", "same-origin", "302=/v2/", "200", 2},
		{"absolute and with fragment", "same-origin", "/v2/fragment", "200", 2},
		{"not a redirect that is followed", "same-origin", "300=/v2/", "300", 1},
	}
	for _, tt := range tests {
		t.Run(tt.id, func(t *testing.T) {
			grants := grantsFor(base, func(e *wire.Access) { e.Path, e.Redirects = "/v2/", tt.mode })
			hits.Store(0)
			target := base + "/v2/go?" + tt.location
			if tt.location[0] == '/' {
				target = base + tt.location
			}
			res := send(t.Context(), c, grants, &wire.HTTPRequest{URL: target})
			wantOutcome(t, res, tt.want)
			forbidden.untouched(t)
			if hits.Load() != tt.hits {
				t.Errorf("%d requests, want %d", hits.Load(), tt.hits)
			}
			if res.Status/100 == 3 && (len(res.Header["location"]) != 1 || string(res.Body) != "moved") {
				t.Errorf("header %v, body %q", res.Header, res.Body)
			}
			if res.Status == http.StatusOK && res.FinalURL != base+"/v2/" {
				t.Errorf("final URL %q", res.FinalURL)
			}
		})
	}
}

// TestNoCookies: E122. What one answer sets the next request does not send, and
// the guest does not see it.
func TestNoCookies(t *testing.T) {
	var cookies atomic.Int64
	addr := rawServer(t, "127.0.0.1:0", func(conn net.Conn) {
		if req := readRequest(conn); req != nil {
			cookies.Add(int64(len(req.Header["Cookie"])))
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 0\r\n\r\n")
		}
	})
	c := newClient(t, Config{})
	for range 2 {
		res := get(t, c, "http://"+addr.String())
		wantOutcome(t, res, "200")
		if res.Header["set-cookie"] != nil || len(res.Header["x-a"]) != 2 {
			t.Errorf("header %v", res.Header)
		}
	}
	if n := cookies.Load(); n != 0 {
		t.Errorf("%d cookies were sent", n)
	}
}
