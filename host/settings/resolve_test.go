package settings_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/sdk/wire"
)

const integration = "stellaops.doctor.integration"

var (
	registryURL = wire.SettingInfo{Key: "OCI:RegistryUrl", Aliases: []string{"Registry:Url"}, Type: wire.TypeURL, Lead: true}
	username    = wire.SettingInfo{Key: "OCI:Username", Aliases: []string{"Registry:Username"}, Type: wire.TypeString, Group: "credentials", Lead: true}
	password    = wire.SettingInfo{Key: "OCI:Password", Aliases: []string{"Registry:Password"}, Type: wire.TypeString, Group: "credentials"}
	smtpHost    = wire.SettingInfo{Key: "Smtp:Host", Aliases: []string{"Email:Smtp:Host", "Notify:Email:Host"}, Group: "server", Lead: true}
	smtpPort    = wire.SettingInfo{Key: "Smtp:Port", Aliases: []string{"Email:Smtp:Port", "Notify:Email:Port"}, Group: "server", Default: "587", Type: wire.TypeInt}
	ciURL       = wire.SettingInfo{Key: "CI:Systems:*:Url", Aliases: []string{"CI:Url"}, Type: wire.TypeURL, Group: "system", Lead: true}
	ciType      = wire.SettingInfo{Key: "CI:Systems:*:Type", Aliases: []string{"CI:Type"}, Group: "system", Default: "generic"}
	ciToken     = wire.SettingInfo{Key: "CI:Systems:*:ApiToken", Aliases: []string{"CI:ApiToken"}, Group: "system"}
	networks    = wire.SettingInfo{Key: "Docker:RequiredNetworks", Type: wire.TypeList}
)

// over is the override of a key for the integration plugin.
func over(key string) string { return "Doctor:Plugins:Integration:" + key }

// resolve resolves infos with these settings and writes what came out in one
// line, "Declared=value<Winner", a default without winner.
func resolve(t *testing.T, infos []wire.SettingInfo, set ...string) (settings.Resolution, string) {
	t.Helper()
	r := load(t, settings.Options{Set: set}).Resolve(integration, infos)
	var lines []string
	for _, v := range r.Values {
		line := v.Declared + "=" + v.Value
		if v.From.Key != "" {
			line += "<" + v.From.Key
		}
		lines = append(lines, line)
	}
	return r, strings.Join(lines, " ")
}

