package host

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"stella-ops.org/doctor/host/inspect"
	"stella-ops.org/doctor/host/truth"
	"stella-ops.org/doctor/host/vet"
	"stella-ops.org/doctor/sdk/wire"
)

// examine vets one check, which shares the time until the deadline with those to
// come.
func (v *vetting) examine(ctx context.Context, e checkEntry, deadline time.Time, checks int) (*vet.Check, error) {
	x := &examination{v: v, check: e, way: map[string]base{}, sampled: map[string]bool{}, known: map[string]*ran{}, secrets: map[string]bool{}, severities: map[string]bool{}}
	x.out = vet.Check{ID: e.info.ID, Name: e.info.Name, Class: e.info.Class,
		Requests: []vet.Request{}, Access: []vet.AccessUse{}, Settings: []vet.SettingUse{}, Table: []truth.Request{}, Adversaries: []vet.Encounter{}}
	for range e.info.Access {
		x.used = append(x.used, newUsage())
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
		if len(x.used[i].paths) > 0 {
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
		inv.number = i + 1
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
