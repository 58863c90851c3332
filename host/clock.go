package host

import (
	"context"
	"time"
)

// clock is the time that a run keeps with itself: its deadline, and the pauses
// between attempts. Tests have one on which nobody waits.
type clock interface {
	now() time.Time
	// left is how long a call may take that has to end by then.
	left(until time.Time) time.Duration
	// pause returns nil after d, and the cause when ctx ends before.
	pause(ctx context.Context, d time.Duration) error
}

// wallClock is the clock of this machine.
type wallClock struct{}

func (wallClock) now() time.Time { return time.Now() }

func (wallClock) left(until time.Time) time.Duration { return time.Until(until) }

func (wallClock) pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
