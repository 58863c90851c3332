package settings_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"stella-ops.org/doctor/host/settings"
)

// write makes a file below dir and returns its path.
func write(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// load reads the sources without the default files of this machine.
func load(t *testing.T, o settings.Options) *settings.Store {
	t.Helper()
	if o.DefaultDir == "" {
		o.NoDefaultFiles = true
	}
	store, err := settings.Load(o)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// Each source beats all weaker ones together, and an empty value in a stronger
// source hides nothing.
func TestPrecedence(t *testing.T) {
	dir := t.TempDir()
	doc := func(v string) string { return `{"OCI": {"RegistryUrl": "` + v + `"}}` }
	write(t, dir, "appsettings.json", doc("base"))
	write(t, dir, "appsettings.Staging.json", doc("staging"))
	first := write(t, dir, "first.json", doc("first"))
	second := write(t, dir, "second.yaml", "oci: { registryUrl: second }")
	blankJSON := write(t, dir, "blank.json", `{"OCI": {"RegistryUrl": "  "}}`)
	blankYAML := write(t, dir, "blank.yaml", "oci:\n  registryUrl:\n")
	null := write(t, dir, "null.json", `{"OCI": {"RegistryUrl": null}}`)
	a := write(t, dir, "a", "from a\n")
	b := write(t, dir, "b", "from b\r\n")

	type sources = settings.Options
	steps := []struct {
		name   string
		add    func(*sources)
		value  string
		origin string
	}{
		{"base", func(o *sources) { o.DefaultDir = dir }, "base", "file " + filepath.Join(dir, "appsettings.json")},
		{"environment file", func(o *sources) { o.Environ = append(o.Environ, "DOTNET_ENVIRONMENT=Staging") }, "staging", "file " + filepath.Join(dir, "appsettings.Staging.json")},
		{"config", func(o *sources) { o.Files = append(o.Files, first) }, "first", "file " + first},
		{"later config", func(o *sources) { o.Files = append(o.Files, second) }, "second", "file " + second},
		{"empty configs", func(o *sources) { o.Files = append(o.Files, blankJSON, blankYAML, null) }, "second", "file " + second},
		{"environment", func(o *sources) { o.Environ = append(o.Environ, "OCI__REGISTRYURL=env") }, "env", "environment OCI__REGISTRYURL"},
		{"set", func(o *sources) { o.Set = append(o.Set, "OCI:RegistryUrl=set") }, "set", "--set"},
		{"later set", func(o *sources) { o.Set = append(o.Set, "oci.registryUrl=later=set ") }, "later=set", "--set"},
		{"empty set", func(o *sources) { o.Set = append(o.Set, "OCI__RegistryUrl= ") }, "later=set", "--set"},
		{"set file", func(o *sources) { o.SetFile = append(o.SetFile, "OCI:RegistryUrl="+a) }, "from a", "--set-file"},
		{"later set file", func(o *sources) { o.SetFile = append(o.SetFile, "OCI:RegistryUrl="+b) }, "from b", "--set-file"},
	}
	var o sources
	for _, s := range steps {
		s.add(&o)
		e, ok := load(t, o).Lookup("oci:registryurl")
		if !ok || e.Value != s.value || e.Origin != s.origin {
			t.Errorf("%s: got %+v, want %q from %s", s.name, e, s.value, s.origin)
		}
	}
}

func TestDefaultFiles(t *testing.T) {
	dir := t.TempDir()
	load(t, settings.Options{DefaultDir: dir})                           // both missing
	load(t, settings.Options{DefaultDir: filepath.Join(dir, "no", "x")}) // the directory as well
	write(t, dir, "appsettings.Production.json", `{"A": "production"}`)
	write(t, dir, "appsettings.Development.json", `{"A": "development"}`)
	for _, c := range []struct{ environ, want string }{
		{"", "production"}, {"DOTNET_ENVIRONMENT=", "production"}, {"DOTNET_ENVIRONMENT= Development ", "development"},
		{"DOTNET_ENVIRONMENT=Elsewhere", ""}, {"XDOTNET_ENVIRONMENT=Development", "production"},
	} {
		e, _ := load(t, settings.Options{DefaultDir: dir, Environ: []string{c.environ}}).Lookup("A")
		if e.Value != c.want {
			t.Errorf("%q: got %q, want %q", c.environ, e.Value, c.want)
		}
	}
	if _, ok := load(t, settings.Options{DefaultDir: dir, NoDefaultFiles: true}).Lookup("A"); ok {
		t.Error("default files were read in spite of NoDefaultFiles")
	}

	// The environment's name must not lead out of the directory.
	outside := filepath.Join(dir, "appsettings.x")
	if err := os.Mkdir(outside, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "secret.json", `{"A": "stolen"}`)
	for _, name := range []string{"x/../secret", `x\..\secret`, "..", ".hidden", "a b", "ä"} {
		_, err := settings.Load(settings.Options{DefaultDir: dir, Environ: []string{"DOTNET_ENVIRONMENT=" + name}})
		if err == nil || err.Error() != "environment DOTNET_ENVIRONMENT: the value is no name of letters, digits, dots, hyphens and underscores" {
			t.Errorf("%q: %v", name, err)
		}
	}

	write(t, dir, "appsettings.json", "{")
	path := filepath.Join(dir, "appsettings.json")
	if _, err := settings.Load(settings.Options{DefaultDir: dir}); err == nil || err.Error() != "configuration file "+path+": line 1: the object that begins here has no end" {
		t.Errorf("a broken default file: %v", err)
	}
}

// The five spellings of doctor-domain §2.1 are one key.
func TestSpellings(t *testing.T) {
	dir := t.TempDir()
	json := write(t, dir, "a.json", `{"CI": {"Systems": [{"ApiToken": "t"}]}}`)
	flat := write(t, dir, "flat.json", `{"CI:Systems": [{}, {}], "ci": {"systems:0": {"APITOKEN": "t"}}}`)
	object := write(t, dir, "object.json", `{"CI": {"Systems": {"0": {"ApiToken": "t"}}}}`)
	yaml := write(t, dir, "a.yaml", "ci: { systems: [ { apiToken: t } ] }")
	block := write(t, dir, "b.yml", "ci:\n  systems:\n    - apiToken: t\n")
	byContent := write(t, dir, "values", "ci:\n  systems:\n    - apiToken: t\n")
	jsonByContent := write(t, dir, "settings.conf", "// a comment\n{\"CI\": {\"Systems\": [{\"ApiToken\": \"t\"}]}}")
	for _, o := range []settings.Options{
		{Set: []string{"CI:Systems:0:ApiToken=t"}},
		{Set: []string{"CI__Systems__0__ApiToken=t"}},
		{Set: []string{" ci.systems.0.apiToken =t"}},
		{Environ: []string{"CI__Systems__0__ApiToken=t"}},
		{Environ: []string{"ci__SYSTEMS__0__apitoken=t"}},
		{Files: []string{json}}, {Files: []string{flat}}, {Files: []string{object}}, {Files: []string{yaml}},
		{Files: []string{block}}, {Files: []string{byContent}}, {Files: []string{jsonByContent}},
	} {
		store := load(t, o)
		for _, key := range []string{"CI:Systems:0:ApiToken", "ci:systems:0:apitoken", "CI:SYSTEMS:0:APITOKEN"} {
			if e, ok := store.Lookup(key); !ok || e.Value != "t" {
				t.Errorf("%+v: %s is %+v", o, key, e)
			}
		}
		if n := len(store.Entries()); n != 1 {
			t.Errorf("%+v: %d entries", o, n)
		}
	}
}

// Every kind of value of both formats, as text.
func TestValues(t *testing.T) {
	want := map[string]string{
		"text": "a b", "trimmed": "x", "quotes": `"q"`, "true": "true", "false": "false", "int": "587", "big": "12345678901234567890",
		"float": "1.50", "exp": "1E+3", "neg": "-0", "list:0": "a", "list:2": "c", "list:3:k": "v", "unicode": "Zoë ☃", "lines": "a\nb",
	}
	json := write(t, t.TempDir(), "v.json", `{
		// .NET writes and reads this
		"text": "a b", /* not
		this */ "trimmed": " \tx\n", "quotes": "\"q\"", "true": true, "false": false, "int": 587, "big": 12345678901234567890,
		"float": 1.50, "exp": 1E+3, "neg": -0, "null": null, "empty": "", "blank": " ", "none": {}, "nothing": [],
		"list": ["a", null, "c", {"k": "v",},], "unicode": "Zo\u00eb ☃", "lines": "a\nb", // "not": "this"
	}`)
	yaml := write(t, t.TempDir(), "v.yaml", `
text: a b   # a comment
trimmed: " \tx\n"
quotes: '"q"'
true: true
false: false
int: 587
big: 12345678901234567890
float: 1.50
exp: 1E+3
neg: -0
"null": null
tilde: ~
empty:
quoted-empty: ''
blank: " "
none: {}
nothing: []
list: &l
  - !!str a
  - null
  - c
  - {k: v}
unicode: "Zo\u00eb ☃"
lines: |-
  a
  b
`)
	for _, path := range []string{json, yaml} {
		got := map[string]string{}
		for _, e := range load(t, settings.Options{Files: []string{path}}).Entries() {
			got[e.Key] = e.Value
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s:\ngot  %q\nwant %q", path, got, want)
		}
	}
}

func TestAnchors(t *testing.T) {
	path := write(t, t.TempDir(), "a.yaml", "base: &base\n  url: https://registry.example.com\noci: *base\nregistry: *base\nname: &n doctor\nuser: *n\n")
	store := load(t, settings.Options{Files: []string{path}})
	for key, want := range map[string]string{"OCI:Url": "https://registry.example.com", "Registry:Url": "https://registry.example.com", "User": "doctor"} {
		if e, _ := store.Lookup(key); e.Value != want {
			t.Errorf("%s is %q", key, e.Value)
		}
	}
}

// A section where a value is expected, and a value where a section is, are
// simply not that setting.
func TestWrongType(t *testing.T) {
	path := write(t, t.TempDir(), "a.json", `{"OCI": "text", "Registry": {"Url": {"Host": "x"}}, "CI": {"Systems": "text"}, "A": [1], "A:B": 2}`)
	store := load(t, settings.Options{Files: []string{path}, Set: []string{"OCI:RegistryUrl:X=1"}})
	for _, key := range []string{"OCI:RegistryUrl", "Registry:Url", "Registry", "CI:Systems:0:Url", "A", "", ":", "A:", ":A"} {
		if e, ok := store.Lookup(key); ok {
			t.Errorf("%q is %+v", key, e)
		}
	}
	if e, _ := store.Lookup("OCI"); e.Value != "text" {
		t.Errorf("OCI is %+v", e)
	}
}

func TestEmptyYAML(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "---\n", "---\n# x\n...\n", "\n\n", "{}\n"} {
		path := write(t, t.TempDir(), "a.yaml", text)
		if n := len(load(t, settings.Options{Files: []string{path}}).Entries()); n != 0 {
			t.Errorf("%q: %d entries", text, n)
		}
	}
}

// Sources add to one another's lists, by item and field.
func TestListsMerge(t *testing.T) {
	path := write(t, t.TempDir(), "a.json", `{"CI": {"Systems": [{"Url": "a", "Type": "gitlab"}, {"Url": "b"}]}}`)
	store := load(t, settings.Options{
		Files:   []string{path},
		Environ: []string{"CI__Systems__0__ApiToken=t0", "CI__Systems__1__Url=env", "CI__Systems__10__Url=ten"},
		Set:     []string{"CI:Systems:2:Url=c"},
	})
	var got []string
	for _, e := range store.Entries() {
		got = append(got, e.Key+"="+e.Value)
	}
	want := []string{"CI:Systems:0:ApiToken=t0", "CI:Systems:0:Type=gitlab", "CI:Systems:0:Url=a", "CI:Systems:1:Url=env", "CI:Systems:2:Url=c", "CI:Systems:10:Url=ten"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
