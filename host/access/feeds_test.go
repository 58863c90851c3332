package access_test

import (
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/sdk/wire"
)

func aliased(token ...string) *wire.PluginInfo {
	return &wire.PluginInfo{Checks: []wire.CheckInfo{{
		Settings: []wire.SettingInfo{
			{Key: "Acme:Url", Type: wire.TypeURL}, {Key: "Acme:Token", Type: wire.TypeString, Secret: true},
			{Key: "Acme:Stats:Url", Type: wire.TypeURL}, {Key: "Acme:Stats:Token", Aliases: token, Type: wire.TypeString, Secret: true},
		},
		Access: []wire.Access{
			{Kind: "http", Class: "read", Methods: []string{"GET"}, Target: "{Acme:Url}", Secrets: []string{"Acme:Token"}},
			{Kind: "http", Class: "read", Methods: []string{"GET"}, Target: "{Acme:Stats:Url}", Secrets: []string{"Acme:Stats:Token"}},
		},
	}}}
}

// TestAliasRewiring: an alias makes another secret go to an address. Each key alone
// was asked for before; where it goes was not.
func TestAliasRewiring(t *testing.T) {
	without, with := aliased(), aliased("Acme:Token")
	old, new := access.Asked(without, nil), access.Asked(with, nil)
	if got := old.Compare(new); got != access.Wider {
		t.Errorf("an alias more is %s", got)
	}
	if got := new.Compare(old); got != access.Narrower {
		t.Errorf("an alias less is %s", got)
	}
	operator := []string{"Acme:Url=https://acme.example.com", "Acme:Stats:Url=https://stats.example.com", "Acme:Token=main"}
	if got := reach(t, with, operator, nil); !got["GET stats.example.com Acme:Token"] {
		t.Fatalf("the alias does nothing: %v", got)
	}
	if got := reach(t, with, operator, &old); got["GET stats.example.com Acme:Token"] || !got["GET acme.example.com Acme:Token"] {
		t.Errorf("as approved before: %v", got)
	}
	// An override of the alias, for this plugin alone, is the operator's word for the alias.
	if got := reach(t, with, append(operator, "Doctor:Plugins:a.b:Acme:Token=own"), &old); got["GET stats.example.com Doctor:Plugins:a.b:Acme:Token"] {
		t.Errorf("as approved before, with an override: %v", got)
	}
}

// TestPortOfLiteral: a port setting goes before the port that a literal target has.
func TestPortOfLiteral(t *testing.T) {
	asked := func(port string) access.Scope {
		return access.Asked(&wire.PluginInfo{Checks: []wire.CheckInfo{{
			Settings: []wire.SettingInfo{{Key: "A:Port", Type: wire.TypeInt, Default: port}},
			Access:   []wire.Access{{Kind: "tcp", Class: "read", Target: "x://a.example.com:22", Port: "{A:Port}"}},
		}}}, nil)
	}
	if got := asked("25").Compare(asked("26")); got != access.Wider {
		t.Errorf("another default of the port is %s", got)
	}
}

// reach are what grants let pass, with the operator's keys that supply the secrets:
// those of all that is declared, or of what is approved.
func reach(t testing.TB, info *wire.PluginInfo, operator []string, approved *access.Scope) map[string]bool {
	t.Helper()
	store, err := settings.Load(settings.Options{Set: operator, NoDefaultFiles: true})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, c := range info.Checks {
		r := store.Resolve("a.b", c.Settings)
		lookup := func(key string) (string, string, bool) {
			v, ok := r.Lookup(key)
			return v.Value, v.From.Key, ok
		}
		grants := access.Resolve(c.Access, lookup, r.Items)
		if approved != nil {
			source := func(key string) string {
				v, _ := r.Lookup(key)
				return v.Source
			}
			grants = access.ResolveWithin(c.Access, approved.Access, lookup, source, r.Items)
		}
		for _, g := range grants {
			for _, m := range g.Methods {
				to := fmt.Sprintf("%s %s", m, g.Base.Host)
				if g.Kind == wire.KindTCP {
					to += fmt.Sprint(":", g.Base.Port)
				}
				all[to] = true
				for _, handle := range g.Secrets {
					if v, ok := r.Lookup(strings.TrimPrefix(handle, "secret:")); ok {
						all[to+" "+v.From.Key] = true
					}
				}
			}
		}
	}
	return all
}

// operatorKeys are what the operator of the tests below can set.
var operatorKeys = []string{
	"A:Url=https://a.example.com", "B:Url=https://b.example.com", "L:0:Url=https://l0.example.com", "L:1:Url=https://l1.example.com",
	"A:Token=a", "B:Token=b", "L:0:Token=l0", "A:Port=25",
}

