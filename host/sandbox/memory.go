package sandbox

import (
	"sync"
	"sync/atomic"

	"github.com/tetratelabs/wazero/experimental"
)

// memoryMeter hands out the linear memories of one call and remembers the
// largest. The engine refuses to grow a memory past its limit without telling
// anybody; that a memory stood at the limit when the guest trapped is how
// running out of memory is told from other traps.
type memoryMeter struct {
	limit uint64
	peak  atomic.Uint64
	// inspect sees the memories when the call has ended; nil, and none is kept.
	inspect func([]byte)
	mu      sync.Mutex
	kept    []*meteredMemory
}

// memorySlack is how near to the limit a memory has to be to count as full:
// guests ask for many pages at once and trap when they are refused.
const memorySlack = 1 << 20

// full says whether a memory of the call came within memorySlack of the limit.
func (m *memoryMeter) full() bool {
	return m.peak.Load()+memorySlack >= m.limit
}

// Allocate implements experimental.MemoryAllocator.
func (m *memoryMeter) Allocate(capacity, limit uint64) experimental.LinearMemory {
	memory := &meteredMemory{meter: m, buffer: make([]byte, 0, min(capacity, m.limit)), limit: min(limit, m.limit)}
	if m.inspect != nil {
		m.mu.Lock()
		m.kept = append(m.kept, memory)
		m.mu.Unlock()
	}
	return memory
}

// ended shows the memories of a call that has ended.
func (m *memoryMeter) ended() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, memory := range m.kept {
		m.inspect(memory.buffer)
	}
	m.kept = nil
}

// meteredMemory is one linear memory. The engine serialises its calls.
type meteredMemory struct {
	meter  *memoryMeter
	buffer []byte
	limit  uint64
}

// Reallocate implements experimental.LinearMemory; nil refuses.
func (m *meteredMemory) Reallocate(size uint64) []byte {
	if size > m.limit {
		return nil
	}
	if grow := int(size) - len(m.buffer); grow > 0 {
		m.buffer = append(m.buffer, make([]byte, grow)...)
	}
	for peak := m.meter.peak.Load(); size > peak; peak = m.meter.peak.Load() {
		if m.meter.peak.CompareAndSwap(peak, size) {
			break
		}
	}
	return m.buffer
}

// Free does nothing: an instance may be closed while its guest still runs, so
// only the garbage collector knows when nobody uses the memory any more.
func (m *meteredMemory) Free() {}
