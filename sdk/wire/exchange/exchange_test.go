package exchange

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

// TestParseExchange reads what people write and paste.
func TestParseExchange(t *testing.T) {
	get := func(a wire.HTTPResponse) Exchange {
		return Exchange{Function: wire.FuncHTTPRead, Request: wire.HTTPRequest{Method: "GET", URL: "https://r.example.com/v2/"}, Response: a}
	}
	const url = "https://r.example.com/v2/"
	for _, c := range []struct {
		name, text string
		want       Exchange
	}{
		{"curl -i with CRLF and HTTP/2", "GET https://r.example.com/v2/\n\nHTTP/2 401 \r\nContent-Type: application/json\r\nWWW-Authenticate: Bearer realm=\"x\"\r\nwww-authenticate: Basic\r\n" +
			"Set-Cookie: a=b\r\nTransfer-Encoding: chunked\r\n\r\n{\"a\":1}\n",
			get(wire.HTTPResponse{Status: 401, FinalURL: url, Body: []byte(`{"a":1}`),
				Header: map[string][]string{"content-type": {"application/json"}, "www-authenticate": {`Bearer realm="x"`, "Basic"}}})},
		{"interim answers", "GET https://r.example.com/v2/\n\nHTTP/1.1 100 Continue\n\nHTTP/1.1 103 Early Hints\nlink: x\n\nHTTP/1.1 200 OK\na:\n\n\nx\n\n",
			get(wire.HTTPResponse{Status: 200, FinalURL: url, Header: map[string][]string{"a": {""}}, Body: []byte("\nx\n")})},
		{"no body", "GET https://r.example.com/v2/\n\nHTTP/1.0 204 No Content\n", get(wire.HTTPResponse{Status: 204, FinalURL: url})},
		{"error with detail", "GET https://r.example.com/v2/\n\n@error: dns_failure nxdomain no such host\n",
			get(wire.HTTPResponse{Error: &wire.CallError{Kind: "dns_failure", Detail: "nxdomain", Message: "no such host"}})},
		{"error without detail", "GET https://r.example.com/v2/\n@error: refused connection refused\n\n@error: refused connection refused\n", Exchange{}},
		{"error, message only", "GET https://r.example.com/v2/\n\n@error: refused connection refused",
			get(wire.HTTPResponse{Error: &wire.CallError{Kind: "refused", Message: "connection refused"}})},
		{"denied", "GET https://r.example.com/v2/\n\n@error: denied method\n", get(wire.HTTPResponse{Error: &wire.CallError{Kind: "denied", Detail: "method"}})},
		{"error as JSON", "GET https://r.example.com/v2/\n\n@error: {\"kind\":\"refused\",\"on\":\"proxy\"}\n", get(wire.HTTPResponse{Error: &wire.CallError{Kind: "refused", On: "proxy"}})},
		{"facts", "GET https://r.example.com/v2/\n\n@duration_ms: 12\n@address: [::1]:443\n@final_url: https://r.example.com/x\n@truncated\n@proxy_ignored: true\n" +
			"@tls: {\"version\":\"TLS1.3\",\"issuer\":\"CN=A <b>\"}\n@auth: {\"token_exchange\":\"rejected\"}\n@error: too_large\n@body: base64 AP8=\n\nHTTP/3 200\n",
			get(wire.HTTPResponse{Status: 200, DurationMS: 12, Address: "[::1]:443", FinalURL: "https://r.example.com/x", Truncated: true, ProxyIgnored: true, Body: []byte{0, 0xff},
				TLS: &wire.TLSInfo{Version: "TLS1.3", Issuer: "CN=A <b>"}, Auth: &wire.AuthInfo{TokenExchange: "rejected"}, Error: &wire.CallError{Kind: "too_large"}})},
		{"write", "PUT secret:A:Url\nContent-Type: text/plain\n@max_body: 5\n@credential: {\"scheme\":\"bearer\",\"secret\":\"secret:A:B\"}\n@body: \"a\\r\\n-- x --\"\n\nHTTP/1.1 201 Created\n",
			Exchange{Function: wire.FuncHTTPWrite, Request: wire.HTTPRequest{Method: "PUT", URL: "secret:A:Url", Header: map[string][]string{"content-type": {"text/plain"}}, MaxBody: 5,
				Body: []byte("a\r\n-- x --"), Credential: &wire.Credential{Scheme: "bearer", Secret: "secret:A:B"}}, Response: wire.HTTPResponse{Status: 201}}},
		{"odd request", "\"G T\" \"http://a b/\\n\"\n@function: tcp_probe\n\n@error: invalid_url url\n",
			Exchange{Function: "tcp_probe", Request: wire.HTTPRequest{Method: "G T", URL: "http://a b/\n"}, Response: wire.HTTPResponse{Error: &wire.CallError{Kind: "invalid_url", Detail: "url"}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseExchange([]byte(c.text))
			if c.want.Function == "" {
				if err == nil {
					t.Error("no error")
				}
				return
			}
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("%v\n got %+v\nwant %+v", err, got, c.want)
			}
			if back, err := ParseExchange(FormatExchange(c.want)); err != nil || !reflect.DeepEqual(back, c.want) {
				t.Errorf("%v\n%s\n got %+v\nwant %+v", err, FormatExchange(c.want), back, c.want)
			}
		})
	}
}

