package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/access"
	config "stella-ops.org/doctor/host/settings"
)

// resolved is what the host makes of settings for one check.
func resolved(t *testing.T, check string, set ...string) config.Resolution {
	t.Helper()
	store, err := config.Load(config.Options{NoDefaultFiles: true, Set: set})
	if err != nil {
		t.Fatal(err)
	}
	info := described(t, check)
	return store.Resolve(pluginID, info.Settings)
}

// TestListSettings: what the three checks are given of lists with gaps and holes,
// and of two sections that were mixed. A token comes from the section of its
// address and from no other.
func TestListSettings(t *testing.T) {
	for _, c := range []struct {
		check string
		set   string
		want  string // declared<winner, and whether there is anything to ask
	}{
		{ciSystemID, "CI:Systems:3:Url=c CI:Systems:1:Url=a CI:Systems:1:ApiToken=t",
			"CI:Systems:1:ApiToken<CI:Systems:1:ApiToken CI:Systems:1:Url<CI:Systems:1:Url CI:Systems:3:Url<CI:Systems:3:Url true"},
		{ciSystemID, "CI:Url=a CI:Type=gitlab CI:ApiToken=t",
			"CI:Systems:0:ApiToken<CI:ApiToken CI:Systems:0:Type<CI:Type CI:Systems:0:Url<CI:Url true"},
		{ciSystemID, "CI:Url=a CI:ApiToken=t CI:Systems:0:ApiToken=other",
			"CI:Systems:0:ApiToken<CI:ApiToken CI:Systems:0:Url<CI:Url true"},
		{ciSystemID, "CI:Url=a CI:Systems:0:ApiToken=other", "CI:Systems:0:Url<CI:Url true"},
		{ciSystemID, "CI:Systems:0:Url=a CI:Url=b CI:ApiToken=t CI:Type=gitlab", "CI:Systems:0:Url<CI:Systems:0:Url true"},
		{ciSystemID, "CI:Systems:0:Url=a CI:Systems:2:Name=hole", "CI:Systems:0:Url<CI:Systems:0:Url CI:Systems:2:Name<CI:Systems:2:Name true"},
		{ciSystemID, "CI:Systems:2:Name=hole", "CI:Systems:2:Name<CI:Systems:2:Name true"},
		{secretsManagerID, "Secrets:Vault:Url=a Vault:Token=t", "Secrets:Managers:0:Url<Secrets:Vault:Url true"},
		{secretsManagerID, "Vault:Url=a Secrets:Vault:Token=t", "Secrets:Managers:0:Url<Vault:Url true"},
		{secretsManagerID, "Vault:Url=a Vault:Token=t", "Secrets:Managers:0:Token<Vault:Token Secrets:Managers:0:Url<Vault:Url true"},
		{secretsManagerID, "Secrets:Vault:Url=a Vault:Url=b Secrets:Vault:Token=t Vault:Token=u",
			"Secrets:Managers:0:Token<Secrets:Vault:Token Secrets:Managers:0:Url<Secrets:Vault:Url true"},
		{secretsManagerID, "Doctor:Plugins:Integration:Vault:Url=b Secrets:Vault:Url=a Secrets:Vault:Token=t Vault:Token=u",
			"Secrets:Managers:0:Token<Vault:Token Secrets:Managers:0:Url<Doctor:Plugins:Integration:Vault:Url true"},
		{secretsManagerID, "Secrets:Managers:1:Url=a Vault:Url=b Vault:Token=t", "Secrets:Managers:1:Url<Secrets:Managers:1:Url true"},
		{webhooksID, "Webhooks:Endpoints:0:Url=a Webhooks:Endpoints:4:Direction=inbound",
			"Webhooks:Endpoints:0:Url<Webhooks:Endpoints:0:Url Webhooks:Endpoints:4:Direction<Webhooks:Endpoints:4:Direction true"},
		{webhooksID, "", "false"},
	} {
		r := resolved(t, c.check, strings.Fields(c.set)...)
		var got []string
		for _, v := range r.Values {
			got = append(got, v.Declared+"<"+v.From.Key)
		}
		if got := strings.Join(append(got, fmt.Sprint(r.Configured)), " "); got != c.want {
			t.Errorf("%s: %s\ngives %s\nwant  %s", c.check, c.set, got, c.want)
		}
	}
}

// TestPushRepositorySettings: oci.capabilities writes where oci.push does, whatever
// supplied the repository that is read.
func TestPushRepositorySettings(t *testing.T) {
	const override = "Doctor:Plugins:Integration:"
	for set, want := range map[string]string{
		"":                                 "stellaops/doctor-test",
		"OCI:TestRepository=team/app":      "team/app",
		"Registry:TestRepository=team/app": "stellaops/doctor-test",
		"OCI:TestRepository=team/app " + override + "Registry:TestRepository=other/app":                           "team/app",
		override + "OCI:TestRepository=other/app OCI:TestRepository=team/app":                                     "other/app",
		override + "OCI:TestRepository=other/app OCI:PushTestRepository=team/push":                                "other/app",
		"OCI:PushTestRepository=team/push OCI:TestRepository=team/app":                                            "team/push",
		override + "OCI:PushTestRepository=a/b " + override + "OCI:TestRepository=c/d OCI:PushTestRepository=e/f": "a/b",
	} {
		for _, check := range []string{ociPushID, ociCapabilitiesID} {
			if v, _ := resolved(t, check, strings.Fields(set)...).Lookup(keyPushRepository); v.Value != want {
				t.Errorf("%s, %q: %s, want %s", check, set, v.Value, want)
			}
		}
	}
}

// TestListGrants: no secret may go to another address than that of its item, and
// none to an address of the plugin's own.
func TestListGrants(t *testing.T) {
	for check, list := range map[string]string{ciSystemID: "CI:Systems:", secretsManagerID: "Secrets:Managers:"} {
		var set []string
		for i := range 100 {
			set = append(set, fmt.Sprintf("%s%d:Url=https://h%d.example.com/base", list, 3*i, i%7),
				fmt.Sprintf("%s%d:ApiToken=t%d", list, 3*i, i), fmt.Sprintf("%s%d:Token=t%d", list, 3*i, i))
		}
		r := resolved(t, check, set...)
		info := described(t, check)
		grants := access.Resolve(info.Access, func(key string) (string, string, bool) {
			v, ok := r.Lookup(key)
			return v.Value, v.From.Key, ok
		}, r.Items)
		own := 0
		for _, g := range grants {
			item, _ := strings.CutSuffix(g.Setting, ":Url")
			switch {
			case g.Setting == "" && len(g.Secrets) == 0:
				own++
			case len(g.Secrets) != 1 || !strings.HasPrefix(g.Secrets[0], "secret:"+item+":"):
				t.Errorf("%s to %s bears %v", g.Text, g.Base.Host, g.Secrets)
			}
		}
		starred := len(info.Access) - own
		if len(grants) != 100*starred+own || own != map[string]int{ciSystemID: 1}[check] {
			t.Errorf("%s: %d grants, %d of them for addresses of its own", check, len(grants), own)
		}
		if !slices.Equal(r.Items(list+"*:Url"), r.Items(list+"*:"+map[string]string{ciSystemID: "ApiToken", secretsManagerID: "Token"}[check])) {
			t.Errorf("%s: addresses and tokens of different items", check)
		}
	}
}
