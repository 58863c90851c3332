package report

import (
	"bytes"
	"encoding/json"
	"io"
)

// StreamSchema names the form of the lines that a [Stream] writes.
const StreamSchema = "stellaops.doctor.stream/v1"

// The events of a stream: one run_start, one check for each result, one
// run_end. A stream without run_end belongs to a run that was cut short.
const (
	EventRunStart = "run_start"
	EventCheck    = "check"
	EventRunEnd   = "run_end"
)

// Stream writes a run as it goes, one JSON object per line. Failures of the
// writer end the stream; [Stream.End] returns the first.
type Stream struct {
	w   io.Writer
	err error
}

// NewStream makes a stream that writes to w.
func NewStream(w io.Writer) *Stream { return &Stream{w: w} }

// RunStart is the first line of a stream.
type RunStart struct {
	Event     string   `json:"event"`
	Schema    string   `json:"schema"`
	StartedAt string   `json:"started_at"`
	Host      HostInfo `json:"host"`
	// Checks are the ids of the checks to come, sorted.
	Checks []string `json:"checks"`
}

// CheckLine is the line of a check that ended.
type CheckLine struct {
	Event  string  `json:"event"`
	Result *Result `json:"result"`
}

// RunEnd is the last line of a stream. What it sums up is the whole run, results
// that were not shown included.
type RunEnd struct {
	Event      string  `json:"event"`
	DurationMS int64   `json:"duration_ms"`
	Summary    Summary `json:"summary"`
	Notes      []Note  `json:"notes"`
}

// Start writes the first line. startedAt is RFC 3339 in UTC, checks are the ids
// of the checks to come.
func (s *Stream) Start(startedAt string, host HostInfo, checks []string) {
	if checks == nil {
		checks = []string{}
	}
	s.line(RunStart{EventRunStart, StreamSchema, startedAt, host, checks})
}

// Check writes the result of a check that ended.
func (s *Stream) Check(r *Result) { s.line(CheckLine{EventCheck, r}) }

// End writes the last line and returns the first failure of the stream.
func (s *Stream) End(r *Report) error {
	notes := r.Notes
	if notes == nil {
		notes = []Note{}
	}
	s.line(RunEnd{EventRunEnd, r.DurationMS, r.Summary, notes})
	return s.err
}

// line writes one line in one call of Write, so that a reader of a pipe sees it
// whole.
func (s *Stream) line(v any) {
	if s.err != nil {
		return
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if s.err = enc.Encode(v); s.err != nil {
		return
	}
	_, s.err = s.w.Write(escapeJSON(b.Bytes()))
}

// WriteNDJSON writes a finished report as the stream of its run, the checks in
// the order of their ids.
func WriteNDJSON(w io.Writer, r *Report) error {
	s := NewStream(w)
	checks := make([]string, len(r.Results))
	for i := range r.Results {
		checks[i] = r.Results[i].Check
	}
	s.Start(r.StartedAt, r.Host, checks)
	for i := range r.Results {
		s.Check(&r.Results[i])
	}
	return s.End(r)
}
