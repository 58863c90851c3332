package exchange

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"stella-ops.org/doctor/sdk/wire"
)

// Player answers host calls from a list of exchanges, in their order. It is
// safe for concurrent use.
type Player struct {
	mu        sync.Mutex
	exchanges []Exchange
	played    []bool
	anyOrder  bool
}

// NewPlayer makes a player. It keeps the slice, which nobody may change.
func NewPlayer(exchanges []Exchange) *Player {
	return &Player{exchanges: exchanges, played: make([]bool, len(exchanges))}
}

// NewAnyOrderPlayer makes a player that answers a call with the first exchange
// left that matches it. It is for a check of another version than was recorded,
// which may ask the same in another order.
func NewAnyOrderPlayer(exchanges []Exchange) *Player {
	p := NewPlayer(exchanges)
	p.anyOrder = true
	return p
}

// HTTP answers one host call with the next exchange. That must have the same
// function, method, address (in canonical form), body, credential and undo; its
// header fields must stand in the request, which may have more; its max_body
// must be the same unless it is left out.
//
// When the call does not match, or nothing is left, ok is false, nothing is
// played, and the answer is an error of kind denied, detail unexpected, whose
// message says what differs.
func (p *Player) HTTP(function string, req wire.HTTPRequest) (resp wire.HTTPResponse, ok bool) {
	return p.HTTPIf(function, req, func(*wire.HTTPResponse) bool { return true })
}

// HTTPIf is HTTP for a caller who takes only some answers: one that it does not
// accept is not played.
func (p *Player) HTTPIf(function string, req wire.HTTPRequest, accept func(*wire.HTTPResponse) bool) (resp wire.HTTPResponse, ok bool) {
	e, refusal := p.play(&Exchange{Function: function, Request: req}, func(e *Exchange) bool { return accept(&e.Response) })
	if refusal != nil {
		return wire.HTTPResponse{Error: refusal}, false
	}
	return cloneResponse(e.Response), true
}

// TCP is [Player.HTTP] for a call of [wire.FuncTCPProbe]. The next exchange must
// be one, with the same host (in canonical form) and port, the same wish for TLS
// and the same banner.
func (p *Player) TCP(req wire.TCPRequest) (resp wire.TCPResponse, ok bool) {
	return p.TCPIf(req, func(*wire.TCPResponse) bool { return true })
}

// TCPIf is TCP for a caller who takes only some answers; see [Player.HTTPIf].
func (p *Player) TCPIf(req wire.TCPRequest, accept func(*wire.TCPResponse) bool) (resp wire.TCPResponse, ok bool) {
	call := &Exchange{Function: wire.FuncTCPProbe, TCP: &TCP{Request: req}}
	e, refusal := p.play(call, func(e *Exchange) bool { return accept(&e.TCP.Response) })
	if refusal != nil {
		return wire.TCPResponse{Error: refusal}, false
	}
	return cloneProbed(e.TCP.Response), true
}

// play finds and plays the exchange that answers a call, of which only the asking
// half is looked at. Otherwise it says why there is none.
func (p *Player) play(call *Exchange, accept func(*Exchange) bool) (*Exchange, *wire.CallError) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, problem := p.find(call)
	if problem == "" && !accept(&p.exchanges[i]) {
		problem = p.exchanges[i].FileName(i+1) + " has another answer"
	}
	if problem != "" {
		method, address := call.Asked()
		problem = fmt.Sprintf("unexpected %s %s: %s", short(method), short(address), problem)
		return nil, &wire.CallError{Kind: wire.KindDenied, Detail: Unexpected, Message: problem}
	}
	p.played[i] = true
	return &p.exchanges[i], nil
}

// Unexpected is the detail of the error that answers a call which no exchange
// holds.
const Unexpected = "unexpected"

