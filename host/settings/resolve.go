package settings

import (
	"slices"
	"strconv"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// Resolved is one setting of a check that has a value.
type Resolved struct {
	// Declared is the declared key with concrete item numbers: CI:Systems:0:Url.
	Declared string
	// Info is the declaration.
	Info wire.SettingInfo
	// Value is the text, a secret's included.
	Value string
	// From is the winning key and its origin; zero for a declared default.
	From Entry
	// Source is the key or alias of the declaration that supplied the value, an
	// asterisk for the item number; empty for a declared default.
	Source string
	// Secret tells that the value must not leave the host.
	Secret bool
}

// Resolution is what one check finds configured.
type Resolution struct {
	// Values are sorted by Declared, item numbers by their value.
	Values []Resolved
	// Configured is false when the check has lead settings and none of them
	// resolves. A lead inside a group, such as a user name, counts only in a
	// check that has no lead outside a group. The lead of a list counts as soon
	// as the list has an item, by whatever field: an item without an address is a
	// finding, not an absence.
	Configured bool
	// Tried are the keys that the leads were looked for under, in order, with
	// an asterisk for the item number in lists.
	Tried []string
}

// Resolve picks the value of each setting that a check of the plugin declares.
//
// For the keys A (the key) and B (an alias) the first that is set wins of
// override A, override B, A, B (see [OverridePrefix]), then the default.
//
// A key with an asterisk resolves per item: the first of these keys that has
// any item supplies all items, each from the override when that has it. An
// alias without an asterisk is the older form for a single item and stands for
// item 0 of a list that has none. A setting of type list without an asterisk is
// a list of plain values, or one value.
//
// In a group, the first lead that resolves fixes the section, for each item of
// a list by itself; the other members are read from that section alone, their
// override first. Without a lead they resolve like any other setting, so that a
// check can tell a password without a user name from no credentials at all.
func (s *Store) Resolve(pluginID string, infos []wire.SettingInfo) Resolution {
	r := resolver{store: s, prefix: OverridePrefix(pluginID), infos: infos}
	result := Resolution{Configured: true}
	for i, info := range infos {
		found := r.find(i)
		for item, h := range found {
			result.Values = append(result.Values, r.resolved(info, item, h))
		}
	}
	for n, i := range Gates(infos) {
		set := len(r.find(i)) > 0 || r.hasItem(infos[i])
		result.Configured = set || n > 0 && result.Configured
		for _, c := range r.candidates(infos[i]) {
			result.Tried = append(result.Tried, c.key)
		}
	}
	result.Values = sortValues(result.Values)
	return result
}

// Gates are the settings of which a check needs one, by their place in infos:
// its leads outside groups, or those inside when it has no other.
func Gates(infos []wire.SettingInfo) []int {
	var gates, inGroups []int
	for i, info := range infos {
		switch {
		case info.Lead && info.Group == "":
			gates = append(gates, i)
		case info.Lead:
			inGroups = append(inGroups, i)
		}
	}
	if gates == nil {
		return inGroups
	}
	return gates
}

// hasItem tells whether the list of a lead has an item by any field that the
// check declares. The older form for a single item makes none by a companion: a
// token alone may be there for something else.
func (r *resolver) hasItem(lead wire.SettingInfo) bool {
	list, _, ok := strings.Cut(fold(lead.Key), "*")
	if !ok {
		return false
	}
	for i, info := range r.infos {
		if !strings.HasPrefix(fold(info.Key), list+"*") {
			continue
		}
		for _, h := range r.find(i) {
			if h.entry.Key != "" && h.from.starred() {
				return true
			}
		}
	}
	return false
}

// resolved puts a hit under its declared name and decides whether it is secret:
// by its declaration, by its declared key, or by the key that really won.
func (r *resolver) resolved(info wire.SettingInfo, item int, h hit) Resolved {
	declared := bind(info.Key, item)
	if item != single && !strings.Contains(info.Key, "*") {
		declared = join(info.Key, strconv.Itoa(item))
	}
	v := Resolved{Declared: declared, Info: info, Value: h.entry.Value}
	if h.entry.Key != "" {
		v.From, v.Source = h.entry, h.from.plain
	}
	v.Secret = info.Secret || r.store.IsSecret(declared) || r.store.IsSecret(h.entry.Key)
	return v
}

// sortValues sorts and merges what was declared twice: the first value stays,
// and it is secret when either is.
func sortValues(values []Resolved) []Resolved {
	slices.SortStableFunc(values, func(a, b Resolved) int { return compareKeys(fold(a.Declared), fold(b.Declared)) })
	merged := values[:0]
	for _, v := range values {
		if n := len(merged); n > 0 && fold(merged[n-1].Declared) == fold(v.Declared) {
			merged[n-1].Secret = merged[n-1].Secret || v.Secret
			continue
		}
		merged = append(merged, v)
	}
	return merged
}

// Lookup returns the value under a declared key with concrete item numbers.
func (r Resolution) Lookup(declared string) (Resolved, bool) {
	i, found := slices.BinarySearchFunc(r.Values, fold(declared), func(v Resolved, key string) int {
		return compareKeys(fold(v.Declared), key)
	})
	if !found {
		return Resolved{}, false
	}
	return r.Values[i], true
}

// Items returns the item numbers for which a declared key with an asterisk has
// a value, in order.
func (r Resolution) Items(declared string) []int {
	var items []int
	for _, v := range r.Values {
		if item, ok := match(declared, v.Declared); ok && item != single {
			items = append(items, item)
		}
	}
	return items
}

// Request returns the settings as the guest gets them: a handle in place of
// each secret value, with the facts about a secret address, and no user name
// or password inside any other address.
func (r Resolution) Request() map[string]wire.Setting {
	all := make(map[string]wire.Setting, len(r.Values))
	for _, v := range r.Values {
		given := wire.Setting{Key: v.From.Key}
		if v.Secret {
			given.Secret = "secret:" + v.Declared
			if v.Info.Type == wire.TypeURL {
				given.URL = secretURL(v.Value)
			}
		} else {
			given.Value = maskUserInfo(v.Value)
			if v.Info.Type == wire.TypeURL {
				given.Value = maskBareUserInfo(given.Value)
			}
		}
		all[v.Declared] = given
	}
	return all
}

func secretURL(value string) *wire.SecretURL {
	u, rule := wire.ScreenURL(value)
	if rule != "" {
		return &wire.SecretURL{}
	}
	return &wire.SecretURL{Valid: true, Scheme: u.Scheme, Host: u.Host, Port: u.Port}
}
