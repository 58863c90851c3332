package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"time"

	"stella-ops.org/doctor/host/fix"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// stepWait is how long a step may take, and stepGrace how long it may take to end
// once it was told to: less than the program has itself.
const (
	stepWait  = 15 * time.Minute
	stepGrace = 2 * time.Second
)

// maxStepOutput bounds what is kept of a step's output, in bytes, and
// maxStepLines what is shown of it as it comes.
const (
	maxStepOutput = 64 << 10
	maxStepLines  = 200
)

// runPlan runs the steps of a plan in order. A reading that fails stops nothing,
// unless it is the preview of the change after it; a change that fails stops what
// comes after it.
func (f *fixer) runPlan(check string, p *fixPlan) error {
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Decision != fix.Run && s.Decision != fix.Edit {
			f.say(2, fmt.Sprintf("%d. not run: %s %s", s.Order, s.Description, bracket(s.Why)))
			continue
		}
		f.say(2, fmt.Sprintf("%d. %s (%s)", s.Order, s.Description, report.StepMarks(&s.Step.Step)))
		f.say(5, "$ "+s.Command)
		f.ran = true
		err := f.runStep(s)
		if s.Problem != "" {
			f.say(5, s.Problem)
		}
		if err != nil {
			return err
		}
		if s.Outcome == stepDone && s.Change != nil && strings.Contains(s.Change.Key, ":") {
			f.edits = append(f.edits, madeEdit{check, s.Change})
		}
		if s.Outcome != stepFailed {
			continue
		}
		rest := p.Steps[i+1:]
		if s.Effect != wire.EffectRead {
			f.stop(rest, s, fmt.Sprintf("step %d failed", s.Order))
			return nil
		}
		if len(rest) > 0 && s.Previews(&rest[0].Step) {
			f.stop(rest, s, fmt.Sprintf("step %d failed, which previews step %d", s.Order, rest[0].Order))
			return nil
		}
	}
	return nil
}

// stop leaves the rest of a plan out, and says how to go back.
func (f *fixer) stop(rest []fixStep, failed *fixStep, why string) {
	for i := range rest {
		if rest[i].Decision != fix.Verify {
			f.say(2, fmt.Sprintf("%d. not run: %s %s", rest[i].Order, rest[i].Description, bracket(why)))
			rest[i].Why = why
		}
	}
	if failed.Backup != "" {
		f.say(2, "to go back: "+failed.Backup)
	}
}

func bracket(why string) string { return "(" + why + ")" }

func (f *fixer) say(indent int, text string) { sheet{f.s.stderr}.line(indent, text) }

// runStep runs one step. What goes wrong with it is told in the step; an error
// ends the fix.
func (f *fixer) runStep(s *fixStep) error {
	if s.Effect != wire.EffectRead {
		f.changed = true
	}
	if s.Decision == fix.Edit {
		return f.edit(s)
	}
	guard, err := f.guard(s)
	if err != nil {
		s.Outcome, s.Problem = stepFailed, err.Error()
		return nil
	}
	err = f.shell(s)
	return errors.Join(err, guard.settle(f, s))
}

// edit makes the change of a known file without a shell.
func (f *fixer) edit(s *fixStep) error {
	fail := func(err error) error {
		s.Outcome, s.Problem = stepFailed, err.Error()
		if cause := context.Cause(f.c.Context); cause != nil {
			s.Outcome = stepInterrupted
			return cause
		}
		return nil
	}
	e, err := computeEdit(f.c.Context, f.s, s.Change)
	if err != nil {
		return fail(err)
	}
	kept, err := e.install(f.c.Context, f.s)
	if err != nil {
		return fail(err)
	}
	s.Outcome, s.Diff = stepDone, fileDiff(f.host, s.Change.File, e.before, e.after, s.Change)
	for _, line := range s.Diff {
		f.say(5, line)
	}
	if kept == "" {
		f.say(5, s.Change.File+" has this value already")
	} else {
		s.Kept = append(s.Kept, kept)
	}
	if strings.Contains(s.Change.Key, ":") {
		f.pending = append(f.pending, s.Change.Key+"="+s.Change.Value)
	}
	return nil
}

