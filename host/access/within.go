package access

import (
	"slices"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// Source answers a declared key with the one of its keys that supplied the value,
// as the plugin spells it, with an asterisk for the item number of a list; empty
// for a default or no value.
type Source func(key string) string

// ResolveWithin is [Resolve] for what of the declared access is approved. A grant
// keeps the number of the declared entry that it comes from. What counts is the
// entry that a declared one comes to here: with the keys that really supplied its
// target, its port and its secrets in their place, and the address or the port
// that the plugin chose where the operator's setting has none. See [Asked].
func ResolveWithin(declared, approved []wire.Access, lookup Lookup, source Source, items Items) []Grant {
	var grants []Grant
	for i, d := range declared {
		for _, bind := range bindings(d, items) {
			for _, e := range within(d, approved, bind, lookup, source) {
				for _, g := range resolveItem(e, bind, lookup) {
					g.Entry = i + 1
					grants = append(grants, g)
				}
			}
		}
	}
	return grants
}

// within are the parts of a declared entry that are approved for one item.
func within(d wire.Access, approved []wire.Access, bind string, lookup Lookup, source Source) []wire.Access {
	var all []wire.Access
	for n, real := range realEntries(d, bind, lookup, source) {
		if n > 0 && len(real.supplied) == 0 {
			continue
		}
		for _, part := range Intersect([]wire.Access{real.entry}, approved) {
			if _, isKey := targetKey(d.Target); isKey {
				if part.Target != real.entry.Target || d.Port != real.entry.Port && !slices.Equal(part.DefaultPort, real.entry.DefaultPort) {
					continue // a choice of the plugin's is approved as it is, or not
				}
				part.Target = d.Target
			}
			part.Secrets = real.declared(part.Secrets)
			if part.Port == real.entry.Port && part.Port != d.Port {
				part.Port, part.DefaultPort = d.Port, d.DefaultPort
			}
			all = append(all, part)
		}
	}
	return all
}

// realEntry is what a declared entry comes to under the settings.
type realEntry struct {
	entry wire.Access
	// supplied are the declared secrets by the key that supplied each.
	supplied map[string][]string
}

// declared are the declared secrets that the keys supplied.
func (r *realEntry) declared(keys []string) []string {
	var all []string
	for _, key := range keys {
		all = append(all, r.supplied[key]...)
	}
	return all
}

// realEntries are the entry with the secrets that fit the asterisk of its target,
// and, where a single key supplied a secret of a list, that of the first item.
func realEntries(d wire.Access, bind string, lookup Lookup, source Source) []realEntry {
	e := d
	e.Secrets = nil
	if value, ok := defaultValue(d.Target, bind, lookup); ok {
		if literal := withTarget(e, value); usable(literal) {
			e = literal
		}
	} else {
		e.Target = supplier(d.Target, bind, source)
	}
	if value, ok := defaultValue(d.Port, bind, lookup); ok {
		if port := wire.ParsePort(value); port > 0 {
			e = withPort(e, port)
		}
	} else {
		e.Port = supplier(d.Port, bind, source)
	}
	e = fitPort(e, bind)
	single := e
	single.Target, _ = fit(e.Target, "", bind)
	all := []realEntry{{e, map[string][]string{}}, {fitPort(single, bind), map[string][]string{}}}
	for _, secret := range d.Secrets {
		key, isBound := bindKey(secret, bind)
		if !isBound {
			continue
		}
		from := secret
		if by := source(key); by != "" {
			from = spelled(key, secret, by)
		}
		to, from := fit(e.Target, from, bind)
		at := &all[0]
		if to != e.Target {
			at = &all[1]
		}
		if at.supplied[from] = append(at.supplied[from], secret); len(at.supplied[from]) == 1 {
			at.entry.Secrets = append(at.entry.Secrets, from)
		}
	}
	return all
}

func usable(e wire.Access) bool {
	_, ok := LiteralHost(e)
	return ok
}

// supplier is a field in braces with the key that supplied its value. Where
// nothing did it stays as it is.
func supplier(field, bind string, source Source) string {
	pattern, isKey := targetKey(field)
	key, isBound := bindKey(pattern, bind)
	if !isKey || !isBound {
		return field
	}
	if by := source(key); by != "" {
		return "{" + spelled(key, pattern, by) + "}"
	}
	return field
}

// spelled is a key that supplied the value of key. Where what is declared names one
// item of a list, it does so too.
func spelled(key, declared, by string) string {
	if strings.Contains(declared, "*") {
		return by
	}
	if item, ok := overlap(key, by); ok {
		return bound(by, item)
	}
	return by
}

// defaultValue is the value of the setting that a field in braces names, when it
// is the plugin's: no key of the operator's supplied it.
func defaultValue(field, bind string, lookup Lookup) (string, bool) {
	key, isKey := targetKey(field)
	if !isKey {
		return "", false
	}
	key, bound := bindKey(key, bind)
	if !bound {
		return "", false
	}
	value, winning, ok := lookup(key)
	value = strings.TrimSpace(value)
	return value, ok && winning == "" && value != ""
}
