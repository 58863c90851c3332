package wire

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

// TestScreenURL runs what list E of the threat model says about addresses
// (the names are its numbers) and more of the same kind.
func TestScreenURL(t *testing.T) {
	long := func(n int) string {
		return "http://registry.test/" + strings.Repeat("a", n-len("http://registry.test/"))
	}
	for _, c := range []struct{ name, raw, want string }{
		{"E001", "http://registry.test:5000/v2/", "http://registry.test:5000/v2/"},
		{"E002 upper case", "HTTP://Registry.TEST:5000/v2/", "http://registry.test:5000/v2/"},
		{"E003 trailing dot", "http://registry.test.:5000/v2/", "http://registry.test:5000/v2/"},
		{"E009 default port", "http://registry.test:80/v2/", "http://registry.test/v2/"},
		{"E010 https", "https://registry.test:443", "https://registry.test/"},
		{"other scheme's port", "https://registry.test:80", "https://registry.test:80/"},
		{"E012", "http://registry.test:0/v2/", "port"},
		{"E013", "http://registry.test:70536/v2/", "port"},
		{"port 65536", "http://registry.test:65536/", "port"},
		{"port 65535", "http://registry.test:65535/", "http://registry.test:65535/"},
		{"port 0080", "http://registry.test:0080/", "port"},
		{"port empty", "http://registry.test:/v2/", "port"},
		{"port empty without path", "http://registry.test:", "port"},
		{"port signed", "http://registry.test:+80/", "port"},
		{"port named", "http://registry.test:http/", "port"},
		{"port underscored", "http://registry.test:8_0/", "port"},
		{"port escaped", "http://registry.test:%38%30/", "port"},
		{"port huge", "http://registry.test:18446744073709551696/", "port"},
		{"E015", "http://registry.test:5000@127.0.0.1:6000/", "userinfo"},
		{"E016", "http://@127.0.0.1:6000/", "userinfo"},
		{"user and password", "https://user:pass@registry.test/", "userinfo"},
		{"at in the path", "http://registry.test/a@b", "http://registry.test/a@b"},
		{"E017", "http://127.0.0.1:6000#@registry.test", "url"},
		{"fragment", "http://registry.test/v2/#x", "url"},
		{"fragment, empty", "http://registry.test/v2/#", "url"},
		{"E019", "http://127.0.0.1:6000/", "http://127.0.0.1:6000/"},
		{"E020", "http://127.1/", "host"},
		{"E021", "http://2130706433/", "host"},
		{"E022", "http://0x7f000001/", "host"},
		{"E024", "http://0x7f.1/", "host"},
		{"E025", "http://0/", "host"},
		{"E026", "http://127.0.0.1./", "host"},
		{"octal", "http://0177.0.0.1/", "host"},
		{"quad with leading zero", "http://127.0.0.01/", "host"},
		{"quad too large", "http://127.0.0.256/", "host"},
		{"five numbers", "http://127.0.0.0.1/", "host"},
		{"last label begins with a digit", "http://registry.1a/", "host"},
		{"name ending in a digit", "http://registry1/", "http://registry1/"},
		{"digits first", "http://3com.test/", "http://3com.test/"},
		{"E027", "http://①②⑦.⓪.⓪.①/", "url"},
		{"ideographic dots", "http://127。0。0。1/", "url"},
		{"E029", "http://regis\u00adtry.test/", "url"},
		{"E030 punycode", "http://xn--rgistry-dva.test/v2/", "http://xn--rgistry-dva.test/v2/"},
		{"E031", "http://[::1]:5000/v2/", "http://[::1]:5000/v2/"},
		{"E032", "http://[::ffff:127.0.0.1]/", "http://[::ffff:127.0.0.1]/"},
		{"E033", "http://[::ffff:7f00:1]/", "http://[::ffff:127.0.0.1]/"},
		{"E034", "http://[::127.0.0.1]/", "http://[::7f00:1]/"},
		{"E035", "http://[64:ff9b::7f00:1]/", "http://[64:ff9b::7f00:1]/"},
		{"E037", "http://[::1%25lo]/", "host"},
		{"zone, bare", "http://[::1%lo]/", "host"},
		{"E038", "http://0.0.0.0/", "http://0.0.0.0/"},
		{"E039", "http://[::]/", "http://[::]/"},
		{"E040", "http://localhost:5000/", "http://localhost:5000/"},
		{"E041", "http://169.254.169.254/", "http://169.254.169.254/"},
		{"E042", "file:///etc/passwd", "scheme"},
		{"E043", "unix:///var/run/x.sock", "scheme"},
		{"E044", "gopher://registry.test/", "scheme"},
		{"E045", "//registry.test/v2/", "scheme"},
		{"E046", "http:/v2/", "host"},
		{"E047", "data:text/plain,x", "scheme"},
		{"E048", "http://registry.test/v2/\r\nX: y", "url"},
		{"E049", "http://registry.test/v2/%0d%0aX:", "path"},
		{"E051", "http://registry.test/v2/ HTTP/1.1", "url"},
		{"E052", "http://registry.test/v2/../admin", "path"},
		{"E053", "http://registry.test/v2/%2e%2e/admin", "path"},
		{"E054", "http://registry.test/v2/..%2fadmin", "path"},
		{"E056", "http://registry.test/v2//admin", "path"},
		{"E059", long(4096), "url"},
		{"longest", long(MaxURLBytes), long(MaxURLBytes)},
		{"one too long", long(MaxURLBytes + 1), "url"},
		{"E139 no slash", "http://registry.test/v2", "http://registry.test/v2"},
		{"E140", "https://[2001:DB8:0:0:0:0:0:1]:443/", "https://[2001:db8::1]/"},
		{"first of two equal runs", "http://[2001:db8:0:0:1:0:0:1]/", "http://[2001:db8::1:0:0:1]/"},
		{"longest run", "http://[1:0:0:2:0:0:0:3]/", "http://[1:0:0:2::3]/"},
		{"one zero group is kept", "http://[1:0:2:3:4:5:6:7]/", "http://[1:0:2:3:4:5:6:7]/"},
		{"zeros at the end", "http://[1:2:3:4:5:6:0:0]/", "http://[1:2:3:4:5:6::]/"},
		{"leading zeros", "http://[0001:0002::0003]/", "http://[1:2::3]/"},
		{"gap of one group", "http://[1:2:3::5:6:7:8]/", "http://[1:2:3:0:5:6:7:8]/"},
		{"gap of none", "http://[1:2:3:4::5:6:7:8]/", "host"},
		{"two gaps", "http://[1::2::3]/", "host"},
		{"three colons", "http://[:::1]/", "host"},
		{"colon first", "http://[:1:2:3:4:5:6:7]/", "host"},
		{"colon last", "http://[1:2:3:4:5:6:7:]/", "host"},
		{"five digits", "http://[::00001]/", "host"},
		{"nine groups", "http://[1:2:3:4:5:6:7:8:9]/", "host"},
		{"seven groups", "http://[1:2:3:4:5:6:7]/", "host"},
		{"quad in the middle", "http://[::1.2.3.4:1]/", "host"},
		{"quad before the gap", "http://[1.2.3.4::]/", "host"},
		{"bad quad", "http://[::1.2.3.04]/", "host"},
		{"quad with seven groups", "http://[1:2:3:4:5:6:7:1.2.3.4]/", "host"},
		{"empty brackets", "http://[]/", "host"},
		{"open bracket", "http://[::1/", "host"},
		{"close bracket", "http://::1]/", "host"},
		{"IPv4 in brackets", "http://[127.0.0.1]/", "host"},
		{"name in brackets", "http://[registry.test]/", "host"},
		{"text after brackets", "http://[::1]x/", "host"},
		{"no brackets", "http://::1/", "host"},
		{"IPvFuture", "http://[v1.a]/", "host"},
		{"no host", "http:///v2/", "host"},
		{"nothing after slashes", "http://", "host"},
		{"only a query", "http://?x", "host"},
		{"only a dot", "http://./", "host"},
		{"two dots at the end", "http://registry.test../", "host"},
		{"empty label", "http://registry..test/", "host"},
		{"dot first", "http://.registry.test/", "host"},
		{"hyphen first", "http://-registry.test/", "host"},
		{"hyphen last", "http://registry-.test/", "host"},
		{"underscore", "http://my_registry.test/", "host"},
		{"escape in the host", "http://registry%2etest/", "host"},
		{"comma in the host", "http://a,b.test/", "host"},
		{"label of 63", "http://" + strings.Repeat("a", 63) + ".test/", "http://" + strings.Repeat("a", 63) + ".test/"},
		{"label of 64", "http://" + strings.Repeat("a", 64) + ".test/", "host"},
		{"name of 253", "http://" + strings.Repeat("a.", 126) + "b/", "http://" + strings.Repeat("a.", 126) + "b/"},
		{"name of 254", "http://" + strings.Repeat("a.", 126) + "bc/", "host"},
		{"empty", "", "url"},
		{"no scheme", "registry.test/v2/", "scheme"},
		{"host and port", "registry.test:5000", "scheme"},
		{"only a scheme", "http:", "url"},
		{"opaque", "http:registry.test", "url"},
		{"backslash", `http://registry.test\@evil.test/`, "url"},
		{"backslashes for slashes", `http:\\registry.test/`, "url"},
		{"double quote", `http://registry.test/"x"`, "url"},
		{"single quote", `http://registry.test/'x'`, "url"},
		{"backtick", "http://registry.test/`id`", "url"},
		{"unresolved variable", "https://${REGISTRY}/v2/", "url"},
		{"braces", "https://{host}/", "url"},
		{"pipe", "http://registry.test/|id", "url"},
		{"angle", "http://registry.test/<x>", "url"},
		{"tab", "http://registry.test/\tv2", "url"},
		{"nul", "http://registry.test/\x00", "url"},
		{"delete", "http://registry.test/\x7f", "url"},
		{"space first", " http://registry.test/", "url"},
		{"space last", "http://registry.test/ ", "url"},
		{"latin1 byte", "http://registry.test/\xe9", "url"},
		{"dot segment at the end", "http://registry.test/v2/..", "path"},
		{"single dot", "http://registry.test/./v2/", "path"},
		{"one dot escaped", "http://registry.test/.%2E/", "path"},
		{"dot segment with a parameter", "http://registry.test/v2/..;x=1/admin", "path"},
		{"dots inside a name", "http://registry.test/v2/a..b/...", "http://registry.test/v2/a..b/..."},
		{"backslash escaped", "http://registry.test/v2%5c..", "path"},
		{"slash escaped, upper", "http://registry.test/v2%2Fadmin", "path"},
		{"nul escaped", "http://registry.test/v2%00", "path"},
		{"newline escaped", "http://registry.test/v2%0a", "path"},
		{"percent escaped twice", "http://registry.test/v2/%252e%252e/", "path"},
		{"bad escape", "http://registry.test/%zz", "path"},
		{"cut escape", "http://registry.test/v2/%4", "path"},
		{"good escape", "http://registry.test/a%20b", "http://registry.test/a%20b"},
		{"brackets in the path", "http://registry.test/[a]", "path"},
		{"slashes first", "http://registry.test//v2/", "path"},
		{"query", "http://registry.test/v2/?n=1&last=a/../b", "http://registry.test/v2/?n=1&last=a/../b"},
		{"query without path", "http://registry.test?n=1", "http://registry.test/?n=1"},
		{"empty query", "http://registry.test/?", "http://registry.test/"},
		{"at in the query", "http://registry.test?x=a@b:c", "http://registry.test/?x=a@b:c"},
		{"bad escape in the query", "http://registry.test/?x=%", "url"},
		{"brackets in the query", "http://registry.test/?x[]=1", "url"},
	} {
		t.Run(c.name, func(t *testing.T) {
			u, rule := ScreenURL(c.raw)
			got := rule
			if rule == "" {
				got = u.String()
				agree(t, c.raw, u)
			} else if u != (URL{}) {
				t.Errorf("refused, yet %+v", u)
			}
			if got != c.want {
				t.Errorf("%q: got %q, want %q", c.raw, got, c.want)
			}
		})
	}
}

