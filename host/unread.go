package host

import (
	"slices"
	"strings"

	"stella-ops.org/doctor/host/settings"
)

// Unread is a setting that nothing reads.
type Unread struct {
	Key string
	// Suggestions are keys that look like it, the nearest first.
	Suggestions []string
}

// UnreadSettings returns the settings of the command line that neither a check
// of the catalog nor the host reads: most likely they are mistyped. Other
// sources serve other programs too and are not looked at.
func (h *Host) UnreadSettings() []Unread {
	if len(h.catalog.checks) == 0 {
		return nil
	}
	known := h.SettingKeys()
	var prefixes []string
	for _, e := range h.catalog.checks {
		prefixes = append(prefixes, settings.OverridePrefix(e.plugin.info.ID)+":")
	}
	var unread []Unread
	for _, e := range h.settings.Entries() {
		if !strings.HasPrefix(e.Origin, "--set") {
			continue
		}
		key := e.Key
		for _, p := range prefixes {
			if len(key) > len(p) && strings.EqualFold(key[:len(p)], p) {
				key = key[len(p):]
				break
			}
		}
		if !slices.ContainsFunc(known, func(k string) bool { return sameKey(k, key) }) {
			unread = append(unread, Unread{Key: e.Key, Suggestions: nearest(key, known)})
		}
	}
	return unread
}

// SettingKeys returns every key that a check of the catalog or the host reads,
// aliases included, as declared, sorted, each once.
func (h *Host) SettingKeys() []string {
	keys := []string{keyCAFile, keyProxy, keyLoopback}
	for _, e := range h.catalog.checks {
		for _, s := range e.info.Settings {
			keys = append(append(keys, s.Key), s.Aliases...)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// sameKey compares a declared key, in which an asterisk stands for an item
// number, with one that an operator wrote. A key of type list also covers what
// is below it.
func sameKey(declared, written string) bool {
	d, w := strings.Split(declared, ":"), strings.Split(written, ":")
	if len(w) < len(d) {
		return false
	}
	for i := range d {
		if d[i] != "*" && !strings.EqualFold(d[i], w[i]) {
			return false
		}
	}
	return len(w) == len(d) || len(w) == len(d)+1 && isNumber(w[len(d)])
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
