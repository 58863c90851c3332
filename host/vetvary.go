package host

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"stella-ops.org/doctor/host/vet"
)

// differ tells whether anything differs.
func differ(a, b *ran) bool { return a.behaviour() != b.behaviour() || a.output != b.output }

// shown is a value of a setting for the name of a scenario, secrets left out.
func shown(text string) string {
	if i := slices.Index([]byte(text), '?'); i >= 0 {
		text = text[:i]
	}
	return bounded(text, 60)
}

// vetScenes are the scenes of a vetting: the usual one, one of which the names are
// taken alone, and one that is met as a whole.
var vetScenes = []string{"usual", "names", "whole"}

// moments are when a check is run besides the usual time.
func (x *examination) moments() [3]time.Time {
	return [...]time.Time{
		time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2038, 1, 19, 3, 14, 8, 0, time.UTC),
		x.scenes[0].Now.AddDate(1, 0, 0),
	}
}

// repeat runs samples again: the same, with another nonce, at other times, on the
// other engine, under other names. Nothing of these may make a difference that
// the input does not explain: the answers bear no dates, and the names mean
// nothing.
func (x *examination) repeat(ctx context.Context, all, needed base) error {
	var samples []base
	moments := x.moments()
	for _, b := range []base{all, needed} {
		for _, w := range worlds {
			samples = append(samples, base{inv: b.inv, world: w, name: b.inv.name + "; " + string(w)})
		}
	}
	samples = append(samples, x.samples...)
	plain := samples[:min(len(samples), 2*len(worlds)+maxInterpreted)]
	for _, again := range []struct {
		rule   string
		change func(*trial)
		words  bool // the words of the result count too
		text   func(t *trial) string
	}{
		{vet.RuleRepeat, func(t *trial) { t.key = "" }, true, func(*trial) string { return "run twice on the same input, it" }},
		{vet.RuleNonce, func(t *trial) { t.nonce = x.scenes[0].OtherNonce() }, true, func(*trial) string { return "with another nonce it" }},
		{vet.RuleClock, func(t *trial) { t.now = moments[0] }, false, atTime},
		{vet.RuleClock, func(t *trial) { t.now = moments[1] }, false, atTime},
		{vet.RuleClock, func(t *trial) { t.now = moments[2] }, false, atTime},
		{vet.RuleEngine, func(t *trial) { t.where = x.v.slow }, true, func(*trial) string { return interpreted }},
	} {
		if !x.v.does(x.check.info.ID, again.rule) || again.rule == vet.RuleEngine && x.v.slow == x.v.fast {
			continue
		}
		some := samples
		if again.rule == vet.RuleEngine { // interpreting takes long
			some = plain
		}
		var changed []*trial
		for _, b := range some {
			t := x.based(b)
			again.change(t)
			changed = append(changed, t)
		}
		if x.reference == nil {
			out, err := x.scout(ctx, samples)
			if err != nil || len(out) < len(samples) {
				return err
			}
			x.reference = out
		}
		out, err := x.play(ctx, changed)
		if err != nil {
			return err
		}
		for i, r := range out {
			x.compare(again.rule, again.text(r.trial), x.reference[i], r, again.words)
		}
	}
	if err := x.interpret(ctx); err != nil {
		return err
	}
	if err := x.rename(ctx, all, needed); err != nil {
		return err
	}
	return x.move(ctx, samples)
}

// maxInterpreted bounds how many of the samples are interpreted.
const maxInterpreted = 6

func atTime(t *trial) string { return "at " + t.now.Format(time.RFC3339) + " it" }

const interpreted = "interpreted instead of compiled, it"

// interpret meets the adversaries on the other engine: their bytes are where
// engines would differ. Of those by which the guest hears the same one stands for
// all, for interpreting takes long.
func (x *examination) interpret(ctx context.Context) error {
	if !x.v.does(x.check.info.ID, vet.RuleEngine) || x.v.slow == x.v.fast {
		return nil
	}
	was, err := x.play(ctx, x.met)
	if err != nil {
		return err
	}
	heard := map[[sha256.Size]byte]bool{}
	var before, after []*trial
	for _, r := range was {
		if heard[r.heard] {
			continue
		}
		heard[r.heard] = true
		other := *r.trial
		other.where = x.v.slow
		before, after = append(before, r.trial), append(after, &other)
	}
	return x.pairs(ctx, before, after, func(a, b *ran) { x.compare(vet.RuleEngine, interpreted, a, b, true) })
}

