//go:build unix

package settings_test

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"stella-ops.org/doctor/host/settings"
)

// A named pipe without a writer, and a device without an end, must not hold the
// program up.
func TestSpecialFiles(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo.json")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Skip(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		refused(t, fifo, "configuration file "+fifo+": line 1: the file is empty; settings are an object in { }")
		refused(t, "/dev/zero", "configuration file /dev/zero: this is neither a file nor a pipe")
		if store, err := settings.Load(settings.Options{SetFile: []string{"A:B=" + fifo}, NoDefaultFiles: true}); err != nil || len(store.Entries()) > 0 {
			t.Errorf("%v %v", store, err)
		}
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("reading hangs")
	}
}
