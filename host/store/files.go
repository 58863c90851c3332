package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// tempPattern names the files in the making; what is older than tempStale
// belongs to nobody any more.
const (
	tempPattern = ".stella-*.tmp"
	tempStale   = time.Hour
)

// fault is where tests stop or fail this process: it is asked at every step by
// which something is written. Nil, as in the program, does nothing.
var fault func(step string) error

func step(name string) error {
	if fault == nil {
		return nil
	}
	return fault(name)
}

// writeAtomic writes a file by way of a synced temporary one beside it and a
// rename, and syncs the directory: a kill or a loss of power at any moment leaves
// the old file or the new one. what names the steps for tests. The error is a
// *lateError where the new one is there already.
func writeAtomic(what, path string, data []byte, mode os.FileMode) (err error) {
	dir := filepath.Dir(path)
	if err := step(what + " create"); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, tempPattern)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err = step(what + " created"); err != nil {
		return err
	}
	if err = writePieces(what, f, data); err != nil {
		return err
	}
	if err = f.Chmod(mode); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	for _, s := range []struct {
		name string
		do   func() error
	}{
		{"sync", f.Sync},
		{"close", f.Close},
		{"rename", func() error { return os.Rename(f.Name(), path) }},
	} {
		if err = step(what + " " + s.name); err != nil {
			return err
		}
		if err = s.do(); err != nil {
			return err
		}
	}
	if err := step(what + " renamed"); err != nil {
		return &lateError{err}
	}
	if err := syncDir(dir); err != nil {
		return &lateError{err}
	}
	if err := step(what + " dir synced"); err != nil {
		return &lateError{err}
	}
	return nil
}

// lateError says that a file has the place of the old one, and that its name may not
// last.
type lateError struct{ error }

func (e *lateError) Unwrap() error { return e.error }

// writePieces writes data in a few pieces, so that a test can stop between them.
func writePieces(what string, f *os.File, data []byte) error {
	from := 0
	for _, cut := range []struct {
		name string
		at   int
	}{{"first byte", 1}, {"half", len(data) / 2}, {"all but one", len(data) - 1}, {"all", len(data)}} {
		if cut.at <= from {
			continue
		}
		if _, err := f.Write(data[from:cut.at]); err != nil {
			return err
		}
		from = cut.at
		if err := step(what + " wrote " + cut.name); err != nil {
			return err
		}
	}
	return nil
}

// collectTemps removes what killed processes left in the making. Only names of
// our own pattern are touched, and only old ones.
func collectTemps(dir string) {
	names, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	prefix, suffix, _ := strings.Cut(tempPattern, "*")
	for _, n := range names {
		if !strings.HasPrefix(n.Name(), prefix) || !strings.HasSuffix(n.Name(), suffix) {
			continue
		}
		if info, err := n.Info(); err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) > tempStale {
			_ = os.Remove(filepath.Join(dir, n.Name()))
		}
	}
}

// withoutPath is the cause of a file error without the path that it names.
func withoutPath(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
