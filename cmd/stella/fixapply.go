package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/fix"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// fixer applies a fix.
type fixer struct {
	s *streams
	c *cli.Context
	q *fixRequest
	// host is that of the last run. It is opened anew for each, because a fix
	// changes the settings.
	host *host.Host
	// written are the settings that edits wrote, as values of --set, of plans whose
	// changes were all made; pending are those of the plan under way.
	written, pending []string
	edits            []madeEdit
	told             map[string]bool // keys of these of which the operator was told
	changed          bool            // a step that is no reading was run
	ran              bool            // any step was run
	doc              *fixDocument
	plans            []*fix.Plan // by problem; nil where there is none
}

// applyFix asks the checks again, runs the steps that they give, and asks once
// more.
func applyFix(s *streams, c *cli.Context, q *fixRequest) (page, error) {
	f := &fixer{s: s, c: c, q: q, doc: newFixDocument(q), told: map[string]bool{}}
	defer f.close()
	if len(q.problems) == 0 {
		return f.doc.page(), nil
	}
	last, err := f.ask(checksOf(q.problems))
	if err != nil {
		return page{}, err
	}
	if err := f.makePlans(last); err != nil {
		return page{}, err
	}
	yes, err := f.agreed()
	if err == nil && yes {
		if err = f.runPlans(); err == nil && f.ran {
			last, err = f.ask(checksOf(q.problems))
		}
	}
	if err != nil {
		return page{}, f.broken(err)
	}
	f.conclude(last)
	return f.doc.page(), nil
}

func (f *fixer) close() {
	if f.host != nil {
		f.host.Close()
	}
}

func checksOf(results []report.Result) []string {
	var ids []string
	for _, r := range results {
		ids = append(ids, r.Check)
	}
	return ids
}

// ask runs checks with the settings as they are now.
func (f *fixer) ask(ids []string) (*report.Report, error) {
	first := f.host == nil
	f.close()
	var err error
	if first {
		f.host, err = openHost(f.s, f.c)
	} else {
		f.host, err = openHostWith(f.s, f.c, nil)
	}
	if err == nil {
		f.noteOverrides()
		err = f.overlay()
	}
	if err != nil {
		return nil, err
	}
	if err := checkAuditSetting(f.c, f.host, f.q.out, nil); err != nil {
		return nil, err
	}
	if err := f.host.OpenNetwork(); err != nil {
		return nil, err
	}
	watch, err := watchRun(f.s, f.c)
	if err != nil {
		return nil, err
	}
	defer watch.close(false)
	opts := f.q.opts
	opts.Selection = host.Selection{Checks: ids}
	opts.Observe = watch.observe
	return f.host.Run(f.c.Context, opts)
}

// overlay lets the checks be asked with what edits wrote where Doctor's own
// sources still have the old value: the .env of a compose file and the values of
// a release are none of them, but it is their value that is to be verified.
func (f *fixer) overlay() error {
	var set []string
	for _, text := range f.written {
		key, value, _ := strings.Cut(text, "=")
		if e, ok := f.host.Settings().Lookup(key); !ok || e.Value != value {
			if ok && !f.told[key] {
				f.told[key] = true
				notice(f.s, "the check is asked with "+key+" as it was written; "+e.Origin+" still has another value")
			}
			set = append(set, text)
		}
	}
	if len(set) == 0 {
		return nil
	}
	f.close()
	var err error
	f.host, err = openHostWith(f.s, f.c, set)
	return err
}

// makePlans makes the plan for each problem that is still there.
func (f *fixer) makePlans(now *report.Report) error {
	for i := range f.q.problems {
		told, r := &f.q.problems[i], result(now, f.q.problems[i].Check)
		if r == nil {
			return fmt.Errorf("check %s was not run", told.Check)
		}
		p := newFixProblem(r)
		plan, err := f.plan(told, r, &p)
		if err != nil {
			return err
		}
		f.plans = append(f.plans, plan)
		if plan != nil {
			p.Plans = append(p.Plans, newFixPlan(plan))
		}
		f.doc.Problems = append(f.doc.Problems, p)
	}
	return nil
}

