package inspect

import (
	"io"

	"stella-ops.org/doctor/host/report"
)

// WriteSARIF writes the findings as SARIF 2.1.0. The location of each is the
// plugin file.
func WriteSARIF(w io.Writer, r *Report) error {
	log := report.FindingLog{Tool: "stella doctor plugin inspect", File: r.File, Properties: map[string]any{
		"plugin": r.ID, "plugin_version": r.Version, "plugin_digest": r.Digest,
	}}
	if r.Refused != nil {
		log.ExitCode = ExitRefused
	}
	for _, rule := range rules {
		log.Rules = append(log.Rules, report.FindingRule{ID: rule.ID, Level: rule.Level, Text: rule.Text})
	}
	for _, f := range r.Findings {
		log.Findings = append(log.Findings, report.FindingResult{Rule: f.Rule, Level: f.Level, Text: f.Text})
	}
	return report.WriteFindingsSARIF(w, log)
}

// ExitRefused is the exit code of a command whose plugin file is refused.
const ExitRefused = 3
