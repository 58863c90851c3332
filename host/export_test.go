package host

import (
	"context"

	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/vet"
)

// InspectMemory has f see the memories of the guests that run in this process,
// until it is called with nil. Hosts that are open already do not heed it.
func InspectMemory(f func([]byte)) { inspectMemory = f }

// WithoutGuard makes this program one that cannot start a guard, until it is
// restored.
func WithoutGuard() (restore func()) {
	was := guardPossible.Swap(false)
	return func() { guardPossible.Store(was) }
}

// Only has a vetting do some of its parts.
func (o *VetOptions) Only(f func(check, part string) bool) { o.only = f }

// Described says what is wrong with what a plugin wrote about itself.
var Described = described

// VetAgainst is Vet with other bytes for the interpreter: an engine that is wrong.
func VetAgainst(ctx context.Context, cfg Config, data, interpreted []byte, opts VetOptions) (*vet.Report, error) {
	f, err := plugin.Open(data)
	if err != nil {
		return nil, err
	}
	opts.Policy = vet.DefaultPolicy()
	v, err := newVetting(cfg, data, f, opts)
	if err != nil {
		return nil, err
	}
	defer v.close()
	v.slow.data = interpreted
	return v.vet(ctx, data)
}
