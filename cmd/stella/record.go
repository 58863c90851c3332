package main

import (
	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
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
	return &record{path: path}, out.reserve(path, "the cassette")
}

func (r *record) recording() *host.Recording {
	if r == nil {
		return nil
	}
	return &r.run
}

// write writes the cassette of a run that came to its end. What servers answered
// is for the operator's eyes first.
func (r *record) write(rep *report.Report) error {
	if r == nil {
		return nil
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