// agree holds an address that passed to what net/url and net/netip read, and to
// its own canonical form.
func agree(t *testing.T, raw string, u URL) {
	t.Helper()
	again, rule := ScreenURL(u.String())
	if rule != "" || again != u {
		t.Errorf("%q: canonical form %q gives %+v, %q; want %+v", raw, u.String(), again, rule, u)
	}
	for _, text := range []string{raw, u.String()} {
		std, err := url.Parse(text)
		if err != nil {
			t.Errorf("%q: net/url refuses: %v", text, err)
			return
		}
		host := strings.ToLower(strings.TrimSuffix(std.Hostname(), "."))
		if ip, err := netip.ParseAddr(host); err == nil {
			host = ip.String()
			if !u.IsLiteral() {
				t.Errorf("%q: netip takes %q for an address", text, u.Host)
			}
		} else if u.IsLiteral() {
			t.Errorf("%q: %q is no address: %v", text, u.Host, err)
		}
		port := std.Port()
		if port == "" {
			port = map[string]string{"http": "80", "https": "443"}[std.Scheme]
		}
		path := std.EscapedPath()
		if path == "" {
			path = "/"
		}
		if std.Scheme != u.Scheme || host != u.Host || host+":"+port != strings.NewReplacer("[", "", "]", "").Replace(u.HostPort()) ||
			path != u.Path || std.RawQuery != u.Query || std.User != nil || std.Fragment != "" || std.Opaque != "" {
			t.Errorf("%q: net/url reads %#v, ScreenURL %+v", text, std, u)
		}
	}
	if strings.ContainsFunc(u.String(), func(r rune) bool { return r <= ' ' || r > '~' }) {
		t.Errorf("%q: odd character in %q", raw, u.String())
	}
}

