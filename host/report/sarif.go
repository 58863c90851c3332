package report

import (
	"io"
	"net/url"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// WriteSARIF writes the report as SARIF 2.1.0, for what gathers findings. The
// rules are the checks; results are what somebody should read: a fail is an
// error, a warning a warning, an info and a pass with doubt a note. A check that
// could not judge found nothing, so it is no result: it is a notification of the
// invocation, which then did not succeed. What a waiver covers is suppressed. A
// check that waits for the failure of another is a notification too, a note.
//
// The location of a result is logical: the address that the check asked, or the
// check itself, for no file is at fault. The ledger and the evidence stay in the
// report's own JSON; a result carries its evidence as properties.
func WriteSARIF(w io.Writer, r *Report) error {
	run := sarifRun{
		Tool: sarifTool{sarifDriver{Name: "stella doctor", Version: Escape(r.Host.Version), Rules: []sarifRule{}}},
		Invocations: []sarifInvocation{{
			StartTimeUTC: r.StartedAt, ExitCode: r.Summary.ExitCode, Successful: r.Summary.Unjudged == 0,
			Notifications: []sarifNotification{},
		}},
		Results:    []sarifResult{},
		ColumnKind: "unicodeCodePoints",
	}
	invocation := &run.Invocations[0]
	for _, n := range r.Notes {
		invocation.Notifications = append(invocation.Notifications, sarifNotification{
			Descriptor: &sarifReference{ID: Escape(n.Code)}, Level: "note", Message: sarifMessage{Text: sarifText(n.Text)},
		})
	}
	for i := range r.Results {
		res := &r.Results[i]
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, newSARIFRule(res))
		if res.Severity == nil {
			invocation.Notifications = append(invocation.Notifications, sarifNotification{
				Rule: &sarifReference{ID: Escape(res.Check), Index: &i}, Descriptor: &sarifReference{ID: Escape(res.Outcome)},
				Level: "error", Message: newSARIFMessage(res),
			})
			continue
		}
		if isWaiting(res) {
			invocation.Notifications = append(invocation.Notifications, sarifNotification{
				Rule: &sarifReference{ID: Escape(res.Check), Index: &i}, Descriptor: &sarifReference{ID: Escape(reason(res))},
				Level: "note", Message: sarifMessage{Text: sarifText(res.Diagnosis)},
			})
		}
		if level := sarifLevel(res); level != "" {
			run.Results = append(run.Results, newSARIFResult(res, i, level))
		}
	}
	return WriteDocument(w, newSARIFLog(run))
}

// sarifLevel is empty for what is no result.
func sarifLevel(r *Result) string {
	switch *r.Severity {
	case wire.Fail:
		return "error"
	case wire.Warn:
		return "warning"
	case wire.Info:
		return "note"
	}
	if *r.Severity == wire.Pass && r.Cause != nil {
		return "note"
	}
	return ""
}

func newSARIFRule(r *Result) sarifRule {
	rule := sarifRule{
		ID: Escape(r.Check), Name: Escape(r.Name), Configuration: sarifConfiguration{"warning"},
		Properties: map[string]any{"category": Escape(r.Category), "tags": escapeAll(r.Tags), "plugin": Escape(r.Plugin.ID), "plugin_version": Escape(r.Plugin.Version), "plugin_digest": Escape(r.Plugin.Digest)},
	}
	switch r.DefaultSeverity {
	case wire.Fail:
		rule.Configuration.Level = "error"
	case wire.Info:
		rule.Configuration.Level = "note"
	}
	if r.Question != "" {
		rule.Short = &sarifMessage{Text: sarifText(r.Question)}
	}
	if r.Remediation != nil && isWebAddress(r.Remediation.RunbookURL) {
		rule.HelpURI = r.Remediation.RunbookURL
	}
	return rule
}

func newSARIFResult(r *Result, index int, level string) sarifResult {
	name := Escape(r.Check)
	if address, _ := r.Evidence["request_url"].AsString(); address != "" {
		name = Escape(address)
	}
	res := sarifResult{
		RuleID: Escape(r.Check), RuleIndex: index, Level: level, Message: newSARIFMessage(r),
		Locations:    []sarifLocation{{Logical: []sarifLogical{{Name: Escape(r.Check), FullName: name, Kind: "resource"}}}},
		Fingerprints: map[string]string{"checkCause/v1": Escape(r.Check) + "/" + Escape(reason(r))},
		Properties:   map[string]any{"evidence": evidenceOrEmpty(r.Evidence), "severity": state(r)},
	}
	if r.Cause != nil {
		res.Properties["cause"] = Escape(*r.Cause)
	}
	if r.Verification != "" {
		res.Properties["verification"] = Escape(r.Verification)
	}
	if r.Waiver != nil {
		res.Suppressions = []sarifSuppression{{Kind: "external", Status: "accepted", Justification: waiverText(r.Waiver)}}
	}
	return res
}

func newSARIFMessage(r *Result) sarifMessage {
	var m markdown
	m.line("%s", MarkdownLine(r.Diagnosis))
	m.facts(r, View{})
	if r.Remediation != nil {
		m.remediation(r.Remediation, View{})
	}
	return sarifMessage{Text: sarifText(r.Diagnosis) + "\n" + sarifLines(prose(r)), Markdown: strings.TrimSpace(m.out.String())}
}

// sarifText is Escape for a plain text message, in which SARIF reads [text](n) as
// a link and {0} as a placeholder.
func sarifText(s string) string { return sarifLines(oneLine(s)) }

func sarifLines(s string) string {
	if strings.Contains(s, "](") {
		s = strings.NewReplacer("[", `\[`, "]", `\]`).Replace(s)
	}
	for _, digit := range "0123456789" {
		if strings.Contains(s, "{"+string(digit)) {
			return strings.NewReplacer("{", "{{", "}", "}}").Replace(s)
		}
	}
	return s
}

func escapeAll(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = Escape(s)
	}
	return out
}

func evidenceOrEmpty(e wire.Evidence) wire.Evidence {
	if e == nil {
		return wire.Evidence{}
	}
	return e
}

// isWebAddress holds for an absolute http or https address.
func isWebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && Escape(s) == s
}
