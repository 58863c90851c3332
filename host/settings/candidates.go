package settings

import (
	"strconv"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// single is the item number of a setting that is no list.
const single = -1

// candidate is one key under which a setting is looked for.
type candidate struct {
	key   string // override prefix included; an asterisk stands for an item
	plain string // without the prefix
}

func (c candidate) starred() bool { return strings.Contains(c.plain, "*") }

// hit is a value and the candidate that supplied it; the entry of a default
// has no key.
type hit struct {
	entry Entry
	from  candidate
}

// resolver resolves the settings of one check.
type resolver struct {
	store  *Store
	prefix string
	infos  []wire.SettingInfo
}

// plainKeys lists the keys of a setting in order, without overrides.
func plainKeys(info wire.SettingInfo) []string {
	var keys []string
	for _, key := range append([]string{info.Key}, info.Aliases...) {
		if info.Type == wire.TypeList && !strings.Contains(key, "*") {
			keys = append(keys, join(key, "*"))
		}
		keys = append(keys, key)
	}
	return keys
}

// candidates lists where a setting is looked for, in order.
func (r *resolver) candidates(info wire.SettingInfo) []candidate {
	keys := plainKeys(info)
	all := make([]candidate, 0, 2*len(keys))
	for _, key := range keys {
		all = append(all, candidate{join(r.prefix, key), key})
	}
	for _, key := range keys {
		all = append(all, candidate{key, key})
	}
	return all
}

// isList tells a setting with items from one with a single value.
func isList(info wire.SettingInfo) bool {
	return info.Type == wire.TypeList || strings.Contains(info.Key, "*")
}

// find returns the values of a setting by item number.
func (r *resolver) find(i int) map[int]hit {
	info := r.infos[i]
	found := r.findFree(info)
	lead, sections := r.sections(info.Group)
	if lead >= 0 && lead != i && len(sections) > 0 {
		found = r.findBound(info, found, sections)
	}
	if _, ok := found[single]; !ok && info.Default != "" && !isList(info) {
		found[single] = hit{Entry{Value: info.Default}, candidate{info.Key, info.Key}}
	}
	return found
}

// sections returns the lead of a group that resolves, -1 for none, and what it
// found.
func (r *resolver) sections(group string) (lead int, found map[int]hit) {
	if group == "" {
		return -1, nil
	}
	for i, info := range r.infos {
		if info.Group != group || !info.Lead {
			continue
		}
		found := r.findFree(info)
		if len(found) == 0 && info.Default != "" && !isList(info) {
			found[single] = hit{Entry{Value: info.Default}, candidate{info.Key, info.Key}}
		}
		if len(found) > 0 {
			return i, found
		}
	}
	return -1, nil
}

// findFree looks under every candidate, groups aside.
func (r *resolver) findFree(info wire.SettingInfo) map[int]hit {
	found := map[int]hit{}
	all := r.candidates(info)
	for _, c := range all {
		if !isList(info) {
			if e, ok := r.store.Lookup(c.key); ok {
				found[single] = hit{e, c}
				return found
			}
			continue
		}
		if !c.starred() {
			if e, ok := r.store.Lookup(c.key); ok {
				found[0] = hit{e, c}
				return found
			}
			continue
		}
		if len(r.store.items(c.key)) == 0 {
			continue
		}
		// The first candidate with any item decides which list it is; the
		// override of that list and the list itself make up its items.
		for _, same := range all {
			if same.plain != c.plain {
				continue
			}
			for item, e := range r.store.items(same.key) {
				if _, taken := found[item]; !taken {
					found[item] = hit{e, same}
				}
			}
		}
		return found
	}
	return found
}

// findBound looks in the sections that the lead of the group fixed. What was
// found free stays only for items of a list that the lead does not have, where
// there is nobody to borrow from. The older single form is no such item.
func (r *resolver) findBound(info wire.SettingInfo, free, sections map[int]hit) map[int]hit {
	found := map[int]hit{}
	_, leadIsSingle := sections[single]
	if isList(info) && !leadIsSingle {
		for item, h := range free {
			if _, bound := sections[item]; !bound && h.from.starred() {
				found[item] = h
			}
		}
	}
	for item, lead := range sections {
		to := item
		if !isList(info) {
			to = single
		} else if item == single {
			continue
		}
		if h, ok := r.inSection(info, fold(section(lead.from.plain)), item); ok {
			found[to] = h
		} else if info.Default != "" {
			found[to] = hit{Entry{Value: info.Default}, candidate{info.Key, info.Key}}
		}
	}
	return found
}

// inSection returns the first value among the candidates of one section, whose
// name is folded.
func (r *resolver) inSection(info wire.SettingInfo, folded string, item int) (hit, bool) {
	for _, c := range r.candidates(info) {
		if fold(section(c.plain)) != folded {
			continue
		}
		if e, ok := r.store.Lookup(bind(c.key, item)); ok {
			return hit{e, c}, true
		}
	}
	return hit{}, false
}

// items returns the values of a key with an asterisk by item number.
func (s *Store) items(pattern string) map[int]Entry {
	found := map[int]Entry{}
	before, _, _ := strings.Cut(fold(pattern), "*")
	for key, e := range s.entries {
		if !strings.HasPrefix(key, before) {
			continue
		}
		if item, ok := match(pattern, key); ok {
			found[item] = e
		}
	}
	return found
}

// match tells which item number makes the pattern the key. Every asterisk
// stands for the same number; a pattern without one matches as single.
func match(pattern, key string) (item int, ok bool) {
	ps, ks := segments(pattern), segments(key)
	if len(ps) != len(ks) {
		return 0, false
	}
	item = single
	for i, p := range ps {
		if p != "*" {
			if fold(p) != fold(ks[i]) {
				return 0, false
			}
			continue
		}
		n, isItem := itemNumber(ks[i])
		if !isItem || item != single && item != n {
			return 0, false
		}
		item = n
	}
	return item, true
}

// bind puts an item number in place of the asterisks of a key.
func bind(key string, item int) string {
	if item == single {
		return key
	}
	return strings.ReplaceAll(key, "*", strconv.Itoa(item))
}
