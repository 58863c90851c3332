package truth_test

import (
	"errors"
	"reflect"
	"testing"

	"stella-ops.org/doctor/host/truth"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

func ask(method string, status int) exchange.Exchange {
	return exchange.Exchange{
		Function: wire.FuncHTTPRead,
		Request:  wire.HTTPRequest{Method: method, URL: "https://registry.example.com/"},
		Response: wire.HTTPResponse{Status: status, Body: []byte("fine")},
	}
}

// headThenGet asks with HEAD and, where that is not allowed, with GET.
func headThenGet(c *exchange.Case) (wire.Result, []exchange.Exchange, error) {
	p := exchange.NewAnyOrderPlayer(c.Exchanges)
	resp, _ := p.HTTP(wire.FuncHTTPRead, wire.HTTPRequest{Method: "HEAD", URL: "https://registry.example.com/"})
	if resp.Status == 405 {
		resp, _ = p.HTTP(wire.FuncHTTPRead, wire.HTTPRequest{Method: "GET", URL: "https://registry.example.com/"})
	}
	r := wire.Result{Severity: wire.Warn, Cause: "http.odd"}
	switch {
	case resp.Error != nil && resp.Error.Kind == wire.KindDenied:
		r = wire.Result{Unjudged: wire.UnjudgedDenied}
	case resp.Error != nil:
		r = wire.Result{Severity: wire.Fail, Cause: "tcp.refused"}
	case resp.Status >= 200 && resp.Status < 300, resp.Status == 404 && string(resp.Body) == "fine":
		r = wire.Result{Severity: wire.Pass}
	}
	return r, p.Rest(), nil
}

func TestDerive(t *testing.T) {
	bases := []exchange.Case{
		{Comment: "All is well. More words.\n", Exchanges: []exchange.Exchange{ask("HEAD", 200), ask("GET", 200)}},
		{Comment: "HEAD is not allowed.\n", Exchanges: []exchange.Exchange{ask("HEAD", 405), ask("GET", 200)}},
	}
	table, err := truth.Derive("check.test.one", bases, headThenGet, nil)
	if err != nil {
		t.Fatal(err)
	}
	type key struct {
		title string
		n     int
		call  string
	}
	var got []key
	for _, r := range table.Requests {
		got = append(got, key{r.Case, r.N, r.Call})
	}
	const url = " https://registry.example.com/"
	if want := []key{{"All is well", 1, "HEAD" + url}, {"HEAD is not allowed", 1, "HEAD" + url}, {"HEAD is not allowed", 2, "GET" + url}}; !reflect.DeepEqual(got, want) {
		t.Errorf("requests %+v, want %+v", got, want)
	}
	rows := table.Requests[2].Rows
	want := []truth.Row{
		{When: []string{"100-199", "300-599"}, Verdict: "warn", Cause: "http.odd"},
		{When: []string{"200-299", "404 with header and body of 200", "200 with a web page"}, Verdict: "pass"},
	}
	if !reflect.DeepEqual(rows[:2], want) {
		t.Errorf("rows %+v\nwant %+v", rows[:2], want)
	}
	if last := rows[len(rows)-1]; last.Verdict != truth.Unjudged || !reflect.DeepEqual(last.When, []string{"denied"}) {
		t.Errorf("last row %+v", last)
	}
	again, err := truth.Parse(table.Marshal())
	if err != nil || !reflect.DeepEqual(again, table) {
		t.Errorf("read back: %v", err)
	}
}

func TestDeriveStops(t *testing.T) {
	bases := []exchange.Case{{Comment: "All is well.\n", Exchanges: []exchange.Exchange{ask("HEAD", 200)}}}
	_, err := truth.Derive("check.test.one", bases, func(c *exchange.Case) (wire.Result, []exchange.Exchange, error) {
		if c.Exchanges[0].Response.Status == 405 {
			return wire.Result{}, nil, errors.New("no answer to GET")
		}
		return headThenGet(c)
	}, nil)
	if want := "check check.test.one: All is well: request 1 answered with 405: no answer to GET"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	for _, text := range []string{"", "{}", `{"schema":"x"}`} {
		if _, err := truth.Parse([]byte(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

// TestDeriveConnection: a connection comes about or fails.
func TestDeriveConnection(t *testing.T) {
	base := exchange.Case{Comment: "An open port.\n", Exchanges: []exchange.Exchange{{Function: wire.FuncTCPProbe, TCP: &exchange.TCP{
		Request: wire.TCPRequest{Host: "mail.example.com", Port: 25}, Response: wire.TCPResponse{Connected: true}}}}}
	table, err := truth.Derive("check.test.one", []exchange.Case{base}, func(c *exchange.Case) (wire.Result, []exchange.Exchange, error) {
		p := exchange.NewAnyOrderPlayer(c.Exchanges)
		resp, _ := p.TCP(wire.TCPRequest{Host: "mail.example.com", Port: 25})
		r := wire.Result{Severity: wire.Pass}
		switch {
		case resp.Error != nil && resp.Error.Kind == wire.KindDenied:
			r = wire.Result{Unjudged: wire.UnjudgedDenied}
		case !resp.Connected:
			r = wire.Result{Severity: wire.Fail, Cause: "tcp." + resp.Error.Kind}
		}
		return r, p.Rest(), nil
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(table.Requests) != 1 || table.Requests[0].Call != "PROBE tcp://mail.example.com:25" {
		t.Fatalf("requests %+v", table.Requests)
	}
	rows := table.Requests[0].Rows
	if want := (truth.Row{When: []string{"connected"}, Verdict: "pass"}); !reflect.DeepEqual(rows[0], want) {
		t.Errorf("first row %+v", rows[0])
	}
	if want := (truth.Row{When: []string{"timeout connect", "timeout tls", "timeout header", "timeout body"}, Verdict: "fail", Cause: "tcp.timeout"}); !reflect.DeepEqual(rows[4], want) {
		t.Errorf("fifth row %+v", rows[4])
	}
	if last := rows[len(rows)-1]; last.Verdict != truth.Unjudged || !reflect.DeepEqual(last.When, []string{"denied"}) {
		t.Errorf("last row %+v", last)
	}
	if base.Exchanges[0].TCP.Response.Error != nil {
		t.Error("the base case was changed")
	}
}
