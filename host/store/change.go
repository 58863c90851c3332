package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/trust"
	"stella-ops.org/doctor/host/turn"
	"stella-ops.org/doctor/sdk/wire"
)

// Options say under which rules something is changed.
type Options struct {
	// Now is the time of the change.
	Now time.Time
	// Ring judges signatures; nil believes nobody.
	Ring *trust.Ring
	// AllowUnsigned lets a file in that nobody vouches for, AllowDowngrade an older
	// version.
	AllowUnsigned, AllowDowngrade bool
	// By is who changes it: whoever lets an unsigned file in.
	By string
	// Embedded are the plugins that are part of the program: no other may claim
	// their checks.
	Embedded []wire.PluginInfo
	// DryRun writes nothing and tells what would be.
	DryRun bool
	// Turn waits for the lock file between processes; nil waits as long as package
	// turn has patience.
	Turn func(path string) (end func(), err error)
}

// Approval is somebody's word on a plugin.
type Approval struct {
	// Plugin and Digest are the plugin and the file that it is about; empty for
	// whatever it is handed to.
	Plugin, Digest string
	// Scope is what is approved; what the plugin does not ask for is left out.
	Scope access.Scope
	// Engine is Interpreter when empty.
	Engine string
	By     string
	// Expires is when the word counts no more; zero for never.
	Expires time.Time
}

// Actions of a change.
const (
	Installed  = "installed"
	Upgraded   = "upgraded"
	Downgraded = "downgraded"
	Waits      = "waits" // an upgrade that asks for more than was approved, or of a plugin on hold
	Approving  = "approved"
	Holding    = "held"
	Released   = "released"
	RolledBack = "rolled-back"
	Removed    = "removed"
	Unchanged  = "unchanged"
	Renewed    = "renewed" // the same file: repaired, or with more attached to it than before
)

// Change is what became of one plugin, or would.
type Change struct {
	Action string
	ID     string
	// Before and After are the entry; nil where there was or is none.
	Before, After *Entry
	// Wider is what a version that waits asks for beyond what was approved, or what
	// an approval left out.
	Wider access.Scope
	// Ignored are sentences about signatures that do not count, Notes about what else
	// the operator must know.
	Ignored, Notes []string
	// Repaired says that the file in the store was lost or damaged, Added what is
	// attached to it that was not before; both of a file that was installed already.
	Repaired bool
	Added    []artifact.Kind
}

// change does f on the lock as it is now, alone among all processes, and writes
// what comes of it: the files of a first, then the lock, which is the one moment
// at which the change happens. a may be nil.
//
// It returns f's error, a *ConflictError when the entry of the plugin is another
// than it was when the store was opened, an *Error for a lock that cannot be used
// any more, and a *WriteError when the system does not let it write.
func (s *Store) change(id string, o Options, a *artifact.Artifact, f func(now *Lock) (*Change, error)) (*Change, error) {
	if o.DryRun {
		return s.decide(id, f)
	}
	var ch *Change
	err := s.alone(o, func() (err error) {
		if ch, err = s.decide(id, f); err != nil {
			return err
		}
		return s.writeError(s.commit(ch, a))
	})
	if err != nil {
		return nil, err
	}
	return ch, nil
}

// alone does f alone among all processes that use the store, whose directories are
// there.
func (s *Store) alone(o Options, f func() error) error {
	if err := s.makeDirs(); err != nil {
		return err
	}
	end, err := s.turn(o)
	if err != nil {
		return err
	}
	defer end()
	if err := step("locked"); err != nil {
		return s.writeError(err)
	}
	return f()
}

// turn waits until no other process changes the store, nor the lock: one lock may be
// changed by processes with stores of their own. A process that has the store waits
// for the lock and never the other way round.
func (s *Store) turn(o Options) (end func(), err error) {
	store, err := s.turnAt(filepath.Join(s.dir, "lock"), o)
	if err != nil {
		return nil, err
	}
	lock, err := s.turnAt(filepath.Join(filepath.Dir(s.path), "."+filepath.Base(s.path)+".lock"), o)
	if err != nil {
		store()
		return nil, err
	}
	return func() { lock(); store() }, nil
}

func (s *Store) turnAt(path string, o Options) (end func(), err error) {
	if o.Turn != nil {
		end, err = o.Turn(path)
	} else {
		end, err = turn.Take(context.Background(), path, turn.Patience, nil)
	}
	var system *fs.PathError
	if errors.As(err, &system) {
		return nil, &WriteError{Path: path, Err: system.Err}
	}
	return end, err
}

// reread is the lock as it is now. Where there is none yet, its directory must be one
// in which nobody else can put another.
func (s *Store) reread() (*Lock, error) {
	if err := lockKind.CheckDir(s.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, lockError(s.path, err)
	}
	return readLock(s.path)
}

// decide reads the lock again and asks f.
func (s *Store) decide(id string, f func(now *Lock) (*Change, error)) (*Change, error) {
	now, err := s.reread()
	if err != nil {
		return nil, err
	}
	if !sameEntry(now.Find(id), s.lock.Find(id)) {
		return nil, &ConflictError{ID: id}
	}
	s.lock = now
	return f(now)
}

// sameEntry compares entries by what they would be written as.
func sameEntry(a, b *Entry) bool {
	text := func(e *Entry) string {
		if e == nil {
			return ""
		}
		return string((&Lock{Entries: []Entry{*e}}).Marshal())
	}
	return text(a) == text(b)
}

// commit writes what a change is made of, and then the lock.
func (s *Store) commit(ch *Change, a *artifact.Artifact) error {
	if a != nil {
		if err := s.writeArtifact(a); err != nil {
			return err
		}
	}
	if sameEntry(ch.Before, ch.After) {
		return nil
	}
	return s.replaceLock(s.lock.with(ch.ID, ch.After))
}

// replaceLock writes another lock. The files that it names are there.
func (s *Store) replaceLock(next *Lock) error {
	data := next.Marshal()
	if _, err := ParseLock(data, s.path); err != nil {
		return err // a bound of the file; better now than at the next start
	}
	if err := s.register(next); err != nil {
		return err
	}
	path, mode := s.path, os.FileMode(0o644)
	if st, err := os.Stat(path); err == nil {
		mode = st.Mode().Perm()
	}
	err := writeAtomic("lock", path, data, mode)
	var late *lateError
	if errors.As(err, &late) {
		s.lock = next
		return &WriteError{Path: path, Err: withoutPath(late.error), Changed: true}
	}
	if err != nil {
		return err
	}
	s.lock = next
	if err := step("before collecting"); err != nil {
		return err
	}
	s.collect()
	return nil
}

// makeDirs makes the directories of the store, for this user alone.
func (s *Store) makeDirs() error {
	for _, dir := range []string{filepath.Join(s.dir, "blobs", "sha256"), filepath.Join(s.dir, "attached"), filepath.Join(s.dir, "locks"), filepath.Dir(s.path)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return &WriteError{Path: dir, Err: withoutPath(err)}
		}
	}
	return nil
}

// writeError brings a failure to write into its form, and leaves others alone.
func (s *Store) writeError(err error) error {
	var malformed *Error
	var refusal *Refusal
	var write *WriteError
	if err == nil || errors.As(err, &malformed) || errors.As(err, &refusal) || errors.As(err, &write) {
		return err
	}
	return &WriteError{Path: s.dir, Err: withoutPath(err)}
}