func TestResolve(t *testing.T) {
	oci := []wire.SettingInfo{registryURL, username, password}
	smtp := []wire.SettingInfo{smtpHost, smtpPort}
	ci := []wire.SettingInfo{ciURL, ciType, ciToken}
	for _, c := range []struct {
		name  string
		infos []wire.SettingInfo
		set   []string
		want  string
	}{
		{"nothing", oci, nil, ""},
		{"key", oci, []string{"oci:registryurl=a"}, "OCI:RegistryUrl=a<oci:registryurl"},
		{"alias", oci, []string{"Registry:Url=b"}, "OCI:RegistryUrl=b<Registry:Url"},
		{"key before alias", oci, []string{"Registry:Url=b", "OCI:RegistryUrl=a"}, "OCI:RegistryUrl=a<OCI:RegistryUrl"},
		{"override of the alias before key", oci, []string{"OCI:RegistryUrl=a", over("Registry:Url=x")}, "OCI:RegistryUrl=x<" + over("Registry:Url")},
		{"override of the key before override of the alias", oci, []string{over("Registry:Url=x"), over("OCI:RegistryUrl=y")}, "OCI:RegistryUrl=y<" + over("OCI:RegistryUrl")},
		{"override in another case", oci, []string{"doctor:plugins:INTEGRATION:oci:registryurl=y"}, "OCI:RegistryUrl=y<doctor:plugins:INTEGRATION:oci:registryurl"},
		{"override of another plugin", oci, []string{"Doctor:Plugins:Other:OCI:RegistryUrl=y", "Doctor:Plugins:" + integration + ":OCI:RegistryUrl=z"}, ""},

		{"group of the key", oci, []string{"OCI:Username=u", "OCI:Password=p", "Registry:Username=u2", "Registry:Password=p2"},
			"OCI:Password=p<OCI:Password OCI:Username=u<OCI:Username"},
		{"group of the alias", oci, []string{"Registry:Username=u2", "Registry:Password=p2", "OCI:Password=p"},
			"OCI:Password=p2<Registry:Password OCI:Username=u2<Registry:Username"},
		{"nothing borrowed from the alias", oci, []string{"OCI:Username=u", "Registry:Password=p2"}, "OCI:Username=u<OCI:Username"},
		{"nothing borrowed from the key", oci, []string{"Registry:Username=u2", "OCI:Password=p"}, "OCI:Username=u2<Registry:Username"},
		{"nothing borrowed from an override", oci, []string{"Registry:Username=u2", over("OCI:Password=p")}, "OCI:Username=u2<Registry:Username"},
		{"lead from an override", oci, []string{over("Registry:Username=u2"), "OCI:Username=u", "OCI:Password=p"}, "OCI:Username=u2<" + over("Registry:Username")},
		{"lead from an override, companion plain", oci, []string{over("Registry:Username=u2"), "Registry:Password=p2", "OCI:Password=p"},
			"OCI:Password=p2<Registry:Password OCI:Username=u2<" + over("Registry:Username")},
		{"companion from an override", oci, []string{"Registry:Username=u2", "Registry:Password=p2", over("Registry:Password=p3"), over("OCI:Password=p4")},
			"OCI:Password=p3<" + over("Registry:Password") + " OCI:Username=u2<Registry:Username"},
		{"companion without lead", oci, []string{"Registry:Password=p2"}, "OCI:Password=p2<Registry:Password"},

		{"default", smtp, []string{"Smtp:Host=h"}, "Smtp:Host=h<Smtp:Host Smtp:Port=587"},
		{"default rather than another section's", smtp, []string{"Notify:Email:Host=h", "Smtp:Port=25"}, "Smtp:Host=h<Notify:Email:Host Smtp:Port=587"},
		{"section of two names", smtp, []string{"Email:Smtp:Host=h", "Email:Smtp:Port=25", "Smtp:Port=26"}, "Smtp:Host=h<Email:Smtp:Host Smtp:Port=25<Email:Smtp:Port"},

		{"list", ci, []string{"CI:Systems:0:Url=a", "CI:Systems:0:ApiToken=t", "CI:Systems:1:Url=b", "CI:Systems:1:Type=gitlab"},
			"CI:Systems:0:ApiToken=t<CI:Systems:0:ApiToken CI:Systems:0:Type=generic CI:Systems:0:Url=a<CI:Systems:0:Url CI:Systems:1:Type=gitlab<CI:Systems:1:Type CI:Systems:1:Url=b<CI:Systems:1:Url"},
		{"gaps, in order of number", ci[:1], []string{"CI:Systems:10:Url=k", "CI:Systems:9:Url=j", "CI:Systems:2:Url=c"},
			"CI:Systems:2:Url=c<CI:Systems:2:Url CI:Systems:9:Url=j<CI:Systems:9:Url CI:Systems:10:Url=k<CI:Systems:10:Url"},
		{"no item numbers", ci[:1], []string{"CI:Systems:01:Url=a", "CI:Systems:+1:Url=b", "CI:Systems:-1:Url=c", "CI:Systems:x:Url=d", "CI:Systems:1:2:Url=e", "CI:Systems:1234567890:Url=f", "CI:Systems:٣:Url=g"}, ""},
		{"item without lead", ci, []string{"CI:Systems:0:Url=a", "CI:Systems:3:ApiToken=t"},
			"CI:Systems:0:Type=generic CI:Systems:0:Url=a<CI:Systems:0:Url CI:Systems:3:ApiToken=t<CI:Systems:3:ApiToken"},
		{"token of another item", ci, []string{"CI:Systems:0:Url=a", "CI:Systems:1:Url=b", "CI:Systems:1:ApiToken=t", "CI:ApiToken=single"},
			"CI:Systems:0:Type=generic CI:Systems:0:Url=a<CI:Systems:0:Url CI:Systems:1:ApiToken=t<CI:Systems:1:ApiToken CI:Systems:1:Type=generic CI:Systems:1:Url=b<CI:Systems:1:Url"},
		{"override of one item", ci, []string{"CI:Systems:0:Url=a", "CI:Systems:1:Url=b", "CI:Systems:1:ApiToken=t", over("CI:Systems:1:Url=x")},
			"CI:Systems:0:Type=generic CI:Systems:0:Url=a<CI:Systems:0:Url CI:Systems:1:ApiToken=t<CI:Systems:1:ApiToken CI:Systems:1:Type=generic CI:Systems:1:Url=x<" + over("CI:Systems:1:Url")},
		{"older single form", ci, []string{"CI:Url=a", "CI:ApiToken=t", "CI:Type=gitlab", "CI:Systems:0:ApiToken=other"},
			"CI:Systems:0:ApiToken=t<CI:ApiToken CI:Systems:0:Type=gitlab<CI:Type CI:Systems:0:Url=a<CI:Url"},
		{"nothing borrowed from an item", []wire.SettingInfo{ciURL, ciToken}, []string{"CI:Url=a", "CI:Systems:0:ApiToken=other", over("CI:Systems:0:ApiToken=third")}, "CI:Systems:0:Url=a<CI:Url"},
		{"nothing borrowed from the single form", []wire.SettingInfo{ciURL, ciToken}, []string{"CI:Systems:0:Url=a", "CI:ApiToken=t"}, "CI:Systems:0:Url=a<CI:Systems:0:Url"},
		{"single form of a companion is no item", []wire.SettingInfo{ciURL, ciToken}, []string{"CI:Systems:1:Url=a", "CI:Url=b", "CI:ApiToken=t"}, "CI:Systems:1:Url=a<CI:Systems:1:Url"},
		{"list before single form", ci[:1], []string{"CI:Url=a", "CI:Systems:4:Url=b"}, "CI:Systems:4:Url=b<CI:Systems:4:Url"},

		{"plain list", []wire.SettingInfo{networks}, []string{"Docker:RequiredNetworks:1=b", "Docker:RequiredNetworks:0=a", "Docker:RequiredNetworks=c"},
			"Docker:RequiredNetworks:0=a<Docker:RequiredNetworks:0 Docker:RequiredNetworks:1=b<Docker:RequiredNetworks:1"},
		{"plain list of one", []wire.SettingInfo{networks}, []string{"Docker:RequiredNetworks=c"}, "Docker:RequiredNetworks:0=c<Docker:RequiredNetworks"},
		{"declared twice", []wire.SettingInfo{registryURL, {Key: "oci:registryurl", Default: "d"}}, []string{"OCI:RegistryUrl=a"}, "OCI:RegistryUrl=a<OCI:RegistryUrl"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 8 { // maps are walked in random order
				if _, got := resolve(t, c.infos, c.set...); got != c.want {
					t.Fatalf("got  %s\nwant %s", got, c.want)
				}
			}
		})
	}
}

