package host

import (
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
	if len(h.catalog.checks) == 0 || !h.settingsFromFlags() {
		return nil
	}
	readers := h.readers()
	var unread []Unread
	for _, e := range h.settings.Entries() {
		if strings.HasPrefix(e.Origin, "--set") && !readers.of(e.Key).any() && !h.withheld(e.Key) {
			unread = append(unread, Unread{Key: e.Key, Suggestions: readers.nearest(e.Key)})
		}
	}
	return unread
}

// withheld tells whether some check would read a key if that were approved: then
// it is no mistake of whoever set it.
func (h *Host) withheld(key string) bool {
	form, _, plain := settings.KeyForm(key)
	for _, e := range h.catalog.checks {
		_, keys := e.plugin.readable(e.info.Settings)
		for _, k := range keys {
			if own, _, _ := settings.KeyForm(k); own == form || own == plain {
				return true
			}
		}
	}
	return false
}

// SettingKeys returns every key that a check of the catalog or the host reads,
// aliases included, as declared, sorted, each once.
func (h *Host) SettingKeys() []string { return h.readers().known }