// FuzzScreenURL cross-checks whatever passes with net/url and net/netip.
func FuzzScreenURL(f *testing.F) {
	for _, s := range []string{
		"http://registry.test:5000/v2/?n=1", "https://[2001:db8::1]:443/a%20b", "http://[::ffff:1.2.3.4]/", "http://127.0.0.1.:80/..", "HTTP://A.b./",
		"http://a:0/", "http://a@b/", "http:a", "http://1.2.3/", "http://[1:2:3:4:5:6:1.2.3.4]", "https://[::1]", "http://[1::]:1/;a/*$&,=!()+~",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if u, rule := ScreenURL(raw); rule == "" {
			agree(t, raw, u)
		}
	})
}

// FuzzIPv6 holds the reader of IPv6 to net/netip in both directions.
func FuzzIPv6(f *testing.F) {
	for _, s := range []string{"::", "::1", "1::", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "1:0:0:2:0:0:0:3", "1:2:3:4:5:6:1.2.3.4", "::%a", "1.2.3.4", "0:0::0:0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want := ""
		if ip, err := netip.ParseAddr(text); err == nil && ip.Is6() && ip.Zone() == "" {
			want = ip.String()
		}
		if got := canonicalIPv6(text); got != want {
			t.Errorf("%q: got %q, netip %q", text, got, want)
		}
	})
}

