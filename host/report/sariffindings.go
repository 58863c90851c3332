package report

import (
	"io"
	"net/url"
	"slices"
	"strings"
)

// FindingLog is what was found in one file, for [WriteFindingsSARIF].
type FindingLog struct {
	// Tool is the command that looked.
	Tool string
	// File is the name of the file.
	File     string
	ExitCode int
	// Rules are all that were looked for, in the order of reports.
	Rules    []FindingRule
	Findings []FindingResult
	// Properties are those of each result; texts among them are escaped.
	Properties map[string]any
}

// FindingRule is one rule. Level is note, warning or error.
type FindingRule struct{ ID, Level, Text string }

// FindingResult is one finding, of one of the rules.
type FindingResult struct{ Rule, Level, Text string }

// WriteFindingsSARIF writes findings in a file as SARIF 2.1.0. Findings of rules
// that are not listed are left out.
func WriteFindingsSARIF(w io.Writer, l FindingLog) error {
	run := sarifRun{
		Tool:        sarifTool{sarifDriver{Name: Escape(l.Tool), Rules: []sarifRule{}}},
		Invocations: []sarifInvocation{{ExitCode: l.ExitCode, Successful: true, Notifications: []sarifNotification{}}},
		Results:     []sarifResult{},
		ColumnKind:  "unicodeCodePoints",
	}
	for _, r := range l.Rules {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{ID: Escape(r.ID), Short: &sarifMessage{Text: sarifText(r.Text)},
			Configuration: sarifConfiguration{r.Level}, Properties: map[string]any{}})
	}
	properties := map[string]any{}
	for name, v := range l.Properties {
		if text, ok := v.(string); ok {
			v = Escape(text)
		}
		properties[name] = v
	}
	place := sarifLocation{
		Physical: &sarifPhysical{sarifArtifact{fileURI(l.File)}},
		Logical:  []sarifLogical{{Name: Escape(l.File), FullName: Escape(l.File), Kind: "module"}},
	}
	for _, f := range l.Findings {
		index := slices.IndexFunc(l.Rules, func(r FindingRule) bool { return r.ID == f.Rule })
		if index < 0 {
			continue
		}
		run.Results = append(run.Results, sarifResult{
			RuleID: Escape(f.Rule), RuleIndex: index, Level: f.Level, Message: sarifMessage{Text: sarifText(f.Text)},
			Locations: []sarifLocation{place}, Fingerprints: map[string]string{"ruleText/v1": Escape(f.Rule) + "/" + Escape(f.Text)}, Properties: properties,
		})
	}
	return WriteDocument(w, newSARIFLog(run))
}

func newSARIFLog(run sarifRun) sarifLog {
	return sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0", Runs: []sarifRun{run},
	}
}

// fileURI is the name of a file as a reference, relative when the name is.
func fileURI(name string) string {
	return (&url.URL{Path: strings.ReplaceAll(name, `\`, "/")}).String()
}
