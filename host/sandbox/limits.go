package sandbox

import "time"

// Grace is how long after its deadline a call may still end by itself. Then the
// worker is killed, or in process the call is abandoned.
const Grace = 250 * time.Millisecond

const (
	pageBytes = 64 << 10
	// minPages is what the engine's own helper module needs to be loaded.
	minPages = 16
	maxPages = 65536
)

// withDefaults returns l with every zero or negative field replaced by the
// value that the field's comment names.
func (l Limits) withDefaults() Limits {
	for _, f := range []struct {
		field *int64
		value int64
	}{
		{&l.MemoryBytes, 64 << 20},
		{&l.InputBytes, 1 << 20},
		{&l.OutputBytes, 256 << 10},
		{&l.CallBytes, 256 << 10},
		{&l.ReplyBytes, 2 << 20},
		{&l.LogBytes, 256 << 10},
		{&l.StderrBytes, 64 << 10},
	} {
		if *f.field <= 0 {
			*f.field = f.value
		}
	}
	return l
}

// pages is MemoryBytes in pages of Wasm, rounded down, within what an engine
// can be told.
func (l Limits) pages() uint32 {
	return uint32(min(max(l.MemoryBytes/pageBytes, minPages), maxPages))
}
