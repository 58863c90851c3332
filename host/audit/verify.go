package audit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
)

// Options say what Verify holds a log against, beside itself.
type Options struct {
	// Head is the hash of a line that must be in the log; empty for none. Lines is
	// the number of that line, or, without a hash, how many lines there must be at
	// least; zero for any.
	Head  string
	Lines int64
	// Killed takes the word of whoever asks that processes were killed where runs or
	// lines were left without an end. A cut leaves the same.
	Killed bool
	// Live is set when a process has the log open: then a run without an end is
	// under way.
	Live bool
}

// Verdict is what Verify found.
type Verdict struct {
	// ID is the id of the log, Head how far it goes.
	ID   string `json:"id"`
	Head Head   `json:"head"`
	// Runs, Calls and Denied count what the lines tell of, From and To are the
	// times of the first and the last line.
	Runs   int    `json:"runs"`
	Calls  int    `json:"calls"`
	Denied int    `json:"denied"`
	From   string `json:"from"`
	To     string `json:"to"`
	// Anchored is the number of the line that Options.Head names; zero for none.
	Anchored int64 `json:"anchored"`
	// Findings tell what is wrong, by line. Remarks tell what a reader must know of
	// a log in which nothing is wrong. Further ones of each are only counted.
	Findings        []Finding `json:"findings"`
	FurtherFindings int       `json:"further_findings"`
	Remarks         []Finding `json:"remarks"`
	FurtherRemarks  int       `json:"further_remarks"`
}

// Intact tells whether nothing was found.
func (v *Verdict) Intact() bool { return len(v.Findings) == 0 }

// Finding is a sentence on one line; Line is zero for the log as a whole.
type Finding struct {
	Line int64  `json:"line"`
	Text string `json:"text"`
	// Killed says that a process which was killed leaves the same: a finding that
	// [Options.Killed] makes a remark.
	Killed bool `json:"killed,omitempty"`
}

func (f Finding) String() string {
	if f.Line == 0 {
		return f.Text
	}
	return fmt.Sprintf("line %d: %s", f.Line, f.Text)
}

// maxFindings bounds what is told of a log, maxRemarks likewise.
const (
	maxFindings = 20
	maxRemarks  = 20
)

// hashForm is how a head is written.
var hashForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// CheckHead tells whether a text is the hash of a head.
func CheckHead(hash string) bool { return hashForm.MatchString(hash) }

// Verify reads a log to its end. An error means that it could not be read; what
// is wrong with it is in the verdict.
func Verify(r io.Reader, opts Options) (*Verdict, error) {
	v := &verifier{opts: opts, runs: map[string]*runState{}}
	v.verdict.Findings, v.verdict.Remarks = []Finding{}, []Finding{}
	in := bufio.NewReaderSize(r, MaxLine+1)
	for {
		raw, ended, err := readLine(in)
		if err == io.EOF {
			v.finish()
			return &v.verdict, nil
		}
		if err != nil {
			return nil, cause(err)
		}
		v.line(raw, ended)
	}
}

// readLine returns the next line without its end; of a longer one than there can
// be only the first bytes. At the end of the file it returns io.EOF.
func readLine(in *bufio.Reader) (raw []byte, ended bool, err error) {
	raw, err = in.ReadSlice('\n')
	switch {
	case err == nil:
		return raw[:len(raw)-1], true, nil
	case errors.Is(err, bufio.ErrBufferFull):
		raw = slices.Clone(raw)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = in.ReadSlice('\n')
		}
		if err != nil && err != io.EOF {
			return nil, false, err
		}
		return raw, err == nil, nil
	case err == io.EOF && len(raw) > 0:
		return raw, false, nil
	}
	return nil, false, err
}

// verifier reads one log.
type verifier struct {
	opts    Options
	verdict Verdict
	chain   chain
	at      int64 // the number of the line in the file
	runs    map[string]*runState
	last    string // the time of the line before
	// repaired is what writers have found and put right before the line with the
	// hash of opts.Head, which may still come; of more only the number.
	repaired []Finding
	further  int
}

func (v *verifier) find(line int64, format string, args ...any) {
	v.add(Finding{Line: line, Text: fmt.Sprintf(format, args...)})
}

