package main

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// writeFile writes a regular file through a synced temporary file in the same
// directory and a rename, and syncs the directory: a kill or a loss of power at any
// moment leaves the old file or the new one, and the new one once it has returned. A
// link is followed, so that it stays one; what is no regular file, such as a device or
// a pipe, is written to and never replaced.
func writeFile(path string, data []byte, mode os.FileMode) (err error) {
	fail := func(err error) error { return &outputError{path: path, err: cause(err)} }
	target, keep := realPlace(path), false
	if st, err := os.Stat(path); err == nil {
		if !st.Mode().IsRegular() {
			if err := writeThrough(path, data); err != nil {
				return fail(err)
			}
			return nil
		}
		kept := st.Mode().Perm()
		if mode&0o077 == 0 {
			kept &= mode // what is for the owner alone stays so
		}
		mode, keep = kept, true
	}
	f, err := createBeside(target, mode)
	if err != nil {
		return fail(err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(data); err != nil {
		return fail(err)
	}
	if keep {
		if err = f.Chmod(mode); err != nil {
			return fail(err)
		}
	}
	if err = f.Sync(); err != nil {
		return fail(err)
	}
	if err = f.Close(); err != nil {
		return fail(err)
	}
	if err = os.Rename(f.Name(), target); err != nil {
		return fail(err)
	}
	syncDir(filepath.Dir(target))
	collectBeside(target)
	return nil
}

// leftAfter is the age at which a temporary file is nobody's: no write takes so long.
const leftAfter = time.Hour

// randomPart is what stands for the asterisk of a temporary file.
var randomPart = regexp.MustCompile(`^[0-9a-z]{6,13}$`)

// collectBeside removes what killed writes of the same file left beside it. It fails
// in silence: what stays is collected next time.
func collectBeside(target string) {
	before, after, _ := strings.Cut(temporary(target), "*")
	entries, err := os.ReadDir(filepath.Dir(target))
	if err != nil {
		return
	}
	for _, e := range entries {
		random, is := strings.CutPrefix(e.Name(), before)
		random, ends := strings.CutSuffix(random, after)
		if !is || !ends || !e.Type().IsRegular() || !randomPart.MatchString(random) {
			continue
		}
		if st, err := e.Info(); err == nil && time.Since(st.ModTime()) > leftAfter {
			_ = os.Remove(filepath.Join(filepath.Dir(target), e.Name()))
		}
	}
}

// replaces tells whether writing data would replace a regular file of other bytes.
func replaces(path string, data []byte) bool {
	st, err := os.Stat(path)
	if err != nil || !st.Mode().IsRegular() {
		return false
	}
	if st.Size() != int64(len(data)) {
		return true
	}
	there, err := os.ReadFile(path)
	return err != nil || !bytes.Equal(there, data)
}

// tellReplaced tells of a file that was replaced: the commands that make files
// replace what is there.
func tellReplaced(s *streams, path string, replaced bool) {
	if replaced {
		notice(s, path+" was there before and held something else; it was replaced")
	}
}

// createBeside makes a temporary file beside target with a mode that the umask
// still narrows, as for every new file.
func createBeside(target string, mode os.FileMode) (*os.File, error) {
	for {
		name := strings.Replace(temporary(target), "*", strconv.FormatUint(rand.Uint64(), 36), 1)
		f, err := os.OpenFile(filepath.Join(filepath.Dir(target), name), os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// temporary is the pattern of the temporary files beside target. A long name is
// cut: the file system bounds names.
func temporary(target string) string {
	base := filepath.Base(target)
	return "." + base[:min(len(base), 100)] + ".*.tmp"
}

// writeThrough writes to a device or a pipe.
func writeThrough(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// cause is the last part of a path error, whose path would name the temporary
// file.
func cause(err error) error {
	switch e := err.(type) {
	case *os.PathError:
		return e.Err
	case *os.LinkError:
		return e.Err
	}
	return err
}
