package host

import (
	"encoding/json"
	"strings"
	"testing"

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