func (v *verifier) add(f Finding) {
	if len(v.verdict.Findings) == maxFindings {
		v.verdict.FurtherFindings++
		return
	}
	v.verdict.Findings = append(v.verdict.Findings, f)
}

func (v *verifier) remark(line int64, format string, args ...any) {
	if len(v.verdict.Remarks) == maxRemarks {
		v.verdict.FurtherRemarks++
		return
	}
	v.verdict.Remarks = append(v.verdict.Remarks, Finding{Line: line, Text: fmt.Sprintf(format, args...)})
}

// line takes one line of the file.
func (v *verifier) line(raw []byte, ended bool) {
	v.at++
	line, err := v.chain.next(raw)
	if err != nil {
		v.find(v.at, "%v", err)
	}
	v.anchor()
	if !ended && line != nil {
		v.unended(v.at, "it lacks its end of line: the process that wrote it was killed, or the end of the file was cut; the next run that writes to the log adds it")
	}
	if line == nil {
		return
	}
	if v.verdict.From == "" {
		v.verdict.From = line.Time
	}
	v.verdict.To = line.Time
	if line.Time < v.last {
		v.remark(v.at, "the clock went back, from %.30s to %.30s", v.last, line.Time)
	}
	v.last = line.Time
	v.take(line)
}

// anchor looks whether the last line is the one that the caller knows.
func (v *verifier) anchor() {
	if v.opts.Head != "" && v.chain.hash == v.opts.Head && v.verdict.Anchored == 0 {
		v.verdict.Anchored = v.at
		v.judgeRepaired()
	}
}

// take counts what a line tells of, and holds the calls of a run against its end.
func (v *verifier) take(line *Line) {
	run := v.runs[line.Run]
	switch line.Kind {
	case KindRunStart:
		v.verdict.Runs++
		if len(v.runs) < MaxOpen {
			v.runs[line.Run] = &runState{began: v.at, waiting: map[int]bool{}}
		}
	case KindCall:
		v.verdict.Calls++
		if line.Call.Decision != Allowed {
			v.verdict.Denied++
		}
		if run != nil {
			run.calls++
			if line.Call.Decision == Allowed {
				run.waiting[line.Call.ID] = true
			}
		}
	case KindOutcome:
		if line.Outcome.Decision != Allowed {
			v.verdict.Denied++
		}
		if run != nil && !run.waiting[line.Outcome.ID] && !v.chain.broken {
			v.find(v.at, "it tells the outcome of call %d, which was not allowed before it, or has one", line.Outcome.ID)
		}
		if run != nil {
			delete(run.waiting, line.Outcome.ID)
		}
	case KindMore:
		v.verdict.Denied += line.More.Count
		v.verdict.Calls += line.More.Count
	case KindRunEnd:
		v.endRun(run, line)
	case KindRecovered:
		v.recovered(line.Recovered)
	}
}

// finish looks at the end of the file.
func (v *verifier) finish() {
	v.verdict.ID, v.verdict.Head = v.chain.id, Head{Lines: v.at, Hash: v.chain.hash}
	if v.at == 0 {
		v.find(0, "the file is empty: it has no header")
	}
	if torn := v.chain.torn; len(torn) > 0 {
		v.unended(v.at, "it is incomplete, %d bytes: the process that wrote it was killed, the disk was full, or the end of the file was cut; the next run that writes to the log ends it", torn[len(torn)-1].Bytes)
	}
	v.judgeRepaired()
	v.finishRuns()
	switch h := v.verdict.Head; {
	case v.opts.Head != "" && v.verdict.Anchored == 0:
		v.find(0, "no line has the hash %s: the log was cut before it, was changed, or is another one", v.opts.Head)
	case v.opts.Head != "" && v.opts.Lines > 0 && v.verdict.Anchored != v.opts.Lines:
		v.find(v.verdict.Anchored, "it has the hash that line %d must have", v.opts.Lines)
	case h.Lines < v.opts.Lines:
		v.find(0, "it has %d lines, at least %d were written: the end was cut", h.Lines, v.opts.Lines)
	}
}
