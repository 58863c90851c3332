package host

// InspectMemory has f see the memories of the guests that run in this process,
// until it is called with nil. Hosts that are open already do not heed it.
func InspectMemory(f func([]byte)) { inspectMemory = f }

// WithoutGuard makes this program one that cannot start a guard, until it is
// restored.
func WithoutGuard() (restore func()) {
	was := guardPossible.Swap(false)
	return func() { guardPossible.Store(was) }
}
