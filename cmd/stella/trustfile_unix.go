//go:build unix

package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"stella-ops.org/doctor/host/trust"
)

// checkOwners wants a file, and its directory, that only its owner can change,
// who is this user or root.
func checkOwners(f *os.File, path, what string) error {
	st, err := f.Stat()
	if err != nil {
		return &outputError{path: path, err: cause(err)}
	}
	if err := checkOwner(st, what+" "+path, path); err != nil {
		return err
	}
	dir := filepath.Dir(path)
	st, err = os.Stat(dir)
	if err != nil {
		return &outputError{path: dir, err: cause(err)}
	}
	return checkOwner(st, "the directory of "+what+" "+path, dir)
}

func checkOwner(st fs.FileInfo, what, path string) error {
	refuse := func(hint, format string, args ...any) error {
		return &trust.Refusal{Rule: "trust-file-owner", Text: what + " " + fmt.Sprintf(format, args...), Hint: hint}
	}
	if mode := st.Mode().Perm(); mode&0o022 != 0 {
		return refuse("chmod go-w "+path, "can be changed by others (mode %04o), who could add keys to it", mode)
	}
	if sys, ok := st.Sys().(*syscall.Stat_t); ok && sys.Uid != 0 && int(sys.Uid) != os.Geteuid() {
		return refuse("chown it to the user who runs this program, or to root", "belongs to user %d, who could add keys to it", sys.Uid)
	}
	return nil
}
