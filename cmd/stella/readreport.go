package main

import (
	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/report"
)

// readReport reads the JSON report of an earlier run.
func readReport(s *streams, c *cli.Context, path string) (*report.Report, error) {
	const hint = "a report is what `stella doctor run --format json=FILE` writes"
	data, err := readInput(c.Context, s, path, report.MaxReport)
	if err == nil {
		var r *report.Report
		if r, err = report.Read(data); err == nil {
			return r, nil
		}
	}
	if c.Context.Err() != nil {
		return nil, err
	}
	return nil, usagef(hint, "report %s: %v", inputName(path), err)
}
