package settings_test

import (
	"slices"
	"testing"

	"stella-ops.org/doctor/host/settings"
)

// An environment belongs to many programs: what is no setting is left alone,
// without a word.
func TestEnvironmentNames(t *testing.T) {
	for name, key := range map[string]string{
		"OCI__RegistryUrl":                           "OCI:RegistryUrl",
		"CI__Systems__0__Url":                        "CI:Systems:0:Url",
		"Doctor__Plugins__acme.doctor.web__Web__Url": "Doctor:Plugins:acme.doctor.web:Web:Url",
		"A_B__C_":                 "A_B:C_",
		"PATH":                    "",
		"A_B":                     "",
		"__CF_USER_TEXT_ENCODING": "",
		"_A__B":                   "",
		"A____B":                  "",
		"A___B":                   "",
		"A__":                     "",
		"__":                      "",
		"":                        "",
		"BASH_FUNC_x__y%%":        "",
		"A__B C":                  "",
		"A__Ü":                    "",
		"A__B\xff":                "",
		"A__B:C":                  "",
	} {
		store := load(t, settings.Options{Environ: []string{name + "=v"}})
		entries := store.Entries()
		if key == "" {
			if len(entries) > 0 || len(store.Warnings()) > 0 {
				t.Errorf("%q: %+v %q", name, entries, store.Warnings())
			}
			continue
		}
		if want := (settings.Entry{Key: key, Value: "v", Origin: "environment " + name}); len(entries) != 1 || entries[0] != want {
			t.Errorf("%q: %+v, want %+v", name, entries, want)
		}
	}
	load(t, settings.Options{Environ: []string{"A__B", "=", "", "=C:=C:\\"}})
}

// Two spellings of one key: the same one wins whatever the order, and the
// operator is told.
func TestEnvironmentCollision(t *testing.T) {
	vars := []string{"OCI__RegistryUrl=mixed", "OCI__REGISTRYURL=upper", "oci__registryurl=lower"}
	for range len(vars) {
		vars = append(vars[1:], vars[0])
		store := load(t, settings.Options{Environ: vars})
		if e, _ := store.Lookup("OCI:RegistryUrl"); e.Value != "upper" || e.Origin != "environment OCI__REGISTRYURL" {
			t.Errorf("%q: %+v", vars, e)
		}
		want := []string{
			"environment OCI__REGISTRYURL and OCI__RegistryUrl name the same setting: the first is used",
			"environment OCI__REGISTRYURL and oci__registryurl name the same setting: the first is used",
		}
		if got := store.Warnings(); !slices.Equal(got, want) {
			t.Errorf("warnings %q", got)
		}
	}
	// An empty one takes no part, and a repeated name counts once.
	store := load(t, settings.Options{Environ: []string{"OCI__REGISTRYURL= ", "OCI__RegistryUrl=first", "OCI__RegistryUrl=second"}})
	if e, _ := store.Lookup("OCI:RegistryUrl"); e.Value != "first" || len(store.Warnings()) > 0 {
		t.Errorf("%+v %q", e, store.Warnings())
	}
}

func TestEnvironmentNotText(t *testing.T) {
	store := load(t, settings.Options{Environ: []string{"OCI__Password=hunter2\xff"}})
	want := []string{"environment OCI__Password: the value is not UTF-8 text and is ignored"}
	if len(store.Entries()) != 0 || !slices.Equal(store.Warnings(), want) {
		t.Errorf("%+v %q", store.Entries(), store.Warnings())
	}
}
