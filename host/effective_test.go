package host

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/sdk/wire"
)

// hostOf opens a host without files and gives it checks, each named after its
// plugin: plugin id → check ids → settings.
func hostOf(t *testing.T, plugins []wire.PluginInfo, o settings.Options) *Host {
	t.Helper()
	o.NoDefaultFiles = true
	store, err := settings.Load(o)
	if err != nil {
		t.Fatal(err)
	}
	h, err := Open(Config{Settings: store})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	for i := range plugins {
		p := &loaded{cfg: &h.cfg, info: plugins[i], path: plugins[i].ID + ".wasm"}
		h.catalog.plugins = append(h.catalog.plugins, p)
		for n := range p.info.Checks {
			h.catalog.checks = append(h.catalog.checks, checkEntry{&p.info.Checks[n], p})
		}
	}
	slices.SortFunc(h.catalog.checks, func(a, b checkEntry) int { return strings.Compare(a.info.ID, b.info.ID) })
	h.settings = h.settings.WithSecrets(h.catalog.secrets())
	return h
}

// readingPlugins declare the keys that the tests of this file set.
func readingPlugins() []wire.PluginInfo {
	return []wire.PluginInfo{
		{ID: "stellaops.doctor.area", Checks: []wire.CheckInfo{
			{ID: "check.area.a", Settings: []wire.SettingInfo{
				{Key: "A:Url", Aliases: []string{"Old:Url"}, Type: wire.TypeURL, Lead: true},
				{Key: "A:Pin", Type: wire.TypeString, Secret: true},
				{Key: "A:Mode", Type: wire.TypeString, Default: "fast"},
			}},
			{ID: "check.area.b", Settings: []wire.SettingInfo{
				{Key: "A:Url", Type: wire.TypeString},
				{Key: "L:*:Name", Type: wire.TypeString},
				{Key: "A:Mode", Type: wire.TypeString, Default: "fast"},
				{Key: "P:List", Type: wire.TypeList},
			}},
		}},
		{ID: "acme.other", Checks: []wire.CheckInfo{
			{ID: "check.other.c", Settings: []wire.SettingInfo{{Key: "A:Mode", Type: wire.TypeString, Default: "slow"}}},
		}},
	}
}

// TestEffectiveSettings holds the view on every kind of key.
func TestEffectiveSettings(t *testing.T) {
	h := hostOf(t, readingPlugins(), settings.Options{
		Set: []string{
			"old:url=https://u:p@old.example.com", "a:pin=1234", "A:Pim=1234", "L:0:Name=n", "L:0:Nome=n", "P:List:1=x", "P:List:1:Deep=x", "P:List=y",
			"Doctor:Plugins:Area:A:Url=u:p@h", "Doctor:Plugins:acme.other:A:Url=x", "Doctor:Plugins:acme.other:A:Mode=own", "Doctor:Plugins:Area:A:Pin=1", "Doctor:Plugins:Area:A:Pim=1",
		},
		Environ: []string{"Other__Program=x", "Other__Password=x", "Doctor__Access__Loopback=true"},
	})
	want := strings.Split(strings.TrimSpace(`
Doctor:Access:Loopback = true | environment Doctor__Access__Loopback |  | host
Doctor:Access:PlainHttpCredentials = false | default of the host |  | host
Doctor:Plugins:acme.other:A:Mode = own | --set |  | check.other.c
Doctor:Plugins:acme.other:A:Url = <not read> | --set | not_read | nothing, A:Url
Doctor:Plugins:Area:A:Pim = <not read> | --set | not_read | nothing, A:Pin
Doctor:Plugins:Area:A:Pin = <set> | --set | secret | check.area.a
Doctor:Plugins:Area:A:Url = ***@h | --set |  | check.area.a check.area.b
Doctor:Proxy = none | default of the host |  | host
A:Mode = fast | default of stellaops.doctor.area |  | check.area.a check.area.b
A:Pim = <not read> | --set | not_read | nothing, A:Pin
a:pin = <set> | --set | secret | check.area.a
L:0:Name = n | --set |  | check.area.b
L:0:Nome = <not read> | --set | not_read | nothing, L:*:Name
old:url = https://***@old.example.com | --set |  | check.area.a
Other:Password = <set> | environment Other__Password | secret | nothing
Other:Program = <not read> | environment Other__Program | not_read | nothing
P:List = y | --set |  | check.area.b
P:List:1 = x | --set |  | check.area.b
P:List:1:Deep = <not read> | --set | not_read | nothing`), "\n")
	var got []string
	for _, s := range h.EffectiveSettings() {
		by := slices.Clone(s.ReadBy)
		if s.ReadByHost {
			by = append(by, "host")
		}
		if len(by) == 0 {
			by = []string{"nothing"}
		}
		line := fmt.Sprintf("%s = %s | %s | %s | %s", s.Key, s.Value, s.Origin, s.Masked, strings.Join(by, " "))
		if len(s.Suggestions) > 0 {
			line += ", " + s.Suggestions[0]
		}
		got = append(got, line)
	}
	slices.Sort(want)
	sorted := slices.Sorted(slices.Values(got))
	if !slices.Equal(sorted, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(sorted, "\n"), strings.Join(want, "\n"))
	}
	if !slices.IsSortedFunc(h.EffectiveSettings(), func(a, b EffectiveSetting) int { return settings.CompareKeys(a.Key, b.Key) }) {
		t.Errorf("not sorted by key:\n%s", strings.Join(got, "\n"))
	}
}

// TestUnreadSettings holds that only keys of the command line are told.
func TestUnreadSettings(t *testing.T) {
	h := hostOf(t, readingPlugins(), settings.Options{
		Set:     []string{"A:Ulr=x", "a:url=x", "Doctor:Plugins:Area:A:Ulr=x"},
		Environ: []string{"Other__Program=x"},
	})
	got := fmt.Sprint(h.UnreadSettings())
	if want := "[{A:Ulr [A:Url]} {Doctor:Plugins:Area:A:Ulr [A:Url]}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
