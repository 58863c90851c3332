package host

import (
	"context"
	"sync"
	"time"
)

// FakeClock is a clock on which time passes in pauses only, and at once.
type FakeClock struct {
	mu     sync.Mutex
	at     time.Time
	pauses []time.Duration
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

func (c *FakeClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
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
