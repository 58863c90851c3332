package host

import (
	"context"
	"sync"
	"time"
)

// FakeClock is a clock on which time passes in pauses only, and at once; a call
// has as much as it wants until Expire is called.
type FakeClock struct {
	mu     sync.Mutex
	at     time.Time
	end    time.Time // in the time of this machine; zero until Expire is called
	pauses []time.Duration
	// Spent leaves calls no time although the deadline is still to come.
	Spent bool
	// OnPause, if set, is called in each pause.
	OnPause func(n int)
}

// UseClock gives h a clock of a test's.
func (h *Host) UseClock(c *FakeClock) { h.clock = c }

// Pauses returns the pauses that were made.
func (c *FakeClock) Pauses() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pauses
}

// Expire lets every deadline come after d, in the time of this machine.
func (c *FakeClock) Expire(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end = time.Now().Add(d)
}

func (c *FakeClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.end.IsZero() && !time.Now().Before(c.end) {
		return c.at.AddDate(1, 0, 0)
	}
	return c.at
}

func (c *FakeClock) left(until time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.Spent:
		return time.Microsecond
	case !c.end.IsZero():
		return time.Until(c.end)
	case until.After(c.at):
		return time.Hour
	}
	return 0
}

func (c *FakeClock) pause(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	c.at = c.at.Add(d)
	c.pauses = append(c.pauses, d)
	n := len(c.pauses)
	c.mu.Unlock()
	if c.OnPause != nil {
		c.OnPause(n)
	}
	return context.Cause(ctx)
}
