package sandbox

import (
	"context"
	"errors"
	"runtime"
	"sync"
)

// cores holds one token for each guest that may compute in this process at the
// same time. More guests than cores gain nothing and each costs its memory; the
// bound belongs to the process, hence the one variable.
var cores = make(chan struct{}, runtime.GOMAXPROCS(0))

var errAbandoned = errors.New("the call was abandoned")

// slot is the claim of one call on a core. The call gives it up while it waits
// in a host function; abandon takes it away from a call that does not end.
type slot struct {
	cores     chan struct{}
	mu        sync.Mutex
	held      bool
	abandoned bool
}

// acquire waits for a core, at most as long as ctx.
func (s *slot) acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case s.cores <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.abandoned {
		<-s.cores
		return errAbandoned
	}
	s.held = true
	return nil
}

// release gives the core back if the call holds one.
func (s *slot) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held {
		s.held = false
		<-s.cores
	}
}

// abandon releases the core and keeps the call from ever getting one again.
func (s *slot) abandon() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.abandoned = true
	if s.held {
		s.held = false
		<-s.cores
	}
}
