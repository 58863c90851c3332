package host

import (
	"context"

	"stella-ops.org/doctor/host/audit"
	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// http sends a request that has its line in the ledger. Each hop of a redirect is a
// request as well, with a line of its own in the audit log before it is sent; the
// ledger shows the answer of the last one.
func (c *hostCalls) http(ctx context.Context, line int, call egress.Call) wire.HTTPResponse {
	if c.audit != nil && line >= 0 {
		call.Hop = func(moved wire.HTTPResponse, next wire.URL) *wire.CallError { return c.hop(line, call, moved, next) }
	}
	return c.network.HTTP(ctx, call)
}

// hop writes where a redirect leads, and what came of the request before it. It
// returns the refusal when the log did not take that.
func (c *hostCalls) hop(line int, call egress.Call, moved wire.HTTPResponse, next wire.URL) *wire.CallError {
	c.mu.Lock()
	before, l := c.audited[line], c.ledger[line]
	c.mu.Unlock()
	l.Purpose, l.URL = audit.PurposeRedirect, ledgerURL(next, &exchange.Exchange{Request: *call.Request})
	id, unwritten := c.audit.decided(l, c.secrets.kept())
	if unwritten != nil {
		return unwritten
	}
	(&httpCall{e: exchange.Exchange{Response: moved}}).told(&l)
	c.audit.settled(before, l, audit.Outcome{Peer: auditedPeer(moved.TLS)}, c.secrets.kept())
	c.mu.Lock()
	defer c.mu.Unlock()
	c.audited[line] = id
	return nil
}
