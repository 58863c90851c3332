package access

import (
	"strconv"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// Lookup answers one declared setting key with its real value (secret addresses
// included, since grants never leave the host) and the key that supplied it.
// In a key of a list the item number is filled in: CI:Systems:0:Url. ok is
// false when nothing resolves.
type Lookup func(key string) (value, winningKey string, ok bool)

// Items answers a key pattern with one asterisk, such as CI:Systems:*:Url, with
// the item numbers that exist, in the order in which they are to be granted.
type Items func(pattern string) []int

// secretHandle is the prefix that turns a declared key into the handle that a
// guest holds.
const secretHandle = "secret:"

// Resolve turns the access entries of one check into grants for one run
// (CONTRACT §1, Access). Entries keep their order.
//
//   - A target {Key} takes the value that lookup answers; an unset or empty
//     setting yields no grant, so that everything under the entry is refused.
//   - A target {Section:*:Key} yields one grant for each number that items
//     answers (a nil items answers none). The number binds throughout the entry:
//     a secret of item 0 can only go to the address of item 0.
//   - Trim is taken off the end of the setting's path before Path is joined; the
//     setting's own prefix stays.
//   - A target that fails the screen yields a grant with Invalid set, under
//     which nothing is ever sent.
//   - An entry of kind tcp yields a grant for one port, or for each of its default
//     ports; see resolveTCP.
//   - Entries of a kind not known here yield no grant.
func Resolve(entries []wire.Access, lookup Lookup, items Items) []Grant {
	var grants []Grant
	for i, e := range entries {
		for _, bind := range bindings(e, items) {
			for _, g := range resolveItem(e, bind, lookup) {
				g.Entry = i + 1
				grants = append(grants, g)
			}
		}
	}
	return grants
}

func resolveItem(e wire.Access, bind string, lookup Lookup) []Grant {
	switch e.Kind {
	case wire.KindHTTP:
		if g, ok := resolve(e, bind, lookup); ok {
			return []Grant{g}
		}
	case wire.KindTCP:
		return resolveTCP(e, bind, lookup)
	}
	return nil
}

// bindings lists what the asterisk of the entry's target stands for: the item
// numbers, or one empty binding for a target without an asterisk.
func bindings(e wire.Access, items Items) []string {
	key, isKey := targetKey(e.Target)
	if !isKey || !strings.Contains(key, "*") {
		return []string{""}
	}
	if items == nil {
		return nil
	}
	var all []string
	for _, n := range items(key) {
		if n >= 0 {
			all = append(all, strconv.Itoa(n))
		}
	}
	return all
}

func resolve(e wire.Access, bind string, lookup Lookup) (Grant, bool) {
	raw, given, winning, shown, setting := e.Target, e.Target, "", e.Target, ""
	if key, isKey := targetKey(e.Target); isKey {
		key, bound := bindKey(key, bind)
		if !bound {
			return Grant{}, false
		}
		value, from, ok := lookup(key)
		if !ok || strings.TrimSpace(value) == "" {
			return Grant{}, false
		}
		// Trailing slashes mean nothing (domain §3.0.2) and would not pass.
		given = value
		raw, winning, shown, setting = strings.TrimRight(strings.TrimSpace(value), "/"), from, "{"+key+"}", key
	}
	g := Grant{
		Text:      strings.Join(e.Methods, ",") + " " + shown + e.Path,
		Kind:      e.Kind,
		Methods:   e.Methods,
		Key:       winning,
		Setting:   setting,
		Redirects: e.Redirects,
		MaxBody:   bodyLimit(e.MaxBody),
		Secrets:   handles(e.Secrets, bind),
	}
	base, rule := wire.ScreenURL(raw)
	if rule == "" {
		g.whole = base
		if whole, rule := wire.ScreenURL(strings.TrimSpace(given)); rule == "" {
			g.whole = whole // with the last slash, if it stands there
		}
		// The declared path is the plugin's text, not the operator's: what the
		// two make together passes the screen again or grants nothing.
		base, rule = wire.ScreenURL(base.Join(e.Trim, e.Path).String())
	}
	if rule != "" {
		g.Invalid, g.raw = rule, raw
		return g, true
	}
	g.Base = base
	return g, true
}

// targetKey takes the braces off a target of the form {Key}.
func targetKey(target string) (string, bool) {
	if len(target) < 3 || target[0] != '{' || target[len(target)-1] != '}' {
		return "", false
	}
	return target[1 : len(target)-1], true
}

// bindKey fills the item number in. A key with an asterisk and nothing to bind
// it, or with two of them, is not usable.
func bindKey(key, bind string) (string, bool) {
	switch strings.Count(key, "*") {
	case 0:
		return key, true
	case 1:
		return strings.Replace(key, "*", bind, 1), bind != ""
	default:
		return "", false
	}
}

// handles names the secrets of one item. A list secret under a target that is
// no list has no item to belong to and is left out.
func handles(keys []string, bind string) []string {
	var all []string
	for _, key := range keys {
		if bound, ok := bindKey(key, bind); ok {
			all = append(all, secretHandle+bound)
		}
	}
	return all
}

func bodyLimit(asked int64) int64 {
	if asked <= 0 {
		return wire.DefaultBodyBytes
	}
	return min(asked, wire.MaxBodyBytes)
}
