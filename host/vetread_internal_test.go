package host

import (
	"fmt"
	"slices"
	"testing"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/sandbox"
	"stella-ops.org/doctor/host/vet"
	"stella-ops.org/doctor/sdk/wire"
)

// TestReadBesideLateCall: what a run left is read while a host function that is late
// still writes; the race detector sees it.
func TestReadBesideLateCall(t *testing.T) {
	rec := &recorder{canaries: []vet.Canary{vet.CanaryOf("Two:Token", "a-secret-of-some-length")}, looks: 1000}
	began, ended := make(chan bool), make(chan bool)
	go func() {
		defer close(ended)
		for i := range 200 {
			rec.decided(report.Request{Decision: "denied"}, false)
			rec.said(wire.FuncHTTPRead, []byte("a-secret-of-some-length"), nil)
			if i == 0 {
				close(began)
			}
		}
	}()
	<-began
	r := &ran{}
	r.read(rec, sandbox.Result{Output: []byte("a-secret-of-some-length")}, &wire.Request{Nonce: "nonce"})
	if len(r.denied) == 0 || len(r.hits) < 2 {
		t.Errorf("%d refusals and hits %+v", len(r.denied), r.hits)
	}
	<-ended
}

// TestHitsBounded: how often a secret was found does not depend on how many calls a
// guest finds the time for.
func TestHitsBounded(t *testing.T) {
	hits := func(calls int) []hit {
		rec := &recorder{canaries: []vet.Canary{vet.CanaryOf("Two:Token", "a-secret-of-some-length")}, looks: wire.DefaultRequests + ledgerKept}
		for n := range calls {
			rec.said(wire.FuncHTTPRead, wire.Marshal(&wire.HTTPRequest{Method: "GET", URL: fmt.Sprintf("https://h%d.example.com/a-secret-of-some-length", n)}), nil)
		}
		return rec.hits
	}
	few, many := hits(100), hits(3000)
	if !slices.Equal(few, many) || len(few) == 0 {
		t.Errorf("%d hits of 100 calls, %d of 3000", len(few), len(many))
	}
	rec := &recorder{canaries: []vet.Canary{vet.CanaryOf("Two:Token", "a-secret-of-some-length")}, looks: 10}
	for range 10 {
		rec.said(wire.FuncHTTPRead, []byte("a-secret-of-some-length"), nil)
	}
	if len(rec.hits) != 1 {
		t.Errorf("one secret at one place was found %d times", len(rec.hits))
	}
}
