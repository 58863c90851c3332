package host

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"stella-ops.org/doctor/host/inspect"
	"stella-ops.org/doctor/host/truth"
	"stella-ops.org/doctor/host/vet"
	"stella-ops.org/doctor/sdk/wire"
)

// maxKinds bounds how many kinds of requests of one check are tried with every
// answer, maxTimeouts how often one check may use up its time.
const (
	maxKinds    = 12
	maxTimeouts = 3
	batchSize   = 32
	// maxListed bounds how many kinds of requests of one check are listed.
	maxListed = 512
	// maxSamples bounds what is run again at other times and on the other engine.
	maxSamples = 16
)

// base is the way to a request: the configuration, the world, and the answers to
// others that led there.
type base struct {
	inv   *invention
	world world
	set   map[string]reply
	name  string
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
	used []map[string]bool
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
	t := x.trial(b.name, b.inv, newScript(b.inv, b.world, b.set))
	t.move = func(inv *invention, _ time.Time) func() (farEnd, error) { return newScript(inv, b.world, b.set) }
	t.key = "script " + string(b.world)
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
		x.used[a.entry-1][a.Method], x.used[a.entry-1]["request "+a.key()] = true, true
		if a.Credential != "" {
			x.used[a.entry-1]["secret "+a.Credential] = true
		}
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
			bases[i] = base{b.inv, b.world, set, fmt.Sprintf("%s; %s %s%s answered with %s", b.name, a.Method, a.Target, a.Path, r.Name())}
		}
		out, err := x.scout(ctx, bases)
		if err != nil {
			return err
		}
		if len(out) < len(answers) {
			return nil // it uses up its time
		}
		row := truth.Request{Case: b.name, N: n + 1, Call: a.Method + " " + a.Target + a.Path, Rows: []truth.Row{}}
		plain := make([]truth.Answer, len(answers))
		verdicts := make([]truth.Row, len(answers))
		for i, r := range out {
			plain[i], verdicts[i] = answers[i].Answer, r.verdict()
			if said := verdicts[i].Verdict + " " + verdicts[i].Cause; !x.sampled[said] && len(x.samples) < maxSamples {
				x.sampled[said] = true
				x.samples = append(x.samples, bases[i])
			}
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
	var met []vet.Adversary
	var trials []*trial
	for _, a := range vet.Catalogue() {
		if a.For != "" && !speaks[a.For] || len(speaks) == 0 || !x.v.does(x.check.info.ID, "adversary "+a.Name) {
			continue
		}
		meeting := func(_ *invention, now time.Time) func() (farEnd, error) {
			return func() (farEnd, error) { return newSimulation(a, now) }
		}
		t := x.trial("adversary "+a.Name, inv, meeting(inv, x.scenes[0].Now))
		t.move = meeting
		t.leads, t.key = a.Leads, "adversary "+a.Name
		met, trials = append(met, a), append(trials, t)
	}
	x.met = trials
	out, err := x.play(ctx, trials)
	for i, r := range out {
		x.discover(r, base{inv: inv, world: worldOK, name: trials[i].name})
		row := r.verdict()
		x.out.Adversaries = append(x.out.Adversaries, vet.Encounter{Adversary: met[i].Name, Verdict: row.Verdict, Cause: row.Cause})
	}
	return err
}

// examine vets one check, which shares the time until the deadline with those to
// come.
func (v *vetting) examine(ctx context.Context, e checkEntry, deadline time.Time, checks int) (*vet.Check, error) {
	x := &examination{v: v, check: e, way: map[string]base{}, sampled: map[string]bool{}, known: map[string]*ran{}, secrets: map[string]bool{}, severities: map[string]bool{}}
	x.out = vet.Check{ID: e.info.ID, Name: e.info.Name, Class: e.info.Class,
		Requests: []vet.Request{}, Access: []vet.AccessUse{}, Settings: []vet.SettingUse{}, Table: []truth.Request{}, Adversaries: []vet.Encounter{}}
	for range e.info.Access {
		x.used = append(x.used, map[string]bool{})
	}
	for _, scene := range vetScenes {
		s := vet.NewScene(v.seed, scene)
		if scene == "names" { // a check may mind names that are for tests
			s.Domain = s.Word("domain") + ".test"
		}
		x.scenes = append(x.scenes, s)
		x.inventors = append(x.inventors, newInventor(v.host, e, s, x.scenes[0]))
	}
	if err := x.budgeted(ctx, deadline, checks); err != nil {
		return nil, err
	}
	x.conclude()
	return &x.out, nil
}

