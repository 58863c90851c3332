package host

import (
	"context"
	"sync"

	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// playedNetwork answers from a case or a recording. It cannot dial.
type playedNetwork struct {
	player *exchange.Player
	// stands decides whether a recorded answer is given to a call that the access
	// policy refuses.
	stands func(denial *wire.CallError, recorded *wire.HTTPResponse) bool

	mu         sync.Mutex
	unexpected []playedCall
}

// playedCall is a call that the case does not hold, or holds with an answer
// that a refused call cannot have: then refusal is not empty.
type playedCall struct {
	function string
	req      wire.HTTPRequest
	refusal  string
}

// HTTP implements Network.
func (n *playedNetwork) HTTP(_ context.Context, call egress.Call) wire.HTTPResponse {
	function, req := functionOf(call.Request.Method), call.Request
	resp, ok := n.player.HTTP(function, *req)
	if !ok {
		n.note(playedCall{function, *req, ""})
	}
	return resp
}

// refused plays a refusal of the access policy: its recorded words are what the
// guest is given.
func (n *playedNetwork) refused(function string, req *wire.HTTPRequest, denial *wire.CallError) wire.HTTPResponse {
	if denial.Detail == ruleBudget { // no such call is recorded
		return wire.HTTPResponse{Error: denial}
	}
	resp, ok := n.player.HTTPIf(function, *req, func(recorded *wire.HTTPResponse) bool { return n.stands(denial, recorded) })
	if ok {
		return resp
	}
	n.note(playedCall{function, *req, denial.Message})
	return wire.HTTPResponse{Error: denial}
}

func (n *playedNetwork) note(call playedCall) {
	n.mu.Lock()
	n.unexpected = append(n.unexpected, call)
	n.mu.Unlock()
}

// sameRefusal wants a refusal of the same kind: what a case must hold.
func sameRefusal(denial *wire.CallError, recorded *wire.HTTPResponse) bool {
	return recorded.Error != nil && recorded.Error.Kind == denial.Kind
}

// recordedDecision is what a run decided on a call that the replay refuses. A
// refusal is one in either form. Where the target of an access entry is a secret,
// no cassette holds it, and the grant of the run cannot be made again: there the
// recorded decision stands, whatever it was.
func recordedDecision(opaque bool) func(*wire.CallError, *wire.HTTPResponse) bool {
	return func(_ *wire.CallError, recorded *wire.HTTPResponse) bool {
		return opaque || isRefusal(recorded.Error)
	}
}