func TestURLForms(t *testing.T) {
	for raw, want := range map[string][3]string{
		"https://registry.test/v2/": {"https://registry.test", "registry.test:443", "name"},
		"http://registry.test:443/": {"http://registry.test:443", "registry.test:443", "name"},
		"http://[::1]":              {"http://[::1]", "[::1]:80", "literal"},
		"http://[::1]:5000":         {"http://[::1]:5000", "[::1]:5000", "literal"},
		"http://10.0.0.1:80":        {"http://10.0.0.1", "10.0.0.1:80", "literal"},
	} {
		u, rule := ScreenURL(raw)
		kind := map[bool]string{true: "literal", false: "name"}[u.IsLiteral()]
		if got := [3]string{u.Origin(), u.HostPort(), kind}; rule != "" || got != want {
			t.Errorf("%s: got %v (%s), want %v", raw, got, rule, want)
		}
	}
}

func TestURLJoin(t *testing.T) {
	for _, c := range []struct{ raw, trim, path, want string }{
		{"https://r.test", "/v2", "/v2/", "https://r.test/v2/"},
		{"https://r.test/", "/v2", "/v2/", "https://r.test/v2/"},
		{"https://r.test/v2", "/v2", "/v2/", "https://r.test/v2/"},
		{"https://r.test/v2/", "/v2", "/v2/", "https://r.test/v2/"},
		{"https://r.test/v2/", "/v2/", "/v2/", "https://r.test/v2/"},
		{"https://r.test/harbor/v2/", "/v2", "/v2/", "https://r.test/harbor/v2/"},
		{"https://r.test/harbor/", "/v2", "/v2/", "https://r.test/harbor/v2/"},
		{"https://r.test/xv2", "/v2", "/v2/", "https://r.test/xv2/v2/"},
		{"https://r.test/xv2", "v2", "v2/", "https://r.test/xv2/v2/"},
		{"https://r.test/v2/v2", "/v2", "/v2/", "https://r.test/v2/v2/"},
		{"https://r.test:8443/a/?x=1", "", "", "https://r.test:8443/a"},
		{"https://r.test/?x=1", "", "", "https://r.test/"},
		{"https://r.test/a", "/", "b", "https://r.test/a/b"},
		{"https://r.test:8443/a/b?x=1", "*", "", "https://r.test:8443/"},
		{"https://r.test/a/*", "*", "/c", "https://r.test/c"},
	} {
		u, _ := ScreenURL(c.raw)
		if got := u.Join(c.trim, c.path).String(); got != c.want {
			t.Errorf("%s join %q %q: got %s, want %s", c.raw, c.trim, c.path, got, c.want)
		}
	}
}

