package diff

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/inspect"
	"stella-ops.org/doctor/sdk/wire"
)

func (d *Diff) note(format string, args ...any) {
	d.Notes = append(d.Notes, fmt.Sprintf(format, args...))
}

func (d *Diff) reason(format string, args ...any) {
	d.Reasons = append(d.Reasons, fmt.Sprintf(format, args...))
}

// compareAsked compares what the two ask for as a whole: which of their checks asks
// matters to nobody who approves it.
func (d *Diff) compareAsked(old, new Side) {
	d.compareAccess(old.Asked.Access, new.Asked.Access)
	wider := old.Asked.Widened(new.Asked)
	for _, key := range wider.Settings {
		d.reason("it may read the setting %s", key)
	}
	for _, key := range wider.Secrets {
		d.reason("it may use the secret %s", key)
	}
	keys := slices.Concat(old.Asked.Settings, old.Asked.Secrets, new.Asked.Settings, new.Asked.Secrets)
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		before, now := readAs(old.Asked, key), readAs(new.Asked, key)
		d.Settings = add(d.Settings, Change{What: key, Old: before, New: now,
			Wider: slices.Contains(wider.Settings, key) || slices.Contains(wider.Secrets, key)})
	}
}

// readAs says how a scope reads a key; empty for not at all.
func readAs(s access.Scope, key string) string {
	switch {
	case slices.Contains(s.Settings, key):
		return "value"
	case slices.Contains(s.Secrets, key):
		return "secret, as a handle"
	}
	return ""
}

// add appends a change that is one, with its kind.
func add(list []Change, c Change) []Change {
	switch {
	case c.Old == c.New && !c.Wider:
		return list
	case c.Old == "":
		c.Kind = Added
	case c.New == "":
		c.Kind = Removed
	default:
		c.Kind = Changed
	}
	return append(list, c)
}

// compareAccess pairs the entries that differ, as well as they can be paired: those
// of one kind that lead to one target. Wider is what the old entries together do
// not cover.
func (d *Diff) compareAccess(old, new []wire.Access) {
	for _, e := range access.Widened(old, new) {
		d.reason("it may reach: %s", entryText(e))
	}
	gone := entriesBut(old, new)
	for _, e := range entriesBut(new, old) {
		c := Change{What: e.Target, New: entryText(e), Wider: len(access.Widened(old, []wire.Access{e})) > 0}
		if i := slices.IndexFunc(gone, func(g wire.Access) bool { return g.Kind == e.Kind && g.Target == e.Target }); i >= 0 {
			c.Old = entryText(gone[i])
			gone = slices.Delete(gone, i, i+1)
		}
		d.Access = add(d.Access, c)
	}
	for _, e := range gone {
		d.Access = add(d.Access, Change{What: e.Target, Old: entryText(e)})
	}
}

// entriesBut are the entries of list that no entry of other equals, reasons aside.
func entriesBut(list, other []wire.Access) []wire.Access {
	var out []wire.Access
	for _, e := range list {
		if !slices.ContainsFunc(other, func(o wire.Access) bool { return sameEntry(o, e) }) {
			out = append(out, e)
		}
	}
	return out
}

func sameEntry(a, b wire.Access) bool {
	a.Reason, b.Reason = "", ""
	return reflect.DeepEqual(a, b)
}

// entryText is an entry with all that decides what it lets pass.
func entryText(e wire.Access) string {
	text := e.Class + " " + inspect.AccessText(e)
	if e.Trim != "" {
		text += ", without " + e.Trim + " at the end of its path"
	}
	if e.MaxBody > 0 {
		text += fmt.Sprintf(", answers of up to %d bytes", e.MaxBody)
	}
	return strings.TrimSpace(text)
}

// hostFunctions are the classes of imports by which a plugin can reach anything.
var hostFunctions = []string{wire.ClassRead, wire.ClassWrite, "tcp"}

func (d *Diff) compareImports(old, new *inspect.Report) {
	list := func(r *inspect.Report) map[string]inspect.Import {
		all := map[string]inspect.Import{}
		for _, i := range r.Imports {
			all[i.Module+" "+i.Name] = i
		}
		return all
	}
	before, now := list(old), list(new)
	for _, name := range names(before, now) {
		c := Change{What: name, Old: before[name].Class, New: now[name].Class}
		if c.Old == "" && slices.Contains(hostFunctions, c.New) {
			c.Wider = true
			d.reason("it may call %s, which it imports", now[name].Name)
		}
		d.Imports = add(d.Imports, c)
	}
}

// names are the keys of both, sorted.
func names[V any](a, b map[string]V) []string {
	var all []string
	for name := range a {
		all = append(all, name)
	}
	for name := range b {
		all = append(all, name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
