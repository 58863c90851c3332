package cassette

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// readReport decodes the report of a cassette and refuses what no run reports.
// Unknown fields, of a newer Doctor, mean nothing.
func readReport(data []byte) (*report.Report, error) {
	r := &report.Report{}
	if err := json.Unmarshal(data, r); err != nil {
		return nil, errors.New("it is no report: " + strings.TrimPrefix(err.Error(), "json: "))
	}
	if r.Schema != report.Schema {
		return nil, fmt.Errorf("the schema is %q, not %s", short(r.Schema), report.Schema)
	}
	if _, err := time.Parse(time.RFC3339, r.StartedAt); err != nil {
		return nil, fmt.Errorf("started_at is %q, no time of RFC 3339", short(r.StartedAt))
	}
	if r.Results == nil || r.Notes == nil {
		return nil, errors.New("it has no results or no notes")
	}
	for _, res := range r.Results {
		if res.Severity != nil && !slices.Contains(severities, *res.Severity) {
			return nil, fmt.Errorf("check %s has the severity %q", short(res.Check), short(string(*res.Severity)))
		}
		if (res.Severity != nil) != (res.Outcome == report.Judged) || !slices.Contains(outcomes, res.Outcome) {
			return nil, fmt.Errorf("check %s has the outcome %q", short(res.Check), short(res.Outcome))
		}
	}
	return r, nil
}

var (
	severities = []wire.Severity{wire.Pass, wire.Info, wire.Warn, wire.Fail, wire.Skip}
	outcomes   = []string{report.Judged, report.Trap, report.Timeout, report.BadOutput, report.Denied, report.OutOfMemory, report.ABI}
)
