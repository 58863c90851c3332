package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rivo/uniseg"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/report"
)

// progress shows on standard error how a run goes: on a terminal a region that
// is drawn over, elsewhere a line for each check that ended, when there is more
// than one. It is the standard error of the run: what others write there goes
// through it, so that it stands above the region.
type progress struct {
	out  io.Writer
	term terminal
	live bool
	now  func() time.Time

	mu      sync.Mutex
	started time.Time
	ids     []string // of the run, sorted
	checks  map[string]*checkProgress
	ended   int
	drawn   int // lines of the region that stand there
	stop    chan struct{}
	stopped sync.WaitGroup

	wait  *host.Wait // between two attempts
	since time.Time  // when it began
}

// checkProgress is what is known of one check of the run.
type checkProgress struct {
	running, ended bool
	line           string          // once it has ended
	call           *report.Request // under way
	callSince      time.Time
}

// Before calmFor the region is not drawn: most runs end sooner, and a flicker
// tells nobody anything. From patience on it names what is waited for.
const (
	calmFor  = 300 * time.Millisecond
	patience = 10 * time.Second
	redraw   = 100 * time.Millisecond
)

// newProgress makes the progress of one run and starts drawing. close ends it.
func newProgress(s *streams, t terminal) *progress {
	p := &progress{out: s.stderr, term: t, live: t.live(s), now: time.Now, checks: map[string]*checkProgress{}, stop: make(chan struct{})}
	p.started = p.now()
	if p.live {
		p.stopped.Go(p.tick)
	}
	return p
}

func (p *progress) tick() {
	t := time.NewTicker(redraw)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			p.mu.Lock()
			if p.now().Sub(p.started) >= calmFor {
				p.draw()
			}
			p.mu.Unlock()
		case <-p.stop:
			return
		}
	}
}

// close stops drawing and takes the region away; with keep the lines of the
// checks that ended stay.
func (p *progress) close(keep bool) {
	select {
	case <-p.stop:
		return
	default:
	}
	close(p.stop)
	p.stopped.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.live {
		return
	}
	p.erase()
	if keep && len(p.ids) > 1 {
		for _, l := range p.finished() {
			fmt.Fprintln(p.out, l)
		}
	}
}

// Write lets a log line or a note through: above the region.
func (p *progress) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
	return p.out.Write(b)
}

// observe takes the events of the run.
func (p *progress) observe(e host.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.Kind {
	case host.RunStarted:
		p.ids = e.Checks
		for _, id := range e.Checks {
			p.checks[id] = &checkProgress{}
		}
		return
	case host.Waiting:
		p.pause(e.Wait)
		return
	}
	c := p.checks[e.Check]
	if c == nil {
		return
	}
	switch e.Kind {
	case host.CheckStarted:
		c.running, p.wait = true, nil
	case host.CallStarted:
		c.call, c.callSince = &e.Call, p.now()
	case host.CallEnded:
		c.call = nil
	case host.CheckEnded:
		p.ended++
		c.running, c.ended, c.call = false, true, nil
		c.line = endLine(e.Result)
		if !p.live && len(p.ids) > 1 {
			fmt.Fprintf(p.out, "[%d/%d] %s\n", p.ended, len(p.ids), c.line)
		}
	}
}

// pause takes what a run that waits does next: elsewhere than on a terminal it is
// a line for each attempt.
func (p *progress) pause(w host.Wait) {
	for _, c := range p.checks {
		c.running, c.call = false, nil
	}
	p.wait, p.since = &w, p.now()
	if !p.live {
		fmt.Fprintln(p.out, waitLine(w, 0))
	}
}

// waitLine tells what is waited for and for how long, so much later.
func waitLine(w host.Wait, later time.Duration) string {
	var what string
	if len(w.Pending) > 0 {
		what = w.Pending[0].Check + ": " + w.Pending[0].Why
		if n := len(w.Pending) - 1 + w.Blocked; n > 0 {
			what += fmt.Sprintf(" (and %d more)", n)
		}
	}
	return report.Escape(fmt.Sprintf("%s, next attempt in %s, %s left", what, inSeconds(w.Next-later), inSeconds(w.Left-later)))
}

