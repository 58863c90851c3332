package egress

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"stella-ops.org/doctor/sdk/wire"
)

// tunnel asks an HTTP proxy for a connection to the target (RFC 9110 §9.3.6).
// The target's name goes to the proxy and is not resolved here.
func (c *Client) tunnel(ctx context.Context, l *line, proxy *url.URL, u wire.URL) *wire.CallError {
	defer context.AfterFunc(ctx, func() { l.conn.SetDeadline(time.Unix(1, 0)) })()

	head := "CONNECT " + u.HostPort() + " HTTP/1.1\r\nHost: " + u.HostPort() + "\r\nUser-Agent: " + c.userAgent + "\r\n"
	if login := proxyLogin(proxy); login != "" {
		head += "Proxy-Authorization: " + login + "\r\n"
	}
	if _, err := io.WriteString(l.conn, head+"\r\n"); err != nil {
		return classifyExchange(ctx, wire.TimeoutConnect, "proxy "+proxy.Host, err)
	}
	limited := &io.LimitedReader{R: l.conn, N: wire.MaxHeaderBytes}
	in := bufio.NewReader(limited)
	res, err := http.ReadResponse(in, &http.Request{Method: http.MethodConnect})
	if err != nil && limited.N <= 0 {
		return failed(wire.KindConnectionFailed, "", fmt.Sprintf("the answer of proxy %s to CONNECT is longer than %d bytes", proxy.Host, wire.MaxHeaderBytes))
	}
	if err != nil {
		return classifyExchange(ctx, wire.TimeoutConnect, "proxy "+proxy.Host, err)
	}
	if res.StatusCode != http.StatusOK {
		if 100 <= res.StatusCode && res.StatusCode <= 599 {
			l.status = res.StatusCode
		}
		return failed(wire.KindConnectionFailed, "", fmt.Sprintf("proxy %s answered CONNECT %s with status %d", proxy.Host, u.HostPort(), res.StatusCode))
	}
	if in.Buffered() > 0 {
		// The target speaks only after our first byte; what came before is the
		// proxy's own, and would be read as the target's.
		return failed(wire.KindConnectionFailed, "", "proxy "+proxy.Host+" sent data before the tunnel was used")
	}
	return nil
}

// proxyLogin is the value of Proxy-Authorization, empty for a proxy without
// user info in its address.
func proxyLogin(proxy *url.URL) string {
	if proxy.User == nil {
		return ""
	}
	password, _ := proxy.User.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(proxy.User.Username()+":"+password))
}
