package host

import (
	"cmp"
	"slices"
	"strings"

	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/sdk/wire"
)

// NotRead stands in place of a value that nothing reads.
const NotRead = "<not read>"

// Reasons for which the value of a setting is masked.
const (
	MaskedSecret  = "secret"
	MaskedNotRead = "not_read"
)

// EffectiveSetting is one key that has a value.
type EffectiveSetting struct {
	Key string `json:"key"`
	// Value is settings.Mask or NotRead when Masked says why.
	Value string `json:"value"`
	// Origin is the source, or "default of" a plugin or the host.
	Origin string `json:"origin"`
	Masked string `json:"masked"`
	// ReadBy are the ids of the checks that may read the key, ReadByHost that
	// the host does.
	ReadBy     []string `json:"read_by"`
	ReadByHost bool     `json:"read_by_host"`
	// Suggestions are keys that look like one of the command line that nothing
	// reads.
	Suggestions []string `json:"suggestions"`
}

// EffectiveSettings returns every key that has a value, defaults included,
// sorted by key. Nothing secret is in it. Neither are values that nothing reads:
// X__Y in an environment is any program's, and what was meant as a secret but
// mistyped is not known for one.
func (h *Host) EffectiveSettings() []EffectiveSetting {
	readers := h.readers()
	var out []EffectiveSetting
	for _, e := range h.settings.Entries() {
		r := readers.of(e.Key)
		s := EffectiveSetting{Key: e.Key, Value: h.settings.Visible(e, r.address), Origin: e.Origin,
			ReadBy: orEmpty(r.checks), ReadByHost: r.host, Suggestions: []string{}}
		switch {
		case h.settings.IsSecret(e.Key):
			s.Masked = MaskedSecret
		case !r.any():
			s.Value, s.Masked = NotRead, MaskedNotRead
		}
		if !r.any() && strings.HasPrefix(e.Origin, "--set") {
			s.Suggestions = readers.nearest(e.Key)
		}
		out = append(out, s)
	}
	out = append(append(out, h.hostDefaults()...), h.declaredDefaults()...)
	slices.SortStableFunc(out, func(a, b EffectiveSetting) int {
		return cmp.Or(settings.CompareKeys(a.Key, b.Key), strings.Compare(a.Origin, b.Origin), strings.Compare(a.Value, b.Value))
	})
	return orEmpty(out)
}

// hostDefaults are the values of the host's own keys that are not set.
func (h *Host) hostDefaults() []EffectiveSetting {
	var out []EffectiveSetting
	for _, d := range []struct{ key, value string }{{keyProxy, "none"}, {keyLoopback, "false"}, {keyPlainHTTP, "false"}} {
		if _, set := h.settings.Lookup(d.key); !set {
			out = append(out, EffectiveSetting{Key: d.key, Value: d.value, Origin: "default of the host",
				ReadBy: []string{}, ReadByHost: true, Suggestions: []string{}})
		}
	}
	return out
}

// declaredDefaults are the defaults that some check would be given now, once
// for each plugin.
func (h *Host) declaredDefaults() []EffectiveSetting {
	type place struct{ plugin, key, value string }
	at := map[place]int{}
	var out []EffectiveSetting
	for _, e := range h.catalog.checks {
		infos, _ := e.plugin.readable(e.info.Settings)
		if !slices.ContainsFunc(infos, func(s wire.SettingInfo) bool { return s.Default != "" }) {
			continue
		}
		for _, v := range h.settings.Resolve(e.plugin.info.ID, infos).Values {
			if v.From.Key != "" {
				continue
			}
			p := place{e.plugin.info.ID, strings.ToLower(v.Declared), v.Value}
			i, known := at[p]
			if !known {
				i = len(out)
				at[p] = i
				s := EffectiveSetting{Key: v.Declared, Value: h.settings.Visible(settings.Entry{Key: v.Declared, Value: v.Value}, v.Info.Type == wire.TypeURL),
					Origin: "default of " + e.plugin.info.ID, Suggestions: []string{}}
				if v.Secret {
					s.Value, s.Masked = settings.Mask, MaskedSecret
				}
				out = append(out, s)
			}
			// The checks of the catalog come sorted.
			out[i].ReadBy = append(out[i].ReadBy, e.info.ID)
		}
	}
	return out
}
