package exchange

import (
	"bytes"
	"strconv"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

const peerPrefix = wire.SchemeTCP + "://"

// Peer writes host and port of a request as tcp://host:port.
func Peer(q *wire.TCPRequest) string {
	return peerPrefix + wire.URL{Host: q.Host, Port: q.Port}.HostPort()
}

// parsePeer reads what Peer writes.
func parsePeer(s string) (q wire.TCPRequest, ok bool) {
	rest := strings.TrimPrefix(s, peerPrefix)
	cut := strings.LastIndexByte(rest, ':')
	if cut < 1 || !isAddress(s) {
		return q, false
	}
	q.Host = rest[:cut]
	if host, found := strings.CutPrefix(q.Host, "["); found {
		q.Host = strings.TrimSuffix(host, "]")
	}
	var err error
	q.Port, err = strconv.Atoi(rest[cut+1:])
	return q, err == nil && Peer(&q) == s
}

// linesHoldPeer tells whether a request line can hold the peer and give it back.
func linesHoldPeer(q *wire.TCPRequest) bool {
	back, ok := parsePeer(Peer(q))
	return ok && back.Host == q.Host && back.Port == q.Port
}

// probe reads the request of a call of tcp_probe; peer is what stands behind the
// method.
func (p *parser) probe(e *Exchange, peer string) *SyntaxError {
	e.TCP = new(TCP)
	q := &e.TCP.Request
	e.Function = wire.FuncTCPProbe
	whole := strings.HasPrefix(peer, "{")
	if whole {
		if err := factPart(peer, q, new(wire.TCPRequest)); err != nil {
			return p.errorf("%s: %v", wire.MethodProbe, err)
		}
	} else {
		var ok bool
		if *q, ok = parsePeer(peer); !ok {
			return p.errorf("%s is no peer: tcp://host:port is wanted", quoteShort(peer))
		}
	}
	for {
		line, ok := p.next()
		if !ok || line == "" {
			break
		}
		if !strings.HasPrefix(line, "@") {
			return p.errorf("%s is no fact: a request of %s has nothing else", quoteShort(line), wire.MethodProbe)
		}
		if err := p.probeFact(e, line, whole); err != nil {
			return err
		}
	}
	p.seen = make(map[string]bool)
	return nil
}

func (p *parser) probeFact(e *Exchange, line string, whole bool) *SyntaxError {
	name, value, err := p.fact(line)
	if err != nil {
		return err
	}
	q := &e.TCP.Request
	var problem error
	switch {
	case name == "function":
		e.Function, problem = factText(value)
	case name == "tls" && !whole:
		q.TLS, problem = factBool(value)
	case name == "banner" && !whole:
		q.Banner, problem = factInt(value)
	default:
		return p.errorf("@%s is no fact of a request of %s; known are function, and tls and banner beside tcp://host:port", short(name), wire.MethodProbe)
	}
	if problem != nil {
		return p.errorf("@%s: %v", name, problem)
	}
	return nil
}

// probed reads the answer to a call of tcp_probe.
func (p *parser) probed(a *wire.TCPResponse) *SyntaxError {
	for {
		line, ok := p.next()
		switch {
		case !ok:
			if a.Error == nil && !p.seen["connected"] {
				return p.errorf("no answer stands there: @connected or @error is wanted after a blank line")
			}
			return nil
		case line == "":
		case strings.HasPrefix(line, "@"):
			if err := p.probedFact(a, line); err != nil {
				return err
			}
		default:
			return p.errorf("%s is no fact: an answer to %s has nothing else", quoteShort(line), wire.MethodProbe)
		}
	}
}

func (p *parser) probedFact(a *wire.TCPResponse, line string) *SyntaxError {
	name, value, err := p.fact(line)
	if err != nil {
		return err
	}
	var problem error
	switch name {
	case "connected":
		a.Connected, problem = factBool(value)
	case "connect_ms":
		a.ConnectMS, problem = factInt(value)
	case "duration_ms":
		a.DurationMS, problem = factInt(value)
	case "address":
		a.Address, problem = factText(value)
	case "tls":
		a.TLS = new(wire.TLSInfo)
		problem = factPart(value, a.TLS, new(wire.TLSInfo))
	case "truncated":
		a.Truncated, problem = factBool(value)
	case "error":
		a.Error, problem = factError(value)
	case "banner":
		a.Banner, problem = factBody(value)
	default:
		return p.errorf("@%s is no fact of an answer to %s; known are connected, connect_ms, duration_ms, address, tls, truncated, error, banner", short(name), wire.MethodProbe)
	}
	if problem != nil {
		return p.errorf("@%s: %v", name, problem)
	}
	return nil
}

// writeProbe writes the text form of a call of tcp_probe.
func writeProbe(b *bytes.Buffer, e *Exchange) {
	q, a := &e.TCP.Request, &e.TCP.Response
	whole := !linesHoldPeer(q)
	if whole {
		b.WriteString(wire.MethodProbe + " " + formatJSON(q) + "\n")
	} else {
		b.WriteString(wire.MethodProbe + " " + Peer(q) + "\n")
	}
	if e.Function != wire.FuncTCPProbe {
		writeFact(b, "function", formatText(e.Function))
	}
	if q.TLS && !whole {
		b.WriteString("@tls\n")
	}
	if q.Banner != 0 && !whole {
		writeFact(b, "banner", strconv.FormatInt(q.Banner, 10))
	}
	b.WriteString("\n")

	if a.ConnectMS != 0 {
		writeFact(b, "connect_ms", strconv.FormatInt(a.ConnectMS, 10))
	}
	if a.DurationMS != 0 {
		writeFact(b, "duration_ms", strconv.FormatInt(a.DurationMS, 10))
	}
	if a.Address != "" {
		writeFact(b, "address", formatText(a.Address))
	}
	if a.Connected {
		b.WriteString("@connected\n")
	} else if a.Error == nil {
		writeFact(b, "connected", "false")
	}
	if a.TLS != nil {
		writeFact(b, "tls", formatJSON(a.TLS))
	}
	if a.Truncated {
		b.WriteString("@truncated\n")
	}
	if a.Error != nil {
		writeFact(b, "error", formatError(a.Error))
	}
	if len(a.Banner) > 0 {
		writeFact(b, "banner", formatBody(a.Banner))
	}
}
