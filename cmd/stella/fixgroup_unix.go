//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// ownGroup puts a step into a group of processes of its own.
func ownGroup(cmd *exec.Cmd, own bool) {
	if own {
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	}
}

// interruptStep tells a step to end, as a terminal does.
func interruptStep(cmd *exec.Cmd, own bool) error {
	if own {
		return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)
	}
	return cmd.Process.Signal(syscall.SIGINT)
}

// killStep ends what a step left running.
func killStep(cmd *exec.Cmd, own bool) {
	if own && cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
}
