package host

import (
	"context"
	"sync"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// playedNetwork answers from a case. It cannot dial.
type playedNetwork struct {
	player *exchange.Player

	mu         sync.Mutex
	unexpected []string
}

// HTTP implements Network.
func (n *playedNetwork) HTTP(_ context.Context, _ access.Grant, _ wire.URL, req *wire.HTTPRequest) wire.HTTPResponse {
	resp, ok := n.player.HTTP(wire.FuncHTTPRead, *req)
	if !ok {
		n.note(req.Method + " " + req.URL)
	}
	return resp
}

// refused plays a refusal of the access policy: the case must hold one of the
// same kind, and its words are what the guest is given.
func (n *playedNetwork) refused(req *wire.HTTPRequest, denial *wire.CallError) *wire.CallError {
	resp, ok := n.player.HTTP(wire.FuncHTTPRead, *req)
	if ok && resp.Error != nil && resp.Error.Kind == denial.Kind {
		return resp.Error
	}
	n.note(req.Method + " " + req.URL + ", which the access policy refuses: " + denial.Message)
	return denial
}

func (n *playedNetwork) note(call string) {
	n.mu.Lock()
	n.unexpected = append(n.unexpected, call)
	n.mu.Unlock()
}