// TestFormatHoldsEverything formats what machines record: the text form must
// give back every exchange, however odd.
func TestFormatHoldsEverything(t *testing.T) {
	for name, e := range map[string]Exchange{
		"zero":                 {},
		"empty method and url": {Function: wire.FuncHTTPRead, Response: wire.HTTPResponse{Error: &wire.CallError{Kind: "denied"}}},
		"quotes":               {Function: wire.FuncHTTPRead, Request: wire.HTTPRequest{Method: `"GET"`, URL: `"http://a/"`}, Response: wire.HTTPResponse{Status: 200, Address: `"x"`}},
		"outer space":          {Function: " f ", Request: wire.HTTPRequest{Method: "GET ", URL: " u"}, Response: wire.HTTPResponse{Status: 200, Address: " x "}},
		"odd status":           {Request: wire.HTTPRequest{Method: "GET", URL: "u"}, Response: wire.HTTPResponse{Status: 42, Body: []byte("x")}},
		"interim status":       {Request: wire.HTTPRequest{Method: "GET", URL: "u"}, Response: wire.HTTPResponse{Status: 100, Header: map[string][]string{"a": {"b"}}}},
		"status without name":  {Request: wire.HTTPRequest{Method: "GET", URL: "u"}, Response: wire.HTTPResponse{Status: 599}},
		"negative":             {Request: wire.HTTPRequest{Method: "GET", URL: "u", MaxBody: -1}, Response: wire.HTTPResponse{Status: -1, DurationMS: -1}},
		"header":               {Request: wire.HTTPRequest{Method: "GET", URL: "u", Header: map[string][]string{"Host": {"x"}, "a\n": {}}}, Response: wire.HTTPResponse{Status: 200, Header: map[string][]string{"set-cookie": {" x", "\x1b"}, "": nil}}},
		"marker":               {Request: wire.HTTPRequest{Method: "GET", URL: "u"}, Response: wire.HTTPResponse{Status: 200, Body: []byte("a\n-- http/9 --\nb")}},
		"marker first":         {Request: wire.HTTPRequest{Method: "GET", URL: "u"}, Response: wire.HTTPResponse{Status: 200, Body: []byte("-- http/9 --")}},
		"newlines":             {Request: wire.HTTPRequest{Method: "GET", URL: "u"}, Response: wire.HTTPResponse{Status: 200, Body: []byte("\n\n")}},
		"CRLF":                 {Request: wire.HTTPRequest{Method: "GET", URL: "u"}, Response: wire.HTTPResponse{Status: 200, Body: []byte("a\r\nb\r")}},
		"binary":               {Request: wire.HTTPRequest{Method: "POST", URL: "u", Body: []byte{0xff}}, Response: wire.HTTPResponse{Status: 200, Body: []byte{0, 1, 2, 0xfe}}},
		"body that is a fact":  {Request: wire.HTTPRequest{Method: "POST", URL: "u"}, Response: wire.HTTPResponse{Status: 200, Body: []byte("@error: refused")}},
		"error texts":          {Request: wire.HTTPRequest{Method: "GET", URL: "u"}, Response: wire.HTTPResponse{FinalURL: "x\ny", Error: &wire.CallError{Kind: "timeout", Message: "body was late"}}},
		"error lines":          {Request: wire.HTTPRequest{Method: "GET", URL: "u"}, Response: wire.HTTPResponse{Error: &wire.CallError{Kind: "reset", Detail: "d", Message: " a\nb", Rule: "r"}}},
		"no address":           {Request: wire.HTTPRequest{Method: "GET", URL: "u"}, Response: wire.HTTPResponse{Status: 200, FinalURL: ""}},
	} {
		t.Run(name, func(t *testing.T) {
			c := &Case{Comment: "Shows.\n", Request: request(), Exchanges: []Exchange{e}}
			text := c.Format()
			back, err := ParseCase(text)
			if err != nil || !reflect.DeepEqual(back, c) {
				t.Errorf("%v\n%s\n got %+v\nwant %+v", err, text, back, c)
			}
		})
	}
}

