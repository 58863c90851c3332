package serve

import (
	"os/exec"
	"runtime"
	"syscall"
)

// bind makes the system end the child when this process ends, killed included.
func bind(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// lock keeps the thread that starts a child alive: its end would be the child's.
func lock() { runtime.LockOSThread() }
