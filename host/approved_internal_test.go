package host

import (
	"fmt"
	"testing"
	"time"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/host/store"
	"stella-ops.org/doctor/sdk/wire"
)

// TestReadable: a plugin may read what was approved in the way in which it was: a
// key that was approved as a secret stays one, though the plugin does not mark it
// any more, and an alias is a key like any other.
func TestReadable(t *testing.T) {
	declared := []wire.SettingInfo{
		{Key: "A:Url", Aliases: []string{"Old:Url", "Other:Url"}, Type: wire.TypeURL, Lead: true},
		{Key: "A:Pin"}, {Key: "A:Name"}, {Key: "A:Port", Default: "25"},
	}
	for _, tt := range []struct {
		name     string
		approved access.Scope
		want     string
	}{
		{"all", access.Scope{Settings: []string{"A:Url", "Old:Url", "Other:Url", "A:Pin", "A:Name", "A:Port"}}, "A:Url[Old:Url Other:Url] A:Pin[] A:Name[] A:Port[] withheld []"},
		{"another case", access.Scope{Settings: []string{"a:url", "A:PIN"}}, "A:Url[] A:Pin[] withheld [Old:Url Other:Url A:Name A:Port]"},
		{"a secret", access.Scope{Settings: []string{"A:Url"}, Secrets: []string{"A:Pin"}}, "A:Url[] A:Pin[] secret withheld [Old:Url Other:Url A:Name A:Port]"},
		{"an alias as a secret", access.Scope{Settings: []string{"A:Url"}, Secrets: []string{"Old:Url"}}, "A:Url[Old:Url] secret withheld [Other:Url A:Pin A:Name A:Port]"},
		{"the alias alone", access.Scope{Settings: []string{"Old:Url"}}, "withheld [A:Url A:Pin A:Name A:Port]"},
		{"nothing", access.Scope{}, "withheld [A:Url A:Pin A:Name A:Port]"},
	} {
		p := &loaded{line: &store.Entry{Approved: store.Approved{Scope: tt.approved}}}
		infos, withheld := p.readable(declared)
		got := ""
		for _, s := range infos {
			got += fmt.Sprintf("%s%v ", s.Key, s.Aliases)
			if s.Secret {
				got += "secret "
			}
		}
		if got += fmt.Sprintf("withheld %v", withheld); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
	}
	if infos, withheld := (&loaded{}).readable(declared); len(infos) != len(declared) || withheld != nil {
		t.Error("a plugin that needs no entry may not read all that it declares")
	}
}

// TestUnreadValueNeverEnters: neither the value of a setting that is not approved,
// nor that of one that is approved as a secret, stands in what a guest is handed.
func TestUnreadValueNeverEnters(t *testing.T) {
	values, err := settings.Load(settings.Options{NoDefaultFiles: true, Set: []string{"A:Url=https://a.example.com", "A:Pin=canary-1", "A:Name=canary-2"}})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	h := &Host{cfg: Config{Now: func() time.Time { return now }}, settings: values}
	info := wire.CheckInfo{ID: "check.a.one", Settings: []wire.SettingInfo{{Key: "A:Url", Type: wire.TypeURL}, {Key: "A:Pin"}, {Key: "A:Name"}}}
	// It was looked at just now, and was fit.
	p := &loaded{cfg: &h.cfg, looked: now, info: wire.PluginInfo{ID: "com.acme.a"}, line: &store.Entry{Approved: store.Approved{Scope: access.Scope{Settings: []string{"A:Url"}, Secrets: []string{"A:Pin"}}}}}
	r, refused := h.resolve(checkEntry{&info, p})
	given := fmt.Sprintf("%+v", r.Request())
	if refused != nil || given != "map[A:Pin:{Value: Secret:secret:A:Pin Key:A:Pin URL:<nil>} A:Url:{Value:https://a.example.com Secret: Key:A:Url URL:<nil>}]" {
		t.Errorf("%v, %s", refused, given)
	}
}