func (x *examination) steps(ctx context.Context) error {
	all, needed, err := x.first(ctx)
	if err != nil {
		return err
	}
	x.part++
	effects, err := x.varySettings(ctx)
	if err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return x.scoutCases(ctx) },
		func() error { return x.scoutNames(ctx) },
		func() error { return x.meet(ctx, all.inv) },
		func() error { return x.tabulate(ctx) },
		func() error { return x.repeat(ctx, all, needed) },
	} {
		x.part++
		if err := step(); err != nil {
			return err
		}
	}
	if x.timeouts >= maxTimeouts {
		x.cut = true
		x.found(vet.RuleCutShort, nil, fmt.Sprintf("used up its time %d times and was not run further", maxTimeouts))
		x.v.limit(fmt.Sprintf("%s used up its time %d times and was not run further", x.check.info.ID, maxTimeouts))
	}
	for i, a := range x.check.info.Access {
		if len(x.used[i]) > 0 {
			effects[braced(a.Target)] = true
		}
	}
	for _, s := range x.check.info.Settings {
		x.out.Settings = append(x.out.Settings, vet.SettingUse{Key: s.Key, Secret: s.Secret, Effect: effects[s.Key] || x.secrets[s.Key]})
	}
	return nil
}

// first is the plain beginning: everything set, and what is needed set, in every
// world.
func (x *examination) first(ctx context.Context) (all, needed base, err error) {
	v := x.inventors[0]
	for i, c := range []struct {
		name string
		set  values
	}{{"every setting set", v.all()}, {"only what is needed set", v.needed()}} {
		inv, err := v.invent(c.name, c.set)
		if err != nil {
			return all, needed, err
		}
		var bases []base
		for _, w := range worlds {
			bases = append(bases, base{inv: inv, world: w, name: c.name + "; " + string(w)})
		}
		if i == 0 {
			all = bases[0]
		} else {
			needed = bases[0]
		}
		if _, err := x.scout(ctx, bases); err != nil {
			return all, needed, err
		}
	}
	return all, needed, nil
}

// scoutCases follows the author's cases.
func (x *examination) scoutCases(ctx context.Context) error {
	var bases []base
	for i := range x.v.opts.Cases {
		c := &x.v.opts.Cases[i]
		if c.Case.Request.Check != x.check.info.ID {
			continue
		}
		inv, err := x.inventors[0].fromCase(c.Name, &c.Case)
		if err != nil { // a case may hold settings that no operator could write
			x.v.limit(fmt.Sprintf("case %s was not followed: %v", c.Name, err))
			continue
		}
		bases = append(bases, base{inv: inv, world: worldOK, name: "case " + c.Name})
	}
	_, err := x.scout(ctx, bases)
	return err
}

// maxNames bounds how many hosts that stand in the file are tried.
const maxNames = 12

// scoutNames points the check at hosts whose names stand in the data of the file: it
// may do something else there.
func (x *examination) scoutNames(ctx context.Context) error {
	v := x.inventors[0]
	var names []string
	for _, found := range x.v.inspected.Strings {
		u, rule := wire.ScreenURL("https://" + found.Host)
		if found.Status == inspect.StatusSource || found.Status == inspect.StatusLocal || rule != "" || slices.Contains(names, u.Host) {
			continue
		}
		if len(names) == maxNames {
			x.v.limit(fmt.Sprintf("the file names more than %d hosts; checks were pointed at the first of them", maxNames))
			break
		}
		names = append(names, u.Host)
	}
	var bases []base
	for _, s := range x.check.info.Settings {
		if s.Type != wire.TypeURL && !v.peers[s.Key] || !x.v.does(x.check.info.ID, "names") {
			continue
		}
		for _, name := range names {
			set := v.all()
			set[s.Key] = strings.Replace(set[s.Key], v.hostOf(s.Key), name, 1)
			inv, err := v.invent("every setting set, "+s.Key+" at "+name, set)
			if err != nil {
				return err
			}
			bases = append(bases, base{inv: inv, world: worldOK, name: inv.name})
		}
	}
	_, err := x.scout(ctx, bases)
	return err
}

// conclude works out what was left unused.
func (x *examination) conclude() {
	x.out.Runs = x.runs
	info := x.check.info
	for i, a := range info.Access {
		use := vet.AccessUse{Text: accessText(a), Reason: a.Reason, Unused: []string{}}
		methods := a.Methods
		if a.Kind == wire.KindTCP {
			methods = []string{wire.MethodProbe}
		}
		for _, m := range methods {
			if !x.used[i][m] {
				use.Unused = append(use.Unused, m)
			}
		}
		for _, s := range a.Secrets {
			if !x.used[i]["secret "+s] {
				use.Unused = append(use.Unused, s)
			}
		}
		for what := range x.used[i] {
			if strings.HasPrefix(what, "request ") {
				use.Reached++
			}
		}
		x.out.Access = append(x.out.Access, use)
	}
	slices.SortFunc(x.out.Requests, func(a, b vet.Request) int { return strings.Compare(asked{Request: a}.key(), asked{Request: b}.key()) })
	x.v.judgeCheck(x)
}

// accessText is the one-line form of a declared entry.
func accessText(a wire.Access) string {
	methods := strings.Join(a.Methods, ",")
	if a.Kind == wire.KindTCP {
		methods = wire.MethodProbe
	}
	return methods + " " + a.Target + a.Path
}
