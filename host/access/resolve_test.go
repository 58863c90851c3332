package access

import (
	"reflect"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

// settings answers lookups from a map; the winning key is the declared one with
// a mark, so that a test sees which of the two was taken.
func settings(values map[string]string) Lookup {
	return func(key string) (string, string, bool) {
		v, ok := values[key]
		return v, key + "!", ok
	}
}

func numbers(n ...int) Items {
	return func(string) []int { return n }
}

func TestResolve(t *testing.T) {
	registry := wire.Access{Kind: "http", Class: "read", Methods: []string{"GET"}, Target: "{OCI:RegistryUrl}", Trim: "/v2", Path: "/v2/"}
	list := wire.Access{Kind: "http", Methods: []string{"GET", "HEAD"}, Target: "{CI:Systems:*:Url}", Path: "/api", Secrets: []string{"CI:Systems:*:Token", "CI:Token"}}
	tests := []struct {
		name   string
		entry  wire.Access
		values map[string]string
		items  Items
		want   []string // text | key | base or invalid rule | max body | secrets
	}{
		{"plain", registry, map[string]string{"OCI:RegistryUrl": "https://registry.example.com"}, nil,
			[]string{"GET {OCI:RegistryUrl}/v2/|OCI:RegistryUrl!|https://registry.example.com/v2/|65536|"}},
		{"trim and prefix", registry, map[string]string{"OCI:RegistryUrl": "http://Registry.example.com:5000/harbor/v2/"}, nil,
			[]string{"GET {OCI:RegistryUrl}/v2/|OCI:RegistryUrl!|http://registry.example.com:5000/harbor/v2/|65536|"}},
		{"trailing slashes and space", registry, map[string]string{"OCI:RegistryUrl": " https://registry.example.com// "}, nil,
			[]string{"GET {OCI:RegistryUrl}/v2/|OCI:RegistryUrl!|https://registry.example.com/v2/|65536|"}},
		{"unset", registry, nil, nil, nil},
		{"blank", registry, map[string]string{"OCI:RegistryUrl": "  "}, nil, nil},
		{"user info", registry, map[string]string{"OCI:RegistryUrl": "https://u:p@registry.example.com"}, nil,
			[]string{"GET {OCI:RegistryUrl}/v2/|OCI:RegistryUrl!|invalid userinfo|65536|"}},
		{"no scheme", registry, map[string]string{"OCI:RegistryUrl": "registry.example.com"}, nil,
			[]string{"GET {OCI:RegistryUrl}/v2/|OCI:RegistryUrl!|invalid scheme|65536|"}},
		{"literal", wire.Access{Kind: "http", Methods: []string{"GET"}, Target: "https://slack.example.com", Path: "/api", MaxBody: 9 << 20}, nil, nil,
			[]string{"GET https://slack.example.com/api||https://slack.example.com/api|1048576|"}},
		{"hostile path of the plugin", wire.Access{Kind: "http", Methods: []string{"GET"}, Target: "{A:Url}", Path: "/v2/../"}, map[string]string{"A:Url": "http://a.example.com"}, nil,
			[]string{"GET {A:Url}/v2/../|A:Url!|invalid path|65536|"}},
		{"path that tries to be a host", wire.Access{Kind: "http", Methods: []string{"GET"}, Target: "{A:Url}", Path: "@evil.example.com/"}, map[string]string{"A:Url": "http://a.example.com"}, nil,
			[]string{"GET {A:Url}@evil.example.com/|A:Url!|http://a.example.com/@evil.example.com/|65536|"}},
		{"items", list, map[string]string{"CI:Systems:0:Url": "http://a.example.com", "CI:Systems:2:Url": "http://b.example.com/x"}, numbers(0, 1, 2, -1),
			[]string{
				"GET,HEAD {CI:Systems:0:Url}/api|CI:Systems:0:Url!|http://a.example.com/api|65536|secret:CI:Systems:0:Token secret:CI:Token",
				"GET,HEAD {CI:Systems:2:Url}/api|CI:Systems:2:Url!|http://b.example.com/x/api|65536|secret:CI:Systems:2:Token secret:CI:Token",
			}},
		{"items without a counter", list, map[string]string{"CI:Systems:*:Url": "http://a.example.com"}, nil, nil},
		{"list secret without an item", wire.Access{Kind: "http", Target: "{A:Url}", Secrets: []string{"CI:Systems:*:Token"}}, map[string]string{"A:Url": "http://a.example.com"}, numbers(0),
			[]string{" {A:Url}|A:Url!|http://a.example.com/|65536|"}},
		{"two asterisks", wire.Access{Kind: "http", Target: "{A:*:B:*:Url}"}, map[string]string{"A:0:B:0:Url": "http://a.example.com"}, numbers(0), nil},
		{"kind unknown", wire.Access{Kind: "ftp", Target: "https://a.example.com"}, nil, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, g := range Resolve([]wire.Access{tt.entry}, settings(tt.values), tt.items) {
				base := g.Base.String()
				if g.Invalid != "" {
					base = "invalid " + g.Invalid
				}
				if g.Entry != 1 {
					t.Errorf("entry %d, want 1", g.Entry)
				}
				got = append(got, strings.Join([]string{g.Text, g.Key, base, itoa(g.MaxBody), strings.Join(g.Secrets, " ")}, "|"))
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}
