package store

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"stella-ops.org/doctor/host/turn"
)

// TestOneLockTwoStores: who has a store of its own waits for the lock all the same.
func TestOneLockTwoStores(t *testing.T) {
	defer func() { fault = nil }()
	lock := filepath.Join(t.TempDir(), LockName)
	open := func() *Store {
		s, err := Open(filepath.Join(t.TempDir(), "store"), lock)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	a, b := build(t, "com.acme.a", "1.0.0"), build(t, "com.acme.b", "1.0.0")
	other, o := open(), options()
	o.Turn = func(path string) (func(), error) { return turn.Take(context.Background(), path, time.Millisecond, nil) }
	var met error
	fault = func(step string) error {
		if step == "locked" {
			fault = nil
			_, met = other.Install(b, nothing(), o)
		}
		return nil
	}
	if _, err := open().Install(a, nothing(), options()); err != nil {
		t.Fatal(err)
	}
	var busy *turn.BusyError
	if !errors.As(met, &busy) {
		t.Errorf("while the lock was being changed the other one got %v", met)
	}
	o.Turn = nil
	if _, err := other.Install(b, nothing(), o); err != nil {
		t.Fatal(err)
	}
	if ids := open().Lock().IDs(); len(ids) != 2 {
		t.Errorf("the lock names %v", ids)
	}
}
