package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// write writes frames until the worker is gone. A write to a worker that does
// not read blocks until the worker is killed.
func (w *worker) write() {
	for {
		select {
		case f := <-w.out:
			if writeFrame(w.proc.in, f) != nil {
				// The process is ending; supervise finds out how.
				<-w.gone
				return
			}
		case <-w.gone:
			return
		}
	}
}

// supervise reads what the worker says until it says something wrong or ends,
// and then gives every call that is left its fault.
func (w *worker) supervise() {
	read := make(chan struct{})
	go func() {
		defer close(read)
		if err := w.receive(w.proc.out); err != nil {
			w.kill(ending{kind: FaultTrap, text: "its process was killed: it sent " + err.Error(), all: true})
		}
	}()
	select {
	case <-w.proc.exited:
		// What it said before it ended still counts, unless another process
		// holds the pipe open.
		awaitClosed(read, Grace)
	case <-read:
		// No more words: it ends by itself within Grace, or is killed.
		if !awaitClosed(w.proc.exited, Grace) {
			w.kill(ending{kind: FaultTrap, text: "its process was killed: it closed its output"})
		}
		<-w.proc.exited
	}
	w.proc.closePipes()
	<-read
	w.finish()
}

// finish records how the process ended, if nobody knew better, and fails the
// calls that are left.
func (w *worker) finish() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.end == nil {
		w.end = &ending{kind: FaultTrap, text: "its process ended: " + w.proc.ending()}
		if saysOutOfMemory(w.proc.stderr.bytes()) {
			w.end.kind = FaultOutOfMemory
		}
	}
	for id, p := range w.calls {
		p.result <- Result{Fault: w.end.fault(len(w.calls))}
		defer delete(w.calls, id)
	}
	close(w.gone)
}

// fault is what the end of a worker means for each of n unfinished calls.
func (e *ending) fault(n int) *Fault {
	if n > 1 && !e.all {
		return newFault(FaultInterrupted, "the worker ended while several calls ran: %s", e.text)
	}
	return newFault(e.kind, "%s", e.text)
}

// receive acts on the frames in r until the end. An error is the first thing
// that an honest worker would not have sent, as the object of a sentence.
func (w *worker) receive(r io.Reader) error {
	for {
		f, err := readFrame(r, func(kind byte) int64 { return upLimit(kind, w.limits) })
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, os.ErrClosed):
			// It ended, perhaps in the middle of a frame, or we hung up.
			return nil
		case err != nil:
			return err
		}
		if err := w.act(f); err != nil {
			return err
		}
	}
}

// act does what one frame asks for.
func (w *worker) act(f frame) error {
	switch f.kind {
	case frameReady:
		return w.actReady(f)
	case frameHost:
		return w.actHost(f)
	case frameResult:
		return w.actResult(f)
	}
	return fmt.Errorf("a frame of unknown kind %d", f.kind)
}

func (w *worker) actReady(f frame) error {
	w.mu.Lock()
	again := w.opened
	w.opened = true
	w.mu.Unlock()
	if again || f.call != 0 {
		return errors.New("a greeting out of turn")
	}
	fault, err := unpackReady(f.body)
	if err != nil {
		return err
	}
	w.ready <- fault
	return nil
}

// lookUp finds the call that a frame is about. The worker learns the number of
// a call from us and ends it once, so a number that is not there is a lie.
func (w *worker) lookUp(id uint32, remove bool) (*pending, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.calls[id]
	if p == nil {
		if w.end != nil {
			// The call was given up and the worker is being killed for it.
			return nil, nil
		}
		return nil, errors.New("a frame for a call that does not run")
	}
	if remove {
		delete(w.calls, id)
	}
	return p, nil
}

func (w *worker) actHost(f frame) error {
	p, err := w.lookUp(f.call, false)
	if p == nil {
		return err
	}
	index, document, err := unpackHost(f.body, w.limits)
	switch {
	case err != nil:
		return err
	case int64(index) >= int64(len(w.cfg.Functions)):
		return errors.New("a host call of a function that does not exist")
	case !p.waiting.CompareAndSwap(false, true):
		return errors.New("two host calls of one call at once")
	}
	p.serving.Add(1)
	go w.serve(p, w.cfg.Functions[index], document)
	return nil
}

// serve answers one host call. The worker may make the next one as soon as it
// can have read the reply, not before: that bounds what it can make us hold.
func (w *worker) serve(p *pending, function string, in []byte) {
	defer p.serving.Done()
	if len(in) == 0 {
		in = nil
	}
	out, err := p.host(p.ctx, function, in)
	w.send(p.ctx, frame{
		kind: frameReply, call: p.id, body: packReply(out, err),
		sent: func() { p.waiting.Store(false) },
	})
}

func (w *worker) actResult(f frame) error {
	res, err := unpackResult(f.body, w.limits)
	if err != nil {
		return err
	}
	p, err := w.lookUp(f.call, true)
	if p == nil {
		return err
	}
	// The worker's clock runs behind ours: it cannot have seen an end that has
	// not come here.
	if f := res.Fault; f != nil && (f.Kind == FaultTimeout || f.Kind == FaultCanceled) && clockFault(p.ctx) == nil {
		res.Fault = newFault(FaultTrap, "its process claims an end of the call that has not come")
	}
	p.result <- res
	return nil
}
