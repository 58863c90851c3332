package egress

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// Where a registry that the operator named may be, and where it may send us.
func TestTransportGate(t *testing.T) {
	const (
		ok    = ""
		never = "never"
	)
	for _, c := range []struct {
		server, address, dialled string
		want                     string
	}{
		// The server itself: a literal is meant, whatever it is.
		{"10.0.0.7:5000", "10.0.0.7:5000", "10.0.0.7:5000", ok},
		{"127.0.0.1:5000", "127.0.0.1:5000", "127.0.0.1:5000", ok},
		{"[::1]:5000", "[::1]:5000", "[::1]:5000", ok},
		{"localhost", "localhost:443", "127.0.0.1:443", ok},
		{"localhost", "localhost:443", "10.0.0.7:443", "localhost is 10.0.0.7 (private)"},
		{"Registry.Example.", "registry.example:443", "93.184.216.34:443", ok},
		{"registry.example", "registry.example:443", "192.168.1.1:443", ok},
		// A name whose answer moves (E095 and on).
		{"registry.example", "registry.example:443", "127.0.0.1:443", "registry.example is 127.0.0.1 (loopback)"},
		{"registry.example", "registry.example:443", "169.254.169.254:443", "(metadata service)"},
		{"registry.example", "registry.example:443", "[fe80::1]:443", "(link-local)"},
		{"registry.example", "registry.example:443", "0.0.0.0:443", "(unspecified)"},
		{"registry.example", "registry.example:443", "10.0.0.7:80", "the dialled port is not the granted one"},
		// Where it redirects to.
		{"registry.example", "storage.example:443", "93.184.216.34:443", ok},
		{"registry.example", "10.0.0.9:9000", "10.0.0.9:9000", ok},
		{"registry.example", "127.0.0.1:8080", "127.0.0.1:8080", "127.0.0.1 is 127.0.0.1 (loopback)"},
		{"registry.example", "localhost:8080", "127.0.0.1:8080", never},
		{"registry.example", "169.254.169.254:80", "169.254.169.254:80", "(metadata service)"},
		{"127.0.0.1:5000", "127.0.0.1:6000", "127.0.0.1:6000", ok},
		{"127.0.0.1:5000", "[::1]:6000", "[::1]:6000", ok},
		{"127.0.0.1:5000", "169.254.169.254:80", "169.254.169.254:80", "(metadata service)"},
	} {
		transport, err := NewTransport(Config{HostsFile: "testdata/none"}, c.server)
		if err != nil {
			t.Fatal(err)
		}
		g, err := transport.gate(c.address, false)
		if err == nil && c.want != never {
			network := "tcp4"
			if strings.HasPrefix(c.dialled, "[") {
				network = "tcp6"
			}
			err = g.check(network, c.dialled)
		}
		switch {
		case c.want == ok && err != nil:
			t.Errorf("%s sends us to %s: %v", c.server, c.dialled, err)
		case c.want == never && err == nil, c.want != ok && c.want != never && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s sends us to %s: %v, want %s", c.server, c.dialled, err, c.want)
		}
	}
}

// The proxy of the operator is used as for everything else, may be anywhere, and is
// never one of the environment unless the operator says so.
func TestTransportProxy(t *testing.T) {
	request := func(u string) *http.Request {
		parsed, err := url.Parse(u)
		if err != nil {
			t.Fatal(err)
		}
		return &http.Request{URL: parsed}
	}
	environ := []string{"HTTPS_PROXY=http://127.0.0.1:3128", "HTTP_PROXY=http://127.0.0.1:3128", "NO_PROXY=inside.example"}
	for _, c := range []struct{ setting, url, want string }{
		{"", "https://registry.example/v2/", ""},
		{"env", "https://registry.example/v2/", "http://127.0.0.1:3128"},
		{"env", "https://inside.example:5000/v2/", ""},
		{"env", "http://127.0.0.1:5000/v2/", ""},
		{"http://proxy.example:8080", "https://registry.example:5000/v2/", "http://proxy.example:8080"},
		{"http://proxy.example:8080", "http://localhost:5000/v2/", ""},
	} {
		transport, err := NewTransport(Config{Proxy: c.setting, Environ: environ}, "registry.example")
		if err != nil {
			t.Fatal(err)
		}
		got, err := transport.choose(request(c.url))
		if err != nil || (got == nil) != (c.want == "") || got != nil && got.String() != c.want {
			t.Errorf("Doctor:Proxy %q, %s: %v, %v", c.setting, c.url, got, err)
		}
		if got == nil {
			continue
		}
		g, err := transport.gate(got.Host, true)
		if err != nil || g.check("tcp4", "127.0.0.1:"+got.Port()) != nil {
			t.Errorf("the proxy %s cannot be reached: %v", got, err)
		}
	}
	// What the gate would refuse, the proxy is not asked for either.
	for address, want := range map[string]string{
		"https://169.254.169.254/latest": "169.254.169.254 (metadata service)", "https://[fe80::1]/": "fe80::1 (link-local)",
		"https://10.0.0.9/": "", "https://169.254.1.1/": "",
	} {
		transport, err := NewTransport(Config{Proxy: "http://proxy.example:8080"}, "169.254.1.1:5000")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := transport.choose(request(address)); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s through a proxy: %v, want %q", address, err, want)
		}
	}
	if _, err := NewTransport(Config{Proxy: "ftp://x"}, "registry.example"); err == nil {
		t.Error("a proxy that is none was taken")
	}
}

// TestTransportProxyIsNoTarget: that the operator's proxy is on this machine lets
// nobody send us to its port as to a server.
func TestTransportProxyIsNoTarget(t *testing.T) {
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked = append(asked, r.RequestURI) }))
	defer proxy.Close()
	transport, err := NewTransport(Config{Proxy: proxy.URL, HostsFile: "testdata/none"}, "registry.example")
	if err != nil {
		t.Fatal(err)
	}
	defer transport.CloseIdleConnections()
	get := func(u string) error {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, u, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := transport.RoundTrip(req)
		if err == nil {
			res.Body.Close()
		}
		return err
	}
	if err := get("http://registry.example/v2/"); err != nil {
		t.Fatal(err)
	}
	var refused *AddressError
	if err := get(proxy.URL + "/admin"); !errors.As(err, &refused) {
		t.Errorf("the port of the proxy as a server: %v", err)
	}
	if want := []string{"http://registry.example/v2/"}; !slices.Equal(asked, want) {
		t.Errorf("asked %q, want %q", asked, want)
	}
}

func TestIsLocal(t *testing.T) {
	for server, want := range map[string]bool{
		"localhost": true, "localhost:5000": true, "127.0.0.1:5000": true, "[::1]:5000": true, "::1": true, "127.8.8.8": true,
		"localhost.example": false, "10.0.0.1:80": false, "registry.example": false, "0.0.0.0:5000": false, "": false,
	} {
		if IsLocal(server) != want {
			t.Errorf("%q is on this machine: %v", server, !want)
		}
	}
}
