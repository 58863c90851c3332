package exchange

import (
	"reflect"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

func probe(q wire.TCPRequest, a wire.TCPResponse) Exchange {
	return Exchange{Function: wire.FuncTCPProbe, TCP: &TCP{q, a}}
}

// TestParseProbe reads what people write.
func TestParseProbe(t *testing.T) {
	mail := wire.TCPRequest{Host: "mail.example.com", Port: 587}
	for _, c := range []struct {
		name, text string
		want       Exchange
	}{
		{"connected", "PROBE tcp://mail.example.com:587\n\n@connected\n", probe(mail, wire.TCPResponse{Connected: true})},
		{"CRLF", "PROBE tcp://mail.example.com:587\r\n\r\n@connected\r\n@duration_ms: 3\r\n", probe(mail, wire.TCPResponse{Connected: true, DurationMS: 3})},
		{"refused", "PROBE tcp://[::1]:25\n\n@error: refused connection refused\n",
			probe(wire.TCPRequest{Host: "::1", Port: 25}, wire.TCPResponse{Error: &wire.CallError{Kind: "refused", Message: "connection refused"}})},
		{"all of it", "PROBE tcp://mail.example.com:465\n@tls\n@banner: 512\n\n@connect_ms: 2\n@duration_ms: 9\n@address: [2001:db8::1]:465\n@connected\n@tls: {\"version\":\"TLS1.3\"}\n@truncated\n" +
			"@error: timeout body no line\n@banner: \"220 mail\"\n",
			probe(wire.TCPRequest{Host: "mail.example.com", Port: 465, TLS: true, Banner: 512}, wire.TCPResponse{Connected: true, ConnectMS: 2, DurationMS: 9, Address: "[2001:db8::1]:465",
				TLS: &wire.TLSInfo{Version: "TLS1.3"}, Truncated: true, Banner: []byte("220 mail"), Error: &wire.CallError{Kind: "timeout", Detail: "body", Message: "no line"}})},
		{"no peer", "PROBE {\"host\":\"a b\",\"port\":-1,\"banner\":3}\n\n@error: invalid_url host\n",
			probe(wire.TCPRequest{Host: "a b", Port: -1, Banner: 3}, wire.TCPResponse{Error: &wire.CallError{Kind: "invalid_url", Detail: "host"}})},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseExchange([]byte(c.text))
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Fatalf("%v\n got %+v %+v\nwant %+v", err, got, got.TCP, c.want.TCP)
			}
			text := FormatExchange(got)
			if back, err := ParseExchange(text); err != nil || !reflect.DeepEqual(back, c.want) {
				t.Errorf("%v\n%s\n got %+v\nwant %+v", err, text, back.TCP, c.want.TCP)
			}
		})
	}
}

