package main

import (
	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/waivers"
)

// readWaivers reads the file of --waivers; nil when there is none.
func readWaivers(s *streams, c *cli.Context) (*waivers.Set, error) {
	const hint = "a waiver has check, reason, owner and expires, and may have cause and target"
	if !c.IsSet("waivers") {
		return nil, nil
	}
	path := c.String("waivers")
	data, err := readInput(c.Context, s, path, waivers.MaxFile)
	if err != nil {
		if c.Context.Err() != nil {
			return nil, err
		}
		return nil, usagef(hint, "waiver file %s: %v", inputName(path), err)
	}
	set, err := waivers.Parse(data, inputName(path))
	if err != nil {
		return nil, usagef(hint, "%v", err)
	}
	return set, nil
}

// warnExpired says on standard error too that a problem is waived no longer: the
// formats for machines may keep it to themselves.
func warnExpired(s *streams, rep *report.Report) {
	for _, n := range rep.Notes {
		if n.Code == waivers.NoteExpired {
			warn(s, n.Text)
		}
	}
}
