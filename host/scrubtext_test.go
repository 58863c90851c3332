package host_test

import (
	"testing"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/settings"
)

func TestScrub(t *testing.T) {
	store, err := settings.Load(settings.Options{NoDefaultFiles: true, Set: []string{"OCI:Password=Hunter2+Hunter3", "Teams:WebhookUrl=https://hooks.example.com/0123456789abcdef", "OCI:RegistryUrl=https://registry.example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	h, err := host.Open(host.Config{Settings: store})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	for text, want := range map[string]string{
		"OCI__Password=Hunter2+Hunter3": "OCI__Password=[redacted]",
		"a=Hunter2%2BHunter3&b":         "a=[redacted]&b",
		"POST /0123456789abcdef":        "POST [redacted]",
		"https://registry.example.com":  "https://registry.example.com",
		"":                              "",
	} {
		if got := h.Scrub(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	none, err := host.Open(host.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer none.Close()
	if got := none.Scrub("text"); got != "text" {
		t.Errorf("without secrets it becomes %q", got)
	}
}
