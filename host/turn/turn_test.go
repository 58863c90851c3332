package turn

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

func take(t *testing.T, ctx context.Context, path string, patience time.Duration, waiting func()) (func(), error) {
	t.Helper()
	end, err := Take(ctx, path, patience, waiting)
	if err == nil {
		t.Cleanup(end)
	}
	return end, err
}

// TestTurns: who waits is told so, can be interrupted, gives up, and comes next.
func TestTurns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	end, err := Take(t.Context(), path, time.Minute, nil)
	if err != nil {
		t.Fatal(err)
	}
	var busy *BusyError
	if _, err := take(t, t.Context(), path, time.Millisecond, nil); !errors.As(err, &busy) || busy.Path != path {
		t.Errorf("patience at its end: %v", err)
	}
	cause := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	told := 0
	if _, err := take(t, ctx, path, time.Minute, func() { told++; cancel(cause) }); err != cause || told != 1 {
		t.Errorf("interrupted: %v, told %d times", err, told)
	}
	if _, err := take(t, t.Context(), path, time.Minute, func() { end() }); err != nil {
		t.Errorf("the next one: %v", err)
	}
}

// TestLockFile: nobody else can hold it; what older programs made is put right.
func TestLockFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing there")
	}
	dir := t.TempDir()
	old := filepath.Join(dir, "old")
	if err := os.WriteFile(old, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{old, filepath.Join(dir, "new")} {
		if _, err := take(t, t.Context(), path, time.Minute, nil); err != nil {
			t.Fatal(err)
		}
		if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, st.Mode(), err)
		}
	}
	if _, err := take(t, t.Context(), dir, time.Minute, nil); err == nil {
		t.Error("a directory is no lock")
	}
}
