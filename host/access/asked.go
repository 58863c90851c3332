package access

import (
	"cmp"
	"slices"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// Scope is what a plugin asks for as a whole, or what was approved of that.
type Scope struct {
	// Access is what it may reach.
	Access []wire.Access
	// Settings are the keys whose values it may read, aliases included; Secrets
	// those that it holds as handles only. Both are sorted, in the spelling of the
	// plugin.
	Settings, Secrets []string
}

// Asked is what the checks of a plugin ask for together, in a stable order.
//
// A setting takes its value from its key or an alias, and with a default leads
// where the plugin chose as long as nobody sets it. So an entry stands there once
// for each of these: with every key that supplies its target or its port, and
// with its default written out, which is a literal host or a port like any other;
// and its secrets are all keys that supply one. secret tells the keys that are
// secret whatever the plugin says; nil tells none.
func Asked(info *wire.PluginInfo, secret func(key string) bool) Scope {
	var s Scope
	for i := range info.Checks {
		c := &info.Checks[i]
		for _, e := range c.Access {
			s.Access = append(s.Access, written(c, e, maxWritten-len(s.Access))...)
		}
		for _, d := range c.Settings {
			for _, key := range append([]string{d.Key}, d.Aliases...) {
				if d.Secret || secret != nil && secret(key) {
					s.Secrets = append(s.Secrets, key)
				} else {
					s.Settings = append(s.Settings, key)
				}
			}
		}
	}
	return s.Sorted()
}

// withTarget is the entry that e comes to while the setting of its target has the
// value that the plugin chose, withPort the same for the port.
func withTarget(e wire.Access, value string) wire.Access {
	e.Target = strings.TrimRight(strings.TrimSpace(value), "/")
	return e
}

func withPort(e wire.Access, port int) wire.Access {
	if p, literal := literalPeer(e); literal && p.Port != 0 {
		e.Target = p.Host // the port setting goes before the port of the target
	}
	e.Port, e.DefaultPort = "", []int{port}
	return e
}

// defaultOf is the default of the setting that a field in braces names.
func defaultOf(c *wire.CheckInfo, field string) string {
	key, isKey := targetKey(field)
	i := slices.IndexFunc(c.Settings, func(s wire.SettingInfo) bool { return s.Key == key })
	if !isKey || i < 0 {
		return ""
	}
	return strings.TrimSpace(c.Settings[i].Default)
}

// Sorted returns the scope in its stable order, what stands twice dropped. Of
// entries that differ in their reasons alone the first stays.
func (s Scope) Sorted() Scope {
	s.Access = slices.Clone(s.Access)
	slices.SortStableFunc(s.Access, compareEntries)
	s.Access = slices.CompactFunc(s.Access, func(a, b wire.Access) bool { return compareEntries(a, b) == 0 })
	s.Settings, s.Secrets = sortedKeys(s.Settings), sortedKeys(s.Secrets)
	s.Settings = slices.DeleteFunc(s.Settings, func(key string) bool { return holds(s.Secrets, key) })
	return s
}

// compareEntries orders entries by what they say, reasons aside.
func compareEntries(a, b wire.Access) int {
	return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Target, b.Target), strings.Compare(a.Trim, b.Trim), strings.Compare(a.Path, b.Path),
		strings.Compare(a.Class, b.Class), slices.Compare(a.Methods, b.Methods), strings.Compare(a.Port, b.Port), slices.Compare(a.DefaultPort, b.DefaultPort),
		strings.Compare(a.Redirects, b.Redirects), cmp.Compare(a.MaxBody, b.MaxBody), slices.Compare(a.Secrets, b.Secrets))
}

// sortedKeys sorts keys and drops what stands twice. Of two spellings in another
// case, which name one setting, the first stays.
func sortedKeys(keys []string) []string {
	keys = slices.Clone(keys)
	slices.SortFunc(keys, func(a, b string) int {
		return cmp.Or(strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(a, b))
	})
	return slices.CompactFunc(keys, strings.EqualFold)
}

func holds(keys []string, key string) bool {
	return slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, key) })
}

// MayRead says whether the scope covers reading a setting: its value, or the
// handle of a secret.
func (s Scope) MayRead(key string) (value, handle bool) {
	value = holds(s.Settings, key)
	return value, value || holds(s.Secrets, key)
}

// Empty says whether there is nothing in the scope.
func (s Scope) Empty() bool { return len(s.Access)+len(s.Settings)+len(s.Secrets) == 0 }

// Widened returns what of asked the scope does not cover. Who may read the value
// of a setting may hold its handle too, and not the other way round.
func (s Scope) Widened(asked Scope) Scope {
	wider := Scope{Access: Widened(s.Access, asked.Access)}
	for _, key := range asked.Settings {
		if value, _ := s.MayRead(key); !value {
			wider.Settings = append(wider.Settings, key)
		}
	}
	for _, key := range asked.Secrets {
		if _, handle := s.MayRead(key); !handle {
			wider.Secrets = append(wider.Secrets, key)
		}
	}
	return wider
}

// Compare says how asked stands to the scope by what each covers, not by how it is
// written: order, reasons, and entries that say a thing twice do not count.
func (s Scope) Compare(asked Scope) Relation {
	switch {
	case !s.Widened(asked).Empty():
		return Wider
	case !asked.Widened(s).Empty():
		return Narrower
	}
	return Same
}

// Meet is what of the scope is approved too.
func (s Scope) Meet(approved Scope) Scope {
	both := Scope{Access: Intersect(s.Access, approved.Access)}
	for _, key := range s.Settings {
		switch value, handle := approved.MayRead(key); {
		case value:
			both.Settings = append(both.Settings, key)
		case handle:
			both.Secrets = append(both.Secrets, key)
		}
	}
	for _, key := range s.Secrets {
		if _, handle := approved.MayRead(key); handle {
			both.Secrets = append(both.Secrets, key)
		}
	}
	return both.Sorted()
}

// Join is what one of the two scopes covers.
func (s Scope) Join(other Scope) Scope {
	return Scope{
		Access:   slices.Concat(s.Access, other.Access),
		Settings: slices.Concat(s.Settings, other.Settings),
		Secrets:  slices.DeleteFunc(slices.Concat(s.Secrets, other.Secrets), func(key string) bool { return holds(s.Settings, key) || holds(other.Settings, key) }),
	}.Sorted()
}

// LiteralHost is the host of an entry whose target is no setting. Such an entry
// leads to a place that the plugin chose, so it needs an approval of its own.
func LiteralHost(e wire.Access) (host string, ok bool) {
	if _, isKey := targetKey(e.Target); isKey {
		return "", false
	}
	if e.Kind == wire.KindTCP {
		p, rule := wire.ScreenPeer(e.Target)
		return p.Host, rule == ""
	}
	u, rule := wire.ScreenURL(e.Target)
	return u.Host, rule == ""
}
