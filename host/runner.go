package host

import (
	"context"
	"fmt"
	"sync"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/waivers"
	"stella-ops.org/doctor/sdk/wire"
)

// runner runs the checks of one run, each when those that it waits for have
// ended, at most so many at a time. The order in which they end never shows in
// what it leaves behind.
type runner struct {
	h       *Host
	opts    RunOptions
	entries []checkEntry
	order   *order
	watch   *watcher
	waiving *waivers.Round
	slots   chan struct{}
	// Each plugin has a budget of its own, so that none can spend another's.
	budgets map[*loaded]*answerBudget

	// What follows is by the number of the check. A result belongs to its check
	// until that has ended; then it does not change.
	ended        []chan struct{}
	results      []report.Result
	proxyIgnored []bool
}

func (h *Host) newRunner(entries []checkEntry, opts RunOptions, watch *watcher, waiving *waivers.Round) *runner {
	r := &runner{
		h: h, opts: opts, entries: entries, order: newOrder(entries, opts.NoDeps), watch: watch, waiving: waiving,
		slots:        make(chan struct{}, parallel(opts.Parallel, len(entries))),
		budgets:      map[*loaded]*answerBudget{},
		ended:        make([]chan struct{}, len(entries)),
		results:      make([]report.Result, len(entries)),
		proxyIgnored: make([]bool, len(entries)),
	}
	for i, e := range entries {
		r.budgets[e.plugin] = &answerBudget{left: wire.MaxResultsBytes}
		r.ended[i] = make(chan struct{})
	}
	return r
}

// run runs every check. An error means that the engine could not do its work, or
// that ctx ended.
func (r *runner) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for i := range r.entries {
		wg.Go(func() {
			defer close(r.ended[i])
			defer func() {
				if p := recover(); p != nil {
					cancel(fmt.Errorf("check %s: the engine panicked: %v", r.entries[i].info.ID, p))
				}
			}()
			if err := r.one(ctx, i); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// one runs one check in its turn. Who waits for others holds no slot: else a run
// of one slot would wait for ever.
func (r *runner) one(ctx context.Context, i int) error {
	for _, n := range r.order.after[i] {
		select {
		case <-r.ended[n]:
		case <-ctx.Done():
			return nil
		}
	}
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return nil
	}
	defer func() { <-r.slots }()
	e := r.entries[i]
	a := r.h.admit(e, r.opts)
	blocked := r.block(i, &a)
	if !blocked {
		r.watch.checkStarted(e)
	}
	res, ignored, err := r.h.runCheck(ctx, e, a, r.opts, r.budgets[e.plugin], r.watch)
	if err != nil {
		return err
	}
	r.waiving.Apply(&res)
	r.results[i], r.proxyIgnored[i] = res, ignored
	if ctx.Err() == nil {
		r.watch.checkEnded(&r.results[i])
	}
	return nil
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
