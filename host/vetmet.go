package host

import (
	"context"
	"time"

	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/host/vet"
	"stella-ops.org/doctor/sdk/wire"
)

// sequel is a far end that is an adversary, but for the requests that the script
// names: those to which the adversary led, so that what lies behind it is tried too.
type sequel struct {
	script    *script
	adversary farEnd
	// last answered the last request of the check: what the host sends on account of
	// the answer is for it.
	last farEnd
}

func newSequel(a vet.Adversary, inv *invention, set map[string]reply, now time.Time) (farEnd, error) {
	s, err := newSimulation(a, inv.scene, now)
	if err != nil {
		return nil, err
	}
	return &sequel{script: &script{world: worldOK, set: set, inv: inv}, adversary: s, last: s}, nil
}

func (s *sequel) http(ctx context.Context, key, purpose string, call egress.Call) wire.HTTPResponse {
	if purpose == "" {
		s.last = s.answering(key)
	}
	return s.last.http(ctx, key, purpose, call)
}

func (s *sequel) tcp(ctx context.Context, key string, call egress.TCPCall) wire.TCPResponse {
	return s.answering(key).tcp(ctx, key, call)
}

func (s *sequel) answering(key string) farEnd {
	if _, ok := s.script.set[key]; ok {
		return s.script
	}
	return s.adversary
}

func (s *sequel) close() { s.adversary.close() }
