//go:build unix

package main

import (
	"os"
	"syscall"
)

// openInput opens without waiting for the other end of a named pipe: one that
// nobody writes to reads as empty.
func openInput(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// openOwn is openInput for what must be no link.
func openOwn(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
}
