package access

import (
	"fmt"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

// entry reads the short form of the tables: words in any order, such as
// "GET,POST {A:Url} trim=/v2 path=/v2/ secrets=A:Token max=1048576 follow write",
// or "tcp host.example.com port={A:Port} ports=25,587".
func entry(t *testing.T, text string) wire.Access {
	e := wire.Access{Kind: "http", Class: "read", Reason: "test"}
	for word := range strings.FieldsSeq(text) {
		name, value, _ := strings.Cut(word, "=")
		switch {
		case word == "tcp":
			e.Kind = word
		case word == "write":
			e.Class = word
		case word == "follow":
			e.Redirects = wire.RedirectSameOrigin
		case name == "trim":
			e.Trim = value
		case name == "path":
			e.Path = value
		case name == "port":
			e.Port = value
		case name == "max":
			fmt.Sscan(value, &e.MaxBody)
		case name == "secrets":
			e.Secrets = strings.Split(value, ",")
		case name == "ports":
			for p := range strings.SplitSeq(value, ",") {
				var n int
				fmt.Sscan(p, &n)
				e.DefaultPort = append(e.DefaultPort, n)
			}
		case strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ,") == "":
			e.Methods = strings.Split(word, ",")
		default:
			e.Target = word
		}
	}
	return e
}

func entries(t *testing.T, text string) []wire.Access {
	var all []wire.Access
	for line := range strings.SplitSeq(text, ";") {
		if strings.TrimSpace(line) != "" {
			all = append(all, entry(t, line))
		}
	}
	return all
}

func TestCompare(t *testing.T) {
	tests := []struct {
		name, old, new string
		want           Relation
	}{
		{"equal", "GET {A:Url} path=/v2/", "GET {A:Url} path=/v2/", Same},
		{"nothing", "", "", Same},
		{"slashes of a path", "GET {A:Url} path=/v2/", "GET {A:Url} path=/v2", Same},
		{"order", "GET {A:Url}; GET {B:Url}", "GET {B:Url}; GET {A:Url}", Same},
		{"split methods", "GET,HEAD {A:Url}", "GET {A:Url}; HEAD {A:Url}", Same},
		{"said twice", "GET {A:Url}", "GET {A:Url}; GET {A:Url} path=/x", Same},
		{"less", "GET {A:Url}; GET {B:Url}", "GET {A:Url}", Narrower},
		{"nothing any more", "GET {A:Url}", "", Narrower},
		{"first access", "", "GET {A:Url}", Wider},
		{"method", "GET {A:Url}", "GET,HEAD {A:Url}", Wider},
		{"method of another entry", "GET {A:Url}; HEAD {B:Url}", "HEAD {A:Url}", Wider},
		{"path", "GET {A:Url} path=/v2", "GET {A:Url} path=/v2/library", Narrower},
		{"path above", "GET {A:Url} path=/v2", "GET {A:Url}", Wider},
		{"path beside", "GET {A:Url} path=/v2", "GET {A:Url} path=/v2x", Wider},
		{"setting", "GET {A:Url}", "GET {B:Url}", Wider},
		{"item of a list", "GET {A:*:Url}", "GET {A:0:Url}", Wider},
		{"trim", "GET {A:Url} path=/v2", "GET {A:Url} trim=/v2 path=/v2", Wider},
		{"trim spelled with a slash", "GET {A:Url} trim=/v2 path=/v2", "GET {A:Url} trim=/v2/ path=/v2", Same},
		{"trim of the whole", "GET {A:Url}", "GET {A:Url} trim=*", Wider},
		{"an asterisk for a segment", "GET {A:Url} trim=/*", "GET {A:Url} trim=*", Wider},
		{"below the origin", "GET {A:Url} trim=*", "GET {A:Url} trim=/v2 path=/v2/", Narrower},
		{"host", "GET https://a.example.com", "GET https://b.example.com", Wider},
		{"subdomain", "GET https://example.com", "GET https://a.example.com", Wider},
		{"spelling of a host", "GET https://a.example.com", "GET HTTPS://A.example.com.:443/", Same},
		{"scheme", "GET https://a.example.com", "GET http://a.example.com", Wider},
		{"port", "GET https://a.example.com", "GET https://a.example.com:8443", Wider},
		{"address with a path", "GET https://a.example.com", "GET https://a.example.com/api path=/v4", Narrower},
		{"a path moved to the address", "GET https://a.example.com path=/api/v4", "GET https://a.example.com/api path=/v4", Same},
		{"address for a setting", "GET {A:Url}", "GET https://a.example.com", Wider},
		{"setting for an address", "GET https://a.example.com", "GET {A:Url}", Wider},
		{"unusable address", "GET https://a.example.com", "GET https://u@a.example.com", Wider},
		{"secret", "GET {A:Url}", "GET {A:Url} secrets=A:Token", Wider},
		{"no secret", "GET {A:Url} secrets=A:Token", "GET {A:Url}", Narrower},
		{"secrets in two entries", "GET {A:Url} secrets=A:Token; GET {A:Url} secrets=A:Key", "GET {A:Url} secrets=A:Token,A:Key", Same},
		{"secret of another method", "GET {A:Url} secrets=A:Token; HEAD {A:Url}", "HEAD {A:Url} secrets=A:Token", Wider},
		{"redirects", "GET {A:Url}", "GET {A:Url} follow", Wider},
		{"no redirects", "GET {A:Url} follow", "GET {A:Url}", Narrower},
		{"default body", "GET {A:Url}", "GET {A:Url} max=65536", Same},
		{"body", "GET {A:Url}", "GET {A:Url} max=65537", Wider},
		{"small body", "GET {A:Url}", "GET {A:Url} max=10", Narrower},
		{"write", "GET {A:Url}", "POST {A:Url} write", Wider},
		{"class alone", "GET {A:Url}", "GET {A:Url} write", Wider},
		{"no class any more", "GET {A:Url} write", "GET {A:Url}", Narrower},
		{"kind", "GET {A:Url}", "tcp {A:Url} ports=25", Wider},
		{"tcp", "tcp {A:Host} ports=25,587", "tcp {A:Host} ports=25,587", Same},
		{"fewer ports", "tcp {A:Host} ports=25,587", "tcp {A:Host} ports=587", Narrower},
		{"more ports", "tcp {A:Host} ports=25", "tcp {A:Host} ports=25,22", Wider},
		{"port setting", "tcp {A:Host} ports=25", "tcp {A:Host} port={A:Port} ports=25", Wider},
		{"no port setting", "tcp {A:Host} port={A:Port} ports=25", "tcp {A:Host} ports=25", Wider},
		{"own port", "tcp mail.example.com ports=25,587", "tcp smtp://mail.example.com:587", Narrower},
		{"own port outside", "tcp mail.example.com ports=25", "tcp mail.example.com:22", Wider},
		{"another peer", "tcp mail.example.com ports=25", "tcp mail2.example.com ports=25", Wider},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			old, new := entries(t, tt.old), entries(t, tt.new)
			if got := (Scope{Access: old}).Compare(Scope{Access: new}); got != tt.want {
				t.Errorf("%s, want %s: not covered %+v", got, tt.want, Widened(old, new))
			}
		})
	}
}