func TestCovers(t *testing.T) {
	for _, c := range []struct {
		prefix, path string
		want         bool
	}{
		{"/v2", "/v2", true}, {"/v2", "/v2/", true}, {"/v2", "/v2/a/b", true}, {"/v2", "/v2x", false}, {"/v2", "/v", false}, {"/v2", "/", false},
		{"/v2/", "/v2", true}, {"/v2/", "/v2/", true}, {"/v2/", "/v2/a", true}, {"/v2/", "/v2x", false}, {"/v2", "/V2", false}, {"/v2", "/%762", false},
		{"/", "/", true}, {"/", "/a", true}, {"/v2", "/a/v2", false},
	} {
		if got := CoversPath(c.prefix, c.path); got != c.want {
			t.Errorf("%s covers %s: %v", c.prefix, c.path, got)
		}
	}
	for raw, want := range map[string]bool{
		"http://registry.test:5000/v2/":         true,  // E001
		"http://evil.test:5000/v2/":             false, // E004
		"http://sub.registry.test:5000/v2/":     false, // E005
		"http://registry.test.evil.test:5000/":  false, // E006
		"http://evilregistry.test:5000/v2/":     false, // E007
		"http://registry.test:5001/v2/":         false, // E008
		"http://registry.test/v2/":              false, // E009
		"https://registry.test:5000/v2/":        false, // E010
		"http://registry.test:5000/admin":       false, // E057
		"http://REGISTRY.test.:5000/v2/a?x=../": true,
	} {
		grant, _ := ScreenURL("http://registry.test:5000/v2/")
		u, rule := ScreenURL(raw)
		if got := grant.Covers(u); rule != "" || got != want {
			t.Errorf("%s: got %v, %q, want %v", raw, got, rule, want)
		}
	}
}
