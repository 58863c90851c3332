package audit

import (
	"errors"
	"io"
	"os"
)

// VerifyFile verifies the log at path as it stands between the lines of those who
// write to it. Opts.Live is filled in. An error means that the file cannot be
// read.
func VerifyFile(path string, opts Options) (*Verdict, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return nil, errors.New("it is no regular file")
	}
	size, live, err := settledSize(path, f)
	if err != nil {
		return nil, err
	}
	opts.Live = live
	return Verify(io.NewSectionReader(f, 0, size), opts)
}

// settledSize is the size of a log while nobody writes to it, and whether somebody
// has it open then. Where the file cannot be locked, such as on a file system that
// is read-only, the size is as it is.
func settledSize(path string, f *os.File) (size int64, live bool, err error) {
	if wait(func() (bool, error) { return tryLock(f, true) }) == nil {
		defer unlock(f)
	}
	st, err := f.Stat()
	if err != nil {
		return 0, false, cause(err)
	}
	return st.Size(), Alive(path), nil
}
