package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// MaxReport bounds a report that is read, in bytes. Who reads a file keeps the
// bound before Read is called.
const MaxReport = 64 << 20

// ReadError tells why a document is no report that can be read.
type ReadError struct {
	// Line counts from 1; zero when no line is at fault.
	Line int
	// Problem is a lower-case clause.
	Problem string
}

func (e *ReadError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("line %d: %s", e.Line, e.Problem)
	}
	return e.Problem
}

// Read reads a report as WriteJSON wrote it, by this version or an older one;
// WriteJSON writes a report that was read byte for byte as it was.
//
// Unknown fields are ignored and names are case-sensitive. Fields that older
// reports lack are empty, and null lists too. The summary is that of the run: a
// report that was written with --severity holds fewer results than it counts
// (see Complete), never more.
//
// The error is a *ReadError: for an empty, half-written or oversized text, for
// anything after the document, for another document and a newer schema, for a
// key that stands twice, invalid UTF-8, values of the wrong type, severities and
// outcomes outside of their lists, and a check that stands twice.
func Read(data []byte) (*Report, error) {
	if len(data) > MaxReport {
		return nil, &ReadError{Problem: fmt.Sprintf("it is larger than %d MiB", MaxReport>>20)}
	}
	data, err := screenJSON(data)
	if err != nil {
		return nil, err
	}
	if err := screenSchema(data); err != nil {
		return nil, err
	}
	var r Report
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, typeError(data, err)
	}
	if problem := r.judge(); problem != "" {
		return nil, &ReadError{Problem: problem}
	}
	r.fill()
	slices.SortStableFunc(r.Results, func(a, b Result) int { return strings.Compare(a.Check, b.Check) })
	return &r, nil
}

// Complete reports whether the report holds every result of its run: one that
// was written with --severity does not.
func (r *Report) Complete() bool { return len(r.Results) >= r.Summary.Total() }

// screenSchema tells reports from other documents before their fields count.
func screenSchema(data []byte) error {
	var head struct {
		Schema  any             `json:"schema"`
		Results json.RawMessage `json:"results"`
	}
	const stranger = "this is no doctor report: "
	if err := json.Unmarshal(data, &head); err != nil {
		return &ReadError{Line: 1, Problem: stranger + "a report is a JSON object"}
	}
	schema, isText := head.Schema.(string)
	switch {
	case head.Schema == nil:
		return &ReadError{Problem: stranger + "it names no schema"}
	case !isText:
		return &ReadError{Problem: stranger + "its schema is no text"}
	case schema == Schema && head.Results == nil:
		return &ReadError{Problem: "it has no results"}
	case schema == Schema:
		return nil
	}
	family, current, _ := strings.Cut(Schema, "/v")
	if version, ok := strings.CutPrefix(schema, family+"/v"); ok {
		have, _ := strconv.Atoi(current)
		if n, err := strconv.Atoi(version); err == nil && n > have {
			return &ReadError{Problem: "made by a newer Doctor: schema " + schema}
		}
	}
	return &ReadError{Problem: fmt.Sprintf("%sits schema is %q", stranger, clip(schema, 100))}
}

// typeError brings an error of encoding/json into our form.
func typeError(data []byte, err error) error {
	var wrong *json.UnmarshalTypeError
	var value *wire.DecodeError
	switch {
	case errors.As(err, &wrong):
		line := 1 + bytes.Count(data[:min(int(wrong.Offset), len(data))], []byte{'\n'})
		return &ReadError{Line: line, Problem: fmt.Sprintf("%s: %s is wanted, not %s", wrong.Field, kindOf(wrong.Type.Kind()), clip(wrong.Value, 60))}
	case errors.As(err, &value):
		return &ReadError{Problem: value.Error()}
	}
	return &ReadError{Problem: err.Error()}
}

// judge returns what is wrong with the values of a report, or nothing.
func (r *Report) judge() string {
	if w := r.Summary.Worst; w != nil && (!known(*w) || *w == wire.Skip) {
		return fmt.Sprintf("summary.worst: unknown severity %q", clip(string(*w), 60))
	}
	switch r.Summary.ExitCode {
	case ExitOK, ExitRefused, ExitFail, ExitWarn, ExitUnjudged:
	default:
		return fmt.Sprintf("summary.exit_code: no run that reports ends with %d", r.Summary.ExitCode)
	}
	seen := make(map[string]bool, len(r.Results))
	for i := range r.Results {
		res := &r.Results[i]
		place := fmt.Sprintf("results[%d]", i)
		if problem := res.judge(); problem != "" {
			return place + ": " + problem
		}
		if seen[res.Check] {
			return fmt.Sprintf("%s: check %s stands twice", place, clip(res.Check, 200))
		}
		seen[res.Check] = true
	}
	held, told := Summarize(r.Results, ""), r.Summary
	if held.Pass > told.Pass || held.Info > told.Info || held.Warn > told.Warn ||
		held.Fail > told.Fail || held.Skip > told.Skip || held.Unjudged > told.Unjudged {
		return "the summary counts fewer results than there are"
	}
	return ""
}

// outcomes are the outcomes without a verdict.
var outcomes = []string{Trap, Timeout, BadOutput, Denied, OutOfMemory, ABI}

func (r *Result) judge() string {
	switch {
	case r.Check == "":
		return "the id of its check is empty"
	case r.Outcome == Judged && r.Severity == nil:
		return "it is judged and has no severity"
	case r.Outcome == Judged && !known(*r.Severity):
		return fmt.Sprintf("unknown severity %q", clip(string(*r.Severity), 60))
	case r.Outcome == Judged:
	case !slices.Contains(outcomes, r.Outcome):
		return fmt.Sprintf("unknown outcome %q", clip(r.Outcome, 60))
	case r.Severity != nil:
		return "it could not be judged and has a severity"
	}
	if s := r.DefaultSeverity; s != "" && !known(s) {
		return fmt.Sprintf("unknown default severity %q", clip(string(s), 60))
	}
	if r.Waiver != nil && (r.Severity == nil || r.Severity.Rank() < wire.Warn.Rank()) {
		return "a waiver covers what is no problem"
	}
	return ""
}

func known(s wire.Severity) bool { return s == wire.Skip || s.Rank() > 0 }

// fill makes empty what is null or missing, as a run writes it.
func (r *Report) fill() {
	r.Notes, r.Results = orEmpty(r.Notes), orEmpty(r.Results)
	for i := range r.Results {
		res := &r.Results[i]
		res.Tags, res.LikelyCauses, res.BlockedBy = orEmpty(res.Tags), orEmpty(res.LikelyCauses), orEmpty(res.BlockedBy)
		res.Related, res.Requests = orEmpty(res.Related), orEmpty(res.Requests)
		if res.Evidence == nil {
			res.Evidence = wire.Evidence{}
		}
		if res.Remediation != nil {
			res.Remediation.Steps = orEmpty(res.Remediation.Steps)
		}
	}
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// clip cuts text of a stranger that goes into a sentence.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
