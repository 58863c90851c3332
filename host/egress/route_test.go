package egress

import (
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

// TestRoute holds what a plan shows of a proxy: which one serves an address, and
// never its password.
func TestRoute(t *testing.T) {
	environ := []string{"HTTPS_PROXY=http://me:hunter2@env.example.com:8080", "NO_PROXY=.inside.example.com"}
	for _, c := range []struct{ setting, url, proxy, route string }{
		{"", "https://a.example.com", "none", ""},
		{"none", "https://a.example.com", "none", ""},
		{"env", "https://a.example.com", "env", "http://env.example.com:8080"},
		{"env", "http://a.example.com", "env", ""},
		{"env", "https://x.inside.example.com", "env", ""},
		{"https://me:hunter2@proxy.example.com", "http://a.example.com", "https://proxy.example.com:443", "https://proxy.example.com:443"},
		{"http://proxy.example.com:3128", "http://127.0.0.1:5000", "http://proxy.example.com:3128", ""},
	} {
		client, err := New(Config{Proxy: c.setting, Environ: environ})
		if err != nil {
			t.Fatal(err)
		}
		u, rule := wire.ScreenURL(c.url)
		if rule != "" {
			t.Fatalf("%s: rule %s", c.url, rule)
		}
		if proxy, route := client.Proxy(), client.Route(u); proxy != c.proxy || route != c.route {
			t.Errorf("proxy %q, %s: %s by way of %q, want %s by way of %q", c.setting, c.url, proxy, route, c.proxy, c.route)
		}
		client.Close()
	}
}
