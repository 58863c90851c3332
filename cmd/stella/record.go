package main

import (
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/cassette"
	"stella-ops.org/doctor/host/report"
)

// record is --record: where the cassette goes, and what is recorded. Nil when it
// was not asked for.
type record struct {
	path string
	run  host.Recording
}

// newRecord looks at the place of the cassette before any work is done.
func newRecord(c *cli.Context, out *output) (*record, error) {
	path := c.String("record")
	switch {
	case !c.IsSet("record"):
		return nil, nil
	case path == "", path == "-":
		return nil, usagef("write --record FILE", "--record names no file")
	}
	if err := out.reserve(path, "the cassette"); err != nil {
		return nil, err
	}
	return &record{path: path}, checkOverwrite(path)
}

// checkOverwrite refuses to replace a file that holds something else than a
// cassette: a recording is easily given the name of what it is about.
func checkOverwrite(path string) error {
	st, err := os.Stat(path)
	if err != nil || !st.Mode().IsRegular() || st.Size() == 0 {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil // writing will say what is wrong
	}
	defer f.Close()
	head := make([]byte, len(cassette.Beginning))
	if _, err := io.ReadFull(f, head); err == nil && string(head) == cassette.Beginning {
		return nil
	}
	return usagef("name another file, or remove it first", "--record %s: the file is there and is no cassette", path)
}

func (r *record) recording() *host.Recording {
	if r == nil {
		return nil
	}
	return &r.run
}

// write writes the cassette of a run that came to its end. What servers answered
// is for the operator's eyes first.
func (r *record) write(s *streams, rep *report.Report) error {
	if r == nil {
		return nil
	}
	if keys := r.run.Unsearched(); len(keys) > 0 {
		warn(s, "the cassette shows what servers gave back of "+strings.Join(keys, ", ")+": too short, or too much like a word, to be told from other text")
	}
	tape, err := r.run.Cassette(rep)
	if err != nil {
		return err
	}
	data, err := tape.Format()
	if err != nil {
		return &host.RecordError{Err: err}
	}
	return writeFile(r.path, data, 0o600)
}
