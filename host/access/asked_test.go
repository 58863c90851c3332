package access

import (
	"fmt"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

func testInfo() *wire.PluginInfo {
	return &wire.PluginInfo{Checks: []wire.CheckInfo{
		{
			Settings: []wire.SettingInfo{{Key: "A:Url", Aliases: []string{"Old:Url"}, Type: "url"}, {Key: "A:Token", Secret: true}, {Key: "B:Password"}},
			Access:   []wire.Access{{Kind: "http", Class: "read", Methods: []string{"GET"}, Target: "{A:Url}", Path: "/v2/", Secrets: []string{"A:Token"}, Reason: "first"}},
		},
		{
			Settings: []wire.SettingInfo{{Key: "A:Url"}, {Key: "C:Url", Default: "https://c.example.com/"}, {Key: "D:Host"}, {Key: "D:Port", Default: "25"}},
			Access: []wire.Access{
				{Kind: "http", Class: "read", Methods: []string{"GET"}, Target: "{A:Url}", Path: "/v2/", Secrets: []string{"A:Token"}, Reason: "second"},
				{Kind: "http", Class: "read", Methods: []string{"GET"}, Target: "{C:Url}", Path: "/api", Reason: "c"},
				{Kind: "tcp", Class: "read", Target: "{D:Host}", Port: "{D:Port}", Reason: "d"},
			},
		},
	}}
}

func lines(s Scope) string {
	var b strings.Builder
	for _, e := range s.Access {
		fmt.Fprintf(&b, "%s %v %s %s %s %v %v\n", e.Kind, e.Methods, e.Target, e.Path, e.Port, e.DefaultPort, e.Secrets)
	}
	fmt.Fprintf(&b, "settings %v\nsecrets %v\n", s.Settings, s.Secrets)
	return b.String()
}

func TestAsked(t *testing.T) {
	got := lines(Asked(testInfo(), func(key string) bool { return key == "B:Password" }))
	want := `http [GET] https://c.example.com /api  [] []
http [GET] {A:Url} /v2/  [] [A:Token]
http [GET] {C:Url} /api  [] []
http [GET] {Old:Url} /v2/  [] [A:Token]
tcp [] {D:Host}   [25] []
tcp [] {D:Host}  {D:Port} [] []
settings [A:Url C:Url D:Host D:Port Old:Url]
secrets [A:Token B:Password]
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestScopeOrder: a secret that becomes readable is wider, a value that becomes a
// secret is not.
func TestScopeOrder(t *testing.T) {
	tests := []struct {
		name     string
		old, new Scope
		want     Relation
	}{
		{"equal", Scope{Settings: []string{"A:B"}}, Scope{Settings: []string{"a:b"}}, Same},
		{"another setting", Scope{Settings: []string{"A:B"}}, Scope{Settings: []string{"A:B", "A:C"}}, Wider},
		{"one less", Scope{Settings: []string{"A:B", "A:C"}}, Scope{Settings: []string{"A:B"}}, Narrower},
		{"a secret is read", Scope{Secrets: []string{"A:Token"}}, Scope{Settings: []string{"A:Token"}}, Wider},
		{"a value becomes secret", Scope{Settings: []string{"A:Token"}}, Scope{Secrets: []string{"A:Token"}}, Narrower},
		{"a new secret", Scope{}, Scope{Secrets: []string{"A:Token"}}, Wider},
	}
	for _, tt := range tests {
		if got := tt.old.Compare(tt.new); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
		if w := tt.old.Widened(tt.old.Meet(tt.new)); !w.Empty() {
			t.Errorf("%s: what both share is wider than one: %+v", tt.name, w)
		}
		if w := tt.old.Join(tt.new).Widened(tt.new); !w.Empty() {
			t.Errorf("%s: what one of the two covers lacks %+v", tt.name, w)
		}
	}
}

// TestDefaultsNeedApproval: an address or a port that the plugin chose is its own
// host, whatever setting it hides behind.
func TestDefaultsNeedApproval(t *testing.T) {
	asked := Asked(testInfo(), nil)
	declared := testInfo().Checks[1].Access
	lookup := func(own bool) Lookup {
		values := map[string]string{"A:Url": "https://a.example.com", "C:Url": "https://c.example.com/", "D:Host": "mail.example.com", "D:Port": "25"}
		return func(key string) (string, string, bool) {
			winning := key
			if !own && (key == "C:Url" || key == "D:Port") {
				winning = ""
			}
			return values[key], winning, values[key] != ""
		}
	}
	var withoutChoices []wire.Access
	for _, e := range asked.Access {
		if _, literal := LiteralHost(e); !literal && len(e.DefaultPort) == 0 {
			withoutChoices = append(withoutChoices, e)
		}
	}
	for _, tt := range []struct {
		name     string
		approved []wire.Access
		own      bool
		want     string
	}{
		{"all approved", asked.Access, false, "1 https://a.example.com/v2/;2 https://c.example.com/api;3 tcp://mail.example.com:25;"},
		{"the choices of the plugin are not", withoutChoices, false, "1 https://a.example.com/v2/;"},
		{"the operator chose the same", withoutChoices, true, "1 https://a.example.com/v2/;2 https://c.example.com/api;3 tcp://mail.example.com:25;"},
		{"nothing approved", nil, true, ""},
	} {
		got := ""
		for _, g := range ResolveWithin(declared, tt.approved, lookup(tt.own), func(key string) string { return key }, nil) {
			got += fmt.Sprintf("%d %s;", g.Entry, g.Base)
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
