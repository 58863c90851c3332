//go:build unix

package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// checkPrivateDir returns nil if path is a directory, not a link to one, that
// belongs to this user and is closed to everybody else.
func checkPrivateDir(path string) error {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return fmt.Errorf("the cache directory cannot be read: %w", withoutPath(err))
	case info.Mode()&fs.ModeSymlink != 0:
		return errors.New("the cache directory is a symbolic link")
	case !info.IsDir():
		return errors.New("the cache directory is not a directory")
	}
	return checkOwner(info)
}

// checkOwner returns nil if what info describes belongs to this user and is
// closed to everybody else.
func checkOwner(info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok || int(stat.Uid) != os.Geteuid():
		return errors.New("the cache belongs to another user")
	case info.Mode().Perm()&0o077 != 0:
		return errors.New("the cache is open to other users")
	}
	return nil
}
