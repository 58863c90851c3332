package host

import "strings"

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
		if strings.HasPrefix(e.Origin, "--set") && !readers.of(e.Key).any() {
			unread = append(unread, Unread{Key: e.Key, Suggestions: readers.nearest(e.Key)})
		}
	}
	return unread
}

// SettingKeys returns every key that a check of the catalog or the host reads,
// aliases included, as declared, sorted, each once.
func (h *Host) SettingKeys() []string { return h.readers().known }
