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
	// policy refuses, by the error of that answer.
	stands func(denial, recorded *wire.CallError) bool

	mu         sync.Mutex
	unexpected []playedCall
}

// playedCall is a call that the case does not hold, or holds with an answer
// that a refused call cannot have: then refusal is not empty.
type playedCall struct {
	exchange.Exchange
	refusal string
}

// HTTP implements Network.
func (n *playedNetwork) HTTP(_ context.Context, call egress.Call) wire.HTTPResponse {
	function, req := functionOf(call.Request.Method), call.Request
	resp, ok := n.player.HTTP(function, *req)
	if !ok {
		n.note(playedCall{exchange.Exchange{Function: function, Request: *req}, ""})
	}
	return resp
}

// TCP implements Network.
func (n *playedNetwork) TCP(_ context.Context, call egress.TCPCall) wire.TCPResponse {
	resp, ok := n.player.TCP(*call.Request)
	if !ok {
		n.note(playedCall{exchange.Exchange{Function: wire.FuncTCPProbe, TCP: &exchange.TCP{Request: *call.Request}}, ""})
	}
	return resp
}

// refused plays a refusal of the access policy: its recorded words are what the
// guest is given.
func (n *playedNetwork) refused(k call, denial *wire.CallError) {
	k.refuse(denial)
	if denial.Detail == ruleBudget { // no such call is recorded
		return
	}
	if !k.play(n.player, func(recorded *wire.CallError) bool { return n.stands(denial, recorded) }) {
		n.note(playedCall{*k.exchange(), denial.Message})
	}
}

func (n *playedNetwork) note(call playedCall) {
	n.mu.Lock()
	n.unexpected = append(n.unexpected, call)
	n.mu.Unlock()
}

// sameRefusal wants a refusal of the same kind: what a case must hold.
func sameRefusal(denial, recorded *wire.CallError) bool {
	return recorded != nil && recorded.Kind == denial.Kind
}

// recordedDecision is what a run decided on a call that the replay refuses. A
// refusal is one in either form. Where the target of an access entry is a secret,
// no cassette holds it, and the grant of the run cannot be made again: there the
// recorded decision stands, whatever it was.
func recordedDecision(opaque bool) func(denial, recorded *wire.CallError) bool {
	return func(_, recorded *wire.CallError) bool {
		return opaque || isRefusal(recorded)
	}
}
