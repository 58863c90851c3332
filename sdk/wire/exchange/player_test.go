package exchange

import (
	"strings"
	"sync"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

func exchanges(t *testing.T, texts ...string) []Exchange {
	t.Helper()
	var all []Exchange
	for _, text := range texts {
		e, err := ParseExchange([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func TestPlayer(t *testing.T) {
	p := NewPlayer(exchanges(t,
		"GET https://r.example.com/v2/\naccept: a\n\nHTTP/1.1 200 OK\na: b\n\nx",
		"PUT https://r.example.com/v2/\n@body: \"x\"\n@max_body: 9\n@credential: {\"scheme\":\"bearer\",\"secret\":\"secret:A:B\"}\n\nHTTP/1.1 201 Created\n",
	))
	first := wire.HTTPRequest{Method: "GET", URL: "https://R.example.com:443/v2/", Header: map[string][]string{"accept": {"a"}, "x-more": {"b"}}}
	second := wire.HTTPRequest{Method: "PUT", URL: "https://r.example.com/v2/", Body: []byte("x"), MaxBody: 9, Credential: &wire.Credential{Scheme: "bearer", Secret: "secret:A:B"}}
	refused := func(function string, req wire.HTTPRequest, want string) {
		t.Helper()
		resp, ok := p.HTTP(function, req)
		if ok || resp.Error == nil || resp.Error.Kind != wire.KindDenied || !strings.HasSuffix(resp.Error.Message, want) {
			t.Errorf("got %v, %+v, want %q", ok, resp.Error, want)
		}
	}
	refused(wire.FuncHTTPRead, second, "http/1 is GET https://r.example.com/v2/")
	refused(wire.FuncHTTPWrite, first, "http/1 is a call of http_read, not of http_write")
	refused(wire.FuncHTTPRead, wire.HTTPRequest{Method: "GET", URL: "https://r.example.com/v2"}, "http/1 is GET https://r.example.com/v2/")
	refused(wire.FuncHTTPRead, wire.HTTPRequest{Method: "GET", URL: first.URL}, `http/1 wants header accept: "a", not ""`)
	if len(p.Rest()) != 2 {
		t.Errorf("a refused call was played")
	}
	resp, ok := p.HTTP(wire.FuncHTTPRead, first)
	if !ok || resp.Status != 200 || string(resp.Body) != "x" {
		t.Errorf("got %v, %+v", ok, resp)
	}
	resp.Body[0], resp.Header["a"][0] = 'y', "z"
	if e := p.exchanges[0].Response; string(e.Body) != "x" || e.Header["a"][0] != "b" {
		t.Errorf("a caller changed the exchange: %+v", e)
	}

	for want, change := range map[string]func(*wire.HTTPRequest){
		`http/2 wants body "x", not ""`:    func(q *wire.HTTPRequest) { q.Body = nil },
		`http/2 wants max_body 9, not 0`:   func(q *wire.HTTPRequest) { q.MaxBody = 0 },
		`"secret":"secret:A:B"}, not null`: func(q *wire.HTTPRequest) { q.Credential = nil },
		`, not {"scheme":"bearer","secret":"secret:A:C"}`: func(q *wire.HTTPRequest) {
			q.Credential = &wire.Credential{Scheme: "bearer", Secret: "secret:A:C"}
		},
	} {
		req := second
		change(&req)
		refused(wire.FuncHTTPWrite, req, want)
	}
	if _, ok := p.HTTP(wire.FuncHTTPWrite, second); !ok {
		t.Error("the second call was refused")
	}
	refused(wire.FuncHTTPWrite, second, "nothing is left to play")
	if rest := p.Rest(); len(rest) != 0 {
		t.Errorf("rest %+v", rest)
	}
}

// TestPlayerConcurrent: each exchange is played once, whoever asks.
func TestPlayerConcurrent(t *testing.T) {
	const n = 50
	text := "GET http://r.example.com/\n\nHTTP/1.1 200 OK\na: b\n"
	p := NewPlayer(exchanges(t, strings.Split(strings.Repeat(text+"\x00", n), "\x00")[:n]...))
	var wg sync.WaitGroup
	played := make(chan bool, 2*n)
	for range 2 * n {
		wg.Go(func() {
			resp, ok := p.HTTP(wire.FuncHTTPRead, wire.HTTPRequest{Method: "GET", URL: "http://r.example.com/"})
			if ok {
				resp.Header["a"][0] = "c"
			}
			p.Rest()
			played <- ok
		})
	}
	wg.Wait()
	close(played)
	count := 0
	for ok := range played {
		if ok {
			count++
		}
	}
	if count != n {
		t.Errorf("%d of %d played", count, n)
	}
}

// TestAnyOrderPlayer: calls may come in another order, each exchange is played
// once, and one that is not accepted is left.
func TestAnyOrderPlayer(t *testing.T) {
	p := NewAnyOrderPlayer(exchanges(t,
		"GET https://r.example.com/a\n\nHTTP/1.1 200 OK\n",
		"GET https://r.example.com/b\n\nHTTP/1.1 201 Created\n",
		"GET https://r.example.com/a\n\n@error: denied not-granted\n",
	))
	get := func(path string) wire.HTTPRequest {
		return wire.HTTPRequest{Method: "GET", URL: "https://r.example.com" + path}
	}
	if resp, ok := p.HTTP(wire.FuncHTTPRead, get("/b")); !ok || resp.Status != 201 {
		t.Errorf("the second exchange first: %v, %+v", ok, resp)
	}
	none := func(*wire.HTTPResponse) bool { return false }
	if resp, ok := p.HTTPIf(wire.FuncHTTPRead, get("/a"), none); ok || !strings.HasSuffix(resp.Error.Message, "http/1 has another answer") {
		t.Errorf("not accepted: %v, %+v", ok, resp.Error)
	}
	if rest := p.Rest(); len(rest) != 2 || rest[0].Response.Status != 200 {
		t.Errorf("rest %+v", rest)
	}
	for _, status := range []int{200, 0} {
		if resp, ok := p.HTTP(wire.FuncHTTPRead, get("/a")); !ok || resp.Status != status {
			t.Errorf("want %d: %v, %+v", status, ok, resp)
		}
	}
	if resp, ok := p.HTTP(wire.FuncHTTPRead, get("/b")); ok || resp.Error.Detail != Unexpected {
		t.Errorf("played twice: %v, %+v", ok, resp)
	}
}
