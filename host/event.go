package host

import (
	"context"
	"sync"
	"time"

	"stella-ops.org/doctor/host/report"
)

// Event is one moment of a run, for progress and for streams.
type Event struct {
	Kind EventKind
	// StartedAt and Checks belong to RunStarted: when the run started, and the
	// ids of the checks to come, sorted.
	StartedAt time.Time
	Checks    []string
	// Check is the id of the check that every other event is about.
	Check string
	// Call belongs to CallStarted and CallEnded: the line of the ledger as it
	// stands then.
	Call report.Request
	// Result belongs to CheckEnded. It must not be changed.
	Result *report.Result
	// Wait belongs to Waiting.
	Wait Wait
}

// Wait tells what a run waits for between two attempts.
type Wait struct {
	// Attempt counts the attempts that were made.
	Attempt int
	// Next is the time until the next attempt, Left until the deadline.
	Next, Left time.Duration
	// Pending are the checks to be run again, sorted by id, and Blocked counts
	// those that have to wait for one of these.
	Pending []Pending
	Blocked int
}

// Pending is a check that is not healthy yet.
type Pending struct {
	Check string
	Why   string // the cause, or the outcome of a check that could not judge
}

// EventKind tells the events apart.
type EventKind uint8

// The events of a run: RunStarted once, then for each check CheckStarted, its
// calls, CheckEnded. The events of different checks mix. A check that is kept
// from running ends without having started. In a run that waits, a check starts
// once for each attempt and ends once, when its result is the last one; between
// attempts comes Waiting.
const (
	RunStarted EventKind = iota
	CheckStarted
	CallStarted
	CallEnded
	CheckEnded
	Waiting
)

// watcher hands events on, one at a time and in their order, by a goroutine of
// its own: who reads them slowly, such as the reader of a pipe, must not spend
// the time of a check.
type watcher struct {
	observe func(Event)
	done    chan struct{}

	mu    sync.Mutex
	more  *sync.Cond
	queue []Event
	ended bool
}

// newWatcher starts to hand events on to observe, which may be nil.
func newWatcher(observe func(Event)) *watcher {
	w := &watcher{observe: observe, done: make(chan struct{})}
	w.more = sync.NewCond(&w.mu)
	if observe == nil {
		close(w.done)
		return w
	}
	go w.hand()
	return w
}

func (w *watcher) hand() {
	defer close(w.done)
	for {
		w.mu.Lock()
		for len(w.queue) == 0 && !w.ended {
			w.more.Wait()
		}
		queue := w.queue
		w.queue = nil
		w.mu.Unlock()
		if len(queue) == 0 {
			return
		}
		for _, e := range queue {
			w.observe(e)
		}
	}
}

func (w *watcher) tell(e Event) {
	if w.observe == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue = append(w.queue, e)
	w.more.Signal()
}

// end waits until every event has been handed on; an interrupted run waits for
// nobody.
func (w *watcher) end(ctx context.Context) {
	w.mu.Lock()
	w.ended = true
	w.more.Signal()
	w.mu.Unlock()
	select {
	case <-w.done:
	case <-ctx.Done():
	}
}

func (w *watcher) runStarted(at time.Time, entries []checkEntry) {
	ids := make([]string, 0, len(entries))
	for _, e := range entries {
		ids = append(ids, e.info.ID)
	}
	w.tell(Event{Kind: RunStarted, StartedAt: at.UTC(), Checks: ids})
}

func (w *watcher) checkStarted(e checkEntry) {
	w.tell(Event{Kind: CheckStarted, Check: e.info.ID})
}

func (w *watcher) checkEnded(res *report.Result) {
	w.tell(Event{Kind: CheckEnded, Check: res.Check, Result: res})
}

func (w *watcher) waiting(wait Wait) { w.tell(Event{Kind: Waiting, Wait: wait}) }

// calls returns what sees the host calls of one check.
func (w *watcher) calls(e checkEntry) func(line report.Request, ended bool) {
	return func(line report.Request, ended bool) {
		kind := CallStarted
		if ended {
			kind = CallEnded
		}
		w.tell(Event{Kind: kind, Check: e.info.ID, Call: line})
	}
}
