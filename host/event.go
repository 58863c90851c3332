package host

import (
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
}

// EventKind tells the events apart.
type EventKind uint8

// The events of a run: RunStarted once, then for each check CheckStarted, its
// calls, CheckEnded. The events of different checks mix.
const (
	RunStarted EventKind = iota
	CheckStarted
	CallStarted
	CallEnded
	CheckEnded
)

// watcher hands events on, one at a time.
type watcher struct {
	mu      sync.Mutex
	observe func(Event)
}

func newWatcher(observe func(Event)) *watcher { return &watcher{observe: observe} }

func (w *watcher) tell(e Event) {
	if w.observe == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.observe(e)
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
