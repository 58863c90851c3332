package host

import (
	"testing"

	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/vet"
	"stella-ops.org/doctor/sdk/wire"
)

// TestScriptToken: the token service answers the request whose challenge led there,
// however many others have tokens of their own.
func TestScriptToken(t *testing.T) {
	challenges := func(path, variant string) (key string, r reply) {
		a := asked{Request: vet.Request{Function: wire.FuncHTTPRead, Method: "GET", Target: "{Two:Url}", Path: path}}
		for _, r := range replies(a, nil, false) {
			if r.Variant == variant {
				return a.key(), r
			}
		}
		t.Fatalf("no answer %q", variant)
		return
	}
	given, givenReply := challenges("/given", "with a Bearer challenge, and the token is given")
	refused, refusedReply := challenges("/refused", "with a Bearer challenge, and the token is refused")
	set := map[string]reply{given: givenReply, refused: refusedReply}
	u, _ := wire.ScreenURL("https://registry.example.com/")
	call := egress.Call{Request: &wire.HTTPRequest{Method: "GET"}, URL: u}
	inv := &invention{}
	for range 50 { // maps have no order
		far, err := newScript(inv, worldChallenge, set)()
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			key  string
			want int
		}{{given, 200}, {refused, 401}, {"another request", 200}, {given, 200}} {
			if got := far.http(t.Context(), step.key, "", call); got.Status != 401 {
				t.Fatalf("%s: no challenge but %d", step.key, got.Status)
			}
			if got := far.http(t.Context(), "token", report.PurposeTokenExchange, call); got.Status != step.want {
				t.Fatalf("after %s: the token service answers %d, want %d", step.key, got.Status, step.want)
			}
		}
	}
}
