//go:build unix

package main

import (
	"errors"
	"os"
	"syscall"
)

// keepOwner gives a file the owner and group of another one. A settings file
// that belonged to root alone afterwards would stop the service that reads it.
func keepOwner(f *os.File, like os.FileInfo) error {
	st, ok := like.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if err := f.Chown(int(st.Uid), int(st.Gid)); err != nil {
		return errors.New("its owner cannot be kept; call fix as its owner, or by way of sudo")
	}
	return nil
}

// syncDir makes a rename last, where the directory lets itself be opened.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}