// plan returns nil where there is nothing to do, and says why.
func (f *fixer) plan(told, now *report.Result, p *fixProblem) (*fix.Plan, error) {
	switch {
	case isWell(now):
		p.Note = "the problem is gone: nothing is left to do"
		return nil, nil
	case isProblem(told) && now.SkipReason != nil && *now.SkipReason == wire.SkipUnconfigured:
		// The settings are not those that the report was made with. To leave it
		// alone and exit with 0 would tell a script that all is well.
		return nil, usagef("give the settings of the reported run again: --config, --set, --set-file or the environment",
			"check %s has a problem in %s, and is not configured now: %s", now.Check, f.q.from, now.Diagnosis)
	case now.Remediation == nil:
		p.Note = "the check gives no remedy now: " + stateText(&p.Before)
		return nil, nil
	}
	plan, err := f.q.plan(now, f.q.runtime, !f.q.yes)
	if err != nil || !f.q.yes {
		return plan, err
	}
	if isProblem(told) && told.Remediation == nil {
		return nil, usagef("write a report with the remediation and look at it; without --yes the steps are shown and asked about",
			"%s was written without remediation, and --yes agrees only to the steps that it shows", f.q.from)
	}
	agreed, err := f.q.plan(told, f.q.runtime, false)
	if err != nil {
		return nil, err
	}
	if !plan.Same(agreed) {
		return nil, usagef("write a new report and look at it; without --yes the steps are shown and asked about",
			"what fixes check %s now is not what %s shows, and --yes agrees to that alone", now.Check, f.q.from)
	}
	return plan, nil
}

// agreed shows what would be run and asks, unless --yes answered.
func (f *fixer) agreed() (bool, error) {
	steps := 0
	for _, p := range f.plans {
		if p != nil {
			steps += p.Actions()
		}
	}
	if steps == 0 || f.q.yes {
		return steps > 0, nil
	}
	shown, preview := newFixDocument(f.q), &previewer{s: f.s, host: f.host}
	shown.Applied = false
	for i, p := range f.doc.Problems {
		if f.plans[i] != nil {
			p.Plans = []fixPlan{preview.show(f.c.Context, f.plans[i])}
			p.Outcome = fixPlanned
		}
		shown.Problems = append(shown.Problems, p)
	}
	if err := f.showPlans(shown); err != nil {
		return false, err
	}
	fmt.Fprintf(f.s.stderr, "run %s? [y/N] ", plural(steps, "step"))
	answer, err := readAnswer(f.c.Context, f.s)
	if err != nil {
		return false, err
	}
	if answer != "y" && answer != "yes" {
		notice(f.s, "nothing was run")
		return false, nil
	}
	return true, nil
}

// showPlans shows what would be run where the question is asked.
func (f *fixer) showPlans(d *fixDocument) error {
	t, err := newTerminal(f.s, f.c, f.s.stderr)
	if err != nil {
		return err
	}
	return wrapped(func(w io.Writer) error {
		for i := range d.Problems {
			d.problem(sheet{w}, &d.Problems[i])
			fmt.Fprintln(w)
		}
		return nil
	}, t)(f.s.stderr)
}

// readAnswer reads a line. An interrupt does not wait for it.
func readAnswer(ctx context.Context, s *streams) (string, error) {
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(s.stdin).ReadString('\n')
		line <- strings.ToLower(strings.TrimSpace(text))
	}()
	select {
	case text := <-line:
		return text, nil
	case <-ctx.Done():
		fmt.Fprintln(s.stderr)
		return "", context.Cause(ctx)
	}
}

