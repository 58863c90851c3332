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

// tcpCall is a call of tcp_probe. In the ledger its method is PROBE, its address
// tcp://host:port, and its bytes those of the banner.
type tcpCall struct{ e exchange.Exchange }

func (c *tcpCall) request() wire.Document        { return &c.e.TCP.Request }
func (c *tcpCall) response() wire.Document       { return &c.e.TCP.Response }
func (c *tcpCall) validate() error               { return c.e.TCP.Request.Validate() }
func (c *tcpCall) refuse(denial *wire.CallError) { c.e.TCP.Response = wire.TCPResponse{Error: denial} }
func (c *tcpCall) failure() *wire.CallError      { return c.e.TCP.Response.Error }
func (c *tcpCall) proxyIgnored() bool            { return false }
func (c *tcpCall) words() []string               { return []string{c.e.TCP.Request.Host} }
func (c *tcpCall) scrub(s *scrubber)             { s.probed(&c.e.TCP.Response) }
func (c *tcpCall) blank()                        { c.e.TCP.Response = wire.TCPResponse{} }
func (c *tcpCall) exchange() *exchange.Exchange  { return &c.e }

func (c *tcpCall) judge(grants []access.Grant, f hostFunction) (access.Grant, wire.URL, *wire.CallError) {
	return access.JudgeTCP(grants, f.name, &c.e.TCP.Request)
}

// attach has nothing to do: a connection carries no secret.
func (c *tcpCall) attach(*hostCalls, access.Grant, wire.URL) *wire.CallError { return nil }

func (c *tcpCall) send(ctx context.Context, calls *hostCalls, line int, g access.Grant, u wire.URL) (answered int) {
	c.e.TCP.Response = calls.network.TCP(ctx, egress.TCPCall{Grant: g, URL: u, Request: &c.e.TCP.Request})
	return line
}

func (c *tcpCall) play(p *exchange.Player, accept func(*wire.CallError) bool) (ok bool) {
	resp, ok := p.TCPIf(c.e.TCP.Request, func(recorded *wire.TCPResponse) bool { return accept(recorded.Error) })
	if ok {
		c.e.TCP.Response = resp
	}
	return ok
}

func (c *tcpCall) facts() audit.Outcome {
	return audit.Outcome{Peer: auditedPeer(c.e.TCP.Response.TLS)}
}

func (c *tcpCall) told(line *report.Request) {
	a := &c.e.TCP.Response
	line.Address, line.DurationMS, line.Bytes = a.Address, a.DurationMS, int64(len(a.Banner))
}
