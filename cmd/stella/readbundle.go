package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"stella-ops.org/doctor/host/bundle"
	"stella-ops.org/doctor/host/plugin"
)

// readBundle reads a bundle: a file, a pipe, or standard input, which is -.
func readBundle(ctx context.Context, s *streams, name string) (*bundle.Bundle, error) {
	r, err := openBundle(s, name)
	if err != nil {
		return nil, usagef("", "bundle %s: %v", inputName(name), err)
	}
	defer r.Close()
	if f, ok := r.(*os.File); ok {
		// An interrupt must not wait for whoever writes into a pipe.
		defer context.AfterFunc(ctx, func() { _ = f.SetReadDeadline(time.Unix(1, 0)) })()
	}
	b, err := bundle.Read(interruptible{ctx, r})
	var refusal *bundle.Refusal
	var file *plugin.Refusal
	switch {
	case err == nil:
		return b, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.As(err, &refusal), errors.As(err, &file):
		return nil, fmt.Errorf("bundle %s: %w", inputName(name), err)
	}
	return nil, usagef("", "bundle %s: %v", inputName(name), readCause(err))
}

func openBundle(s *streams, name string) (io.ReadCloser, error) {
	if name == "-" {
		if s.stdin == nil {
			return io.NopCloser(eof{}), nil
		}
		return io.NopCloser(s.stdin), nil
	}
	f, err := openInput(name)
	if err != nil {
		return nil, readCause(err)
	}
	st, err := f.Stat()
	switch {
	case err != nil:
	case st.IsDir():
		err = errors.New("this is a directory")
	case st.Mode()&fs.ModeNamedPipe != 0:
		// A file that takes no deadline is read without one.
		_ = f.SetReadDeadline(time.Now().Add(pipeWait))
	case !st.Mode().IsRegular():
		err = errors.New("this is neither a file nor a pipe")
	}
	if err != nil {
		f.Close()
		return nil, readCause(err)
	}
	return f, nil
}

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

// interruptible ends with its context between two reads.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (i interruptible) Read(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	return i.r.Read(p)
}
