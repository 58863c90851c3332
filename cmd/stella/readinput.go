package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// pipeWait is how long the writer of a named pipe may keep us waiting.
const pipeWait = 30 * time.Second

// readInput reads a document of at most limit bytes: a file, a pipe, which is
// what a shell's <(command) is, or standard input, which is -. The error is a
// clause without the path.
func readInput(ctx context.Context, s *streams, path string, limit int64) ([]byte, error) {
	if path == "" {
		return nil, errors.New("the name is empty")
	}
	if path != "-" {
		f, err := openInput(path)
		if err != nil {
			return nil, readCause(err)
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return nil, readCause(err)
		}
		switch mode := info.Mode(); {
		case mode.IsDir():
			return nil, errors.New("this is a directory")
		case mode&fs.ModeNamedPipe != 0:
			// A file that takes no deadline is read without one.
			_ = f.SetReadDeadline(time.Now().Add(pipeWait))
		case !mode.IsRegular():
			return nil, errors.New("this is neither a file nor a pipe")
		}
		return readAll(f, limit)
	}
	if s.stdin == nil {
		return nil, nil
	}
	type answer struct {
		data []byte
		err  error
	}
	// An interrupt must not wait for whoever writes.
	done := make(chan answer, 1)
	go func() {
		data, err := readAll(s.stdin, limit)
		done <- answer{data, err}
	}()
	select {
	case a := <-done:
		return a.data, a.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func readAll(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, readCause(err)
	}
	if int64(len(data)) > limit {
		return nil, tooLarge(limit)
	}
	return data, nil
}

// tooLarge says that an input has more than limit bytes.
func tooLarge(limit int64) error {
	if limit < 1<<20 {
		return fmt.Errorf("it is larger than %d KiB", limit>>10)
	}
	return fmt.Errorf("it is larger than %d MiB", limit>>20)
}

// readCause says why the system refused to read.
func readCause(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("no such file")
	case errors.Is(err, fs.ErrPermission):
		return errors.New("permission denied")
	}
	return cause(err)
}

// inputName is how messages call an input.
func inputName(path string) string {
	if path == "-" {
		return "on standard input"
	}
	return path
}
