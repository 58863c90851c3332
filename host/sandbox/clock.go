package sandbox

import (
	"sync/atomic"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/sys"
)

// guestClock is the clock of one call. It begins at the same moment for every
// call, each look at it takes a millisecond, and a sleep ends at once and later:
// so what a guest does depends on no clock of ours, and a guest that sleeps an
// hour holds nobody up. (The engine's own fake sleep leaves the time where it
// was; a Go guest then spins until an hour of looks has passed.)
type guestClock struct {
	passed atomic.Int64 // ns
}

// guestEpoch is the wall time at which every call begins.
var guestEpoch = time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)

const guestTick = sys.ClockResolution(time.Millisecond)

// look returns the time passed since the beginning of the call.
func (c *guestClock) look() int64 {
	return c.passed.Add(int64(guestTick)) - int64(guestTick)
}

// configure makes the clock the only one that the instance has.
func (c *guestClock) configure(m wazero.ModuleConfig) wazero.ModuleConfig {
	return m.
		WithNanotime(c.look, guestTick).
		WithWalltime(func() (int64, int32) {
			now := guestEpoch.Add(time.Duration(c.look()))
			return now.Unix(), int32(now.Nanosecond())
		}, guestTick).
		WithNanosleep(func(ns int64) {
			if ns > 0 {
				c.passed.Add(ns)
			}
		})
}
