package host

import (
	"testing"
	"time"

	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/sdk/wire"
)

// TestAdmitItemWithoutLead: a list whose only item has no address is a matter for
// the guest, which is told of the item and given time and requests for it.
func TestAdmitItemWithoutLead(t *testing.T) {
	info := &wire.CheckInfo{ID: "check.acme.list", Settings: []wire.SettingInfo{
		{Key: "A:List:*:Url", Type: wire.TypeURL, Lead: true, Group: "item"}, {Key: "A:List:*:Token", Type: wire.TypeString, Secret: true, Group: "item"},
	}, Access: []wire.Access{{Kind: wire.KindHTTP, Methods: []string{"GET"}, Target: "{A:List:*:Url}", Secrets: []string{"A:List:*:Token"}}}}
	for set, want := range map[string]string{"A:List:7:Token=t": "", "A:Other:0:Token=t": wire.SkipUnconfigured} {
		store, err := settings.Load(settings.Options{NoDefaultFiles: true, Set: []string{set}})
		if err != nil {
			t.Fatal(err)
		}
		h := &Host{cfg: Config{Now: time.Now}, settings: store}
		a := h.admit(checkEntry{info, &loaded{}}, RunOptions{})
		if a.skip != want {
			t.Errorf("%s: skip %q, want %q", set, a.skip, want)
		}
		if want != "" {
			continue
		}
		given := a.request(checkEntry{info, &loaded{}}, "nonce", time.Time{}).Settings
		if s := given["A:List:7:Token"]; len(given) != 1 || s.Secret != "secret:A:List:7:Token" {
			t.Errorf("the guest is given %v", given)
		}
		if a.requests != requestBudget(1) || len(a.grants) != 0 {
			t.Errorf("%d requests, grants %v", a.requests, a.grants)
		}
	}
}
