package audit

import (
	"fmt"
	"slices"
)

// runState is what was read of a run that is open.
type runState struct {
	began   int64
	calls   int
	waiting map[int]bool
}

// unended tells of what a killed process leaves and a cut as well.
func (v *verifier) unended(line int64, format string, args ...any) {
	if v.opts.Killed {
		v.remark(line, format, args...)
		return
	}
	v.add(Finding{Line: line, Text: fmt.Sprintf(format, args...), Killed: true})
}

func (v *verifier) endRun(run *runState, line *Line) {
	delete(v.runs, line.Run)
	if run == nil || v.chain.broken {
		return
	}
	left := make([]int, 0, len(run.waiting))
	for id := range run.waiting {
		left = append(left, id)
	}
	slices.Sort(left)
	if run.calls != line.End.Calls || !slices.Equal(left, line.End.Unsettled) {
		v.find(v.at, "it tells of other calls than the lines of run %s do", shorten(line.Run))
	}
}

// recovered takes what a writer has found and put right. That a later run went on
// from there proves nothing of what stood there: whoever cuts the end of a log need
// only wait for the next run.
func (v *verifier) recovered(r *Recovered) {
	if r.EndOfLine {
		v.repair(v.at-1, "its end of line was missing and was added: the process that wrote it was killed, or the end of the file was cut")
	}
	for i, torn := range r.Torn {
		v.repair(v.at-int64(len(r.Torn)-i), "it was cut after %d bytes: the process that wrote it was killed, the disk was full, or the end of the file was cut", torn.Bytes)
	}
	for _, id := range r.Abandoned {
		began := ""
		if run := v.runs[id]; run != nil {
			began = fmt.Sprintf(", which began at line %d,", run.began)
		}
		delete(v.runs, id)
		v.repair(v.at, "run %s%s was left without an end: its process was killed, or the end of the file was cut", shorten(id), began)
	}
}

// repair tells of one thing that was put right. It waits for the line that the
// caller knows: whoever kept the head of a later line had the log as it is.
func (v *verifier) repair(line int64, format string, args ...any) {
	switch {
	case v.opts.Head == "", v.verdict.Anchored > 0 && v.verdict.Anchored < v.at:
		v.unended(line, format, args...)
	case v.verdict.Anchored == v.at:
		v.remark(line, format, args...)
	case len(v.repaired) == max(maxFindings, maxRemarks):
		v.further++
	default:
		v.repaired = append(v.repaired, Finding{Line: line, Text: fmt.Sprintf(format, args...)})
	}
}

// judgeRepaired tells what waited, once the line was found or the log has ended.
func (v *verifier) judgeRepaired() {
	tell, further := v.unended, &v.verdict.FurtherFindings
	if v.verdict.Anchored > 0 || v.opts.Killed {
		tell, further = v.remark, &v.verdict.FurtherRemarks
	}
	for _, f := range v.repaired {
		tell(f.Line, "%s", f.Text)
	}
	*further += v.further
	v.repaired, v.further = nil, 0
}

// finishRuns tells of runs without an end. When the chain is broken, their end may
// just not be found.
func (v *verifier) finishRuns() {
	if v.chain.broken {
		return
	}
	var open []string
	for id := range v.runs {
		open = append(open, id)
	}
	slices.SortFunc(open, func(a, b string) int { return int(v.runs[a].began - v.runs[b].began) })
	for _, id := range open {
		began := v.runs[id].began
		if v.opts.Live {
			v.remark(began, "run %s began and has not ended: a process has the log open, the run may be under way", shorten(id))
			continue
		}
		v.unended(began, "run %s began and has no end, and no process has the log open: it was killed, or the end of the file was cut", shorten(id))
	}
}
