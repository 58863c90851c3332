package settings

import (
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

// TestVisible holds what may be shown of a value.
func TestVisible(t *testing.T) {
	s, err := Load(Options{NoDefaultFiles: true})
	if err != nil {
		t.Fatal(err)
	}
	s = s.WithSecrets([]wire.SettingInfo{{Key: "Acme:Pin", Secret: true}})
	for _, c := range []struct {
		key, value string
		address    bool
		want       string
	}{
		{"OCI:Password", "hunter2", false, Mask},
		{"acme:pin", "hunter2", false, Mask},
		{"Doctor:Plugins:Acme:Acme:Pin", "hunter2", false, Mask},
		{"Acme:Name", "x", false, "x"},
		{"Acme:Url", "https://u:hunter2@h/x", false, "https://***@h/x"},
		{"Acme:Url", "u:hunter2@h/x", true, "***@h/x"},
		{"Acme:Image", "h:5000/app@sha256:00", false, "h:5000/app@sha256:00"},
	} {
		if got := s.Visible(Entry{Key: c.key, Value: c.value}, c.address); got != c.want {
			t.Errorf("%s=%s: %s, want %s", c.key, c.value, got, c.want)
		}
	}
}

// TestKeyForm holds the forms in which keys are compared.
func TestKeyForm(t *testing.T) {
	for key, want := range map[string][3]string{
		"OCI:RegistryUrl":                    {"oci:registryurl", "", "oci:registryurl"},
		"CI:Systems:12:Url":                  {"ci:systems:*:url", "", "ci:systems:*:url"},
		"CI:Systems:*:Url":                   {"ci:systems:*:url", "", "ci:systems:*:url"},
		"CI:Systems:012:Url":                 {"ci:systems:012:url", "", "ci:systems:012:url"},
		"doctor:PLUGINS:Area:OCI:Url":        {"doctor:plugins:area:oci:url", "doctor:plugins:area", "oci:url"},
		"Doctor:Plugins:acme.x:List:3":       {"doctor:plugins:acme.x:list:*", "doctor:plugins:acme.x", "list:*"},
		"Doctor:Plugins:7:A:B":               {"doctor:plugins:*:a:b", "doctor:plugins:7", "a:b"},
		"Doctor:Plugins:Area":                {"doctor:plugins:area", "", "doctor:plugins:area"},
		"Doctor:Proxy":                       {"doctor:proxy", "", "doctor:proxy"},
		"Doctor:Plugins:Area:Doctor:Plugins": {"doctor:plugins:area:doctor:plugins", "doctor:plugins:area", "doctor:plugins"},
	} {
		form, override, plain := KeyForm(key)
		if got := [3]string{form, override, plain}; got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}

// TestParseKey holds the spellings of a key that a person types.
func TestParseKey(t *testing.T) {
	for text, want := range map[string]string{
		"OCI:RegistryUrl": "OCI:RegistryUrl", "OCI__RegistryUrl": "OCI:RegistryUrl", "oci.registryUrl": "oci:registryUrl",
		"OCI": "OCI", "OCI:": "OCI", "OCI__": "OCI", "oci.": "oci",
		"": "", "::": "", "A::B": "", "A\x1b": "",
	} {
		got, err := ParseKey(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
	}
	if got := EnvironmentName("CI:Systems:*:Url"); got != "CI__Systems__0__Url" {
		t.Errorf("environment name %s", got)
	}
}
