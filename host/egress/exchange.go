package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// once makes one exchange with one address on a connection of its own.
func (c *Client) once(ctx context.Context, u wire.URL, req *wire.HTTPRequest, limit int64) wire.HTTPResponse {
	res := wire.HTTPResponse{ProxyIgnored: c.proxy.ignored(u)}
	l, failure := c.open(ctx, u)
	res.Address, res.TLS, res.Status, res.Error = l.address, l.tls, l.status, failure
	if failure != nil {
		return res
	}
	defer l.conn.Close()

	out, err := c.request(ctx, u, req)
	if err != nil {
		res.Error = failed(wire.KindInvalidURL, "path", "the address cannot be sent: "+err.Error())
		return res
	}
	on := ""
	if l.forward != nil {
		on = wire.OnProxy
	}
	transport := transportOver(l)
	defer transport.CloseIdleConnections()
	in, err := transport.RoundTrip(out)
	if err != nil {
		res.Error = classifyExchange(ctx, wire.TimeoutHeader, u.HostPort(), err)
		if res.Error.Kind != wire.KindTimeout {
			res.Error.On = on
		}
		return res
	}
	defer in.Body.Close()
	if res.Error = judgeHead(in); res.Error != nil {
		res.Error.On = on
		return res
	}
	res.Status, res.Header, res.FinalURL = in.StatusCode, header(in.Header), u.String()
	if req.Method == http.MethodGet {
		res.Body, res.Truncated, res.Error = readBody(ctx, u, in.Body, limit)
	}
	return res
}

// request builds the outgoing request from the screened address and nothing
// else of what the guest wrote but method and headers.
func (c *Client) request(ctx context.Context, u wire.URL, req *wire.HTTPRequest) (*http.Request, error) {
	path, err := url.PathUnescape(u.Path)
	if err != nil {
		return nil, errors.New("its path is not well escaped")
	}
	target := &url.URL{Scheme: u.Scheme, Host: strings.TrimPrefix(u.Origin(), u.Scheme+"://"), Path: path, RawPath: u.Path, RawQuery: u.Query}
	if target.EscapedPath() != u.Path {
		return nil, errors.New("its path has more than one spelling")
	}
	out := (&http.Request{
		Method: req.Method, URL: target, Host: target.Host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header, len(req.Header)+1),
	}).WithContext(ctx)
	for name, values := range req.Header {
		for _, v := range values {
			out.Header.Add(name, v)
		}
	}
	out.Header.Set("User-Agent", c.userAgent)
	return out, nil
}

// transportOver makes a transport that has just this one connection to give. It
// cannot dial, so it cannot go anywhere else.
func transportOver(l line) *http.Transport {
	given := make(chan net.Conn, 1)
	given <- l.conn
	give := func(context.Context, string, string) (net.Conn, error) {
		select {
		case conn := <-given:
			return conn, nil
		default:
			return nil, errors.New("a second connection was asked for")
		}
	}
	t := &http.Transport{
		DialContext:            give,
		DialTLSContext:         give,
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: wire.MaxHeaderBytes,
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{},
	}
	if l.forward != nil {
		t.Proxy = http.ProxyURL(l.forward)
	}
	return t
}

// judgeHead refuses answers that are no HTTP answer although the parser took
// them: a change of protocol, a status outside 100–599, control bytes in a
// header. The reason phrase is dropped unread.
func judgeHead(in *http.Response) *wire.CallError {
	switch {
	case in.StatusCode == http.StatusSwitchingProtocols:
		return failed(wire.KindConnectionFailed, "", "the server changed the protocol, which was not asked for")
	case in.StatusCode < 100 || in.StatusCode > 599:
		return failed(wire.KindConnectionFailed, "", fmt.Sprintf("the server answered with status %d, which is none of HTTP", in.StatusCode))
	}
	for _, values := range in.Header {
		for _, v := range values {
			for i := range len(v) {
				if v[i] < 0x20 && v[i] != '\t' || v[i] == 0x7f {
					return failed(wire.KindConnectionFailed, "", "the server sent a control character in a header")
				}
			}
		}
	}
	return nil
}

// header turns the header into what the guest sees.
func header(in http.Header) map[string][]string {
	out := make(map[string][]string, len(in))
	for name, values := range in {
		name = strings.ToLower(name)
		if name == "set-cookie" {
			continue
		}
		for _, v := range values {
			out[name] = append(out[name], strings.ToValidUTF8(v, "\uFFFD"))
		}
	}
	return out
}

// readBody reads at most limit bytes. What arrived before a failure is kept.
func readBody(ctx context.Context, u wire.URL, in io.Reader, limit int64) ([]byte, bool, *wire.CallError) {
	body, err := io.ReadAll(io.LimitReader(in, limit+1))
	switch {
	case int64(len(body)) > limit:
		return body[:limit], true, failed(wire.KindTooLarge, "", fmt.Sprintf("the answer of %s is larger than %d bytes", u.HostPort(), limit))
	case err != nil:
		return body, false, classifyExchange(ctx, wire.TimeoutBody, u.HostPort(), err)
	}
	return body, false, nil
}
