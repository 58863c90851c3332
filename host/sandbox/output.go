package sandbox

import (
	"bytes"
	"sync"
)

// headBuffer keeps the first limit bytes that are written to it and swallows
// the rest without an error: a guest that floods its standard error must neither
// fill our memory nor learn anything from a failing write. It may be read while
// it is written.
type headBuffer struct {
	limit int64
	mu    sync.Mutex
	kept  []byte
}

// Write keeps what fits and claims to have written all.
func (b *headBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if room := b.limit - int64(len(b.kept)); room > 0 {
		b.kept = append(b.kept, p[:min(int64(len(p)), room)]...)
	}
	return len(p), nil
}

// bytes returns a copy of what was kept.
func (b *headBuffer) bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.kept)
}

// logLineBytes is what one message costs beside its text, so that a flood of
// empty messages is bounded too.
const logLineBytes = 16

// logBuffer keeps the first messages of a guest whose texts fit limit bytes and
// counts the others. It may be read while it is written.
type logBuffer struct {
	limit   int64
	mu      sync.Mutex
	used    int64
	lines   []LogLine
	dropped int
}

// add keeps one message or counts it as dropped. After the first message that
// does not fit, none is kept: a log with a hole in the middle misleads.
func (b *logBuffer) add(level, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	cost := int64(len(text)) + logLineBytes
	if b.dropped > 0 || b.used+cost > b.limit {
		b.dropped++
		return
	}
	b.used += cost
	b.lines = append(b.lines, LogLine{Level: level, Text: text})
}

// take returns a copy of the kept messages and the count of the others.
func (b *logBuffer) take() ([]LogLine, int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]LogLine(nil), b.lines...), b.dropped
}
