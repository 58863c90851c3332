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
	next      int
}

// NewPlayer makes a player. It keeps the slice, which nobody may change.
func NewPlayer(exchanges []Exchange) *Player { return &Player{exchanges: exchanges} }

// HTTP answers one host call with the next exchange. That must have the same
// function, method, address (in canonical form), body and credential; its
// header fields must stand in the request, which may have more; its max_body
// must be the same unless it is left out.
//
// When the call does not match, or nothing is left, ok is false, nothing is
// played, and the answer is an error of kind denied, detail unexpected, whose
// message says what differs.
func (p *Player) HTTP(function string, req wire.HTTPRequest) (resp wire.HTTPResponse, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	problem := ""
	if p.next == len(p.exchanges) {
		problem = fmt.Sprintf("unexpected %s %s: nothing is left to play", short(req.Method), short(req.URL))
	} else if diff := mismatch(&p.exchanges[p.next], function, &req); diff != "" {
		problem = fmt.Sprintf("unexpected %s %s: http/%d %s", short(req.Method), short(req.URL), p.next+1, diff)
	}
	if problem != "" {
		return wire.HTTPResponse{Error: &wire.CallError{Kind: wire.KindDenied, Detail: "unexpected", Message: problem}}, false
	}
	e := &p.exchanges[p.next]
	p.next++
	return cloneResponse(e.Response), true
}

// Rest returns the exchanges that were not played.
func (p *Player) Rest() []Exchange {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.exchanges[p.next:])
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
