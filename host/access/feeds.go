package access

import (
	"slices"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// A setting takes its value from its key or from one of its aliases, so that an
// alias decides where a secret goes and which one. What a plugin asks for
// therefore names each of these keys: an entry for each key that supplies the
// target, with each key that supplies a secret.

// maxWritten is how many entries [Asked] writes out for one plugin. What is left
// out is not approved, and so not granted.
const maxWritten = 2048

// maxSecrets is how many secrets one written entry has; more of them make more
// entries.
const maxSecrets = 64

// feed is a key of the operator's that supplies a declared key.
type feed struct {
	key     string
	section string // in which the secrets of the same group are; empty for any
	group   string
}

// feeds are the keys that supply a declared key, itself first.
func feeds(c *wire.CheckInfo, key string) []feed {
	var all []feed
	seen := map[feed]bool{}
	for i := range c.Settings {
		s := &c.Settings[i]
		for _, name := range names(s) {
			item, ok := overlap(key, name)
			if !ok {
				continue
			}
			for _, from := range append([]string{s.Key}, s.Aliases...) {
				for _, from := range listed(s, from) {
					f := feed{key: bound(from, item)}
					if s.Lead {
						f.group, f.section = s.Group, section(f.key)
					}
					if !seen[f] {
						seen[f], all = true, append(all, f)
					}
				}
			}
		}
	}
	own := feed{key: key}
	if i := slices.IndexFunc(all, func(f feed) bool { return f.key == key }); i >= 0 {
		own = all[i]
		all = slices.Delete(all, i, i+1)
	}
	return append([]feed{own}, all...)
}

// names are the declared keys under which a setting is found: those of its items
// too, where it is a list.
func names(s *wire.SettingInfo) []string { return listed(s, s.Key) }

// listed is a key of a setting, and that of the items below it where it is a list.
func listed(s *wire.SettingInfo, key string) []string {
	if s.Type == wire.TypeList && !strings.Contains(key, "*") {
		return []string{key, key + ":*"}
	}
	return []string{key}
}

// overlap tells whether two keys may mean one setting: an asterisk stands for any
// item number. item is the number that key has where name has an asterisk; empty
// where it has one too.
func overlap(key, name string) (item string, ok bool) {
	ks, ns := strings.Split(key, ":"), strings.Split(name, ":")
	if len(ks) != len(ns) {
		return "", false
	}
	for i, k := range ks {
		switch n := ns[i]; {
		case strings.EqualFold(k, n):
		case n == "*" && isItem(k):
			item = k
		case k == "*" && isItem(n):
		default:
			return "", false
		}
	}
	return item, true
}

func isItem(segment string) bool {
	return segment != "" && strings.Trim(segment, "0123456789") == ""
}

// bound is a key with the item number filled in, where there is one.
func bound(key, item string) string {
	if item == "" {
		return key
	}
	return strings.ReplaceAll(key, "*", item)
}

// section is the key without its last segment, in which the keys of a group are.
func section(key string) string {
	return strings.ToLower(key[:max(strings.LastIndexByte(key, ':'), 0)])
}

// written are the entries that e comes to under each of the keys and defaults that
// supply its settings, e itself first.
func written(c *wire.CheckInfo, e wire.Access, room int) []wire.Access {
	var all []wire.Access
	for _, t := range targets(c, e) {
		for _, at := range ports(c, t.entry) {
			for _, one := range withSecrets(c, at, e.Secrets, t.from) {
				if len(all) >= max(room, 1) {
					return all
				}
				all = append(all, one)
			}
		}
	}
	return all
}

// place is an entry that leads to one place, and the key that says which.
type place struct {
	entry wire.Access
	from  feed
}

// targets are the entries for each key that supplies the target, and for its
// default. One under which nothing could be sent is none.
func targets(c *wire.CheckInfo, e wire.Access) []place {
	key, isKey := targetKey(e.Target)
	if !isKey {
		return []place{{entry: e}}
	}
	var all []place
	own := feed{key: key}
	for _, f := range feeds(c, key) {
		if f.key == key {
			own = f
		}
		at := e
		at.Target = "{" + f.key + "}"
		all = append(all, place{at, f})
	}
	if value := defaultOf(c, e.Target); value != "" {
		literal := withTarget(e, value)
		if _, usable := LiteralHost(literal); usable {
			all = append(all, place{literal, own})
		}
	}
	return all
}

// ports are the entries for each key that supplies the port, and for its default.
func ports(c *wire.CheckInfo, e wire.Access) []wire.Access {
	key, isKey := targetKey(e.Port)
	if !isKey {
		return []wire.Access{e}
	}
	var all []wire.Access
	for _, f := range feeds(c, key) {
		at := e
		at.Port = "{" + f.key + "}"
		all = append(all, fitPort(at, firstItem))
	}
	if port := wire.ParsePort(defaultOf(c, e.Port)); port > 0 {
		all = append(all, withPort(e, port))
	}
	return all
}

// fitPort fills the item number in where the target has no asterisk.
func fitPort(e wire.Access, item string) wire.Access {
	if !strings.Contains(e.Target, "*") {
		e.Port = bound(e.Port, item)
	}
	return e
}

// firstItem is for what an alias without an asterisk stands in a list.
const firstItem = "0"

// withSecrets are the entries for each key that supplies one of the secrets of e,
// which goes to the place that from decides.
func withSecrets(c *wire.CheckInfo, e wire.Access, secrets []string, from feed) []wire.Access {
	e.Secrets = nil
	var same, single []string
	type use struct{ target, key string }
	seen := map[use]bool{}
	for _, secret := range secrets {
		for _, f := range feeds(c, secret) {
			if from.group != "" && groupOf(c, secret) == from.group && section(f.key) != from.section {
				continue
			}
			to, key := fit(e.Target, f.key, firstItem)
			switch {
			case seen[use{to, key}]:
			case to != e.Target:
				single = append(single, key)
			default:
				same = append(same, key)
			}
			seen[use{to, key}] = true
		}
	}
	all := inParts(e, same)
	if len(all) == 0 {
		all = []wire.Access{e}
	}
	e.Target, _ = fit(e.Target, "", firstItem)
	return append(all, inParts(fitPort(e, firstItem), single)...)
}

// fit makes a target and a key that supplies a secret have the same number of
// asterisks: where one of them has none, both are of that item.
func fit(target, key, item string) (string, string) {
	if !strings.Contains(target, "*") || !strings.Contains(key, "*") {
		return bound(target, item), bound(key, item)
	}
	return target, key
}

// inParts gives the secrets to as many entries as they take.
func inParts(e wire.Access, secrets []string) []wire.Access {
	var all []wire.Access
	for part := range slices.Chunk(secrets, maxSecrets) {
		e.Secrets = slices.Clone(part)
		all = append(all, e)
	}
	return all
}

// groupOf is the group of a declared key.
func groupOf(c *wire.CheckInfo, key string) string {
	i := slices.IndexFunc(c.Settings, func(s wire.SettingInfo) bool { return s.Key == key })
	if i < 0 {
		return ""
	}
	return c.Settings[i].Group
}