func request() wire.Request {
	r := defaultRequest()
	r.Check = "check.test.one"
	return r
}

const caseText = `A registry that answers 401.
Two lines -- and a dash.

-- request.json --
{
  "check": "check.integration.oci.registry",
  "settings": {
    "OCI:RegistryUrl": {
      "value": "https://registry.example.com",
      "key": "OCI:RegistryUrl"
    }
  }
}
-- http/1 --
GET https://registry.example.com/v2/

HTTP/1.1 401 Unauthorized
docker-distribution-api-version: registry/2.0

{"errors":[]}
-- http/2 --
GET https://registry.example.com/x

@error: timeout header
-- result.json --
{
  "severity": "pass",
  "diagnosis": "It answers."
}
`

func TestParseCase(t *testing.T) {
	for _, text := range []string{caseText, strings.ReplaceAll(caseText, "\n", "\r\n")} {
		c, err := ParseCase([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		want := request()
		want.Check = "check.integration.oci.registry"
		want.Settings["OCI:RegistryUrl"] = wire.Setting{Value: "https://registry.example.com", Key: "OCI:RegistryUrl"}
		if !reflect.DeepEqual(c.Request, want) || len(c.Exchanges) != 2 || c.Exchanges[1].Response.Error.Detail != "header" {
			t.Errorf("got %+v", c)
		}
		if text == caseText {
			if got := c.Format(); string(got) != caseText {
				t.Errorf("Format:\n%s", got)
			}
		}
	}
}

func TestParseCaseRefuses(t *testing.T) {
	const req = "-- request.json --\n{\"check\":\"check.test.one\"}\n"
	for name, c := range map[string]struct{ text, want string }{
		"empty":              {"", "line 1: the case has no request.json"},
		"no request":         {"Shows.\n-- http/1 --\nGET u\n\n@error: reset\n", "line 6: the case has no request.json"},
		"unknown file":       {"a\n" + req + "-- http --\n", "line 4: http: is no file of a case; known are request.json, http/1, http/2 … (tcp/1 for a connection) and result.json"},
		"twice":              {req + req, "line 3: request.json: stands there twice"},
		"order":              {req + "-- http/2 --\n", "line 3: http/2: stands where http/1 is wanted"},
		"bad JSON":           {"-- request.json --\n{\n", "line 2: request.json: request: offset 2: a key in quotes is wanted"},
		"unknown field":      {"-- request.json --\n{\"check\":\"check.test.one\",\"setings\":{}}\n", "line 2: request.json: unknown field \"setings\""},
		"upper case":         {"-- request.json --\n{\"check\":\"check.test.one\",\"Now\":\"2026-01-02T03:04:06Z\"}\n", "line 2: request.json: a field name is not in lower case"},
		"invalid request":    {"-- request.json --\n{\"check\":\"x\"}\n", "line 2: request.json: request: check: x is not of the form check.<area>.<thing>, lower-case letters, digits and hyphens"},
		"wrong type":         {"-- request.json --\n{\"check\":1}\n", "line 2: request.json: request.check: a string is wanted, not a number"},
		"result":             {req + "-- result.json --\n{\"severity\":1}\n", "line 4: result.json: result.severity: a string is wanted, not a number"},
		"result unknown":     {req + "-- result.json --\n{\"remediation\":{\"fix\":1}}\n", "line 4: result.json: unknown field \"fix\""},
		"result empty":       {req + "-- result.json --\n", "line 4: result.json: the file is empty; leave it out when nothing is wanted"},
		"exchange empty":     {req + "-- http/1 --\n", "line 4: http/1: the exchange is empty: METHOD and URL are wanted"},
		"request line":       {req + "-- http/1 --\nGET\n", "line 4: http/1: \"GET\" is no request line: METHOD and URL are wanted, with one space between"},
		"request line, more": {req + "-- http/1 --\nGET u HTTP/1.1\n", "line 4: http/1: \"GET u HTTP/1.1\" is no request line: METHOD and URL are wanted, with one space between"},
		"no answer":          {req + "-- http/1 --\nGET u\n\n", "line 5: http/1: no answer stands there: a status line such as HTTP/1.1 200 OK, or @error, is wanted after a blank line"},
		"no blank line":      {req + "-- http/1 --\nGET u\nHTTP/1.1 200 OK\n", "line 5: http/1: \"HTTP/1.1 200 OK\" is no header line: name and value are wanted, with a colon between"},
		"status line":        {req + "-- http/1 --\nGET u\n\nHTTP/1.1 OK\n", "line 6: http/1: \"HTTP/1.1 OK\" is neither a fact nor a status line such as HTTP/1.1 200 OK"},
		"header":             {req + "-- http/1 --\nGET u\n\nHTTP/1.1 200\na: b\n folded\n", "line 8: http/1: \" folded\" is no header line: name and value are wanted, with a colon between"},
		"control":            {req + "-- http/1 --\nGET u\n\nHTTP/1.1 200\na: \x1b\n", "line 7: http/1: the line holds a control character or is not valid UTF-8"},
		"fact":               {req + "-- http/1 --\nGET u\n\n@time: 3\n", "line 6: http/1: @time is no fact of an answer; known are duration_ms, address, final_url, truncated, proxy_ignored, status, tls, auth, error, body, header"},
		"fact of a request":  {req + "-- http/1 --\nGET u\n@tls: {}\n", "line 5: http/1: @tls is no fact of a request; known are function, max_body, credential, undo, body, header"},
		"fact twice":         {req + "-- http/1 --\nGET u\n\n@truncated\n@truncated\n", "line 7: http/1: @truncated stands there twice"},
		"fact's value":       {req + "-- http/1 --\nGET u\n\n@duration_ms: soon\n", "line 6: http/1: @duration_ms: \"soon\" is no whole number"},
		"fact's bool":        {req + "-- http/1 --\nGET u\n\n@truncated: yes\n", "line 6: http/1: @truncated: \"yes\" is neither true nor false"},
		"fact's JSON":        {req + "-- http/1 --\nGET u\n\n@tls: {\"cipher\":1}\n", "line 6: http/1: @tls: unknown field \"cipher\""},
		"fact's JSON, more":  {req + "-- http/1 --\nGET u\n\n@tls: {} {}\n", "line 6: http/1: @tls: something stands after the JSON"},
		"fact's JSON, twice": {req + "-- http/1 --\nGET u\n\n@error: {\"kind\":\"reset\",\"kind\":\"denied\"}\n", "line 6: http/1: @error: offset 32: key kind stands twice in one object"},
		"fact's JSON, case":  {req + "-- http/1 --\nGET u\n@credential: {\"Scheme\":\"basic\"}\n", "line 5: http/1: @credential: a field name is not in lower case"},
		"header fact, twice": {req + "-- http/1 --\nGET u\n\n@header: {\"a\":[\"1\"],\"a\":[\"2\"]}\n", "line 6: http/1: @header: a name stands there twice, or there are too many values"},
		"error kind":         {req + "-- http/1 --\nGET u\n\n@error: dns\n", "line 6: http/1: @error: \"dns\" is none of dns_failure, refused, timeout, ssl_error, connection_failed, reset, too_large, redirect_blocked, denied, invalid_url"},
		"body twice":         {req + "-- http/1 --\nGET u\n\n@body: \"a\"\nHTTP/1.1 200\n\nb\n", "line 9: http/1: the body stands there twice: as @body and after the header"},
		"body":               {req + "-- http/1 --\nGET u\n\n@body: base64 x\n", "line 6: http/1: @body: standard base64 with padding is wanted"},
	} {
		t.Run(name, func(t *testing.T) {
			c2, err := ParseCase([]byte(c.text))
			if err == nil || err.Error() != c.want {
				t.Errorf("got %v, %+v\nwant %s", err, c2, c.want)
			}
		})
	}
}

// FuzzParseCase: no panic; what parses formats to a text that gives it back and
// that is stable.
func FuzzParseCase(f *testing.F) {
	f.Add([]byte(caseText))
	f.Add([]byte("-- request.json --\n{\"check\":\"check.test.one\"}\n-- http/1 --\nPUT \"u\\n\"\na: b\n@body: \"x\"\n@header: {\"A\":[]}\n\n@duration_ms: 1\n@status: 7\n@tls: {}\n"))
	f.Add([]byte("-- request.json --\n{\"check\":\"check.test.one\"}\n-- http/1 --\nGET u\n\n@error: {\"kind\":\"reset\",\"on\":\"realm\"}\n@final_url\n@truncated: false\nHTTP/2 101\nx:y\n\n-- \n"))
	f.Add([]byte("-- request.json --\n{\"check\":\"check.test.one\"}\n-- tcp/1 --\nPROBE tcp://[::1]:25\n@tls\n@banner: 9\n\n@connected\n@connect_ms: 1\n@banner: \"220 \"\n@tls: {}\n@truncated\n@error: reset\n"))
	f.Add([]byte("-- request.json --\n{\"check\":\"check.test.one\"}\n-- tcp/1 --\nPROBE {\"host\":\"a b\",\"port\":-1}\n@function: x\n\n@connected: false\n-- http/2 --\n\"PROBE\" u\n\n@error: reset\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseCase(data)
		if err != nil {
			return
		}
		text := c.Format()
		back, err := ParseCase(text)
		if err != nil || !reflect.DeepEqual(back, c) {
			t.Fatalf("%v\n%s\n got %+v\nwant %+v", err, text, back, c)
		}
		if again := back.Format(); !bytes.Equal(again, text) {
			t.Fatalf("unstable:\n%s\n%s", text, again)
		}
	})
}

func TestFormatResult(t *testing.T) {
	r := &wire.Result{Version: 1, Nonce: DefaultNonce, Check: "check.test.one", Severity: wire.Pass, Diagnosis: "a <b>", Evidence: wire.Evidence{"a": wire.Null()}}
	const want = "{\n  \"severity\": \"pass\",\n  \"diagnosis\": \"a <b>\",\n  \"evidence\": {\n    \"a\": null\n  }\n}\n"
	if got := FormatResult(r); string(got) != want {
		t.Errorf("got %s", got)
	}
}
