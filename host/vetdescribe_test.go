package host_test

import (
	"slices"
	"strings"
	"testing"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/hosttest"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/sdk/wire"
)

// TestDescribed: whatever a plugin says of itself that is not what its file is
// sealed with is told, also where each check by itself is the sealed one.
func TestDescribed(t *testing.T) {
	file, err := plugin.Open(hosttest.Sealed(t, "testdata/guests/twofaced"))
	if err != nil {
		t.Fatal(err)
	}
	const broken = "what the plugin says of itself breaks the contract: "
	for _, tt := range []struct {
		name, want string
		change     func(*wire.PluginInfo)
	}{
		{"the same", "", func(*wire.PluginInfo) {}},
		{"another order", broken, func(i *wire.PluginInfo) { slices.Reverse(i.Checks) }},
		{"an id twice", broken, func(i *wire.PluginInfo) {
			other := i.Checks[0]
			other.Access = []wire.Access{{Kind: wire.KindHTTP, Methods: []string{"GET"}, Target: "https://evil.example.net", Reason: "to have more"}}
			i.Checks = slices.Insert(i.Checks, 0, other)
		}},
		{"another category", "the description of the plugin that the file is sealed with differs from what the plugin says", func(i *wire.PluginInfo) { i.Category = "other" }},
		{"another version", "the file is sealed as test.doctor.twofaced 1.0.0 (Twofaced), and the plugin says that it is test.doctor.twofaced 1.0.1 (Twofaced)", func(i *wire.PluginInfo) { i.Version = "1.0.1" }},
	} {
		said := file.Info
		said.Checks = slices.Clone(said.Checks)
		tt.change(&said)
		got := strings.Join(host.Described(&file.Info, wire.Marshal(&said)), "; ")
		if (got == "") != (tt.want == "") || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
