package egress

import (
	"context"
	"sync"

	"stella-ops.org/doctor/sdk/wire"
)

// slots keeps the number of requests under way to one target at or below
// [wire.MaxRequestsPerTarget]. The zero value is ready.
type slots struct {
	mu      sync.Mutex
	targets map[string]*target
}

// target counts those who hold a place or wait for one, so that the entry goes
// when nobody does: targets are the operator's, but items may be many.
type target struct {
	places chan struct{}
	users  int
}

// acquire waits for a place at the target or for the end of ctx, whose error it
// returns.
func (s *slots) acquire(ctx context.Context, name string) error {
	s.mu.Lock()
	t := s.targets[name]
	if t == nil {
		if s.targets == nil {
			s.targets = make(map[string]*target)
		}
		t = &target{places: make(chan struct{}, wire.MaxRequestsPerTarget)}
		s.targets[name] = t
	}
	t.users++
	s.mu.Unlock()

	if err := ctx.Err(); err != nil {
		s.leave(name, t)
		return err
	}
	select {
	case t.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		s.leave(name, t)
		return ctx.Err()
	}
}

// release gives a place back that acquire gave.
func (s *slots) release(name string) {
	s.mu.Lock()
	t := s.targets[name]
	s.mu.Unlock()
	<-t.places
	s.leave(name, t)
}

func (s *slots) leave(name string, t *target) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.users--; t.users == 0 {
		delete(s.targets, name)
	}
}
