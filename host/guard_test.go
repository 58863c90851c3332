package host

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host/audit"
	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/sdk/wire"
)

// TestSettleDebts: the guard takes back what is owed at the end of the pipe, and
// nothing that is settled or that the end has cut off.
func TestSettleDebts(t *testing.T) {
	u := newUndoServer(t)
	info := wire.CheckInfo{
		Settings: []wire.SettingInfo{{Key: "A:Url", Type: wire.TypeURL}, {Key: "A:Token", Type: wire.TypeString, Secret: true}},
		Access:   []wire.Access{{Kind: wire.KindHTTP, Methods: []string{"POST", "DELETE"}, Target: "{A:Url}", Path: "/v2/", Secrets: []string{"A:Token"}}},
	}
	s := newStage(t, info, "A:Url="+u.URL, "A:Token=c4n4ry-t0ken")
	owe := func(id int, path string) string {
		line, err := json.Marshal(guardLine{Owe: &guardDebt{ID: id, Method: "DELETE", Location: u.URL + path, Secret: "c4n4ry-t0ken",
			Credential: &wire.Credential{Scheme: "bearer", Secret: "secret:A:Token"}, Grants: s.grants}})
		if err != nil {
			t.Fatal(err)
		}
		return string(line) + "\n"
	}
	network, err := json.Marshal(guardLine{Network: &egress.Config{}})
	if err != nil {
		t.Fatal(err)
	}
	const login = " Bearer c4n4ry-t0ken"
	for name, c := range map[string]struct{ text, want string }{
		"owed":             {owe(1, "/v2/1"), "DELETE /v2/1" + login},
		"settled":          {owe(1, "/v2/1") + `{"Settled":1}`, ""},
		"one of two":       {owe(1, "/v2/1") + owe(2, "/v2/2") + `{"Settled":1}`, "DELETE /v2/2" + login},
		"cut off":          {owe(1, "/v2/1") + owe(2, "/v2/2")[:40], "DELETE /v2/1" + login},
		"nothing":          {"", ""},
		"garbage":          {owe(1, "/v2/1") + "\x00\n" + owe(2, "/v2/2"), "DELETE /v2/1" + login},
		"not granted":      {owe(1, "/admin"), ""},
		"settled too soon": {`{"Settled":1}` + owe(1, "/v2/1"), "DELETE /v2/1" + login},
	} {
		t.Run(name, func(t *testing.T) {
			u.asked = nil
			settleDebts(strings.NewReader(string(network) + "\n" + c.text))
			if got := strings.Join(u.asked, ", "); got != c.want {
				t.Errorf("asked %q, want %q", got, c.want)
			}
		})
	}
}

// TestGuardAudit: what a guard takes back for a killed run is one run of the audit log,
// whose start names every plugin that it sends requests for, and whose end says why
// it has no exit code.
func TestGuardAudit(t *testing.T) {
	u := newUndoServer(t)
	info := wire.CheckInfo{
		Settings: []wire.SettingInfo{{Key: "A:Url", Type: wire.TypeURL}},
		Access:   []wire.Access{{Kind: wire.KindHTTP, Methods: []string{"POST", "DELETE"}, Target: "{A:Url}", Path: "/v2/"}},
	}
	s := newStage(t, info, "A:Url="+u.URL)
	path := filepath.Join(t.TempDir(), "audit.log")
	var text strings.Builder
	enc := json.NewEncoder(&text)
	debt := func(id int, run, plugin, check string) {
		if err := enc.Encode(guardLine{Owe: &guardDebt{ID: id, Method: "DELETE", Location: fmt.Sprintf("%s/v2/%d", u.URL, id), Grants: s.grants,
			Audit: &guardAudit{Path: path, Run: run, Version: "1.0.0", Check: check, Plugin: audit.Plugin{ID: plugin, Version: "1.0.0", Digest: "sha256:0"}}}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := enc.Encode(guardLine{Network: &egress.Config{}}); err != nil {
		t.Fatal(err)
	}
	debt(1, "aa", "com.b", "check.b.one")
	debt(2, "aa", "com.a", "check.a.one")
	debt(3, "aa", "com.a", "check.a.one")
	debt(4, "bb", "com.c", "check.c.one")
	settleDebts(strings.NewReader(text.String()))
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var starts, ends []string
	for line := range strings.Lines(string(data)) {
		var l audit.Line
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		switch {
		case l.Start != nil:
			var ids []string
			for _, p := range l.Start.Plugins {
				ids = append(ids, p.ID)
			}
			starts = append(starts, fmt.Sprintf("for %s: %s, %d", l.Start.For, strings.Join(ids, " "), l.Start.Checks))
		case l.End != nil:
			ends = append(ends, fmt.Sprintf("%d calls: %s", l.End.Calls, l.End.Error))
		}
	}
	slices.Sort(ends)
	if got, want := strings.Join(starts, "; "), "for aa: com.a com.b, 2; for bb: com.c, 1"; got != want {
		t.Errorf("starts: %s, want %s", got, want)
	}
	if got, want := strings.Join(ends, "; "), "1 calls: no check was run: it took back what run bb had left; 3 calls: no check was run: it took back what run aa had left"; got != want {
		t.Errorf("ends: %s, want %s", got, want)
	}
}

// TestStuckGuard: while a guard does not read what is settled, the other calls of
// the check go on.
func TestStuckGuard(t *testing.T) {
	const location = "http://registry.example.com/v2/u/1"
	to, _ := wire.ScreenURL(location)
	g := &guard{}
	c := &hostCalls{guard: g, undos: []undo{{method: "DELETE", location: location, debt: 1}}}
	owed.Add(1)
	g.mu.Lock() // as a write does that nobody reads
	settled, struck := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(settled)
		c.settleUndo(egress.Call{URL: to, Request: &wire.HTTPRequest{Method: "DELETE", URL: location}}, &wire.HTTPResponse{Status: 204})
	}()
	go func() {
		defer close(struck)
		for left := 1; left > 0; runtime.Gosched() {
			c.mu.Lock()
			left = len(c.undos)
			c.mu.Unlock()
		}
	}()
	select {
	case <-struck:
	case <-time.After(10 * time.Second):
		t.Error("the calls of the check wait for the guard")
	}
	g.mu.Unlock()
	<-settled
	<-struck
	if owed.Load() != 0 {
		t.Error("something is still owed")
	}
}
