package host

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"stella-ops.org/doctor/host/truth"
	"stella-ops.org/doctor/host/vet"
)

// maxKinds bounds how many kinds of requests of one check are tried with every
// answer, maxTimeouts how often one check may use up its time.
const (
	maxKinds    = 48
	maxTimeouts = 3
	batchSize   = 32
	// maxListed bounds how many kinds of requests of one check are listed.
	maxListed = 512
	// maxSamples bounds what is run again at other times and on the other engine.
	maxSamples = 16
)

// base is the way to a request: the configuration, the world or the adversary, and the
// answers to others that led there.
type base struct {
	inv   *invention
	world world
	set   map[string]reply
	name  string
	// met is the adversary that answers what set does not; nil for the world.
	met *vet.Adversary
}

// far makes the far ends of the runs on this way.
func (b base) far(inv *invention, now time.Time) func() (farEnd, error) {
	if b.met == nil {
		return newScript(inv, b.world, b.set)
	}
	return func() (farEnd, error) { return newSequel(*b.met, inv, b.set, now) }
}

// examination is the vetting of one check.
type examination struct {
	v     *vetting
	check checkEntry
	out   vet.Check
	// inventors make configurations, one for each scene.
	inventors []*inventor
	scenes    []vet.Scene
	runs      int
	timeouts  int
	// kinds are the requests seen, in the order in which they came up.
	kinds []asked
	way   map[string]base
	// samples are ways to each verdict that came up while answers were tried.
	samples []base
	sampled map[string]bool
	// known are the runs that others may be like.
	known map[string]*ran
	// met are the meetings with adversaries.
	met []*trial
	// reference are the runs that others are held against.
	reference []*ran
	// used is what the requests used of each entry of the access.
	used []usage
	// secrets are the settings whose secret was sent.
	secrets map[string]bool
	// severities are all verdicts that were seen.
	severities map[string]bool
	// part is the step under way, by its place in vetParts; cut says that the time
	// was up.
	part int
	cut  bool
}

// play runs trials and takes in what came of them, in their order; those that
// cannot differ from one before are not run again. Of a check that has used up its
// time too often it runs no more: the result is shorter then.
func (x *examination) play(ctx context.Context, trials []*trial) ([]*ran, error) {
	var out []*ran
	for len(trials) > 0 && x.timeouts < maxTimeouts {
		// In batches, so that a check which never ends is found out early.
		// A batch is as large on every machine: where a check is given up must not
		// depend on the number of cores.
		n := min(len(trials), batchSize)
		if x.runs == 0 {
			n = 1
		}
		var fresh []*trial
		planned := map[string]bool{}
		for _, t := range trials[:n] {
			if same := t.same(); same == "" || x.known[same] == nil && !planned[same] {
				planned[same] = true
				fresh = append(fresh, t)
			}
		}
		batch, err := x.v.all(ctx, x.check, fresh)
		if err != nil {
			return nil, err
		}
		for _, t := range trials[:n] {
			r := x.known[t.same()]
			if len(batch) > 0 && batch[0].trial == t {
				r, batch = batch[0], batch[1:]
				x.take(r)
				if same := t.same(); same != "" {
					x.known[same] = r
				}
			}
			out = append(out, r)
		}
		trials = trials[n:]
		x.v.progress(x.check.info.ID, x.runs)
	}
	return out, nil
}

// trial makes one on the fast engine, at the usual time.
func (x *examination) trial(name string, inv *invention, far func() (farEnd, error)) *trial {
	return &trial{name: name, inv: inv, far: far, now: x.scenes[0].Now, nonce: x.scenes[0].Nonce, where: x.v.fast}
}

// based makes the trial of a base.
func (x *examination) based(b base) *trial {
	t := x.trial(b.name, b.inv, b.far(b.inv, x.scenes[0].Now))
	t.move = b.far
	t.key = "script " + string(b.world)
	if b.met != nil {
		t.leads, t.reflects, t.key = b.met.Leads, b.met.Reflects, "adversary "+b.met.Name
	}
	for _, key := range slices.Sorted(maps.Keys(b.set)) {
		r := b.set[key]
		t.key += "\x00" + key + "\x00" + r.Name()
	}
	return t
}

// take writes down what a run shows.
func (x *examination) take(r *ran) {
	x.runs++
	x.severities[r.verdict().Verdict] = true
	x.v.judge(x, r)
	for _, a := range r.asked {
		x.use(a)
	}
}

