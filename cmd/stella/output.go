package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/report"
)

// output is where a document goes, and in which format.
type output struct {
	format string
	path   string // empty for standard output
	stdout io.Writer
}

var formats = []string{"text", "json"}

// newOutput reads --format and --output before any work is done, so that a
// mistake costs nothing.
func newOutput(s *streams, c *cli.Context) (*output, error) {
	o := &output{format: c.String("format"), path: c.String("output"), stdout: s.stdout}
	known := false
	for _, f := range formats {
		known = known || f == o.format
	}
	if !known {
		return nil, usagef("formats are "+strings.Join(formats, " and "), "unknown format %q", o.format)
	}
	if o.path == "-" {
		o.path = ""
	}
	if o.path == "" {
		return o, nil
	}
	if st, err := os.Stat(o.path); err == nil && st.IsDir() {
		return nil, usagef("name a file", "output file %s is a directory", o.path)
	}
	if st, err := os.Stat(filepath.Dir(o.path)); err != nil || !st.IsDir() {
		return nil, usagef("make the directory first", "output file %s: its directory does not exist", o.path)
	}
	return o, nil
}

// write renders v with text, or as JSON, and delivers the whole document or
// nothing.
func (o *output) write(v any, text func(io.Writer) error) error {
	var b bytes.Buffer
	render := text
	if o.format == "json" {
		render = func(w io.Writer) error { return report.WriteDocument(w, v) }
	}
	if err := render(&b); err != nil {
		return err
	}
	if o.path == "" {
		if _, err := o.stdout.Write(b.Bytes()); err != nil {
			return fmt.Errorf("writing to standard output: %w", err)
		}
		return nil
	}
	return writeFile(o.path, b.Bytes(), 0o644)
}

// writeFile writes a regular file through a synced temporary file in the same
// directory and a rename: a kill at any moment leaves the old file or the new
// one. A link is followed, so that it stays one; what is no regular file, such
// as a device or a pipe, is written to and never replaced.
func writeFile(path string, data []byte, mode os.FileMode) (err error) {
	fail := func(err error) error { return usagef("", "writing %s: %v", path, cause(err)) }
	target := path
	if st, err := os.Stat(path); err == nil {
		if !st.Mode().IsRegular() {
			if err := writeThrough(path, data); err != nil {
				return fail(err)
			}
			return nil
		}
		if target, err = filepath.EvalSymlinks(path); err != nil {
			return fail(err)
		}
		mode = st.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*.tmp")
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
	if err = f.Chmod(mode); err != nil {
		return fail(err)
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
	return nil
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

// document is the action of a command that prints one document. make returns it
// with its text form; the mistakes in --format and --output come first.
func document(s *streams, make func(c *cli.Context) (doc any, text func(io.Writer) error, err error)) cli.ActionFunc {
	return func(c *cli.Context) error {
		out, err := newOutput(s, c)
		if err != nil {
			return err
		}
		doc, text, err := make(c)
		if err != nil {
			return err
		}
		return out.write(doc, text)
	}
}

func warn(s *streams, text string) {
	fmt.Fprintf(s.stderr, "stella: warning: %s\n", report.Escape(text))
}

func notice(s *streams, text string) {
	fmt.Fprintf(s.stderr, "stella: note: %s\n", report.Escape(text))
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
