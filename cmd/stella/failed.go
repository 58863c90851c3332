package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// failedRun is what --failed takes from the report of --from; nil when neither
// was given.
type failedRun struct {
	name   string
	checks []string // that were not green, sorted
	note   string   // what the report does not tell
}

// failedFlags select by an earlier report.
func failedFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "failed", Usage: "take only the checks that were not green in the report of --from"},
		&cli.StringFlag{Name: "from", Usage: "with --failed, the JSON report `FILE` of an earlier run, - for standard input"},
	}
}

// readFailed reads --failed and --from, which need each other.
func readFailed(s *streams, c *cli.Context) (*failedRun, error) {
	switch failed, from := c.Bool("failed"), c.IsSet("from"); {
	case failed && !from:
		return nil, usagef("name the report: --failed --from report.json", "--failed needs --from")
	case from && !failed:
		return nil, usagef("add --failed to run again what was not green in it", "--from needs --failed")
	case !failed:
		return nil, nil
	}
	path := c.String("from")
	if path == "-" && c.String("waivers") == "-" {
		return nil, usagef("name a file for one of them", "standard input cannot be both the report and the waivers")
	}
	rep, err := readReport(s, c, path)
	if err != nil {
		return nil, err
	}
	f := &failedRun{name: "the report " + inputName(path), checks: []string{}}
	for i := range rep.Results {
		if r := &rep.Results[i]; !isGreen(r) {
			f.checks = append(f.checks, r.Check)
		}
	}
	if sum := rep.Summary; !rep.Complete() && sum.Fail+sum.Warn+sum.Unjudged > len(f.checks) {
		return nil, usagef("write the report without --severity", "%s lists %d of its %d problems", f.name, len(f.checks), sum.Fail+sum.Warn+sum.Unjudged)
	}
	if !rep.Complete() {
		f.note = fmt.Sprintf("%s holds %d of the %d results of its run (--severity)", f.name, len(rep.Results), rep.Summary.Total())
	}
	return f, nil
}

// isGreen holds for what there is no reason to run again. A waived problem is
// still one, and a check that waited for another was not answered.
func isGreen(r *report.Result) bool {
	switch {
	case r.Severity == nil:
		return false
	case *r.Severity == wire.Skip:
		return r.SkipReason == nil || *r.SkipReason != wire.SkipPrerequisite
	}
	return r.Severity.Rank() < wire.Warn.Rank() && r.Cause == nil // a pass with a cause is one with doubt
}

// green holds where the report leaves nothing to run again.
func (f *failedRun) green() bool { return f != nil && len(f.checks) == 0 }

// limit limits a selection to what was not green, and says what cannot be run
// again.
func (f *failedRun) limit(s *streams, h *host.Host, sel *host.Selection) error {
	if f == nil {
		return nil
	}
	if f.note != "" {
		notice(s, f.note)
	}
	if f.green() {
		notice(s, "nothing to run again: everything in "+f.name+" was green")
	}
	all, err := h.Checks(host.Selection{Full: true})
	if err != nil {
		return err
	}
	known := make(map[string]bool, len(all))
	for _, c := range all {
		known[c.Info.ID] = true
	}
	var gone []string
	for _, id := range f.checks {
		if !known[id] {
			gone = append(gone, id)
		}
	}
	if len(gone) > 0 && len(gone) == len(f.checks) {
		_, err := h.Check(gone[0])
		return err
	}
	if len(gone) > 0 {
		notice(s, "no plugin here has what was not green in "+f.name+": "+strings.Join(gone, ", "))
	}
	sel.Among = f.checks
	return nil
}
