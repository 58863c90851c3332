//go:build unix

package host

import (
	"os"
	"syscall"
)

// guardAttributes put the guard into a process group of its own, so that what a
// terminal or a shell sends to this one does not reach it.
func guardAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// guardPath is this program, also when its file has been replaced since.
func guardPath() (string, error) {
	if _, err := os.Stat("/proc/self/exe"); err == nil {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}
