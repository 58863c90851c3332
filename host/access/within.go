package access

import (
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// ResolveWithin is [Resolve] for what of the declared access is approved. A grant
// keeps the number of the declared entry that it comes from. Where the plugin
// chose the address or the port, because the operator's setting has none, the
// entry counts only if that choice is approved by itself: see [Asked].
func ResolveWithin(declared, approved []wire.Access, lookup Lookup, items Items) []Grant {
	var grants []Grant
	for i, d := range declared {
		for _, e := range Intersect([]wire.Access{d}, approved) {
			for _, bind := range bindings(e, items) {
				if !choiceApproved(e, approved, bind, lookup) {
					continue
				}
				for _, g := range resolveItem(e, bind, lookup) {
					g.Entry = i + 1
					grants = append(grants, g)
				}
			}
		}
	}
	return grants
}

// choiceApproved says whether the defaults that an entry has here are approved.
func choiceApproved(e wire.Access, approved []wire.Access, bind string, lookup Lookup) bool {
	chosen := e
	if value, ok := defaultValue(e.Target, bind, lookup); ok {
		chosen = withTarget(chosen, value)
		if _, usable := LiteralHost(chosen); !usable {
			return true // nothing is ever sent there
		}
	}
	if value, ok := defaultValue(e.Port, bind, lookup); ok && wire.ParsePort(value) > 0 {
		chosen = withPort(chosen, wire.ParsePort(value))
	}
	if chosen.Target == e.Target && chosen.Port == e.Port {
		return true
	}
	_, covered := uncovered(approved, chosen)
	return covered
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
