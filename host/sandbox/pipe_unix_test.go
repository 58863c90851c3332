//go:build unix

package sandbox

import "syscall"

// makePipe makes a named pipe, which nobody will ever write to.
func makePipe(path string) error { return syscall.Mkfifo(path, 0o600) }