// pairs runs trials and their counterparts and hands over what came of each two.
func (x *examination) pairs(ctx context.Context, before, after []*trial, compare func(a, b *ran)) error {
	was, err := x.play(ctx, before)
	if err != nil {
		return err
	}
	is, err := x.play(ctx, after)
	if err != nil {
		return err
	}
	for i := range min(len(was), len(is)) {
		compare(was[i], is[i])
	}
	return nil
}

// rename runs the plain beginnings under other names of hosts.
func (x *examination) rename(ctx context.Context, all, needed base) error {
	if !x.v.does(x.check.info.ID, vet.RuleHostName) {
		return nil
	}
	v := x.inventors[1]
	var before, after []*trial
	for i, set := range []values{v.all(), v.needed()} {
		b := []base{all, needed}[i]
		inv, err := v.invent(b.inv.name+" below "+v.scene.Domain, set)
		if err != nil {
			return err
		}
		for _, w := range worlds {
			before = append(before, x.based(base{inv: b.inv, world: w, name: b.inv.name + "; " + string(w)}))
			after = append(after, x.based(base{inv: inv, world: w, name: inv.name + "; " + string(w)}))
		}
	}
	what := "with hosts below " + v.scene.Domain + " instead of " + x.scenes[0].Domain + " it"
	return x.pairs(ctx, before, after, func(a, b *ran) { x.compare(vet.RuleHostName, what, a, b, false) })
}

// move runs the samples, and the meetings with adversaries, in a scene in which the time, the
// nonce, the names and the secrets are others all at once: a check that knows the
// usual scene by any two of them shows another face.
func (x *examination) move(ctx context.Context, samples []base) error {
	if !x.v.does(x.check.info.ID, vet.RuleScene) {
		return nil
	}
	var before, after []*trial
	var trials []*trial
	for _, b := range samples {
		trials = append(trials, x.based(b))
	}
	for _, t := range append(trials, x.met...) {
		inv, err := x.moved(t.inv)
		if err != nil {
			return err
		}
		if inv == nil {
			continue
		}
		s := x.scenes[2]
		other := *t
		other.inv, other.now, other.nonce, other.name = inv, s.Now, s.Nonce, t.name+"; in another scene"
		if other.move != nil {
			other.far = other.move(inv, s.Now)
		}
		before, after = append(before, t), append(after, &other)
	}
	const what = "at another time, with another nonce, under other names and with other secrets it"
	return x.pairs(ctx, before, after, func(a, b *ran) { x.compare(vet.RuleScene, what, a, b, false) })
}

// moved is a configuration with the names and the secrets of another scene; nil for
// one that has neither.
func (x *examination) moved(inv *invention) (*invention, error) {
	if inv.set == nil {
		return nil, nil
	}
	from, to := x.inventors[0], x.inventors[2]
	set := values{}
	for key, text := range inv.set {
		for _, s := range x.check.info.Settings {
			if s.Key == key {
				text = strings.ReplaceAll(text, from.hostOf(key), to.hostOf(key))
				text = strings.ReplaceAll(text, from.hostOf(key+" otherwise"), to.hostOf(key+" otherwise"))
				text = strings.ReplaceAll(text, from.scene.Canary(key).Secret, to.scene.Canary(key).Secret)
			}
		}
		set[key] = text
	}
	other, err := to.invent(inv.name, set)
	if err == nil {
		other.broken = inv.broken
	}
	return other, err
}

// compare reports what differs between two runs that should not. Of what another
// configuration sends, a far end that reflects makes another answer, and that may
// make another request, such as one by the digest of the answer.
func (x *examination) compare(rule, what string, a, b *ran, words bool) {
	va, vb := a.verdict(), b.verdict()
	switch {
	case va.Verdict != vb.Verdict || va.Cause != vb.Cause:
		x.found(rule, b, fmt.Sprintf("%s says %s where it says %s otherwise", what, saying(vb.Verdict, vb.Cause), saying(va.Verdict, va.Cause)))
	case a.requests() != b.requests() && !(a.trial.reflects && a.trial.inv != b.trial.inv):
		x.found(rule, b, what+" asks for something else than it does otherwise")
	case words && a.output != b.output:
		x.found(rule, b, what+" writes another result than it does otherwise")
	}
}

func saying(verdict, cause string) string {
	if cause == "" {
		return verdict
	}
	return verdict + " (" + cause + ")"
}
