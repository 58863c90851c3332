package host

import (
	"context"
	"fmt"
	"sync"
	"time"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/waivers"
	"stella-ops.org/doctor/sdk/wire"
)

// runner runs the checks of one run, each when those that it depends on have
// ended, at most so many at a time. The order in which they end never shows in
// what it leaves behind.
type runner struct {
	h       *Host
	opts    RunOptions
	entries []checkEntry
	order   *order
	watch   *watcher
	waiving *waivers.Round
	// auditing is nil for a run without an audit log.
	auditing *auditing
	slots    chan struct{}
	// Each plugin has a budget of its own, so that none can spend another's.
	budgets map[*loaded]*answerBudget
	// started is when the run did, until when it must be over; zero for never.
	started, until time.Time
	notes          []report.Note

	// What follows is by the number of the check. During an attempt a result
	// belongs to its check until that has ended.
	ended        []chan struct{}
	told         []bool // observers know of the end; the result is the last one
	results      []report.Result
	proxyIgnored []bool
}

func (h *Host) newRunner(entries []checkEntry, opts RunOptions, watch *watcher, waiving *waivers.Round, auditing *auditing) *runner {
	r := &runner{
		h: h, opts: opts, entries: entries, order: newOrder(entries, h.catalog.checks, opts.NoDeps), watch: watch, waiving: waiving, auditing: auditing,
		slots:        make(chan struct{}, parallel(opts.Parallel, len(entries))),
		budgets:      map[*loaded]*answerBudget{},
		started:      h.clock.now(),
		ended:        make([]chan struct{}, len(entries)),
		told:         make([]bool, len(entries)),
		results:      make([]report.Result, len(entries)),
		proxyIgnored: make([]bool, len(entries)),
	}
	for _, e := range entries {
		r.budgets[e.plugin] = &answerBudget{left: wire.MaxResultsBytes}
	}
	if opts.Deadline > 0 {
		r.until = r.started.Add(opts.Deadline)
	}
	r.notes = r.order.notes()
	return r
}

// run runs every check, once or until it is healthy. An error means that the
// engine could not do its work, or that ctx ended.
func (r *runner) run(ctx context.Context) error {
	all := make([]int, len(r.entries))
	for i := range all {
		all[i] = i
	}
	if r.opts.WaitFor != "" {
		return r.wait(ctx, all)
	}
	return r.attempt(ctx, all)
}

// attempt runs some of the checks once. The others have ended in an attempt
// before.
func (r *runner) attempt(ctx context.Context, which []int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	late, stop := r.deadline(ctx)
	defer stop()
	for _, i := range which {
		r.ended[i] = make(chan struct{})
	}
	var wg sync.WaitGroup
	for _, i := range which {
		wg.Go(func() {
			defer close(r.ended[i])
			defer func() {
				if p := recover(); p != nil {
					cancel(fmt.Errorf("check %s: the engine panicked: %v", r.entries[i].info.ID, p))
				}
			}()
			if err := r.one(ctx, late, i); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// deadline returns a context that ends with ctx, or at the deadline of the run.
func (r *runner) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	if r.until.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, r.h.clock.left(r.until))
}

// one runs one check in its turn. Who waits for others holds no slot: else a run
// of one slot would wait for ever. From the deadline on everything ends at once,
// so nobody queues for a slot any more.
func (r *runner) one(ctx, late context.Context, i int) error {
	for _, n := range r.order.after[i] {
		select {
		case <-r.ended[n]:
		case <-ctx.Done():
			return nil
		}
	}
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-late.Done():
		if ctx.Err() != nil {
			return nil
		}
	}
	e := r.entries[i]
	a := r.h.admit(e, r.opts)
	a.until, a.auditing = r.until, r.auditing
	blocked := r.block(i, &a)
	if !blocked {
		r.watch.checkStarted(e)
	}
	res, ignored, err := r.h.runCheck(ctx, e, a, r.opts, r.budgets[e.plugin], r.watch)
	if err != nil {
		return err
	}
	if r.outdone(i, &res) {
		return nil
	}
	r.results[i], r.proxyIgnored[i] = res, ignored
	if r.opts.WaitFor == "" || healthy(&res, r.opts.WaitFor) || r.known(res) {
		r.tell(ctx, i)
	}
	return nil
}

// outdone tells whether an attempt before found more than this one, which the
// deadline cut off.
func (r *runner) outdone(i int, res *report.Result) bool {
	before := &r.results[i]
	return before.Check != "" && !isBlocked(before) && res.Outcome == report.Timeout && r.late()
}

// late tells whether the run has come to its deadline.
func (r *runner) late() bool { return !r.until.IsZero() && !r.h.clock.now().Before(r.until) }

// known tells whether a waiver covers a result: nobody waits for what is known.
func (r *runner) known(res report.Result) bool {
	r.opts.Waivers.Start(r.h.cfg.Now()).Apply(&res)
	return res.Waiver != nil
}

// tell settles a result, and lets observers know of it.
func (r *runner) tell(ctx context.Context, i int) {
	r.told[i] = true
	r.waiving.Apply(&r.results[i])
	if ctx.Err() == nil {
		r.watch.checkEnded(&r.results[i])
	}
}

// block turns an admission into a skip when a prerequisite failed, and tells
// whether one did. The gates of the check itself come first.
func (r *runner) block(i int, a *admission) bool {
	var before []*report.Result
	for _, n := range r.order.after[i] {
		before = append(before, &r.results[n])
	}
	ids := roots(before)
	if len(ids) == 0 {
		return false
	}
	if a.skip == "" {
		var failures []*report.Result
		for _, id := range ids {
			failures = append(failures, &r.results[r.order.at[id]])
		}
		a.skip, a.diagnosis, a.blockedBy = wire.SkipPrerequisite, blockedText(failures), ids
	}
	return true
}

func parallel(asked, checks int) int {
	if asked <= 0 {
		asked = wire.DefaultChecksFlight
	}
	return max(1, min(asked, checks, wire.MaxChecksFlight))
}