// find returns the exchange that answers a call, or why none does.
func (p *Player) find(call *Exchange) (i int, problem string) {
	for i := range p.exchanges {
		if p.played[i] {
			continue
		}
		diff := mismatch(&p.exchanges[i], call)
		if diff == "" {
			return i, ""
		}
		if problem == "" {
			problem = p.exchanges[i].FileName(i+1) + " " + diff
		}
		if !p.anyOrder {
			return 0, problem
		}
	}
	if problem == "" {
		problem = "nothing is left to play"
	}
	return 0, problem
}

// Rest returns the exchanges that were not played.
func (p *Player) Rest() []Exchange {
	p.mu.Lock()
	defer p.mu.Unlock()
	var rest []Exchange
	for i, e := range p.exchanges {
		if !p.played[i] {
			rest = append(rest, e)
		}
	}
	return rest
}

// mismatch says how a call differs from what e wants; empty when it does not.
func mismatch(e, call *Exchange) string {
	if e.Function != call.Function || (e.TCP == nil) != (call.TCP == nil) {
		return fmt.Sprintf("is a call of %s, not of %s", e.Function, call.Function)
	}
	if e.TCP != nil {
		return peerMismatch(&e.TCP.Request, &call.TCP.Request)
	}
	want, req := &e.Request, &call.Request
	if want.Method != req.Method || canonical(want.URL) != canonical(req.URL) {
		return fmt.Sprintf("is %s %s", short(want.Method), short(want.URL))
	}
	if name, ok := equalHeader(want.Header, req.Header); !ok {
		return fmt.Sprintf("wants header %s: %s, not %s", name, quoteShort(strings.Join(want.Header[name], ", ")), quoteShort(strings.Join(req.Header[name], ", ")))
	}
	if !bytes.Equal(want.Body, req.Body) {
		return fmt.Sprintf("wants body %s, not %s", quoteShort(string(want.Body)), quoteShort(string(req.Body)))
	}
	if w, g := formatJSON(want.Credential), formatJSON(req.Credential); w != g {
		return fmt.Sprintf("wants credential %s, not %s", w, g)
	}
	if want.Undo != req.Undo {
		return fmt.Sprintf("wants undo %s, not %s", quoteShort(want.Undo), quoteShort(req.Undo))
	}
	if want.MaxBody != 0 && want.MaxBody != req.MaxBody {
		return fmt.Sprintf("wants max_body %d, not %d", want.MaxBody, req.MaxBody)
	}
	return ""
}

func peerMismatch(want, req *wire.TCPRequest) string {
	w, g := *want, *req
	w.Host, g.Host = canonicalPeer(w.Host), canonicalPeer(g.Host)
	switch {
	case w.Host != g.Host || w.Port != g.Port:
		return fmt.Sprintf("is %s %s", wire.MethodProbe, short(Peer(want)))
	case w.TLS != g.TLS:
		return fmt.Sprintf("wants tls %v, not %v", w.TLS, g.TLS)
	case w.Banner != g.Banner:
		return fmt.Sprintf("wants banner %d, not %d", w.Banner, g.Banner)
	}
	return ""
}

// canonicalPeer is the canonical form of a host that passes the screen.
func canonicalPeer(host string) string {
	if u, rule := wire.ScreenTCP(host, 1); rule == "" {
		return u.Host
	}
	return host
}

// canonical is the canonical form of an address that passes the screen.
func canonical(raw string) string {
	if u, rule := wire.ScreenURL(raw); rule == "" {
		return u.String()
	}
	return raw
}

// cloneResponse keeps what a caller changes away from the exchange.
func cloneResponse(a wire.HTTPResponse) wire.HTTPResponse {
	a.Body = bytes.Clone(a.Body)
	a.Header = maps.Clone(a.Header)
	for name, values := range a.Header {
		a.Header[name] = slices.Clone(values)
	}
	a.TLS, a.Auth, a.Error = clone(a.TLS), clone(a.Auth), clone(a.Error)
	return a
}

func cloneProbed(a wire.TCPResponse) wire.TCPResponse {
	a.Banner, a.TLS, a.Error = bytes.Clone(a.Banner), clone(a.TLS), clone(a.Error)
	return a
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