// everywhere is what is reached under any settings.
func everywhere(t testing.TB, info *wire.PluginInfo, approved *access.Scope) map[string]bool {
	all := map[string]bool{}
	for set := range 1 << len(operatorKeys) {
		var operator []string
		for i, key := range operatorKeys {
			if set>>i&1 == 1 {
				operator = append(operator, key)
			}
		}
		maps.Copy(all, reach(t, info, operator, approved))
	}
	return all
}

func pick[T any](r *rand.Rand, all ...T) T { return all[r.Intn(len(all))] }

// wiring makes a plugin of a small world of keys.
func wiring(r *rand.Rand) *wire.PluginInfo {
	star := r.Intn(2) == 0
	at, other, more := "A", []string{"B"}, []string{"B:Token", "A:Url"}
	if star {
		at, other, more = "L:*", []string{"A", "B"}, []string{"A:Token"}
	}
	url := wire.SettingInfo{Key: at + ":Url", Type: wire.TypeURL, Lead: true}
	token := wire.SettingInfo{Key: at + ":Token", Type: wire.TypeString, Secret: true}
	for _, section := range other[:r.Intn(len(other)+1)] {
		url.Aliases, token.Aliases = append(url.Aliases, section+":Url"), append(token.Aliases, section+":Token")
	}
	switch r.Intn(4) {
	case 0:
		url.Group, token.Group = "g", "g"
	case 1:
		url.Aliases = nil
	case 2:
		token.Aliases = pick(r, nil, more[:1])
	}
	if !star {
		url.Default = pick(r, "", "", "https://default.example.com")
	}
	c := wire.CheckInfo{Settings: []wire.SettingInfo{url, token}}
	entry := wire.Access{Kind: "http", Class: "read", Methods: pick(r, []string{"GET"}, []string{"GET", "HEAD"}), Target: "{" + url.Key + "}"}
	entry.Secrets = pick(r, nil, []string{token.Key}, []string{token.Key})
	c.Access = []wire.Access{entry}
	if r.Intn(3) == 0 {
		port := wire.SettingInfo{Key: "A:Port", Type: wire.TypeInt, Default: pick(r, "", "26")}
		peer := wire.Access{Kind: "tcp", Class: "read", Target: "{" + url.Key + "}", Port: pick(r, "", "{A:Port}")}
		if port.Default == "" || peer.Port == "" {
			peer.DefaultPort = []int{22} // beside a setting with a default it is approved and never used
		}
		c.Settings, c.Access = append(c.Settings, port), append(c.Access, peer)
	}
	return &wire.PluginInfo{Checks: []wire.CheckInfo{c}}
}

// TestWhatKeysSupply: what a plugin reaches under any settings, an earlier version
// reached under some, or else it asks for more; nothing that was not approved is
// reached; and what is approved as it is asked for is reached whole.
func TestWhatKeysSupply(t *testing.T) {
	r := rand.New(rand.NewSource(11))
	type version struct {
		info  *wire.PluginInfo
		asked access.Scope
		all   map[string]bool
	}
	var versions []version
	for range 40 {
		v := version{info: wiring(r)}
		v.asked, v.all = access.Asked(v.info, nil), everywhere(t, v.info, nil)
		if got := everywhere(t, v.info, &v.asked); !maps.Equal(got, v.all) {
			t.Fatalf("approved whole, %+v\nreaches %v\ninstead of %v", v.info.Checks[0], sorted(got), sorted(v.all))
		}
		versions = append(versions, v)
	}
	wider, same := 0, 0
	for _, old := range versions {
		for i, new := range versions {
			if old.asked.Compare(new.asked) != access.Wider {
				same++
				if extra := without(new.all, old.all); len(extra) > 0 {
					t.Fatalf("not wider, and yet reaches %v\nold %+v\nnew %+v", extra, old.info.Checks[0], new.info.Checks[0])
				}
				continue
			}
			wider++
			if i%8 != 0 {
				continue // the walk through all settings takes its time
			}
			if extra := without(everywhere(t, new.info, &old.asked), old.all); len(extra) > 0 {
				t.Fatalf("not approved, and yet reaches %v\nold %+v\nnew %+v", extra, old.info.Checks[0], new.info.Checks[0])
			}
		}
	}
	if wider < 100 || same < 100 {
		t.Errorf("%d pairs are wider, %d not", wider, same)
	}
}

func without(a, b map[string]bool) (extra []string) {
	for _, key := range sorted(a) {
		if !b[key] {
			extra = append(extra, key)
		}
	}
	return extra
}

func sorted(m map[string]bool) []string { return slices.Sorted(maps.Keys(m)) }
