package egress

import (
	"bytes"
	"context"
	"errors"
	"net"
	"time"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/sdk/wire"
)

// TCPCall is one connection that [access.JudgeTCP] allowed.
type TCPCall struct {
	// Grant covers the peer, URL is the peer as JudgeTCP gave it.
	Grant access.Grant
	URL   wire.URL
	// Request says what is wanted beside the connection. Its host and port are
	// not read.
	Request *wire.TCPRequest
}

// TCP opens one connection, closes it and returns what came of it, within the
// same bounds as [Client.HTTP]. A peer that the grant does not cover is denied
// here as well. Nothing but a TLS handshake is sent.
//
// No proxy is ever used: what speaks to mail servers and directories uses none,
// so that a way through one would say nothing about them. For the same reason a
// proxy that the environment names is not told about.
func (c *Client) TCP(ctx context.Context, call TCPCall) (res wire.TCPResponse) {
	ms, failure := c.within(ctx, call.URL, func(ctx context.Context) { res = c.probe(ctx, call) })
	if res.DurationMS = ms; failure != nil {
		res.Error = failure
	}
	return res
}

func (c *Client) probe(ctx context.Context, call TCPCall) (res wire.TCPResponse) {
	u, req := call.URL, call.Request
	if !call.Grant.CoversTCP(u) {
		res.Error = failed(wire.KindDenied, access.RuleNotGranted, "the grant does not cover "+u.HostPort())
		res.Error.Rule = access.RuleNotGranted
		return res
	}
	start := time.Now()
	l, failure := c.openStraight(ctx, u)
	if res.Address, res.Error = l.address, failure; failure != nil {
		return res
	}
	res.Connected, res.ConnectMS = true, time.Since(start).Milliseconds()
	if req.TLS {
		l, res.Error = c.secure(ctx, l, u.Host)
		res.TLS = l.tls
	}
	if res.Error == nil && req.Banner > 0 {
		res.Banner, res.Truncated, res.Error = c.readBanner(ctx, l.conn, u.HostPort(), min(req.Banner, wire.MaxBannerBytes))
	}
	l.closed()
	return res
}

// readBanner reads the first line that the peer says, at most limit bytes of it.
// What arrived before a failure is kept.
func (c *Client) readBanner(ctx context.Context, conn net.Conn, peer string, limit int64) (line []byte, truncated bool, failure *wire.CallError) {
	ctx, cancel := context.WithTimeout(ctx, c.times.banner)
	defer cancel()
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()

	buf := make([]byte, limit)
	for n := 0; n < len(buf); {
		more, err := conn.Read(buf[n:])
		if end := bytes.IndexByte(buf[n:n+more], '\n'); end >= 0 {
			return buf[:n+end+1], false, nil
		}
		if n += more; err != nil {
			return buf[:n], false, classifyBanner(ctx, peer, err)
		}
	}
	return buf, true, nil
}

// classifyBanner names what kept a peer from saying a line.
func classifyBanner(ctx context.Context, peer string, err error) *wire.CallError {
	var op *net.OpError
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return interrupted(ctx.Err(), wire.TimeoutBody, "waiting for the first line of "+peer)
	case timedOut(ctx, err):
		return failed(wire.KindTimeout, wire.TimeoutBody, "no line from "+peer+" in time")
	case errors.As(err, &op) && op.Op == "remote error":
		// With TLS 1.3 the server judges our certificate after the handshake.
		return failed(wire.KindSSLError, wire.TLSHandshake, peer+": "+cause(err))
	case isReset(err):
		return failed(wire.KindReset, "", peer+" closed the connection before it had said a line")
	}
	return failed(wire.KindConnectionFailed, "", "the first line of "+peer+": "+cause(err))
}
