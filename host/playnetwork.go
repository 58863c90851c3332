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
		n.mu.Lock()
		n.unexpected = append(n.unexpected, req.Method+" "+req.URL)
		n.mu.Unlock()
	}
	return resp
}
