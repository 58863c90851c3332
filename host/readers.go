package host

import (
	"slices"

	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/sdk/wire"
)

// hostKeys are the settings that the host itself reads.
var hostKeys = []string{keyCAFile, keyProxy, keyLoopback, keyPlainHTTP, keyAuditFile}

// readers tells which settings are read, and by whom.
type readers struct {
	declared map[string][]declaration // by the form of the key
	host     map[string]bool          // by the form of the key
	known    []string                 // the keys in their own spelling, sorted, each once
}

// declaration is one check that declares a key.
type declaration struct {
	check    string
	override string // the section in which the check's plugin finds the key first
	address  bool   // the setting is of type url
}

// readers indexes the catalog by the keys that its checks declare.
func (h *Host) readers() *readers {
	r := &readers{declared: map[string][]declaration{}, host: map[string]bool{}, known: slices.Clone(hostKeys)}
	for _, key := range hostKeys {
		form, _, _ := settings.KeyForm(key)
		r.host[form] = true
	}
	overrides := map[*loaded]string{}
	for _, p := range h.catalog.plugins {
		_, overrides[p], _ = settings.KeyForm(settings.OverridePrefix(p.info.ID) + ":x")
	}
	for _, e := range h.catalog.checks {
		infos, _ := e.plugin.readable(e.info.Settings)
		for _, s := range infos {
			r.known = append(append(r.known, s.Key), s.Aliases...)
			for _, key := range settings.Keys(s) {
				form, _, _ := settings.KeyForm(key)
				r.declared[form] = append(r.declared[form], declaration{e.info.ID, overrides[e.plugin], s.Type == wire.TypeURL})
			}
		}
	}
	slices.Sort(r.known)
	r.known = slices.Compact(r.known)
	return r
}

// reading is who reads one key.
type reading struct {
	checks  []string // ids, sorted, each once
	host    bool
	address bool // a check reads it as an address
}

func (r reading) any() bool { return r.host || len(r.checks) > 0 }

// of tells who reads a key that was written somewhere. A key in the override
// section of a plugin is read by the checks of that plugin only.
func (r *readers) of(key string) reading {
	form, override, plain := settings.KeyForm(key)
	found := reading{host: r.host[form]}
	add := func(d declaration) {
		found.checks = append(found.checks, d.check)
		found.address = found.address || d.address
	}
	for _, d := range r.declared[form] {
		add(d)
	}
	if override != "" {
		for _, d := range r.declared[plain] {
			if d.override == override {
				add(d)
			}
		}
	}
	slices.Sort(found.checks)
	found.checks = slices.Compact(found.checks)
	return found
}

// nearest returns keys that look like one that nothing reads.
func (r *readers) nearest(key string) []string {
	if form, override, plain := settings.KeyForm(key); override != "" {
		key = key[len(form)-len(plain):]
	}
	return Nearest(key, r.known)
}
