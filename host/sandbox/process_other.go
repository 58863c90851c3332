//go:build !linux

package sandbox

import (
	"os"
	"os/exec"
	"syscall"
)

// processAttributes has nothing to ask for here: a worker notices the end of
// its program by the end of its standard input.
func processAttributes() *syscall.SysProcAttr { return nil }

// awaitDeath cannot wait without reaping here.
func awaitDeath(int) bool { return false }

// killGroup kills the child; it does nothing once the child was reaped.
func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }

func selfPath() (string, error) { return os.Executable() }
