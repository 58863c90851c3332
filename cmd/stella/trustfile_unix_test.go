//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"stella-ops.org/doctor/host/trust"
)

// TestTrustFileSwapped is T27 in time: while the trust file is read again and again,
// a link and a pipe take its place in turn. No read follows the link, and none waits
// for whoever writes to the pipe.
func TestTrustFileSwapped(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	path := at("trust.yaml")
	if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(at("evil"), []byte("evil"), 0o644), os.WriteFile(path, []byte("good"), 0o644)); err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan error, 1)
	go func() {
		makes := []func() error{
			func() error { return os.Symlink(at("evil"), at("next")) },
			func() error { return os.WriteFile(at("next"), []byte("good"), 0o644) },
			func() error { return syscall.Mkfifo(at("next"), 0o644) },
			func() error { return os.WriteFile(at("next"), []byte("good"), 0o644) },
		}
		for n := 0; ; n++ {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			if err := errors.Join(makes[n%len(makes)](), os.Rename(at("next"), path)); err != nil {
				stopped <- err
				return
			}
		}
	}()
	done := make(chan int)
	go func() {
		defer close(done)
		for range 100_000 {
			data, err := readTrusted(path, "trust file", trust.MaxFile)
			if err == nil && string(data) != "good" && string(data) != "" { // a file that is being written is empty
				t.Errorf("read %q", data)
				return
			}
			if errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%v, and it was there all the time", err)
				return
			}
		}
	}()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Error("a read waits")
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}
