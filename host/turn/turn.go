// Package turn lets processes that change the same thing do so one after the other.
package turn

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// Patience is how long a process waits for its turn. Each turn is a few writes.
const Patience = time.Minute

// quiet is how long it waits without a word.
const quiet = time.Second

// BusyError says that another process did not end its turn.
type BusyError struct {
	Path   string
	Waited time.Duration
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("another process has held %s for %v", e.Path, e.Waited)
}

// Take waits until no other process holds the lock file, which is made where there
// is none, for its owner alone: whoever can read it can hold it. waiting is told
// once when that takes longer; nil is fine. It returns a *BusyError when patience
// is at its end, what ended ctx, or the system's error; and else the end of the turn.
func Take(ctx context.Context, path string, patience time.Duration, waiting func()) (end func(), err error) {
	if err := own(path); err != nil {
		return nil, err
	}
	type answer struct {
		end func()
		err error
	}
	got := make(chan answer)
	gone := make(chan struct{})
	go func() {
		end, err := lockedfile.MutexAt(path).Lock()
		select {
		case got <- answer{end, err}:
		case <-gone: // nobody waits any more
			if err == nil {
				end()
			}
		}
	}()
	word, late := time.NewTimer(quiet), time.NewTimer(patience)
	defer word.Stop()
	defer late.Stop()
	for {
		select {
		case a := <-got:
			return a.end, a.err
		case <-word.C:
			if waiting != nil {
				waiting()
			}
		case <-late.C:
			close(gone)
			return nil, &BusyError{path, patience}
		case <-ctx.Done():
			close(gone)
			return nil, context.Cause(ctx)
		}
	}
}

// own makes the lock file, or takes from others what older programs let them have.
func own(path string) error {
	st, err := os.Lstat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return err
		}
		return f.Close()
	case err != nil:
		return err
	case !st.Mode().IsRegular():
		return &os.PathError{Op: "open", Path: path, Err: errors.New("the lock between processes is no regular file")}
	case st.Mode().Perm()&0o077 != 0:
		_ = os.Chmod(path, 0o600) // where it is another's, it stays as it is
	}
	return nil
}
