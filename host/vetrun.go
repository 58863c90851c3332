package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"stella-ops.org/doctor/host/sandbox"
	"stella-ops.org/doctor/sdk/wire"
)

// trial is one run of a check in a vetting: on which settings, against which far
// end, when, and where.
type trial struct {
	name string
	inv  *invention
	// key tells trials that cannot differ, by what the far end answers; empty for
	// one that is to be run whatever was run before.
	key string
	// far makes the far end, which belongs to this run alone.
	far func() (farEnd, error)
	// move makes the far end of the same trial with another configuration, at another
	// time.
	move func(inv *invention, now time.Time) func() (farEnd, error)
	// leads says that the far end leads the check elsewhere, so that a refusal is
	// no fault of the check.
	leads bool
	// reflects says that the far end gives back what it was sent, names and secrets
	// among it.
	reflects bool
	now      time.Time
	nonce    string
	// where is the plugin on one of the engines.
	where *loaded
}

// same names all that a run depends on; empty for a trial that is like no other.
func (t *trial) same() string {
	if t.key == "" {
		return ""
	}
	return strings.Join([]string{t.key, fmt.Sprint(t.inv.number), t.inv.args, t.now.String(), t.nonce, fmt.Sprintf("%p", t.where)}, "\x00")
}

// run makes the run, on the walk of every run: the settings are resolved and
// admitted, the guest is called in a worker, each of its calls passes authorize,
// and what it left is judged. An error is the machine's or ctx's, never the
// guest's.
func (v *vetting) run(ctx context.Context, e checkEntry, t *trial) (*ran, error) {
	h := t.inv.host
	e.plugin = t.where
	a := h.admit(e, RunOptions{Timeout: v.checkTime(e), AllowWrite: true})
	r := &ran{trial: t, result: newResult(e)}
	if a.skip != "" {
		skip(&r.result, a.skip, a.diagnosis, a.evidence)
		return r, nil
	}
	req := a.request(e, t.nonce, t.now)
	input := wire.Marshal(req)
	if err := tooLarge(e, input); err != nil {
		return nil, err
	}
	patient := false // it ran out of time beside others
	for attempt := 0; ; attempt++ {
		far, err := t.far()
		if err != nil {
			return nil, err
		}
		late := attempt > 0 && patient
		rec := &recorder{far: far, info: e.info, settings: h.settings, scene: t.inv.scene, looks: a.requests + ledgerKept}
		if v.does(e.info.ID, "canaries") {
			rec.canaries = t.inv.canaries
		}
		out, err := v.call(ctx, h, e, &a, input, rec, late)
		far.close()
		if err != nil {
			return nil, err
		}
		if out.Fault != nil && out.Fault.Kind == sandbox.FaultTimeout {
			if _, known := v.endless.Load(e.info.ID); !late && !known {
				patient = true
				continue
			}
			v.endless.Store(e.info.ID, true)
		}
		if out.Fault != nil && out.Fault.Kind == sandbox.FaultInterrupted && attempt < interruptions {
			continue
		}
		r.result.Requests = rec.lines
		conclude(&r.result, e, req, out, a.timeout)
		r.read(rec, out, req)
		for _, g := range a.grants {
			r.hosts = append(r.hosts, strings.ToLower(g.Base.Host))
		}
		// Only the verdict is of interest from here on.
		r.result.Evidence, r.result.Remediation, r.result.LikelyCauses, r.result.Requests = nil, nil, nil, nil
		return r, nil
	}
}

// interruptions is how often a run is begun anew because a sibling took the worker
// down.
const interruptions = 8

// patience is how many times its time a run gets that ran out of time beside others,
// and is then run alone: what a busy machine does to a check is no fault of it.
const patience = 3

// call runs the guest once, patiently and alone if that is wanted.
func (v *vetting) call(ctx context.Context, h *Host, e checkEntry, a *admission, input []byte, rec *recorder, alone bool) (sandbox.Result, error) {
	timeout := a.timeout
	if alone {
		timeout *= patience
		v.alone.Lock()
		defer v.alone.Unlock()
	} else {
		v.alone.RLock()
		defer v.alone.RUnlock()
	}
	calls := &hostCalls{grants: a.grants, network: rec, budget: a.requests, writes: writes(e.info),
		secrets: h.secretsOf(a.resolution), watch: rec.decided, refused: rec.refused}
	defer func() { rec.lines = calls.lines() }()
	defer calls.takeBack()
	m, out, err := v.open(ctx, e)
	if m == nil {
		return out, err
	}
	if e.plugin == v.slow {
		v.interpreted.Store(true)
	} else {
		v.compiled.Store(true)
	}
	callCtx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	out = m.Call(callCtx, sandbox.Call{Export: wire.ExportRun, Input: input, Host: func(ctx context.Context, function string, in []byte) []byte {
		answer := calls.answer(ctx, function, in)
		rec.said(function, in, answer)
		return answer
	}})
	if out.Fault != nil && out.Fault.Kind == sandbox.FaultInterrupted {
		e.plugin.discard(m)
	}
	if ctx.Err() != nil {
		return out, context.Cause(ctx)
	}
	return out, nil
}

// loadTime is what loading and compiling a module may take. It is no part of the
// time of a check: the module is loaded once, and again after a check took its
// worker down.
const loadTime = 2 * time.Minute

// open returns the module that a run needs, or what takes the place of its result.
func (v *vetting) open(ctx context.Context, e checkEntry) (sandbox.Module, sandbox.Result, error) {
	loadCtx, cancel := context.WithTimeout(ctx, loadTime)
	defer cancel()
	m, err := e.plugin.open(loadCtx)
	if err != nil {
		out, err := loadFault(ctx, loadCtx, e, err)
		return nil, out, err
	}
	return m, sandbox.Result{}, nil
}

// all runs trials side by side and returns what came of them in their order. It
// ends at the first error.
func (v *vetting) all(ctx context.Context, e checkEntry, trials []*trial) ([]*ran, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	out := make([]*ran, len(trials))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(v.opts.parallel(), len(trials)) {
		wg.Go(func() {
			for i := range next {
				r, err := v.run(ctx, e, trials[i])
				if err != nil {
					cancel(err)
					return
				}
				out[i] = r
			}
		})
	}
feed:
	for i := range trials {
		select {
		case next <- i:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	wg.Wait()
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return nil, fmt.Errorf("vetting %s: %w", e.info.ID, err)
	} else if err != nil {
		return nil, err
	}
	return out, nil
}
