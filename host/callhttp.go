package host

import (
	"context"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/audit"
	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// httpCall is a call of http_read or http_write.
type httpCall struct {
	e          exchange.Exchange
	credential egress.Credential
}

func (c *httpCall) request() wire.Document        { return &c.e.Request }
func (c *httpCall) response() wire.Document       { return &c.e.Response }
func (c *httpCall) validate() error               { return c.e.Request.Validate() }
func (c *httpCall) refuse(denial *wire.CallError) { c.e.Response = wire.HTTPResponse{Error: denial} }
func (c *httpCall) failure() *wire.CallError      { return c.e.Response.Error }
func (c *httpCall) proxyIgnored() bool            { return c.e.Response.ProxyIgnored }
func (c *httpCall) blank()                        { c.e.Response = wire.HTTPResponse{} }
func (c *httpCall) exchange() *exchange.Exchange  { return &c.e }

func (c *httpCall) judge(grants []access.Grant, f hostFunction) (access.Grant, wire.URL, *wire.CallError) {
	return access.Judge(grants, f.name, f.methods, &c.e.Request)
}

func (c *httpCall) attach(calls *hostCalls, g access.Grant, u wire.URL) (denial *wire.CallError) {
	c.credential, denial = calls.attach(g, u, c.e.Request.Credential)
	return denial
}

func (c *httpCall) send(ctx context.Context, calls *hostCalls, line int, g access.Grant, u wire.URL) (answered int) {
	c.e.Response, answered = calls.send(ctx, line, egress.Call{Grant: g, URL: u, Request: &c.e.Request, Credential: c.credential})
	return answered
}

func (c *httpCall) scrub(s *scrubber) {
	s.response(&c.e.Response)
	cutAuth(c.e.Response.Auth)
}

func (c *httpCall) play(p *exchange.Player, accept func(*wire.CallError) bool) (ok bool) {
	resp, ok := p.HTTPIf(c.e.Function, c.e.Request, func(recorded *wire.HTTPResponse) bool { return accept(recorded.Error) })
	if ok {
		c.e.Response = resp
	}
	return ok
}

func (c *httpCall) told(line *report.Request) {
	a := &c.e.Response
	line.Address, line.Status, line.DurationMS, line.Bytes = a.Address, a.Status, a.DurationMS, int64(len(a.Body))
}

func (c *httpCall) facts() audit.Outcome {
	return audit.Outcome{Peer: auditedPeer(c.e.Response.TLS), FinalURL: c.e.Response.FinalURL}
}

func (c *httpCall) words() []string {
	q := &c.e.Request
	texts := []string{q.URL, string(q.Body)}
	for name, values := range q.Header {
		texts = append(append(texts, name), values...)
	}
	if k := q.Credential; k != nil {
		texts = append(texts, k.Username, k.Scope)
	}
	return texts
}

// decideHTTP and settleHTTP write the line of a request that the host makes by
// itself.
func (c *hostCalls) decideHTTP(line int, call egress.Call, denial *wire.CallError) *wire.CallError {
	return c.decide(line, call.Grant, call.URL, &httpCall{e: exchange.Exchange{Request: *call.Request}}, denial)
}

func (c *hostCalls) settleHTTP(line int, resp *wire.HTTPResponse) {
	c.settle(line, &httpCall{e: exchange.Exchange{Response: *resp}})
}
