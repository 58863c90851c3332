package audit

import (
	"fmt"
	"os"
	"path/filepath"
)

// turn is what one turn of a writer adds.
type turn struct {
	log   *Log
	chain chain
	text  []byte
	err   error
}

func (l *Log) begin() *turn { return &turn{log: l, chain: *l.chain} }

// recover ends a line that was cut, and tells of it; alone, of the runs too that
// nobody will end any more.
func (t *turn) recover(alone bool) {
	r := &Recovered{}
	if len(t.log.cut) > 0 {
		t.text = append(t.text, '\n')
		n := t.chain.n + 1
		line, err := t.chain.next(t.log.cut)
		if err != nil {
			t.err = &DamagedError{n, err}
			return
		}
		r.EndOfLine = line != nil
	}
	r.Torn, r.Intact = t.chain.torn, t.chain.intact
	if alone {
		r.Abandoned = t.chain.open
	}
	if r.EndOfLine || len(r.Torn) > 0 || len(r.Abandoned) > 0 {
		t.add(&Line{Kind: KindRecovered, Recovered: r})
	}
}

// add adds a line with its place in the chain.
func (t *turn) add(line *Line) {
	if t.err != nil {
		return
	}
	line.N, line.Prev, line.Time = t.chain.n+1, t.chain.hash, t.log.now().UTC().Format("2006-01-02T15:04:05.000Z")
	if line.bearsOpen() {
		line.Open = t.chain.openAfter(line)
	}
	raw, err := encode(line)
	if err == nil {
		_, err = t.chain.next(raw)
	}
	if err != nil {
		t.err = fmt.Errorf("its next line cannot be written: %w", err)
		return
	}
	t.text = append(append(t.text, raw...), '\n')
}

// write hands what was added to the system, in one piece.
func (t *turn) write() error {
	if t.err != nil {
		return t.err
	}
	if _, err := t.log.file.Write(t.text); err != nil {
		return cause(err)
	}
	t.log.end += int64(len(t.log.cut) + len(t.text))
	t.log.chain, t.log.cut = &t.chain, nil
	return nil
}

// sync waits until all that was written is on the disk. It is called outside of
// the lock, so that writers wait for the disk together.
func (l *Log) sync() error {
	err := l.file.Sync()
	if err == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = cause(err)
	}
	return l.err
}

// syncDirectory makes the name of a new file last, where the system can.
func syncDirectory(path string) {
	if d, err := os.Open(filepath.Dir(path)); err == nil {
		_ = d.Sync()
		d.Close()
	}
}