// inSeconds rounds up: nobody waits for nothing.
func inSeconds(d time.Duration) time.Duration {
	return max(0, (d + time.Second - 1).Truncate(time.Second))
}

// endLine is the line of a check that ended.
func endLine(r *report.Result) string {
	verdict := r.Outcome
	if r.Severity != nil {
		verdict = string(*r.Severity)
	}
	if r.Waiver != nil {
		verdict += ", waived"
	}
	if len(r.BlockedBy) > 0 {
		verdict += ", waits for " + r.BlockedBy[0] + more(len(r.BlockedBy)-1)
	}
	return fmt.Sprintf("%s %s (%d ms)", r.Check, verdict, r.DurationMS)
}

// draw puts the region in the place of the one before.
func (p *progress) draw() {
	var lines []string
	if len(p.ids) > 1 {
		lines = p.finished()
		if room := p.term.height() - maxWaiting - 4; len(lines) > max(room, 1) {
			hidden := len(lines) - max(room, 1)
			lines = append([]string{fmt.Sprintf("%d more ended", hidden)}, lines[hidden:]...)
		}
	}
	p.replace(append(lines, p.status()...))
}

// erase takes the region away.
func (p *progress) erase() { p.replace(nil) }

// replace puts lines in the place of the region. It clears line by line:
// clearing the rest of the screen at once makes some terminals keep a copy.
func (p *progress) replace(lines []string) {
	if len(lines) == 0 && p.drawn == 0 {
		return
	}
	var b bytes.Buffer
	up(&b, p.drawn)
	width := p.term.width()
	for _, l := range lines {
		b.WriteString(fit(l, width-1) + "\x1b[K\n")
	}
	left := max(0, p.drawn-len(lines))
	b.WriteString(strings.Repeat("\x1b[K\n", left))
	up(&b, left)
	p.drawn = len(lines)
	p.out.Write(b.Bytes())
}

// up goes back by n lines, to their first column.
func up(b *bytes.Buffer, n int) {
	if n > 0 {
		fmt.Fprintf(b, "\x1b[%dA\r", n)
	}
}

// finished are the lines of the checks that ended, in the order of their ids.
func (p *progress) finished() []string {
	var lines []string
	for _, id := range p.ids {
		if c := p.checks[id]; c.ended {
			lines = append(lines, c.line)
		}
	}
	return lines
}

// maxWaiting is how many checks the region names as waited for.
const maxWaiting = 4

// status tells how far the run is and, once it has taken long, what it waits
// for and from whom.
func (p *progress) status() []string {
	took := p.now().Sub(p.started)
	var running []string
	for _, id := range p.ids {
		if p.checks[id].running {
			running = append(running, id)
		}
	}
	head := fmt.Sprintf("[%d/%d] %d s", p.ended, len(p.ids), int(took.Seconds()))
	if p.wait != nil {
		return []string{head + "  " + waitLine(*p.wait, p.now().Sub(p.since))}
	}
	if len(running) == 0 {
		return []string{head}
	}
	if took < patience {
		return []string{head + "  " + strings.Join(running[:min(len(running), maxWaiting)], ", ") + more(len(running)-maxWaiting)}
	}
	lines := []string{head + "  waiting for"}
	for _, id := range running[:min(len(running), maxWaiting)] {
		lines = append(lines, "  "+id+p.awaited(id))
	}
	if n := len(running) - maxWaiting; n > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", n))
	}
	return lines
}

func more(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(" and %d more", n)
}

// awaited names the far side that a check waits for.
func (p *progress) awaited(id string) string {
	c := p.checks[id]
	if c.call == nil {
		return ": its plugin is computing"
	}
	seconds := int(p.now().Sub(c.callSince).Seconds())
	return report.Escape(fmt.Sprintf(": %s %s, for %d s", c.call.Method, c.call.URL, seconds))
}

// fit cuts a line to a number of columns.
func fit(s string, width int) string {
	if width <= 0 || uniseg.StringWidth(s) <= width {
		return s
	}
	r := []rune(s)
	for len(r) > 0 && uniseg.StringWidth(string(r)) > width-3 {
		r = slices.Delete(r, len(r)-1, len(r))
	}
	return string(r) + "..."
}
