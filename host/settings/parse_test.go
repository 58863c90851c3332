package settings_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/settings"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a.json", `{"OCI": {"RegistryUrl": "x", /* kept */ "Empty": ""}, "CI": {"Systems": [{"Url": "y"}]}}`, "OCI:RegistryUrl=x OCI:Empty= CI:Systems:0:Url=y"},
		{"values.yaml", "oci:\n  registryUrl: x # note\nci: {systems: [{url: y}]}\n", "oci:registryUrl=x ci:systems:0:url=y"},
		{"values.yaml", "", ""},
	} {
		entries, err := settings.Parse(c.name, []byte(c.text))
		var got []string
		for _, e := range entries {
			got = append(got, e.Key+"="+e.Value)
		}
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, %v, want %s", c.text, got, err, c.want)
		}
	}
	for text, want := range map[string]string{
		`{"OCI":`:  "configuration file a.json: line 1: ",
		"{}\x00":   "configuration file a.json: line 1: a zero byte; this is no text file",
		`{} {}`:    "configuration file a.json: line 1: ",
		"\xff\xfe": "configuration file a.json: the text is UTF-16; save it as UTF-8",
	} {
		var e *settings.Error
		if _, err := settings.Parse("a.json", []byte(text)); !errors.As(err, &e) || !strings.HasPrefix(fmt.Sprint(err), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
