package audit

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Log is an audit log that this process writes to. It is safe for concurrent use,
// and beside other processes.
type Log struct {
	path  string
	file  *os.File
	alive *os.File // nil until a run has begun
	now   func() time.Time
	// maxTail is how much of the end is read at most.
	maxTail int64

	mu    sync.Mutex
	chain *chain
	end   int64  // the offset after the lines that chain knows
	cut   []byte // what stands there without an end of line
	err   error  // the first failure; nothing is written after it
}

// Open opens the log at path for writing, or makes it with mode 0600. Until a run begins it writes
// nothing into it.
//
// It returns an error when the file cannot be opened or is no regular file, and
// [ErrNoLog] when it holds something else than an audit log.
func Open(path string, now func() time.Time) (*Log, error) {
	if st, err := os.Stat(path); err == nil && !st.Mode().IsRegular() {
		return nil, errors.New("it is no regular file")
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE|openFlags, 0o600)
	if err != nil {
		return nil, cause(err)
	}
	l := &Log{path: path, file: f, now: now, maxTail: maxTail}
	if err := l.checkBeginning(); err != nil {
		f.Close()
		return nil, err
	}
	return l, nil
}

// ErrNoLog refuses a file that holds something else.
var ErrNoLog = errors.New("the file is there and is no audit log")

// DamagedError says why a log is not continued: what stands in it is not as a writer
// leaves it.
type DamagedError struct {
	// Line is the number of the line that is damaged; 0 where it is no single one.
	Line int64
	Err  error
}

func (e *DamagedError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%v; it is not continued", e.Err)
	}
	return fmt.Sprintf("line %d is damaged: %v; it is not continued", e.Line, e.Err)
}

// Unwrap returns the cause.
func (e *DamagedError) Unwrap() error { return e.Err }

// checkBeginning wants an empty file, an audit log, or a header that was cut.
func (l *Log) checkBeginning() error {
	st, err := l.file.Stat()
	if err != nil {
		return cause(err)
	}
	if !st.Mode().IsRegular() {
		return errors.New("it is no regular file")
	}
	head := make([]byte, len(Beginning))
	n, err := l.file.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return cause(err)
	}
	if string(head[:n]) != Beginning[:n] {
		return ErrNoLog
	}
	return nil
}

// Close ends the writing. The runs must have ended.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = os.ErrClosed
	}
	if l.alive != nil {
		l.alive.Close()
	}
	return l.file.Close()
}

// append writes one line, after what has to be recovered. A failure is the last
// one: nothing is written any more.
func (l *Log) append(line *Line) (Head, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = l.inTurn(func() error {
			t := l.begin()
			t.recover(false)
			t.add(line)
			return t.write()
		})
	}
	if l.err != nil {
		return Head{}, l.err
	}
	return l.chain.head(), nil
}

// inTurn calls f with the file locked, after the lines of others were read.
func (l *Log) inTurn(f func() error) error {
	if err := wait(func() (bool, error) { return tryLock(l.file, true) }); err != nil {
		return err
	}
	defer unlock(l.file)
	if err := l.follow(); err != nil {
		return err
	}
	return f()
}

// lockPatience is how long a writer waits for its turn. Others hold the lock for
// the time of one write.
const lockPatience = 10 * time.Second

// wait tries until it works.
func wait(try func() (bool, error)) error {
	pause := time.Millisecond / 4
	for end := time.Now().Add(lockPatience); ; {
		ok, err := try()
		switch {
		case err != nil:
			return fmt.Errorf("locking it: %w", err)
		case ok:
			return nil
		case time.Now().After(end):
			return fmt.Errorf("another process holds its lock for more than %s", lockPatience)
		}
		time.Sleep(pause)
		pause = min(2*pause, 20*time.Millisecond)
	}
}

// follow reads what others have written.
func (l *Log) follow() error {
	st, err := l.file.Stat()
	if err != nil {
		return cause(err)
	}
	if named, err := os.Stat(l.path); err != nil || !os.SameFile(st, named) {
		return errors.New("it was moved, removed or replaced while it was written to")
	}
	size := st.Size()
	switch {
	case size < l.end:
		return errors.New("it became shorter while it was written to")
	case size == l.end && l.chain != nil:
		l.cut = nil
		return nil
	case l.chain == nil:
		return l.readTail(size)
	}
	text := make([]byte, size-l.end)
	if _, err := l.file.ReadAt(text, l.end); err != nil {
		return cause(err)
	}
	return l.feed(text)
}

// feed takes lines that others have written.
func (l *Log) feed(text []byte) error {
	for {
		line, rest, ended := bytes.Cut(text, []byte("\n"))
		if !ended {
			l.cut = line
			return nil
		}
		n := l.chain.n + 1
		if _, err := l.chain.next(line); err != nil {
			return &DamagedError{n, err}
		}
		l.end += int64(len(line)) + 1
		text = rest
	}
}

// tailWindow is how much of the end of a log is read first, and maxTail how much
// at most, to find a line that says which runs are open.
const (
	tailWindow = 64 << 10
	maxTail    = 256 << 20
)

// readTail reads the end of a log that this process has not seen yet. What stands
// before that is for Verify.
func (l *Log) readTail(size int64) error {
	for window := min(tailWindow, l.maxTail); ; window = min(4*window, l.maxTail) {
		start := max(0, size-window)
		text := make([]byte, size-start)
		if _, err := l.file.ReadAt(text, start); err != nil && err != io.EOF {
			return cause(err)
		}
		if found, err := l.anchor(text, start); found || err != nil {
			return err
		}
		if start == 0 {
			return l.empty(text)
		}
		if window == l.maxTail {
			return &DamagedError{Err: fmt.Errorf("its last %d MiB hold no line that begins or ends a run", l.maxTail>>20)}
		}
	}
}

// anchor begins the chain at the last line of text, which stands at offset, that
// says which runs are open, and follows it from there.
func (l *Log) anchor(text []byte, offset int64) (bool, error) {
	for end := len(text); end > 0; {
		end = bytes.LastIndexByte(text[:end], '\n')
		if end < 0 {
			break
		}
		start := bytes.LastIndexByte(text[:end], '\n') + 1
		if start == 0 && offset > 0 {
			break // it may begin before the text
		}
		line, err := decode(text[start:end])
		if err != nil || !line.bearsOpen() {
			continue
		}
		hash := hashOf(text[start:end])
		l.chain = &chain{n: line.N, hash: hash, intact: hash, open: line.Open}
		l.end = offset + int64(end) + 1
		return true, l.feed(text[end+1:])
	}
	return false, nil
}

// empty begins the chain of a log that has no line yet. A header that was cut
// tells nothing; it is the only thing that is ever taken away.
func (l *Log) empty(text []byte) error {
	if bytes.IndexByte(text, '\n') >= 0 {
		_, err := (&chain{}).next(text[:bytes.IndexByte(text, '\n')])
		return &DamagedError{1, cmp.Or(err, errNoLine)}
	}
	if len(text) > 0 {
		if err := l.checkBeginning(); err != nil {
			return err
		}
		if err := l.file.Truncate(0); err != nil {
			return cause(err)
		}
	}
	l.chain, l.end, l.cut = &chain{}, 0, nil
	return nil
}

// cause is an error of the system without the path, which the caller names.
func cause(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