// TestWidenedNamesMethods: what is shown for approval is what is new, no more.
func TestWidenedNamesMethods(t *testing.T) {
	got := Widened(entries(t, "GET {A:Url} path=/v2; GET {B:Url}"), entries(t, "GET,HEAD,OPTIONS {A:Url} path=/v2; GET {B:Url} path=/x; GET {C:Url}"))
	if len(got) != 2 || strings.Join(got[0].Methods, ",") != "HEAD,OPTIONS" || got[0].Path != "/v2" || got[1].Target != "{C:Url}" {
		t.Errorf("got %+v", got)
	}
}

func TestIntersect(t *testing.T) {
	tests := []struct{ name, declared, approved, want string }{
		{"all", "GET {B:Url}; GET,HEAD {A:Url} path=/v2", "GET,HEAD {A:Url} path=/v2; GET {B:Url}", "GET {B:Url}; GET,HEAD {A:Url} path=/v2"},
		{"nothing approved", "GET {A:Url}", "", ""},
		{"nothing declared", "", "GET {A:Url}", ""},
		{"methods", "GET,POST {A:Url} write", "GET {A:Url}", "GET {A:Url}"},
		{"no common method", "POST {A:Url} write", "GET {A:Url}", ""},
		{"narrower path approved", "GET {A:Url}", "GET {A:Url} path=/v2; GET {A:Url} path=/v2/x; GET {A:Url} path=/api", "GET {A:Url} path=/v2; GET {A:Url} path=/api"},
		{"paths beside", "GET {A:Url} path=/v2", "GET {A:Url} path=/v3", ""},
		{"secrets", "GET {A:Url} secrets=A:Token,A:Key", "GET {A:Url} secrets=A:Key,A:Other", "GET {A:Url} secrets=A:Key"},
		{"body and redirects", "GET {A:Url} max=1000 follow", "GET {A:Url} max=500; HEAD {A:Url}", "GET {A:Url} max=500"},
		{"literal for a setting", "GET {A:Url}; GET https://x.example.com", "GET https://a.example.com; GET https://x.example.com/api", "GET https://x.example.com/api"},
		{"ports", "tcp a.example.com ports=22,25", "tcp a.example.com ports=25,587", "tcp a.example.com ports=25"},
		{"own port", "tcp smtp://a.example.com:25", "tcp a.example.com ports=25,587", "tcp smtp://a.example.com:25"},
		{"own port approved", "tcp a.example.com ports=25,587", "tcp smtp://a.example.com:25", "tcp a.example.com ports=25"},
		{"own ports differ", "tcp a.example.com:22", "tcp a.example.com:25", ""},
		{"own ports differ, a setting", "tcp a.example.com:22 port={A:Port}", "tcp a.example.com:25 port={A:Port}", "tcp a.example.com port={A:Port}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, want := Intersect(entries(t, tt.declared), entries(t, tt.approved)), entries(t, tt.want)
			if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}
