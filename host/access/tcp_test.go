package access

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

func TestResolveTCP(t *testing.T) {
	ldap := wire.Access{Kind: "tcp", Target: "{Ldap:Host}", Port: "{Ldap:Port}", DefaultPort: []int{389, 636}}
	list := wire.Access{Kind: "tcp", Target: "{Peers:*:Host}", Port: "{Peers:*:Port}", DefaultPort: []int{25}}
	tests := []struct {
		name   string
		entry  wire.Access
		values map[string]string
		items  Items
		want   []string // text | key | base or invalid rule
	}{
		{"port setting", ldap, map[string]string{"Ldap:Host": "ldap.example.com", "Ldap:Port": "3268"}, nil,
			[]string{"PROBE {Ldap:Host}:{Ldap:Port}|Ldap:Host!|tcp://ldap.example.com:3268"}},
		{"port setting before the value's", ldap, map[string]string{"Ldap:Host": "ldaps://LDAP.example.com.:1/", "Ldap:Port": " 2 "}, nil,
			[]string{"PROBE {Ldap:Host}:{Ldap:Port}|Ldap:Host!|tcp://ldap.example.com:2"}},
		{"the value's port", ldap, map[string]string{"Ldap:Host": " ldap://ldap.example.com:1 ", "Ldap:Port": "  "}, nil,
			[]string{"PROBE {Ldap:Host}|Ldap:Host!|tcp://ldap.example.com:1"}},
		{"default ports", ldap, map[string]string{"Ldap:Host": "2001:DB8::1"}, nil,
			[]string{"PROBE {Ldap:Host}:389|Ldap:Host!|tcp://[2001:db8::1]:389", "PROBE {Ldap:Host}:636|Ldap:Host!|tcp://[2001:db8::1]:636"}},
		{"unset", ldap, map[string]string{"Ldap:Port": "389"}, nil, nil},
		{"blank", ldap, map[string]string{"Ldap:Host": " "}, nil, nil},
		{"bad host", ldap, map[string]string{"Ldap:Host": "me@ldap.example.com"}, nil, []string{"PROBE {Ldap:Host}|Ldap:Host!|invalid userinfo"}},
		{"bad host and port", ldap, map[string]string{"Ldap:Host": "127.1", "Ldap:Port": "x"}, nil, []string{"PROBE {Ldap:Host}:{Ldap:Port}|Ldap:Host!|invalid host"}},
		{"port zero", ldap, map[string]string{"Ldap:Host": "ldap", "Ldap:Port": "0"}, nil, []string{"PROBE {Ldap:Host}:{Ldap:Port}|Ldap:Host!|invalid port"}},
		{"port beyond", ldap, map[string]string{"Ldap:Host": "ldap", "Ldap:Port": "65536"}, nil, []string{"PROBE {Ldap:Host}:{Ldap:Port}|Ldap:Host!|invalid port"}},
		{"port named", ldap, map[string]string{"Ldap:Host": "ldap", "Ldap:Port": "ldap"}, nil, []string{"PROBE {Ldap:Host}:{Ldap:Port}|Ldap:Host!|invalid port"}},
		{"no port at all", wire.Access{Kind: "tcp", Target: "{A:Host}"}, map[string]string{"A:Host": "a"}, nil, nil},
		{"literal", wire.Access{Kind: "tcp", Target: "ldaps://ldap.example.com:636"}, nil, nil, []string{"PROBE ldaps://ldap.example.com:636||tcp://ldap.example.com:636"}},
		{"literal, default port", wire.Access{Kind: "tcp", Target: "mail", DefaultPort: []int{25}}, nil, nil, []string{"PROBE mail:25||tcp://mail:25"}},
		{"hostile default port", wire.Access{Kind: "tcp", Target: "mail", DefaultPort: []int{70000}}, nil, nil, []string{"PROBE mail:70000||invalid port"}},
		{"items", list, map[string]string{"Peers:0:Host": "a", "Peers:1:Port": "9", "Peers:2:Host": "b", "Peers:2:Port": "9", "Peers:3:Host": "b:x"}, numbers(0, 1, 2, 3, -1),
			[]string{"PROBE {Peers:0:Host}:25|Peers:0:Host!|tcp://a:25", "PROBE {Peers:2:Host}:{Peers:2:Port}|Peers:2:Host!|tcp://b:9", "PROBE {Peers:3:Host}|Peers:3:Host!|invalid port"}},
		{"port of any item", wire.Access{Kind: "tcp", Target: "{A:Host}", Port: "{Peers:*:Port}", DefaultPort: []int{25}}, map[string]string{"A:Host": "a", "Peers:0:Port": "9"}, numbers(0), nil},
		{"one port for all items", wire.Access{Kind: "tcp", Target: "{Peers:*:Host}", Port: "{A:Port}"}, map[string]string{"Peers:0:Host": "a", "A:Port": "9"}, numbers(0),
			[]string{"PROBE {Peers:0:Host}:{A:Port}|Peers:0:Host!|tcp://a:9"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, g := range Resolve([]wire.Access{tt.entry}, settings(tt.values), tt.items) {
				base := g.Base.String()
				if g.Invalid != "" {
					base = "invalid " + g.Invalid
					if g.Base != (wire.URL{}) {
						t.Errorf("an invalid grant has a base: %+v", g)
					}
				}
				if g.Entry != 1 || g.Kind != wire.KindTCP || !reflect.DeepEqual(g.Methods, []string{"PROBE"}) {
					t.Errorf("grant %+v", g)
				}
				got = append(got, strings.Join([]string{g.Text, g.Key, base}, "|"))
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// peerGrants are a mail server, a directory with two ports, two settings that
// cannot be used, and a web server on the mail server's port.
func peerGrants() []Grant {
	entries := []wire.Access{
		{Kind: "tcp", Target: "{Smtp:Host}", Port: "{Smtp:Port}", DefaultPort: []int{587}},
		{Kind: "tcp", Target: "{Ldap:Host}", DefaultPort: []int{389, 636}},
		{Kind: "tcp", Target: "{Bad:Host}", DefaultPort: []int{25}},
		{Kind: "tcp", Target: "{Odd:Host}", Port: "{Odd:Port}"},
		{Kind: "http", Methods: []string{"GET", "PROBE"}, Target: "http://web.example.com:25"},
	}
	return Resolve(entries, settings(map[string]string{
		"Smtp:Host": "mail.example.com", "Smtp:Port": "25", "Ldap:Host": "ldaps://[2001:db8::1]",
		"Bad:Host": "me:pw@bad.example.com", "Odd:Host": "odd.example.com", "Odd:Port": "25a",
	}), nil)
}

// TestJudgeTCP: the answer is "entry N", or kind and rule.
func TestJudgeTCP(t *testing.T) {
	for _, c := range []struct {
		name, host string
		port       int
		want       string
	}{
		{"granted", "mail.example.com", 25, "entry 1"},
		{"upper case and trailing dot", "MAIL.example.com.", 25, "entry 1"},
		{"another port", "mail.example.com", 587, "denied not-granted"},
		{"first default port", "2001:db8::1", 389, "entry 2"},
		{"second default port", "[2001:DB8:0::1]", 636, "entry 2"},
		{"neither", "2001:db8::1", 390, "denied not-granted"},
		{"another host", "mail.example.org", 25, "denied not-granted"},
		{"name below", "x.mail.example.com", 25, "denied not-granted"},
		{"name above", "example.com", 25, "denied not-granted"},
		{"granted for http", "web.example.com", 25, "denied not-granted"},
		{"unusable host", "bad.example.com", 25, "invalid_url userinfo"},
		{"unusable port", "odd.example.com", 25, "invalid_url port"},
		{"part of an unusable host", "ad.example.com", 25, "denied not-granted"},
		{"port in the host", "mail.example.com:25", 25, "invalid_url host"},
		{"scheme in the host", "tcp://mail.example.com", 25, "invalid_url host"},
		{"user", "x@mail.example.com", 25, "invalid_url userinfo"},
		{"number", "2130706433", 25, "invalid_url host"},
		{"no host", "", 25, "invalid_url url"},
		{"line break", "mail.example.com\r\n", 25, "invalid_url url"},
		{"no port", "mail.example.com", 0, "invalid_url port"},
		{"port wrapped around", "mail.example.com", 65536 + 25, "invalid_url port"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, u, err := JudgeTCP(peerGrants(), "tcp_probe", &wire.TCPRequest{Host: c.host, Port: c.port})
			got := fmt.Sprintf("entry %d", g.Entry)
			if err != nil {
				got = err.Kind + " " + err.Detail
				if g.Entry != 0 || u != (wire.URL{}) {
					t.Error("a refusal came with a grant or an address")
				}
				if err.Kind == wire.KindDenied && err.Rule != err.Detail || strings.Contains(err.Message, "pw") || len(err.Message) > wire.MaxErrorMessage {
					t.Errorf("error %+v", err)
				}
			} else if u.Host != g.Base.Host || u.Port != g.Base.Port {
				t.Errorf("%s was judged by %+v", u, g.Base)
			}
			if got != c.want {
				t.Errorf("got %s, want %s (%v)", got, c.want, err)
			}
		})
	}
	_, _, err := JudgeTCP(nil, "tcp_probe", &wire.TCPRequest{Host: "mail.example.com", Port: 25})
	if want := "mail.example.com on port 25 is outside what is granted: the access has to name tcp://mail.example.com:25"; err == nil || err.Message != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	// Neither kind of grant covers what the other kind of call asks for.
	if _, _, err := Judge(peerGrants(), "http_read", readMethods, &wire.HTTPRequest{Method: "GET", URL: "http://mail.example.com:25/"}); err == nil || err.Detail != RuleNotGranted {
		t.Errorf("HTTP to a granted peer: %v", err)
	}
}

// FuzzJudgeTCP: JudgeTCP never panics, and what it allows is one of three peers
// by the reading of net/netip, written without the code under test.
func FuzzJudgeTCP(f *testing.F) {
	for _, seed := range []string{"mail.example.com", "MAIL.example.com.", "mail.example.com:25", "2001:db8::1", "[2001:db8:0::1]", "2001:db8::1%eth0", "me@mail.example.com", "bad.example.com", "mail.example.com\x00"} {
		f.Add(seed, 25)
		f.Add(seed, 636)
	}
	grants := peerGrants()
	f.Fuzz(func(t *testing.T, host string, port int) {
		g, u, err := JudgeTCP(grants, "tcp_probe", &wire.TCPRequest{Host: host, Port: port})
		if err != nil {
			if len(err.Message) > wire.MaxErrorMessage || err.Detail == "" {
				t.Fatalf("%q: error %+v", host, err)
			}
			return
		}
		for _, text := range []string{host, u.Host} {
			name := strings.ToLower(strings.TrimSuffix(text, "."))
			addr, _ := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
			switch {
			case g.Entry == 1 && name == "mail.example.com" && port == 25 && u.Port == 25:
			case g.Entry == 2 && addr == netip.MustParseAddr("2001:db8::1") && (port == 389 || port == 636) && u.Port == port:
			default:
				t.Fatalf("%q port %d (%s) is outside %s", host, port, u.String(), g.Text)
			}
		}
	})
}
