//go:build unix

package egress

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestCAFileIsNoFile: a pipe that nobody writes to and a device without an end
// are refused and hold nobody up.
func TestCAFileIsNoFile(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "ca.pem")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Skip(err)
	}
	for _, name := range []string{fifo, "/dev/zero"} {
		done := make(chan error, 1)
		go func() {
			_, err := New(Config{CAFile: name})
			done <- err
		}()
		select {
		case err := <-done:
			if err == nil || !strings.HasSuffix(err.Error(), " is not a regular file") {
				t.Errorf("%s: %v", name, err)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%s: New hangs", name)
		}
	}
}