func TestResolveHundredItems(t *testing.T) {
	var set []string
	for i := range 100 {
		set = append(set, fmt.Sprintf("CI:Systems:%d:Url=u%d", i*3, i), fmt.Sprintf("CI:Systems:%d:ApiToken=t%d", i*3, i))
	}
	slices.Reverse(set)
	r, _ := resolve(t, []wire.SettingInfo{ciURL, ciToken}, set...)
	if len(r.Values) != 200 {
		t.Fatalf("%d values", len(r.Values))
	}
	for i, n := range r.Items("ci:systems:*:url") {
		if n != i*3 {
			t.Fatalf("item %d is number %d", i, n)
		}
		u, _ := r.Lookup("CI:Systems:" + strconv.Itoa(n) + ":Url")
		token, _ := r.Lookup("CI:Systems:" + strconv.Itoa(n) + ":ApiToken")
		if u.Value != fmt.Sprint("u", i) || token.Value != fmt.Sprint("t", i) || !token.Secret || u.Secret {
			t.Fatalf("item %d: %+v %+v", n, u, token)
		}
	}
	if _, ok := r.Lookup("CI:Systems:1:Url"); ok {
		t.Error("a gap has a value")
	}
}

func TestConfigured(t *testing.T) {
	optional := wire.SettingInfo{Key: "Git:Note"}
	vault := wire.SettingInfo{Key: "Vault:Url", Lead: true}
	ciTried := []string{over("CI:Systems:*:Url"), over("CI:Url"), "CI:Systems:*:Url", "CI:Url"}
	for _, c := range []struct {
		name  string
		infos []wire.SettingInfo
		set   []string
		want  bool
		tried []string
	}{
		{"no leads", []wire.SettingInfo{optional}, nil, true, nil},
		{"no settings", nil, nil, true, nil},
		{"unset", []wire.SettingInfo{registryURL, optional}, []string{"Git:Note=x"}, false,
			[]string{over("OCI:RegistryUrl"), over("Registry:Url"), "OCI:RegistryUrl", "Registry:Url"}},
		{"blank", []wire.SettingInfo{registryURL}, []string{"OCI:RegistryUrl= "}, false,
			[]string{over("OCI:RegistryUrl"), over("Registry:Url"), "OCI:RegistryUrl", "Registry:Url"}},
		{"user name alone does not make a registry", []wire.SettingInfo{username, registryURL}, []string{"OCI:Username=u"}, false,
			[]string{over("OCI:RegistryUrl"), over("Registry:Url"), "OCI:RegistryUrl", "Registry:Url"}},
		{"lead of a group", []wire.SettingInfo{ciURL, ciToken}, nil, false, ciTried},
		{"an item without its lead", []wire.SettingInfo{ciURL, ciToken}, []string{"CI:Systems:0:ApiToken=t"}, true, ciTried},
		{"an item of an override", []wire.SettingInfo{ciURL, ciToken}, []string{over("ci:systems:3:apitoken=t")}, true, ciTried},
		{"a blank item", []wire.SettingInfo{ciURL, ciToken}, []string{"CI:Systems:0:ApiToken="}, false, ciTried},
		{"an item by a field that nobody declares", []wire.SettingInfo{ciURL, ciToken}, []string{"CI:Systems:0:Note=x"}, false, ciTried},
		{"a default makes no item", []wire.SettingInfo{ciURL, ciType}, nil, false, ciTried},
		{"the older form without its lead", []wire.SettingInfo{ciURL, ciToken}, []string{"CI:ApiToken=t"}, false, ciTried},
		{"an item of another list", []wire.SettingInfo{ciURL, {Key: "CI:SystemsToo:*:Note"}}, []string{"CI:SystemsToo:0:Note=x"}, false, ciTried},
		{"any of two leads", []wire.SettingInfo{vault, registryURL}, []string{"Vault:Url=v"}, true,
			[]string{over("Vault:Url"), "Vault:Url", over("OCI:RegistryUrl"), over("Registry:Url"), "OCI:RegistryUrl", "Registry:Url"}},
		{"the second of two leads", []wire.SettingInfo{registryURL, vault}, []string{"Vault:Url=v"}, true,
			[]string{over("OCI:RegistryUrl"), over("Registry:Url"), "OCI:RegistryUrl", "Registry:Url", over("Vault:Url"), "Vault:Url"}},
		{"default", []wire.SettingInfo{{Key: "A:B", Lead: true, Default: "x"}}, nil, true, []string{over("A:B"), "A:B"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, _ := resolve(t, c.infos, c.set...)
			if r.Configured != c.want || !slices.Equal(r.Tried, c.tried) {
				t.Errorf("configured %v, tried %q", r.Configured, r.Tried)
			}
		})
	}
}

