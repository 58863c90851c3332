package store

import (
	"fmt"
	"os"
	"testing"
	"time"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/sdk/wire"
)

// TestManyPlugins is C21: a lock of a thousand plugins is read at once.
func TestManyPlugins(t *testing.T) {
	l := &Lock{}
	for i := range 1000 {
		l.Entries = append(l.Entries, Entry{ID: fmt.Sprintf("com.acme.n%04d", i), Approved: Approved{
			Release: Release{Version: "1.0.0", Digest: fmt.Sprintf("sha256:%064x", i), Bytes: 1, Unsigned: true}, Engine: Interpreter, By: "jane@example.com", At: now,
			Scope: access.Scope{Settings: []string{"Acme:Url"}, Access: []wire.Access{
				{Kind: "http", Class: "read", Methods: []string{"GET"}, Target: "{Acme:Url}", Reason: "ask it"}}},
		}})
	}
	p := newPlace(t)
	path := p.open().Path()
	if err := os.WriteFile(path, l.Marshal(), 0o644); err != nil {
		t.Fatal(err)
	}
	best := time.Hour
	for range 5 {
		start := time.Now()
		if got := len(p.open().Lock().Entries); got != 1000 {
			t.Fatalf("%d plugins", got)
		}
		best = min(best, time.Since(start))
	}
	t.Logf("read in %s", best)
	if best > 2*time.Second { // 200 ms on a machine that does nothing else
		t.Errorf("reading took %s", best)
	}
}
