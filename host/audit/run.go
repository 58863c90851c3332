package audit

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"sync"
)

// Run writes the lines of one run. It is safe for concurrent use.
type Run struct {
	log *Log
	id  string

	mu    sync.RWMutex // held for reading while a line is written
	ended bool

	callsMu sync.Mutex // guards what follows
	calls   int
	waiting map[int]bool // calls that were allowed and have no outcome
}

// errEnded refuses a call after the end of its run.
var errEnded = errors.New("the run has ended")

// Begin writes that a run begins, and first what earlier writers have left
// unfinished. Who runs is filled in. When it returns, the line is on the disk.
func (l *Log) Begin(start Start) (*Run, error) {
	id, err := randomID(8)
	if err != nil {
		return nil, err
	}
	start.Who = whoami()
	fresh := false
	l.mu.Lock()
	if l.err == nil {
		l.err = l.inTurn(func() error {
			fresh = l.chain.n == 0
			return l.beginRun(&Line{Kind: KindRunStart, Run: id, Start: &start})
		})
	}
	err = l.err
	l.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if fresh {
		syncDirectory(l.path)
	}
	if err := l.sync(); err != nil {
		return nil, err
	}
	return &Run{log: l, id: id, waiting: map[int]bool{}}, nil
}

// beginRun writes the first line of a run when it is this writer's turn. The lock
// that tells of living writers changes hands in no other place, so that nobody takes a
// run that has just begun for one that was left.
func (l *Log) beginRun(line *Line) error {
	t := l.begin()
	if t.chain.n == 0 {
		id, err := randomID(16)
		if err != nil {
			return err
		}
		t.add(&Line{Kind: KindHeader, Schema: Schema, ID: id})
	}
	alone, err := l.live()
	if err != nil {
		return err
	}
	t.recover(alone)
	if len(t.chain.open) >= MaxOpen {
		return fmt.Errorf("%d runs have begun and not ended", len(t.chain.open))
	}
	t.add(line)
	if err := t.write(); err != nil {
		return err
	}
	if alone {
		return l.share()
	}
	return nil
}

// live tells others that this process writes to the log, and reports whether it
// is the only one. Then its lock is exclusive, and share must be called.
func (l *Log) live() (alone bool, err error) {
	if l.alive != nil {
		return false, nil
	}
	if l.alive, err = os.OpenFile(alivePath(l.path), os.O_RDWR|os.O_CREATE|openFlags, 0o600); err != nil {
		return false, fmt.Errorf("%s: %w", alivePath(l.path), cause(err))
	}
	if alone, err = tryLock(l.alive, true); alone || err != nil {
		return alone, err
	}
	return false, l.share()
}

// share makes the lock that tells of this writer one that others can have too.
func (l *Log) share() error {
	if err := unlock(l.alive); err != nil {
		return err
	}
	return wait(func() (bool, error) { return tryLock(l.alive, false) })
}

// alivePath is the file whose locks tell of the writers of a log.
func alivePath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return path + ".alive"
}

// Alive tells whether a process has the log at path open for writing.
func Alive(path string) bool {
	f, err := os.OpenFile(alivePath(path), os.O_RDONLY|openFlags, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	alone, err := tryLock(f, true)
	return err == nil && !alone
}

// ID is the id of the run in the log.
func (r *Run) ID() string { return r.id }

// Call writes a decision and returns the number of the call. When it returns for
// one that is allowed, the line is on the disk; on an error the request must not
// be sent.
func (r *Run) Call(c Call) (int, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.ended {
		return 0, errEnded
	}
	r.callsMu.Lock()
	r.calls++
	c.ID = r.calls
	r.callsMu.Unlock()
	if err := r.write(&Line{Kind: KindCall, Call: &c}); err != nil {
		return 0, err
	}
	if c.Decision != Allowed {
		return c.ID, nil
	}
	r.callsMu.Lock()
	r.waiting[c.ID] = true
	r.callsMu.Unlock()
	return c.ID, r.log.sync()
}

// Outcome writes what came of a call that was allowed. After the end of the run it
// writes nothing: the end has told that there is no outcome.
func (r *Run) Outcome(o Outcome) error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	r.callsMu.Lock()
	waiting := r.waiting[o.ID]
	delete(r.waiting, o.ID)
	r.callsMu.Unlock()
	if r.ended || !waiting {
		return nil
	}
	return r.write(&Line{Kind: KindOutcome, Outcome: &o})
}

// More writes how many refused calls have no line.
func (r *Run) More(m More) error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.ended {
		return nil
	}
	return r.write(&Line{Kind: KindMore, More: &m})
}

// End writes how the run ended, and returns the head of the log with that. Calls
// and Unsettled are filled in. When it returns, all is on the disk.
func (r *Run) End(e End) (Head, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return Head{}, errEnded
	}
	r.ended = true
	e.Calls, e.Unsettled = r.calls, slices.Sorted(maps.Keys(r.waiting))
	head, err := r.log.append(&Line{Kind: KindRunEnd, Run: r.id, End: &e})
	if err != nil {
		return Head{}, err
	}
	return head, r.log.sync()
}

func (r *Run) write(line *Line) error {
	line.Run = r.id
	_, err := r.log.append(line)
	return err
}

// whoami tells which account and process this is. What the system does not know
// stays empty.
func whoami() Who {
	who := Who{UID: os.Getuid(), PID: os.Getpid()}
	if u, err := user.Current(); err == nil {
		who.User = u.Username
	}
	if name, err := os.Hostname(); err == nil {
		who.Host = name
	}
	return who
}

func randomID(n int) (string, error) {
	id := make([]byte, n)
	if _, err := rand.Read(id); err != nil {
		return "", err
	}
	return hex.EncodeToString(id), nil
}
