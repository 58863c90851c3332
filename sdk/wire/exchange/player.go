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
	p.mu.Lock()
	defer p.mu.Unlock()
	i, problem := p.find(function, &req)
	if problem == "" && !accept(&p.exchanges[i].Response) {
		problem = fmt.Sprintf("http/%d has another answer", i+1)
	}
	if problem != "" {
		problem = fmt.Sprintf("unexpected %s %s: %s", short(req.Method), short(req.URL), problem)
		return wire.HTTPResponse{Error: &wire.CallError{Kind: wire.KindDenied, Detail: Unexpected, Message: problem}}, false
	}
	p.played[i] = true
	return cloneResponse(p.exchanges[i].Response), true
}

// Unexpected is the detail of the error that answers a call which no exchange
// holds.
const Unexpected = "unexpected"

// find returns the exchange that answers a call, or why none does.
func (p *Player) find(function string, req *wire.HTTPRequest) (i int, problem string) {
	for i := range p.exchanges {
		if p.played[i] {
			continue
		}
		diff := mismatch(&p.exchanges[i], function, req)
		if diff == "" {
			return i, ""
		}
		if problem == "" {
			problem = fmt.Sprintf("http/%d %s", i+1, diff)
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
func mismatch(e *Exchange, function string, req *wire.HTTPRequest) string {
	want := &e.Request
	if e.Function != function {
		return fmt.Sprintf("is a call of %s, not of %s", e.Function, function)
	}
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
	if a.TLS != nil {
		tls := *a.TLS
		a.TLS = &tls
	}
	if a.Auth != nil {
		auth := *a.Auth
		a.Auth = &auth
	}
	if a.Error != nil {
		err := *a.Error
		a.Error = &err
	}
	return a
}