// shell gives a command to the shell, as the operator would.
func (f *fixer) shell(s *fixStep) error {
	ctx, cancel := context.WithTimeout(f.c.Context, stepWait)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", s.Command)
	cmd.Env = f.s.environ
	out := newStepOutput(f)
	cmd.Stdout, cmd.Stderr = out, out
	// On a terminal the step stays in our group: it is interrupted with us, and
	// may ask for a password. Elsewhere it gets one of its own, so that whatever
	// it started can be told to end.
	own := !asksOn(f.s)
	ownGroup(cmd, own)
	cmd.Cancel = func() error { return interruptStep(cmd, own) }
	cmd.WaitDelay = stepGrace
	err := cmd.Run()
	out.flush()
	s.Output = out.kept.String()
	if cause := context.Cause(f.c.Context); cause != nil {
		killStep(cmd, own)
		s.Outcome, s.Problem = stepInterrupted, "interrupted"
		return cause
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		killStep(cmd, own)
		s.Outcome, s.Problem = stepFailed, fmt.Sprintf("it did not end within %s", stepWait)
	case err == nil, errors.Is(err, exec.ErrWaitDelay): // what it left behind keeps its output open
		s.Outcome, s.ExitCode = stepDone, new(int)
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		code := exit.ExitCode()
		s.Outcome, s.ExitCode, s.Problem = stepFailed, &code, fmt.Sprintf("it failed with exit code %d", code)
	default:
		s.Outcome, s.Problem = stepFailed, err.Error()
	}
	return nil
}

// stepOutput shows what a step prints, line by line, and keeps some of it.
// Secrets are taken out and control characters are made visible.
type stepOutput struct {
	lineCutter
	f     *fixer
	kept  bytes.Buffer
	lines int
}

func newStepOutput(f *fixer) *stepOutput {
	o := &stepOutput{f: f}
	o.each = o.show
	return o
}

func (o *stepOutput) show(line string) {
	line = report.Escape(o.f.host.Scrub(line))
	if o.kept.Len()+len(line) < maxStepOutput {
		o.kept.WriteString(line + "\n")
	}
	if o.lines++; o.lines <= maxStepLines {
		o.f.say(5, "| "+line)
	} else if o.lines == maxStepLines+1 {
		o.f.say(5, "| … more than is shown")
	}
}

// guard holds the known files that a step names and that it may write in ways
// nobody knows, with a copy of each beside it until the step is over.
type guard []guarded

type guarded struct {
	file, path string
	before     []byte
}

// guard copies the files; where that cannot be done the step is not run.
func (f *fixer) guard(s *fixStep) (guard, error) {
	if s.Effect == wire.EffectRead {
		return nil, nil
	}
	var g guard
	for _, file := range fix.Files(s.Command) {
		path := systemPath(file)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		before, err := readKnown(f.c.Context, f.s, path)
		if err == nil {
			err = replaceLike(path, path+".before-fix", before)
		}
		if err != nil {
			return nil, fmt.Errorf("not run: no copy of %s could be made: %w", file, err)
		}
		g = append(g, guarded{file, path, before})
	}
	return g, nil
}

// settle looks at the files after the step. One that failed or was interrupted
// leaves them as they were.
func (g guard) settle(f *fixer, s *fixStep) error {
	for _, w := range g {
		after, err := os.ReadFile(w.path)
		kept := w.path + ".before-fix"
		switch {
		case err == nil && bytes.Equal(after, w.before):
			os.Remove(kept)
		case s.Outcome == stepDone && err == nil:
			s.Kept = append(s.Kept, kept)
			s.Diff = append(s.Diff, fileDiff(f.host, w.file, w.before, after, nil)...)
			for _, line := range s.Diff {
				f.say(5, line)
			}
		default:
			if err := restore(kept, w); err != nil {
				return fmt.Errorf("putting %s back: %w; the file as it was is %s", w.file, err, kept)
			}
			os.Remove(kept)
			f.say(5, w.file+" is again as it was")
		}
	}
	return nil
}

// restore puts a file back as its copy is.
func restore(kept string, w guarded) error { return replaceLike(kept, realPlace(w.path), w.before) }