// TestItemWithoutLead: the guest is given the other fields of an item that has no
// address, or it could not tell that it is there.
func TestItemWithoutLead(t *testing.T) {
	r, _ := resolve(t, []wire.SettingInfo{ciURL, ciType, ciToken, {Key: "CI:Systems:*:Name"}}, "CI:Systems:0:Type=jenkins", "CI:Systems:0:ApiToken=t", "CI:Systems:2:Name=n")
	got := r.Request()
	for key, want := range map[string]wire.Setting{
		"CI:Systems:0:Type": {Value: "jenkins", Key: "CI:Systems:0:Type"}, "CI:Systems:0:ApiToken": {Secret: "secret:CI:Systems:0:ApiToken", Key: "CI:Systems:0:ApiToken"},
		"CI:Systems:2:Name": {Value: "n", Key: "CI:Systems:2:Name"},
	} {
		if got[key] != want {
			t.Errorf("%s: %+v, want %+v", key, got[key], want)
		}
	}
	if len(got) != 3 {
		t.Errorf("got %v", got)
	}
}

func TestOverridePrefix(t *testing.T) {
	for id, want := range map[string]string{
		"stellaops.doctor.integration":      "Doctor:Plugins:Integration",
		"stellaops.doctor.evil.integration": "Doctor:Plugins:stellaops.doctor.evil.integration",
		"acme.doctor.integration":           "Doctor:Plugins:acme.doctor.integration",
		"stellaops.doctor.":                 "Doctor:Plugins:stellaops.doctor.",
		"xstellaops.doctor.integration":     "Doctor:Plugins:xstellaops.doctor.integration",
		"stellaops.doctor.evidence-locker":  "Doctor:Plugins:Evidence-locker",
	} {
		if got := settings.OverridePrefix(id); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
	// A plugin whose id has dots reads its own overrides, and no others.
	store := load(t, settings.Options{Set: []string{"Doctor:Plugins:acme.doctor.web:OCI:RegistryUrl=own", over("OCI:RegistryUrl=other")}})
	if v, _ := store.Resolve("acme.doctor.web", []wire.SettingInfo{registryURL}).Lookup("OCI:RegistryUrl"); v.Value != "own" {
		t.Errorf("got %+v", v)
	}
}
