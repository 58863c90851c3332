//go:build unix

package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestWriteErrors is C02 and C10: an error of the system at each step is told with
// its sentence, and the old state stays, or the new one is there.
func TestWriteErrors(t *testing.T) {
	defer func() { fault = nil }()
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EROFS} {
		for n := 1; ; n++ {
			p := newPlace(t)
			p.install(version(t, 1))
			old := p.open().Lock().Marshal()
			count, at := 0, ""
			fault = func(step string) error {
				if count++; count == n {
					at = step
					return errno
				}
				return nil
			}
			_, err := p.open().Upgrade(crashID, version(t, 2), nil, options())
			fault = nil
			if at == "" {
				break
			}
			if got := wantWhole(t, p, at).Marshal(); err != nil && !strings.Contains(at, "lock renamed") && !strings.Contains(at, "lock dir synced") && !strings.Contains(at, "collect") && !bytes.Equal(got, old) {
				t.Fatalf("%v at %q left another state", errno, at)
			}
			if at == "collect" || strings.HasPrefix(at, "collect") {
				continue // what stays is collected next time
			}
			var w *WriteError
			if at == "lock renamed" || at == "lock dir synced" { // and nobody is told otherwise
				if !errors.As(err, &w) || !errors.Is(err, errno) || !w.Changed || strings.Contains(w.Hint(), "nothing was changed") ||
					err.Error() != "lock "+filepath.Join(p.dir, LockName)+" was written, and may not outlast a loss of power: "+errno.Error() {
					t.Fatalf("%v at %q: %v", errno, at, err)
				}
				continue
			}
			if !errors.As(err, &w) || w.Changed || !errors.Is(err, errno) || !strings.HasPrefix(err.Error(), "plugin store "+filepath.Join(p.dir, "store")+": "+errno.Error()) || w.Hint() == "" {
				t.Fatalf("%v at %q: %v", errno, at, err)
			}
		}
	}
	if (&WriteError{Err: syscall.EROFS}).Hint() == (&WriteError{Err: syscall.ENOSPC}).Hint() {
		t.Error("a full disk and a read-only one are told alike")
	}
}

// TestManyProcesses is C06 and C11: ten processes at once. Installations of
// different plugins all win; of one change to one plugin there is one winner, and
// the others are told.
func TestManyProcesses(t *testing.T) {
	p := newPlace(t)
	const n = 10
	errs := make(chan error, n)
	for i := range n {
		go func() {
			a := build(t, fmt.Sprintf("com.acme.n%d", i), "1.0.0")
			_, err := p.open().Install(a, nothing(), options())
			errs <- err
		}()
	}
	for range n {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if got := len(p.open().Lock().Entries); got != n {
		t.Errorf("%d of %d were kept", got, n)
	}
	stores := make([]*Store, n)
	for i := range stores {
		stores[i] = p.open() // all look at the same state
	}
	for i, s := range stores {
		go func() {
			_, err := s.Upgrade("com.acme.n0", build(t, "com.acme.n0", fmt.Sprintf("2.0.%d", i)), nil, options())
			errs <- err
		}()
	}
	won := 0
	for range n {
		var c *ConflictError
		switch err := <-errs; {
		case err == nil:
			won++
		case !errors.As(err, &c):
			t.Errorf("%v is no conflict", err)
		}
	}
	if won != 1 {
		t.Errorf("%d won", won)
	}
	wantNoTemps(t, p)
}

func wantNoTemps(t *testing.T, p place) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(p.dir, "store", "*", "*", tempPattern))
	if more, _ := filepath.Glob(filepath.Join(p.dir, tempPattern)); err != nil || len(left)+len(more) > 0 {
		t.Errorf("left behind: %v %v", left, more)
	}
}

// TestReadOnly is C10: what is installed is read, and nothing can be changed.
func TestReadOnly(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root writes everywhere; TestWriteErrors makes the error")
	}
	p := newPlace(t)
	a := version(t, 1)
	p.install(a)
	for _, dir := range []string{p.dir, filepath.Join(p.dir, "store")} {
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		defer os.Chmod(dir, 0o700)
	}
	if _, err := p.open().Plugin(a.Digest()); err != nil {
		t.Error(err)
	}
	_, err := p.open().Remove(crashID, options())
	var w *WriteError
	if !errors.As(err, &w) || !strings.Contains(w.Hint(), "read-only") {
		t.Errorf("%v", err)
	}
}
