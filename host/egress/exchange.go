package egress

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"

	"stella-ops.org/doctor/sdk/wire"
)

// once opens a way to one address and makes one exchange over it.
func (c *Client) once(ctx context.Context, u wire.URL, call Call, limit int64) wire.HTTPResponse {
	l, failure := c.open(ctx, u)
	res := wire.HTTPResponse{Status: l.status, Error: failure}
	if failure == nil {
		defer l.conn.Close()
		res = c.exchange(ctx, l, u, call, limit)
	}
	res.Address, res.TLS, res.ProxyIgnored = l.address, l.tls, c.proxy.ignored(u)
	return res
}

// exchange sends the request over the line and reads the answer. The line
// cannot be used afterwards.
//
// It writes and reads in the caller's goroutine instead of through an
// http.Transport, which would pool, retry and dial by itself, and which takes a
// server that speaks before it is asked (SSH, SMTP) now for a bad answer, now
// for a broken connection, and writes about it to the standard logger.
func (c *Client) exchange(ctx context.Context, l line, u wire.URL, call Call, limit int64) (res wire.HTTPResponse) {
	out, err := c.request(u, call)
	if err != nil {
		res.Error = failed(wire.KindInvalidURL, wire.RulePath, "the address cannot be sent: "+err.Error())
		return res
	}
	defer context.AfterFunc(ctx, func() { l.conn.SetDeadline(time.Unix(1, 0)) })()

	in, body, failure := roundTrip(ctx, l, u, out)
	if failure != nil {
		if l.forward != nil && failure.Kind != wire.KindTimeout {
			failure.On = wire.OnProxy // it is the proxy's answer that broke
		}
		res.Error = failure
		return res
	}
	res.Status, res.Header, res.FinalURL = in.StatusCode, header(in.Header), u.String()
	if hasBody(call.Request.Method) {
		res.Body, res.Truncated, res.Error = readBody(ctx, u, body, limit)
	}
	return res
}

// hasBody tells whether the answer's body is read: that of a write tells what
// went wrong, those of HEAD and OPTIONS have no meaning.
func hasBody(method string) bool {
	return method == http.MethodGet || wire.MethodClass(method) == wire.ClassWrite
}

// roundTrip writes the request and reads the head of the final answer. All
// heads together, interim ones (1xx) included, have at most
// [wire.MaxHeaderBytes]. The body is not to be closed: that would read it to its
// end. It ends with the connection.
func roundTrip(ctx context.Context, l line, u wire.URL, out *http.Request) (*http.Response, io.Reader, *wire.CallError) {
	write := out.Write
	if l.forward != nil {
		write = out.WriteProxy
		if login := proxyLogin(l.forward); login != "" {
			out.Header.Set("Proxy-Authorization", login)
		}
	}
	// A server may answer and close before it has read everything, so that a
	// failed write only counts when there is no answer either.
	writeErr := write(l.conn)
	counted := &io.LimitedReader{R: l.conn, N: wire.MaxHeaderBytes + readAhead}
	buffered := bufio.NewReaderSize(counted, readAhead)
	for {
		in, err := http.ReadResponse(buffered, out)
		if used := wire.MaxHeaderBytes + readAhead - counted.N - int64(buffered.Buffered()); used > wire.MaxHeaderBytes || counted.N == 0 {
			return nil, nil, failed(wire.KindConnectionFailed, "", fmt.Sprintf("the answer of %s has more than %d bytes of headers", u.HostPort(), wire.MaxHeaderBytes))
		}
		if err != nil {
			if writeErr != nil {
				err = writeErr
			}
			return nil, nil, classifyExchange(ctx, wire.TimeoutHeader, u.HostPort(), err)
		}
		if interim := 100 <= in.StatusCode && in.StatusCode < 200 && in.StatusCode != http.StatusSwitchingProtocols; interim {
			continue
		}
		counted.N = math.MaxInt64
		return in, in.Body, judgeHead(in)
	}
}

// readAhead is the size of the read buffer in bytes.
const readAhead = 4 << 10

// request builds the outgoing request from the screened address and nothing
// else of what the guest wrote but method, headers and body. The body goes with
// its exact length, never in chunks; a POST, PUT or PATCH without one says so
// with length 0, which some servers insist on (RFC 9110 §8.6).
func (c *Client) request(u wire.URL, call Call) (*http.Request, error) {
	req := call.Request
	path, err := url.PathUnescape(u.Path)
	if err != nil {
		return nil, errors.New("its path is not well escaped")
	}
	target := &url.URL{Scheme: u.Scheme, Host: strings.TrimPrefix(u.Origin(), u.Scheme+"://"), Path: path, RawPath: u.Path, RawQuery: u.Query}
	if target.EscapedPath() != u.Path {
		return nil, errors.New("its path has more than one spelling")
	}
	out := &http.Request{
		Method: req.Method, URL: target, Host: target.Host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header, len(req.Header)+2),
		Close:  true,
	}
	for name, values := range req.Header {
		for _, v := range values {
			out.Header.Add(name, v)
		}
	}
	out.Header.Set("User-Agent", c.userAgent)
	if call.Credential.Header != "" {
		out.Header.Set(call.Credential.Header, string(call.Credential.Value))
	}
	if len(req.Body) > 0 {
		out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(req.Body)), int64(len(req.Body))
	}
	return out, nil
}

// judgeHead refuses answers that are no HTTP answer although the parser took
// them: a change of protocol, a status outside 100–599, control bytes in a
// header. The reason phrase is dropped unread.
func judgeHead(in *http.Response) *wire.CallError {
	switch {
	case in.ProtoMajor != 1:
		return failed(wire.KindConnectionFailed, "", fmt.Sprintf("the server answered with HTTP %d.%d, which was not asked for", in.ProtoMajor, in.ProtoMinor))
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
