package host

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// realms are the settings of a configuration that access for GET is bound to, but the
// one that the request itself is: a registry may send its clients there for a token.
func (x *examination) realms(a asked, inv *invention) []string {
	var all []string
	for _, e := range x.check.info.Access {
		key := braced(e.Target)
		if e.Kind != wire.KindHTTP || key == "" || e.Target == a.Target || !slices.Contains(e.Methods, "GET") || slices.Contains(all, key) {
			continue
		}
		if _, set := inv.host.settings.Lookup(strings.Replace(key, "*", "0", 1)); set {
			all = append(all, key)
		}
	}
	return all
}

// varySettings leaves each setting out and sets it otherwise, beside all others and
// beside what is needed, and tells which of them made a difference. What the check
// asks for meanwhile is tried with every answer later.
func (x *examination) varySettings(ctx context.Context) (map[string]bool, error) {
	v := x.inventors[0]
	var bases []base
	var pairs []pair
	add := func(name string, set values, broken bool) (first int, err error) {
		inv, err := v.invent(name, set)
		if err != nil {
			return 0, err
		}
		inv.broken = broken
		first = len(bases)
		for _, w := range []world{worldOK, worldChallenge} {
			bases = append(bases, base{inv: inv, world: w, name: name + "; " + string(w)})
		}
		return first, nil
	}
	if !x.v.does(x.check.info.ID, "settings") {
		return map[string]bool{}, nil
	}
	all, err := add("every setting set", v.all(), false)
	if err != nil {
		return nil, err
	}
	for _, s := range x.check.info.Settings {
		few, alone := v.few(s), v.needed()
		alone[s.Key] = v.value(s)
		with, err := add("what goes with "+s.Key+" set", few, false)
		if err != nil {
			return nil, err
		}
		least, err := add("what is needed and "+s.Key+" set", alone, false)
		if err != nil {
			return nil, err
		}
		for _, c := range []struct {
			from    int
			set     values
			name    string
			changed bool // it is also set otherwise
		}{{all, v.all(), "everything set but ", true}, {with, few, "what goes with it set but ", false}, {least, alone, "what is needed set but ", true}} {
			without := maps.Clone(c.set)
			delete(without, s.Key)
			n, err := add(c.name+s.Key, without, false)
			if err != nil {
				return nil, err
			}
			pairs = append(pairs, pair{s.Key, c.from, n})
			if !c.changed {
				continue
			}
			for _, text := range v.others(s) {
				changed := maps.Clone(c.set)
				changed[s.Key] = text
				n, err := add(fmt.Sprintf("%s%s, which is %s", c.name, s.Key, shown(text)), changed, text == notAnAddress)
				if err != nil {
					return nil, err
				}
				pairs = append(pairs, pair{s.Key, c.from, n})
			}
		}
	}
	out, err := x.scout(ctx, bases)
	if err != nil {
		return nil, err
	}
	effects := map[string]bool{}
	for _, p := range pairs {
		for w := range 2 {
			if p.to+w < len(out) && differ(out[p.from+w], out[p.to+w]) {
				effects[p.key] = true
			}
		}
	}
	return effects, nil
}

// pair are the first runs of two configurations that differ in one setting.
type pair struct {
	key      string
	from, to int
}