// TestFormatHoldsEveryProbe: the text form gives back whatever was recorded, also
// of a guest that asks for nonsense, and beside HTTP calls that look like it.
func TestFormatHoldsEveryProbe(t *testing.T) {
	for name, e := range map[string]Exchange{
		"zero":                   probe(wire.TCPRequest{}, wire.TCPResponse{}),
		"port beyond":            probe(wire.TCPRequest{Host: "a", Port: 70000}, wire.TCPResponse{}),
		"negative":               probe(wire.TCPRequest{Host: "a", Port: -1, Banner: -1}, wire.TCPResponse{ConnectMS: -1, DurationMS: -1}),
		"brackets":               probe(wire.TCPRequest{Host: "[::1]", Port: 1}, wire.TCPResponse{Connected: true}),
		"colons":                 probe(wire.TCPRequest{Host: "a:b", Port: 1, TLS: true}, wire.TCPResponse{Connected: true}),
		"controls":               probe(wire.TCPRequest{Host: "a\x1b\n-- x --", Port: 1}, wire.TCPResponse{Address: "\n", Error: &wire.CallError{Kind: "denied", Message: "a\nb"}}),
		"quotes":                 probe(wire.TCPRequest{Host: `"a"`, Port: 1}, wire.TCPResponse{Address: `"x`, Connected: true}),
		"slash":                  probe(wire.TCPRequest{Host: "a/b@c", Port: 1}, wire.TCPResponse{Connected: true}),
		"banner of a marker":     probe(wire.TCPRequest{Host: "a", Port: 1}, wire.TCPResponse{Connected: true, Banner: []byte("\n-- http/9 --\n")}),
		"binary banner":          probe(wire.TCPRequest{Host: "a", Port: 1}, wire.TCPResponse{Connected: true, Banner: []byte{0, 0xff, '\r'}}),
		"TLS facts":              probe(wire.TCPRequest{Host: "a", Port: 1}, wire.TCPResponse{Connected: true, TLS: &wire.TLSInfo{Subject: "CN=a\nb"}}),
		"function":               {Function: "http_read", TCP: &TCP{Request: wire.TCPRequest{Host: "a", Port: 1}}},
		"method PROBE over HTTP": {Function: wire.FuncHTTPRead, Request: wire.HTTPRequest{Method: "PROBE", URL: "tcp://a:1"}, Response: wire.HTTPResponse{Error: &wire.CallError{Kind: "denied"}}},
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

func TestParseProbeRefuses(t *testing.T) {
	const req = "-- request.json --\n{\"check\":\"check.test.one\"}\n"
	for name, c := range map[string]struct{ text, want string }{
		"order":           {req + "-- tcp/2 --\n", "line 3: tcp/2: stands where tcp/1 is wanted"},
		"not HTTP":        {req + "-- http/1 --\nPROBE tcp://a:1\n\n@connected\n", "line 3: http/1: holds what belongs into tcp/1"},
		"not TCP":         {req + "-- tcp/1 --\nGET u\n\n@error: reset\n", "line 3: tcp/1: holds what belongs into http/1"},
		"no port":         {req + "-- tcp/1 --\nPROBE tcp://a\n\n@connected\n", "line 4: tcp/1: \"tcp://a\" is no peer: tcp://host:port is wanted"},
		"odd port":        {req + "-- tcp/1 --\nPROBE tcp://a:025\n\n@connected\n", "line 4: tcp/1: \"tcp://a:025\" is no peer: tcp://host:port is wanted"},
		"no scheme":       {req + "-- tcp/1 --\nPROBE a:25\n\n@connected\n", "line 4: tcp/1: \"a:25\" is no peer: tcp://host:port is wanted"},
		"address":         {req + "-- tcp/1 --\nPROBE tcp://::1:25\n\n@connected\n", "line 4: tcp/1: \"tcp://::1:25\" is no peer: tcp://host:port is wanted"},
		"JSON":            {req + "-- tcp/1 --\nPROBE {\"hos\":\"a\"}\n\n@connected\n", "line 4: tcp/1: PROBE: unknown field \"hos\""},
		"JSON and facts":  {req + "-- tcp/1 --\nPROBE {\"host\":\"a\"}\n@tls\n\n@connected\n", "line 5: tcp/1: @tls is no fact of a request of PROBE; known are function, and tls and banner beside tcp://host:port"},
		"header":          {req + "-- tcp/1 --\nPROBE tcp://a:1\naccept: a\n\n@connected\n", "line 5: tcp/1: \"accept: a\" is no fact: a request of PROBE has nothing else"},
		"no answer":       {req + "-- tcp/1 --\nPROBE tcp://a:1\n\n@duration_ms: 1\n", "line 6: tcp/1: no answer stands there: @connected or @error is wanted after a blank line"},
		"no blank line":   {req + "-- tcp/1 --\nPROBE tcp://a:1\n@connected\n", "line 5: tcp/1: @connected is no fact of a request of PROBE; known are function, and tls and banner beside tcp://host:port"},
		"status line":     {req + "-- tcp/1 --\nPROBE tcp://a:1\n\nHTTP/1.1 200 OK\n", "line 6: tcp/1: \"HTTP/1.1 200 OK\" is no fact: an answer to PROBE has nothing else"},
		"fact":            {req + "-- tcp/1 --\nPROBE tcp://a:1\n\n@status: 1\n", "line 6: tcp/1: @status is no fact of an answer to PROBE; known are connected, connect_ms, duration_ms, address, tls, truncated, error, banner"},
		"fact twice":      {req + "-- tcp/1 --\nPROBE tcp://a:1\n\n@connected\n@connected\n", "line 7: tcp/1: @connected stands there twice"},
		"fact's value":    {req + "-- tcp/1 --\nPROBE tcp://a:1\n@banner: x\n\n@connected\n", "line 5: tcp/1: @banner: \"x\" is no whole number"},
		"banner's value":  {req + "-- tcp/1 --\nPROBE tcp://a:1\n\n@connected\n@banner: 220\n", "line 7: tcp/1: @banner: a JSON string, or base64 and a text in it, is wanted"},
		"control":         {req + "-- tcp/1 --\nPROBE tcp://a:1\n\n@connected\n@address: \x1b\n", "line 7: tcp/1: the line holds a control character or is not valid UTF-8"},
		"known elsewhere": {req + "-- tcp --\n", "line 3: tcp: is no file of a case; known are request.json, http/1, http/2 … (tcp/1 for a connection) and result.json"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseCase([]byte(c.text))
			if err == nil || err.Error() != c.want {
				t.Errorf("got %v, %+v\nwant %s", err, got, c.want)
			}
		})
	}
}

// TestPlayerTCP: connections and exchanges are played in one order, and neither
// answers a call of the other.
func TestPlayerTCP(t *testing.T) {
	p := NewPlayer(exchanges(t,
		"PROBE tcp://mail.example.com:25\n@tls\n@banner: 9\n\n@connected\n@banner: \"220 x\"\n@tls: {\"subject\":\"a\"}\n",
		"GET https://r.example.com/\n\nHTTP/1.1 200 OK\n",
	))
	refused := func(q wire.TCPRequest, want string) {
		t.Helper()
		resp, ok := p.TCP(q)
		if ok || resp.Error == nil || resp.Error.Kind != wire.KindDenied || resp.Error.Detail != Unexpected || !strings.HasSuffix(resp.Error.Message, want) {
			t.Errorf("got %v, %+v, want %q", ok, resp.Error, want)
		}
	}
	first := wire.TCPRequest{Host: "Mail.example.com.", Port: 25, TLS: true, Banner: 9}
	refused(wire.TCPRequest{Host: "mail.example.com", Port: 26, TLS: true, Banner: 9}, "unexpected PROBE tcp://mail.example.com:26: tcp/1 is PROBE tcp://mail.example.com:25")
	refused(wire.TCPRequest{Host: "mail2.example.com", Port: 25, TLS: true, Banner: 9}, "tcp/1 is PROBE tcp://mail.example.com:25")
	refused(wire.TCPRequest{Host: "mail.example.com", Port: 25, Banner: 9}, "tcp/1 wants tls true, not false")
	refused(wire.TCPRequest{Host: "mail.example.com", Port: 25, TLS: true}, "tcp/1 wants banner 9, not 0")
	if resp, ok := p.HTTP(wire.FuncHTTPRead, wire.HTTPRequest{Method: "GET", URL: "https://r.example.com/"}); ok || !strings.HasSuffix(resp.Error.Message, "tcp/1 is a call of tcp_probe, not of http_read") {
		t.Errorf("HTTP: %v, %+v", ok, resp.Error)
	}
	if resp, ok := p.TCPIf(first, func(*wire.TCPResponse) bool { return false }); ok || !strings.HasSuffix(resp.Error.Message, "tcp/1 has another answer") {
		t.Errorf("not accepted: %v, %+v", ok, resp.Error)
	}
	resp, ok := p.TCP(first)
	if !ok || !resp.Connected || string(resp.Banner) != "220 x" {
		t.Fatalf("got %v, %+v", ok, resp)
	}
	resp.Banner[0], resp.TLS.Subject = 'x', "b"
	if a := p.exchanges[0].TCP.Response; string(a.Banner) != "220 x" || a.TLS.Subject != "a" {
		t.Errorf("a caller changed the exchange: %+v", a)
	}
	refused(first, "http/2 is a call of http_read, not of tcp_probe")
	if rest := p.Rest(); len(rest) != 1 || rest[0].TCP != nil {
		t.Errorf("rest %+v", rest)
	}
}
