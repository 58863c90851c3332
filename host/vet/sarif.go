package vet

import (
	"io"

	"stella-ops.org/doctor/host/report"
)

// WriteSARIF writes the findings as SARIF 2.1.0; file is the name of the plugin
// file, exitCode what the program ends with.
func WriteSARIF(w io.Writer, r *Report, file string, exitCode int) error {
	log := report.FindingLog{Tool: "stella doctor plugin vet", File: file, ExitCode: exitCode, Properties: map[string]any{
		"plugin": r.Subject.ID, "plugin_version": r.Subject.Version, "plugin_digest": "sha256:" + r.Subject.SHA256,
		"policy": r.Policy.Name, "policy_lowers": r.Policy.Lowered, "verdict": r.Verdict,
	}}
	for _, rule := range Rules {
		log.Rules = append(log.Rules, report.FindingRule{ID: rule.Rule, Level: rule.Level, Text: rule.What})
	}
	for _, f := range r.Findings {
		log.Findings = append(log.Findings, report.FindingResult{Rule: f.Rule, Level: f.Level, Text: findingText(f)})
	}
	return report.WriteFindingsSARIF(w, log)
}