// runPlans runs the plans one after the other. Where an earlier one changed
// something, the check of the next is asked first: its problem may be gone.
func (f *fixer) runPlans() error {
	for i := range f.plans {
		p := &f.doc.Problems[i]
		if f.plans[i] == nil || !f.plans[i].Acts() {
			continue
		}
		if f.changed {
			left, err := f.stillThere(i, p)
			if err != nil {
				return err
			}
			if !left {
				continue
			}
		}
		fmt.Fprintf(f.s.stderr, "%s\n", report.Escape(p.Check))
		f.pending = nil
		if err := f.runPlan(p.Check, &p.Plans[0]); err != nil {
			return err
		}
		f.complete(p)
	}
	return nil
}

// complete takes over what a plan wrote when the service that reads it was told.
// Until then a check that passes with it would promise too much.
func (f *fixer) complete(p *fixProblem) {
	for i := range p.Plans[0].Steps {
		if s := &p.Plans[0].Steps[i]; s.Effect != wire.EffectRead && s.Outcome != stepDone {
			if len(f.pending) > 0 {
				p.Note = fmt.Sprintf("step %d was not done: what was written is not in use yet", s.Order)
			}
			return
		}
	}
	f.written = append(f.written, f.pending...)
}

// stillThere reports whether the plan of a problem is still the right one.
func (f *fixer) stillThere(i int, p *fixProblem) (bool, error) {
	rep, err := f.ask([]string{p.Check})
	if err != nil {
		return false, err
	}
	now := result(rep, p.Check)
	if now == nil || isWell(now) || now.Remediation == nil {
		p.Note = "the steps before fixed it: these were not run"
		return false, nil
	}
	plan, err := f.q.plan(now, f.q.runtime, !f.q.yes)
	if err == nil && !plan.Same(f.plans[i]) {
		p.Note = "the steps before made another problem of it: these were not run; write a new report and fix that"
		return false, nil
	}
	return err == nil, err
}

// broken tells what was done before a fix ended early.
func (f *fixer) broken(err error) error {
	for _, p := range f.doc.Problems {
		for _, plan := range p.Plans {
			for i := range plan.Steps {
				s := &plan.Steps[i]
				if s.Outcome == stepDone && s.Effect != wire.EffectRead {
					text := fmt.Sprintf("step %d of check %s was done before: %s", s.Order, p.Check, s.Description)
					if len(s.Kept) > 0 {
						text += " The file as it was: " + strings.Join(s.Kept, ", ")
					}
					notice(f.s, text)
				}
			}
		}
	}
	if errors.Is(err, context.Canceled) && context.Cause(f.c.Context) != nil {
		return context.Cause(f.c.Context)
	}
	return err
}

// conclude says what became of each problem.
func (f *fixer) conclude(last *report.Report) {
	f.doc.ExitCode = last.Summary.ExitCode
	for i := range f.doc.Problems {
		p := &f.doc.Problems[i]
		for j := range p.Plans {
			for k := range p.Plans[j].Steps {
				if s := &p.Plans[j].Steps[k]; s.Outcome == "" {
					s.Outcome = stepNotRun
				}
			}
		}
		now := result(last, p.Check)
		switch {
		case f.plans[i] == nil && now != nil && isWell(now):
			p.Outcome = fixWell
			continue
		case !slices.ContainsFunc(p.Plans, func(plan fixPlan) bool { return plan.ran() }) && !f.changed:
			p.Outcome = fixLeft
			if p.Note == "" {
				p.Note = "no step was run"
			}
			continue
		case now == nil:
			continue
		}
		after := resultState(now)
		p.After = &after
		switch {
		case isWell(now):
			p.Outcome = fixFixed
		case stateWord(&p.Before) == stateWord(p.After):
			p.Outcome = fixStill
		default:
			p.Outcome = fixChanged
		}
	}
}

// stateWord is a verdict without its sentence.
func stateWord(s *report.State) string {
	bare := *s
	bare.Diagnosis = ""
	return stateText(&bare)
}

func (p *fixPlan) ran() bool {
	return slices.ContainsFunc(p.Steps, func(s fixStep) bool {
		return s.Outcome == stepDone || s.Outcome == stepFailed || s.Outcome == stepInterrupted
	})
}
