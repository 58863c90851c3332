package wire

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// TestScreenPeer: the answer is scheme, host and port, or the rule that is broken.
func TestScreenPeer(t *testing.T) {
	for _, c := range []struct{ name, raw, want string }{
		{"name", "mail.example.com", " mail.example.com 0"},
		{"upper case and trailing dot", "Mail.Example.COM.", " mail.example.com 0"},
		{"one label", "mail", " mail 0"},
		{"port", "mail.example.com:25", " mail.example.com 25"},
		{"scheme", "ldaps://ldap.example.com", "ldaps ldap.example.com 0"},
		{"scheme in upper case", "LDAP://ldap.example.com", "ldap ldap.example.com 0"},
		{"scheme and port", "ldap://ldap.example.com:3268", "ldap ldap.example.com 3268"},
		{"scheme, port and slash", "ldap://ldap.example.com:389/", "ldap ldap.example.com 389"},
		{"odd scheme", "x-mail+tls.1://a", "x-mail+tls.1 a 0"},
		{"IPv4", "192.0.2.1:25", " 192.0.2.1 25"},
		{"IPv6", "2001:DB8:0:0::1", " 2001:db8::1 0"},
		{"IPv6 in brackets", "[2001:db8::1]", " 2001:db8::1 0"},
		{"IPv6 and port", "[::1]:636", " ::1 636"},
		{"IPv6 and scheme", "ldaps://[::1]", "ldaps ::1 0"},
		{"ports", "mail:65535", " mail 65535"},
		{"empty", "", "url"},
		{"space", "mail example.com", "url"},
		{"outer space", " mail.example.com", "url"},
		{"line break", "mail.example.com\n", "url"},
		{"quotes", `"mail.example.com"`, "url"},
		{"reference", "${MAIL_HOST}", "url"},
		{"not ASCII", "maïl.example.com", "url"},
		{"backslash", `mail\x`, "url"},
		{"long", strings.Repeat("a.", MaxURLBytes/2) + "a", "url"},
		{"fragment", "mail#x", "url"},
		{"scheme empty", "://mail", "scheme"},
		{"scheme with a digit first", "1a://mail", "scheme"},
		{"scheme with a slash", "a/b://mail", "scheme"},
		{"user", "me@mail.example.com", "userinfo"},
		{"password", "ldap://cn=a:pw@ldap.example.com", "userinfo"},
		{"at in the path", "ldap://ldap.example.com/x@y", "userinfo"},
		{"slash without a scheme", "mail.example.com/", "path"},
		{"two slashes", "ldap://ldap.example.com//", "path"},
		{"path", "ldap://ldap.example.com/dc=example", "path"},
		{"query", "ldap://ldap.example.com?x", "path"},
		{"no host", "ldap://", "host"},
		{"no host but a port", ":25", "host"},
		{"no host but a slash", "ldap:///", "host"},
		{"short address", "127.1", "host"},
		{"number", "2130706433", "host"},
		{"hex", "0x7f000001", "host"},
		{"zero", "0", "host"},
		{"octal", "0177.0.0.1", "host"},
		{"IPv6 with a port, no brackets", "2001:db8::1:2:3:4:5:6:636", "host"},
		{"IPv6 with a scheme, no brackets", "ldap://::1", "host"},
		{"zone", "[fe80::1%eth0]", "host"},
		{"bracket", "[::1", "host"},
		{"underscore", "mail_1", "host"},
		{"escape", "mail%2e", "host"},
		{"comma", "a.example.com,b.example.com", "host"},
		{"hyphen", "-mail", "host"},
		{"two dots", "mail..example.com", "host"},
		{"port empty", "mail:", "port"},
		{"port zero", "mail:0", "port"},
		{"port large", "mail:65536", "port"},
		{"port with a zero", "mail:025", "port"},
		{"port named", "smtp:mail", "port"},
		{"port signed", "mail:+25", "port"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, rule := ScreenPeer(c.raw)
			got := rule
			if rule == "" {
				got = p.Scheme + " " + p.Host + " " + strconv.Itoa(p.Port)
			} else if p != (Peer{}) {
				t.Errorf("a peer beside rule %s: %+v", rule, p)
			}
			if got != c.want {
				t.Errorf("%q: got %s, want %s", c.raw, got, c.want)
			}
		})
	}
}

func TestScreenTCP(t *testing.T) {
	for _, c := range []struct {
		host string
		port int
		want string
	}{
		{"Mail.example.com.", 25, "tcp://mail.example.com:25"},
		{"::1", 80, "tcp://[::1]:80"},
		{"[::1]", 443, "tcp://[::1]:443"},
		{"mail", 0, "port"}, {"mail", -1, "port"}, {"mail", 65536, "port"}, {"mail", 65535, "tcp://mail:65535"},
		{"mail:25", 25, "host"}, {"smtp://mail", 25, "host"}, {"", 25, "url"}, {"a@b", 25, "userinfo"}, {"127.1", 25, "host"}, {"mail/", 25, "path"},
	} {
		u, rule := ScreenTCP(c.host, c.port)
		got := rule
		if rule == "" {
			got = u.String()
		} else if u != (URL{}) {
			t.Errorf("%s: an address beside rule %s", c.host, rule)
		}
		if got != c.want || rule == "" && u.Origin() != got {
			t.Errorf("%s %d: got %s, want %s", c.host, c.port, got, c.want)
		}
	}
}

func TestParsePort(t *testing.T) {
	for value, want := range map[string]int{"1": 1, "587": 587, "65535": 65535, "": 0, "0": 0, "65536": 0, "0587": 0, "+587": 0, "-1": 0, "5 8": 0, " 587": 0,
		"587\n": 0, "0x10": 0, "1e3": 0, "５": 0, "18446744073709552203": 0, "smtp": 0} {
		if got := ParsePort(value); got != want {
			t.Errorf("%q: got %d, want %d", value, got, want)
		}
	}
}

// FuzzScreenPeer: what passes reads the same to net/url, written the way that
// one takes it, and is stable.
func FuzzScreenPeer(f *testing.F) {
	for _, s := range []string{"mail.example.com:25", "ldaps://ldap.example.com/", "[::1]:636", "2001:db8::1", "ldap://x@y", "127.1", "a//b", "a://b://c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		p, rule := ScreenPeer(raw)
		if rule != "" {
			return
		}
		text := raw
		if addr, err := netip.ParseAddr(raw); err == nil && addr.Is6() {
			text = "[" + raw + "]"
		}
		if !strings.Contains(text, "://") {
			text = "tcp://" + text
		}
		u, err := url.Parse(text)
		if err != nil || u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
			t.Fatalf("%q passes, net/url: %v, %+v", raw, err, u)
		}
		host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
		if addr, err := netip.ParseAddr(host); err == nil {
			host = addr.String()
		}
		port, _ := strconv.Atoi(u.Port())
		if host != p.Host || port != p.Port || p.Scheme != "" && u.Scheme != p.Scheme {
			t.Fatalf("%q: %+v, net/url has %s %s %d", raw, p, u.Scheme, host, port)
		}
		if again, rule := ScreenPeer(p.Host); rule != "" || again != (Peer{Host: p.Host}) {
			t.Fatalf("%q: the host %q is %+v, %s", raw, p.Host, again, rule)
		}
		if web, rule := ScreenURL("http://" + URL{Host: p.Host, Port: 1}.HostPort()); rule != "" || web.Host != p.Host {
			t.Fatalf("%q: the screen of web addresses has %q, %s", raw, web.Host, rule)
		}
	})
}
