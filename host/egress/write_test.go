package egress

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

// writing grants every method that writes, and redirects as wide as they go.
func writing(e *wire.Access) {
	e.Class, e.Methods, e.Redirects = "write", []string{"GET", "POST", "PUT", "PATCH", "DELETE"}, wire.RedirectSameOrigin
}

// TestWrites reads what is sent off the connection: the framing is exact, for
// bodies that look like a second request too (E144), and an answer has its body.
func TestWrites(t *testing.T) {
	smuggled := "GET /evil HTTP/1.1\r\nHost: registry.test\r\n\r\n"
	tests := []struct{ method, body, length string }{
		{"POST", "", "0"},
		{"PUT", "", "0"},
		{"PATCH", "", "0"},
		{"DELETE", "", ""},
		{"POST", smuggled, fmt.Sprint(len(smuggled))},
		{"PUT", "\x00\xff\r\n", "4"},
		{"PATCH", strings.Repeat("x", wire.MaxRequestBodyBytes), fmt.Sprint(wire.MaxRequestBodyBytes)},
		{"DELETE", "why", "3"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s of %d bytes", tt.method, len(tt.body)), func(t *testing.T) {
			addr := rawServer(t, "127.0.0.1:0", func(conn net.Conn) {
				in := bufio.NewReader(conn)
				req, err := http.ReadRequest(in)
				if err != nil {
					return
				}
				body, err := io.ReadAll(req.Body)
				if err != nil || string(body) != tt.body || req.Method != tt.method || req.TransferEncoding != nil || req.Header.Get("Content-Length") != tt.length && req.ContentLength != int64(len(tt.body)) {
					t.Errorf("got %s %v %q, length %q (%v)", req.Method, req.TransferEncoding, body, req.Header.Get("Content-Length"), err)
				}
				io.WriteString(conn, "HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\ndenied")
				if rest, _ := io.ReadAll(in); len(rest) > 0 {
					t.Errorf("after the request came %q", rest)
				}
			})
			address := "http://" + addr.String() + "/v2/"
			res := send(t.Context(), newClient(t, Config{}), grantsFor(address, writing), &wire.HTTPRequest{Method: tt.method, URL: address, Body: []byte(tt.body)})
			wantOutcome(t, res, "403")
			if string(res.Body) != "denied" {
				t.Errorf("body %q", res.Body)
			}
		})
	}
}

// TestEmptyPostSaysSo: the length of an empty body is written out where the
// method expects one, and only there.
func TestEmptyPostSaysSo(t *testing.T) {
	for method, want := range map[string]bool{"POST": true, "PUT": true, "PATCH": true, "DELETE": false, "GET": false} {
		heads := make(chan string, 1)
		addr := rawServer(t, "127.0.0.1:0", func(conn net.Conn) {
			var head strings.Builder
			for in := bufio.NewReader(conn); ; {
				line, err := in.ReadString('\n')
				if head.WriteString(line); err != nil || line == "\r\n" {
					break
				}
			}
			heads <- head.String()
			io.WriteString(conn, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
		})
		address := "http://" + addr.String() + "/"
		wantOutcome(t, send(t.Context(), newClient(t, Config{}), grantsFor(address, writing), &wire.HTTPRequest{Method: method, URL: address}), "202")
		if head := <-heads; strings.Contains(head, "\r\nContent-Length: 0\r\n") != want || strings.Contains(head, "Transfer-Encoding") {
			t.Errorf("%s: %q", method, head)
		}
	}
}

// TestWritesAreSentOnce is E135 and P14: no redirect is followed, not even where
// reads may follow it, and nothing is sent again after a broken connection.
func TestWritesAreSentOnce(t *testing.T) {
	forbidden := newCounter(t, "127.0.0.1:0")
	tests := map[string]struct{ answer, want string }{
		"307 same origin": {"HTTP/1.1 307 Temporary Redirect\r\nLocation: /v2/other\r\nContent-Length: 0\r\n\r\n", "307"},
		"308 elsewhere":   {"HTTP/1.1 308 Permanent Redirect\r\nLocation: http://" + forbidden.addr.String() + "/\r\nContent-Length: 0\r\n\r\n", "308"},
		"303 same origin": {"HTTP/1.1 303 See Other\r\nLocation: /v2/\r\nContent-Length: 0\r\n\r\n", "303"},
		"no answer":       {"", "reset"},
		"half an answer":  {"HTTP/1.1 202 Acc", "reset"},
		"asks again":      {"HTTP/1.1 408 Request Timeout\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n", "408"},
	}
	for name, tt := range tests {
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
			t.Run(name+"/"+method, func(t *testing.T) {
				var hits atomic.Int64
				addr := rawServer(t, "127.0.0.1:0", func(conn net.Conn) {
					if req := readRequest(conn); req != nil {
						hits.Add(1)
						io.WriteString(conn, tt.answer)
					}
				})
				address := "http://" + addr.String() + "/v2/"
				res := send(t.Context(), newClient(t, Config{}), grantsFor(address, writing), &wire.HTTPRequest{Method: method, URL: address})
				wantOutcome(t, res, tt.want)
				if hits.Load() != 1 {
					t.Errorf("the request was sent %d times", hits.Load())
				}
			})
		}
	}
	forbidden.untouched(t)
}

// TestAnswerBeforeBody: a server that refuses a body before it has read it is
// heard.
func TestAnswerBeforeBody(t *testing.T) {
	addr := rawServer(t, "127.0.0.1:0", func(conn net.Conn) {
		io.WriteString(conn, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
		io.Copy(io.Discard, conn)
	})
	address := "http://" + addr.String() + "/"
	res := send(t.Context(), newClient(t, Config{}), grantsFor(address, writing), &wire.HTTPRequest{Method: "PUT", URL: address, Body: make([]byte, wire.MaxRequestBodyBytes)})
	wantOutcome(t, res, "413")
}
