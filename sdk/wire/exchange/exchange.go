// Package exchange reads and writes the text form of host calls and of whole
// test cases, and plays them back. Authors write cases by hand, recordings are
// written by machine, and both are this one format. It knows no network, no
// clock and no sandbox; it needs the standard library and txtar.
//
// # A case
//
// A case is a txtar archive. Its comment says what the case shows. Its files:
//
//	request.json   the wire.Request; version, nonce, now and deadline_ms may be
//	               left out and get the defaults of this package
//	http/1, tcp/2 …  the host calls in the order in which they must be made, counted
//	               together
//	result.json    the wire.Result that is wanted; version, nonce and check may be
//	               left out, and so may the file
//
// Unknown files and unknown fields of request.json and result.json are errors,
// so that a slip of the pen does not make a case that tests less than it says.
//
// # An exchange
//
// An exchange is a request, a blank line, and what came back:
//
//	GET https://registry.example.com/v2/
//	accept: application/json
//
//	@duration_ms: 12
//	HTTP/1.1 401 Unauthorized
//	content-type: application/json
//	www-authenticate: Bearer realm="https://auth.example.com/token"
//
//	{"errors":[]}
//
// The answer is what curl -i prints, of any HTTP version, with CRLF or LF; its
// interim 1xx heads, set-cookie and transfer-encoding are dropped, and the last
// newline of the text is not part of the body. When nothing came back, an error
// stands there instead:
//
//	GET https://registry.example.com/v2/
//
//	@error: dns_failure nxdomain no such host
//
// # Facts
//
// Lines that begin with @ hold what no HTTP text holds. With the request:
//
//	@function: NAME      the host function, when the method does not tell
//	@max_body: N
//	@credential: {…}     JSON of wire.Credential
//	@undo: METHOD
//	@body: …             "a JSON string", or base64 followed by base64
//	@header: {…}         JSON of a header that lines cannot hold
//
// With the answer, before its status line:
//
//	@duration_ms: N      @address: TEXT       @truncated       @proxy_ignored
//	@final_url: TEXT     the address asked for, when left out beside a status
//	@tls: {…}            JSON of wire.TLSInfo
//	@auth: {…}           JSON of wire.AuthInfo
//	@error: KIND [DETAIL] [MESSAGE], or JSON of wire.CallError
//	@status: N           a status that no status line can hold
//	@body, @header       as above
//
// TEXT is taken as it stands; text that a line cannot hold is a JSON string.
// The same goes for the method and the address of the request line.
//
// # A connection
//
// A call of tcp_probe has the request line PROBE tcp://host:port, and facts only:
//
//	PROBE tcp://mail.example.com:587
//	@banner: 512
//
//	@connect_ms: 11
//	@duration_ms: 12
//	@connected
//	@banner: "220 mail.example.com ESMTP\r\n"
//
// With the request, @tls asks for a handshake and @banner is the number of bytes
// that are wanted. A peer that no such line can hold is written as PROBE and the
// JSON of wire.TCPRequest, without further facts. The answer is @connected or
// @error, or both, beside @connect_ms, @duration_ms, @address, @tls, @truncated
// and @banner, which is a body as above.
package exchange

import (
	"stella-ops.org/doctor/sdk/wire"
)

// Exchange is one host call and its answer.
type Exchange struct {
	// Function is the host function.
	Function string
	// Request and Response are the documents of an HTTP call, and zero in a call
	// of [wire.FuncTCPProbe], whose documents stand in TCP.
	Request  wire.HTTPRequest
	Response wire.HTTPResponse
	TCP      *TCP
}

// TCP holds the documents of one call of [wire.FuncTCPProbe].
type TCP struct {
	Request  wire.TCPRequest
	Response wire.TCPResponse
}

// Asked returns method and address of the call as its request line has them.
func (e *Exchange) Asked() (method, address string) {
	if e.TCP != nil {
		return wire.MethodProbe, Peer(&e.TCP.Request)
	}
	return e.Request.Method, e.Request.URL
}

// FileName is the name of the file for the n-th call of a case, such as http/1.
func (e *Exchange) FileName(n int) string {
	if e.TCP != nil {
		return tcpFiles + itoa(n)
	}
	return httpFiles + itoa(n)
}

// ParseExchange reads the text form of one exchange. An error is a [*SyntaxError].
func ParseExchange(text []byte) (Exchange, error) {
	e, err := parseExchange(text)
	if err != nil {
		return Exchange{}, err
	}
	return e, nil
}

// SyntaxError tells what is wrong with a text, and where.
type SyntaxError struct {
	// Line counts from 1, in the case or, for [ParseExchange], in the exchange.
	Line int
	// File is the file of the case, such as http/1; empty outside of one.
	File string
	// Problem is a lower-case phrase.
	Problem string
}

// Error returns "line N: file: problem".
func (e *SyntaxError) Error() string {
	where := "line " + itoa(e.Line)
	if e.File != "" {
		where += ": " + e.File
	}
	return where + ": " + e.Problem
}

// defaultFunction is the host function that the method tells.
func defaultFunction(method string) string {
	if wire.MethodClass(method) == wire.ClassWrite {
		return wire.FuncHTTPWrite
	}
	return wire.FuncHTTPRead
}

// defaultFinalURL is what @final_url says when it is left out.
func defaultFinalURL(e *Exchange) string {
	if e.Response.Status == 0 || isHandle(e.Request.URL) {
		return ""
	}
	return e.Request.URL
}
