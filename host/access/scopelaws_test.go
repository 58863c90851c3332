package access

import (
	"math/rand"
	"slices"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

// pick takes entries from a small world, so that they often touch one another.
type pick struct{ *rand.Rand }

func of[T any](p pick, all ...T) T { return all[p.Intn(len(all))] }

func some[T any](p pick, all ...T) []T {
	var part []T
	for _, v := range all {
		if p.Intn(2) == 0 {
			part = append(part, v)
		}
	}
	return part
}

func (p pick) entry() wire.Access {
	e := wire.Access{Kind: wire.KindHTTP, Class: wire.ClassWrite, Secrets: some(p, "A:Token", "A:Key")}
	if p.Intn(4) == 0 {
		e.Kind, e.Secrets = wire.KindTCP, nil
		e.Target = of(p, "{A:Peer}", "a.example.com", "x://a.example.com:25", "b.example.com", "A.example.com.:22")
		e.Port, e.DefaultPort = of(p, "", "", "{A:Port}"), some(p, 22, 25)
		return e
	}
	if e.Methods = some(p, "GET", "HEAD", "POST"); e.Methods == nil {
		e.Methods = []string{"GET"}
	}
	if !slices.Contains(e.Methods, "POST") {
		e.Class = of(p, wire.ClassRead, wire.ClassWrite)
	}
	e.Target = of(p, "{A:Url}", "{A:Url}", "{B:Url}", "https://a.example.com", "https://a.example.com:443/x", "http://a.example.com/x/v2")
	e.Trim = of(p, "", "", "/v2", "v2/", "*")
	e.Path = of(p, "", "/", "/v2", "/v2/", "/v2/x", "/x")
	e.Redirects = of(p, "", wire.RedirectSameOrigin)
	e.MaxBody = of(p, int64(0), 10, 1<<20)
	return e
}

func (p pick) list() []wire.Access {
	all := make([]wire.Access, p.Intn(4))
	for i := range all {
		all[i] = p.entry()
	}
	return all
}

// TestOrderLaws: containment is an order, and what is shared is inside both.
func TestOrderLaws(t *testing.T) {
	p := pick{rand.New(rand.NewSource(5))}
	pool := make([]wire.Access, 400)
	for i := range pool {
		pool[i] = p.entry()
	}
	inside := make([][]int, len(pool)) // inside[i] are the entries that pool[i] contains
	for i, outer := range pool {
		for j, inner := range pool {
			if Contains(outer, inner) {
				inside[i] = append(inside[i], j)
			}
		}
		if !slices.Contains(inside[i], i) {
			t.Fatalf("not reflexive: %+v", outer)
		}
	}
	chains := 0
	for i := range pool {
		for _, j := range inside[i] {
			for _, k := range inside[j] {
				if chains++; !slices.Contains(inside[i], k) {
					t.Fatalf("not transitive:\n%+v\n%+v\n%+v", pool[i], pool[j], pool[k])
				}
			}
		}
	}
	if chains < 2*len(pool) {
		t.Errorf("only %d chains of three", chains)
	}
	partial := 0
	for range 20_000 {
		declared, approved := p.list(), p.list()
		both := Intersect(declared, approved)
		if w := Widened(declared, both); len(w) > 0 {
			t.Fatalf("outside what is declared: %+v\ndeclared %+v\napproved %+v", w, declared, approved)
		}
		if w := Widened(approved, both); len(w) > 0 {
			t.Fatalf("outside what is approved: %+v\ndeclared %+v\napproved %+v", w, declared, approved)
		}
		if got := (Scope{Access: declared}).Compare(Scope{Access: declared}); got != Same {
			t.Fatalf("%+v is %s as itself", declared, got)
		}
		if len(Widened(approved, declared)) > 0 && len(both) > 0 {
			partial++
		}
	}
	if partial < 100 {
		t.Errorf("only %d lists were approved in part", partial)
	}
}

// world are settings under which one request of the tests below is judged.
func (p pick) world() Lookup {
	return settings(map[string]string{
		"A:Url":  of(p, "https://a.example.com", "http://a.example.com/x", "https://a.example.com/x/v2", "https://a.example.com/v2/x"),
		"B:Url":  of(p, "https://a.example.com", "https://b.example.com/v2"),
		"A:Peer": of(p, "a.example.com", "x://b.example.com:22"), "A:Port": of(p, "", "22", "25"),
	})
}

func (p pick) request() *wire.HTTPRequest {
	req := &wire.HTTPRequest{
		Method: of(p, "GET", "HEAD", "POST"),
		URL:    of(p, "https://", "https://", "http://") + of(p, "a.example.com", "a.example.com", "b.example.com") + of(p, "/", "/x", "/v2", "/v2/x", "/x/v2/", "/x/v2/x", "/v2/x/v2", "/x/x"),
	}
	if key := of(p, "", "", "A:Token", "A:Key"); key != "" {
		req.Credential = &wire.Credential{Scheme: wire.SchemeBearer, Secret: secretHandle + key}
	}
	if p.Intn(6) == 0 {
		req.URL = of(p, "secret:A:Url", "secret:B:Url")
	}
	return req
}

// TestOrderAgreesWithJudge: whatever passes under the smaller access passes
// under the larger, whatever the settings hold; and what passes under the
// intersection passes under both.
func TestOrderAgreesWithJudge(t *testing.T) {
	p := pick{rand.New(rand.NewSource(7))}
	all := []string{"GET", "HEAD", "POST"}
	granted, contained := 0, 0
	for range 40_000 {
		declared, approved := p.list(), p.list()
		lookup := p.world()
		both := Intersect(declared, approved)
		larger := [][]wire.Access{declared, approved}
		if len(Widened(approved, declared)) == 0 && len(declared) > 0 {
			contained++
			both, larger = declared, [][]wire.Access{approved}
		}
		req := p.request()
		peer := &wire.TCPRequest{Host: of(p, "a.example.com", "b.example.com"), Port: of(p, 22, 25)}
		_, _, no := Judge(Resolve(both, lookup, nil), "http", all, req)
		_, _, noPeer := JudgeTCP(Resolve(both, lookup, nil), "tcp", peer)
		for _, list := range larger {
			grants := Resolve(list, lookup, nil)
			if _, _, err := Judge(grants, "http", all, req); no == nil && err != nil {
				t.Fatalf("%+v passes under %+v\nand not under %+v\ndeclared %+v\napproved %+v", req, both, list, declared, approved)
			}
			if _, _, err := JudgeTCP(grants, "tcp", peer); noPeer == nil && err != nil {
				t.Fatalf("%+v passes under %+v\nand not under %+v", peer, both, list)
			}
		}
		if no == nil || noPeer == nil {
			granted++
		}
	}
	if granted < 200 || contained < 100 {
		t.Errorf("only %d requests passed, %d lists were contained", granted, contained)
	}
}
