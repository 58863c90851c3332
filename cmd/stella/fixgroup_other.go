//go:build !unix

package main

import "os/exec"

func ownGroup(*exec.Cmd, bool) {}

func interruptStep(cmd *exec.Cmd, _ bool) error { return cmd.Process.Kill() }

func killStep(*exec.Cmd, bool) {}