// use writes down a request.
func (x *examination) use(a asked) {
	if a.entry >= 1 && a.entry <= len(x.used) {
		x.used[a.entry-1].add(a)
	}
	if a.Credential != "" {
		x.secrets[a.Credential] = true
	}
	i := slices.IndexFunc(x.out.Requests, func(q vet.Request) bool { return asked{Request: q}.key() == a.key() })
	if i < 0 {
		if len(x.out.Requests) == maxListed {
			x.v.limit(fmt.Sprintf("%s makes more than %d kinds of requests; the others are not listed", x.check.info.ID, maxListed))
			return
		}
		x.out.Requests = append(x.out.Requests, a.Request)
		return
	}
	q := &x.out.Requests[i]
	q.BodyBytes = max(q.BodyBytes, a.BodyBytes)
	for _, name := range a.Headers {
		if at, found := slices.BinarySearch(q.Headers, name); !found {
			q.Headers = slices.Insert(slices.Clone(q.Headers), at, name)
		}
	}
}

// discover notes the requests of a run that nobody has seen, with the way to them.
func (x *examination) discover(r *ran, b base) {
	for _, a := range r.asked {
		if _, known := x.way[a.key()]; known || a.Purpose != "" {
			continue
		}
		if len(x.kinds) == maxKinds {
			x.v.limit(fmt.Sprintf("%s makes more than %d kinds of requests; the others were not tried with every answer", x.check.info.ID, maxKinds))
			return
		}
		x.kinds = append(x.kinds, a)
		x.way[a.key()] = b
	}
}

// scout runs the bases and notes what they lead to.
func (x *examination) scout(ctx context.Context, bases []base) ([]*ran, error) {
	var trials []*trial
	for _, b := range bases {
		trials = append(trials, x.based(b))
	}
	out, err := x.play(ctx, trials)
	for i, r := range out {
		x.discover(r, bases[i])
	}
	return out, err
}

// tabulate puts every answer in the place of the answer to each request, while the
// others are answered as on the way to it. What comes up meanwhile is tried too.
func (x *examination) tabulate(ctx context.Context) error {
	for n := 0; n < len(x.kinds); n++ {
		a, b := x.kinds[n], x.way[x.kinds[n].key()]
		answers := slices.DeleteFunc(replies(a, x.realms(a, b.inv), x.v.opts.EveryStatus), func(r reply) bool { return !x.v.does(x.check.info.ID, "answer "+r.Name()) })
		bases := make([]base, len(answers))
		for i, r := range answers {
			set := map[string]reply{a.key(): r}
			for key, other := range b.set {
				if key != a.key() {
					set[key] = other
				}
			}
			name := fmt.Sprintf("%s; %s %s%s answered with %s", b.name, a.Method, a.Target, a.Path, r.Name())
			bases[i] = base{inv: b.inv, world: b.world, set: set, name: name, met: b.met}
		}
		out, err := x.scout(ctx, bases)
		if err != nil {
			return err
		}
		if len(out) < len(answers) {
			return nil // it uses up its time
		}
		row := truth.Request{Case: b.name, N: n + 1, Call: a.Method + " " + a.Target + a.Path, Rows: []truth.Row{}}
		var plain []truth.Answer
		var verdicts []truth.Row
		for i, r := range out {
			if !r.made(a) {
				continue // the verdict is on something else
			}
			verdict := r.verdict()
			plain, verdicts = append(plain, answers[i].Answer), append(verdicts, verdict)
			// What another configuration sends, an adversary that reflects answers
			// otherwise: such a run is none to compare with.
			reflects := b.met != nil && b.met.Reflects
			if said := verdict.Verdict + " " + verdict.Cause; !reflects && !x.sampled[said] && len(x.samples) < maxSamples {
				x.sampled[said] = true
				x.samples = append(x.samples, bases[i])
			}
		}
		if n := len(answers) - len(plain); n > 0 {
			x.v.limit(fmt.Sprintf("%s did not make the request %s %s%s again on the way that led to it once; %d answers to it were not tried", x.check.info.ID, a.Method, a.Target, a.Path, n))
		}
		row.Rows = append(row.Rows, truth.Rows(plain, verdicts)...)
		x.out.Table = append(x.out.Table, row)
	}
	return nil
}

// meet has the check meet every adversary of the catalogue.
func (x *examination) meet(ctx context.Context, inv *invention) error {
	speaks := map[string]bool{}
	for _, a := range x.check.info.Access {
		speaks[a.Kind] = true
	}
	var bases []base
	for _, a := range vet.Catalogue() {
		if a.For != "" && !speaks[a.For] || len(speaks) == 0 || !x.v.does(x.check.info.ID, "adversary "+a.Name) {
			continue
		}
		b := base{inv: inv, name: "adversary " + a.Name, met: &a}
		x.met, bases = append(x.met, x.based(b)), append(bases, b)
	}
	out, err := x.scout(ctx, bases)
	for i, r := range out {
		row := r.verdict()
		x.out.Adversaries = append(x.out.Adversaries, vet.Encounter{Adversary: bases[i].met.Name, Verdict: row.Verdict, Cause: row.Cause})
	}
	return err
}
