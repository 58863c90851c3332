package host

import (
	"context"
	"fmt"
	"slices"
	"time"

	"stella-ops.org/doctor/host/report"
)

// DefaultWait is the deadline of a run that waits and names none.
const DefaultWait = 5 * time.Minute

// The pauses between attempts double from the first to the longest. The last
// attempt is left some time before the deadline.
const (
	firstPause   = time.Second
	longestPause = 15 * time.Second
	lastAttempt  = time.Second
)

// nextPause is the pause after attempt n, counted from 1, with so much time left;
// false when that is too little for another attempt.
func nextPause(n int, left time.Duration) (time.Duration, bool) {
	p := longestPause
	if n < 5 {
		p = min(p, firstPause<<(n-1))
	}
	p = min(p, left-lastAttempt)
	return p, p > 0
}

// wait runs checks until all are healthy, one is found that waiting cannot cure,
// or the time is over. Only what is not healthy yet is run again; an attempt of a
// check is a whole run of it, of one that writes too.
func (r *runner) wait(ctx context.Context, which []int) error {
	for n := 1; ; n++ {
		if err := r.attempt(ctx, which); err != nil {
			return err
		}
		pending, vain := r.pending(ctx)
		pause, more := nextPause(n, r.until.Sub(r.h.clock.now()))
		if len(pending) == 0 || vain != "" || !more {
			r.noteWait(n, pending, vain)
			r.tellRest(ctx)
			return nil
		}
		r.watch.waiting(r.waiting(n, pending, pause))
		if err := r.h.clock.pause(ctx, pause); err != nil {
			return err
		}
		which = pending
	}
}

// pending are the checks that are not healthy and may become so. The sentence is
// not empty when one of the others will not.
func (r *runner) pending(ctx context.Context) (which []int, vain string) {
	hoped := map[string]bool{}
	for i := range r.results {
		res := &r.results[i]
		if r.told[i] || isBlocked(res) {
			continue
		}
		if vain = lasting(r.entries[i], res); vain != "" {
			return nil, vain
		}
		hoped[res.Check] = true
		which = append(which, i)
	}
	for i := range r.results {
		if res := &r.results[i]; !r.told[i] && isBlocked(res) {
			if slices.ContainsFunc(res.BlockedBy, func(id string) bool { return hoped[id] }) {
				which = append(which, i)
			} else {
				r.tell(ctx, i) // a known problem keeps it, and nobody waits for that
			}
		}
	}
	slices.Sort(which)
	return which, ""
}

// waiting tells what the pause after attempt n is for.
func (r *runner) waiting(n int, pending []int, pause time.Duration) Wait {
	w := Wait{Attempt: n, Next: pause, Left: r.until.Sub(r.h.clock.now()), Pending: []Pending{}}
	for _, i := range pending {
		if res := &r.results[i]; isBlocked(res) {
			w.Blocked++
		} else {
			w.Pending = append(w.Pending, Pending{res.Check, whyOf(res)})
		}
	}
	return w
}

// noteWait says how long was waited, and how that ended; a run that was healthy
// at once did not wait.
func (r *runner) noteWait(n int, pending []int, vain string) {
	if n == 1 && len(pending) == 0 && vain == "" {
		return
	}
	text := "did not wait"
	if n > 1 {
		text = fmt.Sprintf("waited %s, %d attempts", r.h.clock.now().Sub(r.started).Round(time.Second), n)
	}
	switch {
	case vain != "":
		text += ": " + vain
	case len(pending) > 0:
		text += fmt.Sprintf(", the deadline of %s leaves no time for more: %s", r.opts.Deadline, r.still(pending))
	default:
		text += ", until all was well"
	}
	r.notes = append(r.notes, report.Note{Code: "waited", Text: text})
}

// still names the first check that is not healthy on its own account.
func (r *runner) still(pending []int) string {
	w := r.waiting(0, pending, 0)
	if len(w.Pending) == 0 {
		return fmt.Sprintf("%d checks wait for others", w.Blocked)
	}
	text := fmt.Sprintf("%s still finds %s", w.Pending[0].Check, w.Pending[0].Why)
	if n := len(w.Pending) - 1; n > 0 {
		text += fmt.Sprintf(", and %d more are not well", n)
	}
	return text
}

// tellRest tells of the checks that never became healthy, in the order of ids.
func (r *runner) tellRest(ctx context.Context) {
	for i := range r.results {
		if !r.told[i] {
			r.tell(ctx, i)
		}
	}
}
