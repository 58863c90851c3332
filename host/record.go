package host

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"stella-ops.org/doctor/host/cassette"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// Recording keeps what a replay of one run needs. Hand the address of a zero
// value to [RunOptions].Record, and ask for the Cassette when Run has returned.
type Recording struct {
	mu      sync.Mutex
	header  cassette.Header
	checks  []*exchange.Case
	bytes   int
	problem error // the first reason why there can be no cassette

	unsearched []string
}

// Unsearched returns the keys of the secret settings whose values were not taken
// out of what servers answered, because they are too short or too much like
// words to be told from it, sorted.
func (r *Recording) Unsearched() []string { return r.unsearched }

// Cassette returns the recording of a run that returned rep. What the caller
// added to the report, such as waivers, is recorded with it.
//
// It returns a *RecordError when the run cannot be recorded: it is larger than a
// cassette, or a cassette would show a secret.
func (r *Recording) Cassette(rep *report.Report) (*cassette.Cassette, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.problem != nil {
		return nil, &RecordError{Err: r.problem}
	}
	slices.SortFunc(r.checks, func(a, b *exchange.Case) int { return strings.Compare(a.Request.Check, b.Request.Check) })
	slices.Sort(r.header.ByHost)
	return &cassette.Cassette{Header: r.header, Report: rep, Checks: r.checks}, nil
}

// RecordError says why a run cannot be recorded. The run itself is unharmed.
type RecordError struct{ Err error }

func (e *RecordError) Error() string { return "recording the run: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *RecordError) Unwrap() error { return e.Err }

// begin writes down what holds for the run as a whole.
func (r *Recording) begin(entries []checkEntry, opts RunOptions, unsearched []string) {
	if r == nil {
		return
	}
	r.unsearched = unsearched
	r.header = cassette.Header{
		Schema: cassette.Schema, FailOn: opts.FailOn, VerifyFlags: orEmpty(opts.VerifyFlags),
		Plugins: []cassette.Plugin{}, ByHost: []string{},
	}
	if r.header.FailOn == "" {
		r.header.FailOn = wire.Fail
	}
	seen := map[*loaded]bool{}
	for _, e := range entries {
		if p := e.plugin; !seen[p] {
			seen[p] = true
			r.header.Plugins = append(r.header.Plugins, cassette.Plugin{ID: p.info.ID, Version: p.info.Version, Digest: p.sum(), Path: p.path})
		}
	}
	slices.SortFunc(r.header.Plugins, func(a, b cassette.Plugin) int { return strings.Compare(a.ID, b.ID) })
}

// newTape returns what keeps the calls of one check, without secrets.
func (r *Recording) newTape(secrets *secretsOf) *tape {
	if r == nil {
		return nil
	}
	return &tape{recording: r, secrets: secrets}
}

// add takes over one check whose guest ran. byHost says that its outcome is the
// host's doing.
func (r *Recording) add(req *wire.Request, t *tape, byHost bool, s *scrubber) {
	if r == nil {
		return
	}
	leak, calls := leakedSetting(req, s), t.end()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.problem == nil {
		r.problem = leak
	}
	r.checks = append(r.checks, &exchange.Case{Request: *req, Exchanges: calls})
	if byHost {
		r.header.ByHost = append(r.header.ByHost, req.Check)
	}
}

// leakedSetting finds a plain setting that holds the value of a secret one, such
// as a token within an address. The guest saw it, so that nothing can stand in
// its place in a recording that is to replay.
func leakedSetting(req *wire.Request, s *scrubber) error {
	for _, key := range slices.Sorted(maps.Keys(req.Settings)) {
		if secret, ok := s.holds(req.Settings[key].Value); ok {
			return fmt.Errorf("the setting %s holds the value of the secret %s, which a cassette may not show", key, secret)
		}
	}
	return nil
}

// room reserves n bytes for a call and reports whether they are there. A
// recording that has become too large keeps nothing more.
func (r *Recording) room(n int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bytes += n
	if r.bytes > cassette.MaxBytes && r.problem == nil {
		r.problem = fmt.Errorf("its calls come to more than the %d MiB that a cassette may have", cassette.MaxBytes>>20)
	}
	return r.problem == nil
}

func (r *Recording) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.problem == nil {
		r.problem = err
	}
}

// tape keeps the host calls of the attempt of a check that counts, the last one.
// A nil tape keeps nothing.
type tape struct {
	recording *Recording
	secrets   *secretsOf

	mu      sync.Mutex
	attempt int
	calls   []exchange.Exchange
}

// keep takes one call, which nobody else needs any more: the request as the guest
// made it, or what was legible of it, and the very document that the guest was
// handed.
func (t *tape) keep(attempt int, k call, answer []byte) {
	if t == nil || !t.recording.room(len(strings.Join(k.words(), ""))+len(answer)) {
		return
	}
	// Decoding gives back what was encoded, texts made valid UTF-8 included.
	k.blank()
	if err := wire.Unmarshal(answer, k.response()); err != nil {
		t.recording.fail(fmt.Errorf("an answer cannot be read back: %w", err))
		return
	}
	secrets := t.secrets.kept()
	k.scrub(secrets)
	if key, ok := secrets.among(k.words()); ok {
		t.recording.fail(fmt.Errorf("a request holds the value of the secret %s, which a cassette may not show", key))
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if attempt == t.attempt {
		t.calls = append(t.calls, *k.exchange())
	}
}

// among returns the key of a secret setting whose value stands in one of the
// texts of a request. A guest that was told a secret by a server could send it on.
func (s *scrubber) among(texts []string) (key string, ok bool) {
	for _, text := range texts {
		if key, ok = s.holds(text + "\n"); ok { // all of it counts here
			return key, true
		}
	}
	return "", false
}

// rewind begins another attempt; calls of the one before no longer count.
func (t *tape) rewind(attempt int) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.attempt, t.calls = attempt, nil
}

// end returns the calls. One that is still under way, because its guest was
// ended, is not kept any more.
func (t *tape) end() []exchange.Exchange {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.attempt = -1
	return t.calls
}
