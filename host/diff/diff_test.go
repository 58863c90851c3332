package diff

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/inspect"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/truth"
	"stella-ops.org/doctor/host/vet"
	"stella-ops.org/doctor/sdk/wire"
)

var update = flag.Bool("update", false, "rewrite the golden pages")

// plugin is a side with one check, on which tests build.
func plugin(version string, change func(*Side)) Side {
	info := &wire.PluginInfo{ID: "com.acme.doctor", Name: "Acme", Version: version, Category: "integration", Checks: []wire.CheckInfo{{
		ID: "check.acme.web", Name: "Web", Description: "Is the web server healthy?", Class: wire.ClassRead, DefaultSeverity: wire.Fail, TimeoutMS: 10000,
		Settings: []wire.SettingInfo{{Key: "Acme:Url", Type: wire.TypeURL, Lead: true}, {Key: "Acme:Token", Type: wire.TypeString, Secret: true}},
		Access:   []wire.Access{{Kind: wire.KindHTTP, Class: wire.ClassRead, Methods: []string{"GET"}, Target: "{Acme:Url}", Path: "/api/", Secrets: []string{"Acme:Token"}, Reason: "ask for its health"}},
		Explain:  &wire.Explain{Causes: []wire.CauseInfo{{ID: "http.5xx"}, {ID: "tcp.refused"}}},
	}}}
	most := int64(64 << 20)
	s := Side{
		Name: "acme-" + version + ".wasm", Info: info, Signers: []string{"acme-release"},
		Report: &inspect.Report{
			Digest: "sha256:" + strings.Repeat("0", 58) + fmt.Sprintf("%06s", strings.ReplaceAll(version, ".", "")), Bytes: 2130291,
			Imports:      []inspect.Import{{Module: "stella:doctor/v1", Name: "http_read", Class: "read"}, {Module: "extism:host/env", Name: "alloc", Class: "kernel"}},
			Exports:      []inspect.Export{{Name: "doctor_run", Role: "contract"}, {Name: "doctor_describe", Role: "contract"}, {Name: "memory", Role: "runtime"}},
			Sections:     []inspect.Section{{Title: `custom "producers"`, Name: "producers", Bytes: 71}, {Name: wire.SectionName, Bytes: 400}},
			Module:       &inspect.Module{Functions: 1449, MemoryMin: 2228224, MemoryMax: &most, DataBytes: 617836, Features: []string{"bulk-memory"}},
			Toolchain:    []inspect.Tool{{Field: "language", Name: "Go", Version: "go1.26.8"}},
			GoBuilds:     []inspect.GoBuild{{Where: "data", Path: "example.com/acme", Settings: []inspect.BuildSetting{{Key: "-trimpath", Value: "true"}}}},
			Dependencies: []inspect.Dependency{{Ecosystem: "golang", Path: "stella-ops.org/doctor", Version: "v1.0.0", Sum: "h1:aaa="}},
		},
	}
	if change != nil {
		change(&s)
	}
	s.Asked = access.Asked(s.Info, nil)
	return s
}

// vetted gives a side the report of a vetting.
func vetted(s *Side, change func(*vet.Check)) {
	c := vet.Check{ID: "check.acme.web",
		Requests:    []vet.Request{{Method: "GET", Target: "{Acme:Url}", Path: "/api/health", Credential: "Acme:Token", Scheme: "bearer"}},
		Table:       []truth.Request{{Case: "all is well", N: 1, Call: "GET /api/health", Rows: []truth.Row{{When: []string{"200"}, Verdict: "pass"}, {When: []string{"400-403", "500"}, Verdict: "fail", Cause: "http.5xx"}, {When: []string{"refused"}, Verdict: "fail", Cause: "tcp.refused"}}}},
		Adversaries: []vet.Encounter{{Adversary: "slow-body", Verdict: "pass"}, {Adversary: "html", Verdict: "warn", Cause: "http.200-html"}},
	}
	if change != nil {
		change(&c)
	}
	s.Vet = &vet.Report{Checks: []vet.Check{c}, Tool: vet.Tool{Catalogue: "1"}}
}

// widerCases are the ways in which a version may do more than the one before, each
// with the reason that is given.
var widerCases = map[string]struct {
	change func(*Side)
	reason string
}{
	"another host": {func(s *Side) {
		reach(s, wire.Access{Kind: wire.KindHTTP, Class: wire.ClassRead, Methods: []string{"GET"}, Target: "https://evil.example/"})
	}, "it may reach: read GET https://evil.example/"},
	"another path":   {func(s *Side) { s.Info.Checks[0].Access[0].Path = "/" }, "it may reach: read GET {Acme:Url}/, sends Acme:Token"},
	"another method": {func(s *Side) { s.Info.Checks[0].Access[0].Methods = []string{"GET", "HEAD"} }, "it may reach: read HEAD {Acme:Url}/api/, sends Acme:Token"},
	"redirects":      {func(s *Side) { s.Info.Checks[0].Access[0].Redirects = wire.RedirectSameOrigin }, "it may reach: read GET {Acme:Url}/api/, redirects same-origin, sends Acme:Token"},
	"larger answers": {func(s *Side) { s.Info.Checks[0].Access[0].MaxBody = 1 << 20 }, "it may reach: read GET {Acme:Url}/api/, sends Acme:Token, answers of up to 1048576 bytes"},
	"another target": {func(s *Side) { s.Info.Checks[0].Access[0].Target = "{Acme:Other}" }, "it may reach: read GET {Acme:Other}/api/, sends Acme:Token"},
	"another secret": {func(s *Side) {
		keySetting(s, "Acme:Password", true)
		s.Info.Checks[0].Access[0].Secrets = []string{"Acme:Token", "Acme:Password"}
	}, "it may use the secret Acme:Password"},
	"another setting":   {func(s *Side) { keySetting(s, "Acme:Proxy", false) }, "it may read the setting Acme:Proxy"},
	"value of a secret": {func(s *Side) { s.Info.Checks[0].Settings[1].Secret = false }, "it may read the setting Acme:Token"},
	"an alias":          {func(s *Side) { s.Info.Checks[0].Settings[0].Aliases = []string{"Other:Url"} }, "it may read the setting Other:Url"},
	"an alias of a secret": {func(s *Side) {
		s.Info.Checks[0].Settings[1].Aliases = []string{"Acme:Stats"}
	}, "it may reach: read GET {Acme:Url}/api/, sends Acme:Token, Acme:Stats"},
	"a default host": {func(s *Side) { s.Info.Checks[0].Settings[0].Default = "https://evil.example" }, "it may reach: read GET https://evil.example/api/, sends Acme:Token"},
	"a tcp target": {func(s *Side) {
		reach(s, wire.Access{Kind: wire.KindTCP, Class: wire.ClassRead, Target: "{Acme:Host}", DefaultPort: []int{25}})
	}, "it may reach: read TCP {Acme:Host} port 25"},
	"writing": {func(s *Side) { s.Info.Checks[0].Class = wire.ClassWrite }, "its check check.acme.web may write"},
	"a writing check": {func(s *Side) {
		c := s.Info.Checks[0]
		c.ID, c.Class = "check.acme.zap", wire.ClassWrite
		s.Info.Checks = append(s.Info.Checks, c)
	}, "its check check.acme.zap may write"},
	"a write import": {func(s *Side) {
		s.Report.Imports = append(s.Report.Imports, inspect.Import{Module: "stella:doctor/v1", Name: "http_write", Class: "write"})
	}, "it may call http_write, which it imports"},
	"a tcp import": {func(s *Side) {
		s.Report.Imports = append(s.Report.Imports, inspect.Import{Module: "stella:doctor/v1", Name: "tcp_probe", Class: "tcp"})
	}, "it may call tcp_probe, which it imports"},
}

func reach(s *Side, e wire.Access) { s.Info.Checks[0].Access = append(s.Info.Checks[0].Access, e) }

func keySetting(s *Side, key string, secret bool) {
	s.Info.Checks[0].Settings = append(s.Info.Checks[0].Settings, wire.SettingInfo{Key: key, Type: wire.TypeString, Secret: secret})
}

// TestWider (V06): authority that grows in a patch release is told, with its
// reason, on every page, and the other way round it shrinks.
func TestWider(t *testing.T) {
	for name, c := range widerCases {
		t.Run(name, func(t *testing.T) {
			old, grown := plugin("1.0.0", nil), plugin("1.0.1", c.change)
			d := Compare(&old, grown)
			if !d.Wider() || d.Step != "patch" || !slices.Contains(d.Reasons, c.reason) {
				t.Errorf("relation %s, reasons %q", d.Relation, d.Reasons)
			}
			marked := 0
			for _, p := range d.parts() {
				for _, c := range p.rows {
					if c.Wider {
						marked++
					}
				}
			}
			if marked == 0 {
				t.Error("no change is marked as wider")
			}
			for format, write := range writers {
				var b bytes.Buffer
				if err := write(&b, d); err != nil || !strings.Contains(b.String(), "which its version does not say") {
					t.Errorf("%s: %v, %s", format, err, b.String())
				}
			}
			// Two targets lead to different places: each is wider than the other.
			if back := Compare(&grown, old); name != "another target" && (back.Wider() || len(back.Reasons) != 0) {
				t.Errorf("the way back is %s: %q", back.Relation, back.Reasons)
			}
		})
	}
}

// TestNotWider: what changes without any new authority is no reason to wait.
func TestNotWider(t *testing.T) {
	for name, change := range map[string]func(*Side){
		"nothing":        nil,
		"another reason": func(s *Side) { s.Info.Checks[0].Access[0].Reason = "because" },
		"a longer path":  func(s *Side) { s.Info.Checks[0].Access[0].Path = "/api/v2/" },
		"no secret":      func(s *Side) { s.Info.Checks[0].Access[0].Secrets = nil },
		"a second check": func(s *Side) {
			c := s.Info.Checks[0]
			c.ID = "check.acme.web.two"
			s.Info.Checks = append(s.Info.Checks, c)
		},
		"an entry twice": func(s *Side) { reach(s, s.Info.Checks[0].Access[0]) },
		"words":          func(s *Side) { s.Info.Checks[0].Name, s.Info.Checks[0].Description = "W", "W?" },
		"a dependency": func(s *Side) {
			s.Report.Dependencies = append(s.Report.Dependencies, inspect.Dependency{Path: "example.com/x"})
		},
		"more memory": func(s *Side) { s.Report.Module.MemoryMin *= 2 },
		"a clock": func(s *Side) {
			s.Report.Imports = append(s.Report.Imports, inspect.Import{Module: "wasi_snapshot_preview1", Name: "clock_time_get", Class: "clock"})
		},
		"another signer": func(s *Side) { s.Signers = []string{"other"} },
		"no signer":      func(s *Side) { s.Signers, s.Unsigned = nil, "it has no signature" },
		"a public secret": func(s *Side) {
			s.Info.Checks[0].Settings = s.Info.Checks[0].Settings[:1]
			s.Info.Checks[0].Access[0].Secrets = nil
		},
	} {
		old := plugin("1.0.0", nil)
		if d := Compare(&old, plugin("1.0.1", change)); d.Wider() || len(d.Reasons) > 0 {
			t.Errorf("%s: %s, %q", name, d.Relation, d.Reasons)
		}
	}
}

var writers = map[string]func(io.Writer, *Diff) error{"txt": WriteText, "md": WriteMarkdown, "html": WriteHTML}

// TestPages holds whole pages against golden files.
func TestPages(t *testing.T) {
	old := plugin("1.0.0", func(s *Side) { vetted(s, nil) })
	grown := plugin("1.1.0", func(s *Side) {
		widerCases["another host"].change(s)
		widerCases["a write import"].change(s)
		widerCases["value of a secret"].change(s)
		c := &s.Info.Checks[0]
		c.Description, c.TimeoutMS, c.Tags = "Is it up?", 30000, []string{"quick"}
		c.Explain.Causes[1].ID = "tcp.reset"
		s.Info.Checks = append(s.Info.Checks, wire.CheckInfo{ID: "check.acme.two", Class: wire.ClassRead, DefaultSeverity: wire.Warn, Description: "Is there a second one?"})
		s.Report.Dependencies = []inspect.Dependency{{Ecosystem: "golang", Path: "stella-ops.org/doctor", Version: "v1.1.0", Sum: "h1:bbb="}, {Ecosystem: "cargo", Path: "serde", Version: "1.0.0"}, {Path: "example.com/forked", ReplacedBy: "./here"}}
		s.Report.Toolchain[0].Version = "go1.27.0"
		s.Report.Module.Functions, s.Report.Module.MemoryMax, s.Report.Module.Start = 1500, nil, true
		s.Report.Bytes = 2200000
		s.Signers = []string{"other"}
		vetted(s, func(c *vet.Check) {
			c.Requests = append(c.Requests, vet.Request{Method: "GET", Target: "https://evil.example", Path: "/", Purpose: "token_exchange"})
			c.Table[0].Rows = []truth.Row{{When: []string{"200", "402"}, Verdict: "pass"}, {When: []string{"400-401", "403", "500"}, Verdict: "fail", Cause: "http.5xx"}, {When: []string{"refused"}, Verdict: "could not judge"}}
			c.Adversaries[1].Verdict, c.Adversaries[1].Cause = "pass", ""
		})
	})
	for name, d := range map[string]*Diff{
		"wider": Compare(&old, grown), "narrower": Compare(&grown, plugin("2.0.0", nil)), "same": Compare(&old, old), "new": Compare(nil, grown),
	} {
		for ext, write := range map[string]func(io.Writer, *Diff) error{"txt": WriteText, "md": WriteMarkdown, "html": WriteHTML, "json": func(w io.Writer, d *Diff) error { return report.WriteDocument(w, d) }} {
			if ext == "html" && name != "wider" {
				continue
			}
			golden(t, name+"."+ext, d, write)
		}
	}
}

func golden(t *testing.T, name string, d *Diff, write func(io.Writer, *Diff) error) {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, d); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("%s differs from its golden page:\n%s", name, b.String())
	}
}

// TestPagesAreBounded: a plugin with many changes makes no page without end, and
// hides nothing that widens it behind them.
func TestPagesAreBounded(t *testing.T) {
	old := plugin("1.0.0", nil)
	many := plugin("1.0.1", func(s *Side) {
		for i := range 500 {
			s.Report.Dependencies = append(s.Report.Dependencies, inspect.Dependency{Path: fmt.Sprintf("example.com/m%03d", i), Version: "v1.0.0"})
			s.Info.Checks[0].Settings = append(s.Info.Checks[0].Settings, wire.SettingInfo{Key: fmt.Sprintf("Acme:Key%03d", i), Type: wire.TypeString})
		}
		widerCases["another host"].change(s)
	})
	d := Compare(&old, many)
	var b bytes.Buffer
	if err := WriteText(&b, d); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	if n := strings.Count(page, "example.com/m"); n != maxRows {
		t.Errorf("%d dependencies are shown", n)
	}
	if n := strings.Count(page, "! Acme:Key"); n != 500 || !strings.Contains(page, "! read GET https://evil.example/") {
		t.Errorf("%d of what widens is shown", n)
	}
	if !strings.Contains(page, "and 460 more: --format json has all") || !strings.Contains(page, "and 489 more, marked below") {
		t.Errorf("what is left out is not said:\n%s", page[:2000])
	}
}

// TestInjection (V16): words of the files are neutral on every page.
func TestInjection(t *testing.T) {
	const evil = "\x1b[31mred\u202e|[x](http://evil)<script>alert(1)</script>\r\n::error::@team `c` =1+1"
	hostile := func(s *Side) {
		s.Name, s.Info.Name = evil, evil
		c := &s.Info.Checks[0]
		c.Name, c.Description, c.Tags, c.Deprecated, c.RunbookURL = evil, evil, []string{evil}, evil, evil
		c.Settings[0].Default = evil
		keySetting(s, "Acme:"+evil, false)
		reach(s, wire.Access{Kind: wire.KindHTTP, Class: wire.ClassRead, Methods: []string{evil}, Target: evil, Path: evil, Trim: evil, Port: evil, Reason: evil})
		c.Explain.Causes = append(c.Explain.Causes, wire.CauseInfo{ID: evil})
		s.Report.Imports = append(s.Report.Imports, inspect.Import{Module: evil, Name: evil, Class: "write"})
		s.Report.Dependencies = append(s.Report.Dependencies, inspect.Dependency{Path: evil, Version: evil, Sum: evil, ReplacedBy: evil})
		s.Report.Toolchain = append(s.Report.Toolchain, inspect.Tool{Field: evil, Name: evil, Version: evil})
		s.Report.GoBuilds[0].Settings = append(s.Report.GoBuilds[0].Settings, inspect.BuildSetting{Key: evil, Value: evil})
		s.Report.Sections = append(s.Report.Sections, inspect.Section{Name: evil})
		s.Report.Exports = append(s.Report.Exports, inspect.Export{Name: evil, Role: "other"})
		s.Report.Module.Features = []string{evil}
		s.Signers, s.Unsigned = []string{evil}, evil
		vetted(s, func(c *vet.Check) {
			c.Requests[0] = vet.Request{Method: evil, Target: evil, Path: evil, Credential: evil, Scheme: evil, Purpose: evil}
			c.Table[0].Call, c.Table[0].Rows[0].Verdict = evil, evil
			c.Adversaries[0].Adversary, c.Adversaries[0].Cause = evil, evil
		})
	}
	old, changed := plugin("1.0.0", func(s *Side) { vetted(s, nil) }), plugin("1.0.1", hostile)
	for _, d := range []*Diff{Compare(&old, changed), Compare(&changed, old), Compare(nil, changed)} {
		for ext, write := range writers {
			var b bytes.Buffer
			if err := write(&b, d); err != nil {
				t.Fatal(err)
			}
			page := b.String()
			for _, bad := range []string{"\x1b", "\u202e", "\r", "<script>alert", "\n::error"} {
				if strings.Contains(page, bad) && (ext != "txt" || bad[0] != '<') {
					t.Errorf("%s holds %q", ext, bad)
				}
			}
			if ext == "md" && (markup.MatchString(page)) {
				t.Errorf("markdown:\n%s", page)
			}
			if !strings.Contains(page, "red") {
				t.Errorf("%s shows nothing of it", ext)
			}
		}
		if _, err := json.Marshal(d); err != nil {
			t.Error(err)
		}
	}
}

// markup is what no stranger may write into a page of Markdown: a link, an element,
// a mention, the end of a cell.
var markup = regexp.MustCompile(`[^\\]\]\(|[^\\]<[a-z]|[^\x60]@|red[^|]*[^\\]\|\[`)

// TestSteps: how one version goes on to another.
func TestSteps(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"1.0.0", "1.0.0", "same"}, {"1.0.0", "1.0.1", "patch"}, {"1.0.9", "1.0.10", "patch"}, {"1.0.1", "1.1.0", "minor"}, {"1.9.0", "2.0.0", "major"},
		{"2.0.0", "1.9.9", "lower"}, {"1.0.0-rc.1", "1.0.0", "pre-release"}, {"1.0.0", "1.0.0-rc.1", "lower"}, {"1.0.0-rc.9", "1.0.0-rc.10", "pre-release"},
		{"1.0.0-1", "1.0.0-a", "pre-release"}, {"1.0.0-a", "1.0.0-a.1", "pre-release"}, {"1.0.0+a", "1.0.0+b", "build"}, {"1.0.99999999999999999999", "1.0.100000000000000000000", "patch"},
	} {
		if got := step(c.old, c.new); got != c.want {
			t.Errorf("%s to %s is %s, want %s", c.old, c.new, got, c.want)
		}
	}
}

// TestNotes: what a reader must know first.
func TestNotes(t *testing.T) {
	old := plugin("1.0.0", nil)
	for want, new := range map[string]Side{
		"the two files are the same bytes":                                        plugin("1.0.0", nil),
		"the version is the same and the bytes are not: it was published again":   plugin("1.0.0", func(s *Side) { s.Report.Digest = "sha256:ff" }),
		"the new version is the lower one":                                        plugin("0.9.0", nil),
		"these are two plugins, com.acme.doctor and com.evil.doctor":              plugin("1.0.1", func(s *Side) { s.Info.ID = "com.evil.doctor" }),
		"the old file is vouched for and the new one is not: it has no signature": plugin("1.0.1", func(s *Side) { s.Signers, s.Unsigned = nil, "it has no signature" }),
		"other keys vouch for the new file than for the old one":                  plugin("1.0.1", func(s *Side) { s.Signers = []string{"other"} }),
	} {
		if d := Compare(&old, new); !slices.Contains(d.Notes, want) {
			t.Errorf("notes %q lack %q", d.Notes, want)
		}
	}
	if d := Compare(&old, plugin("1.0.1", nil)); len(d.Notes) != 0 {
		t.Errorf("notes %q", d.Notes)
	}
}

// TestManyTables: tables of one name do not take ever longer.
func TestManyTables(t *testing.T) {
	report := func(verdict string) *vet.Report {
		c := vet.Check{ID: "check.acme.a"}
		for n := range 50000 {
			c.Table = append(c.Table, truth.Request{Case: "a", Call: "GET {A:Url}", Rows: []truth.Row{{When: []string{"200"}, Verdict: verdict, Cause: fmt.Sprint(n)}}})
		}
		return &vet.Report{Schema: vet.Schema, Checks: []vet.Check{c}}
	}
	old, now := plugin("1.0.0", nil), plugin("1.0.1", nil)
	old.Vet, now.Vet = report("pass"), report("fail")
	start := time.Now()
	d := Compare(&old, now)
	if len(d.Verdicts) != 50000 {
		t.Errorf("%d changes", len(d.Verdicts))
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
}

// TestClaimed (V12): the page says whose word a report of a vetting is, and that one
// which came is not used.
func TestClaimed(t *testing.T) {
	for _, c := range []struct {
		old, now bool
		unread   string
		want     string
	}{
		{false, false, "", "as the two vettings reached it"},
		{true, true, "", "by reports that came with the files: claimed by whoever brought them, not made here"},
		{false, true, "", "the report of the new file came with it: claimed by whoever brought it"},
		{true, false, "", "the report of the old file came with it: claimed by whoever brought it"},
		{true, true, "no JSON", "the report of a vetting that came with the new file cannot be used: no JSON"},
	} {
		old, now := plugin("1.0.0", nil), plugin("1.0.1", nil)
		old.Vet, now.Vet = &vet.Report{}, &vet.Report{}
		old.Claimed, now.Claimed = c.old, c.now
		if c.unread != "" {
			now.Vet, now.Unread = nil, c.unread
		}
		d := Compare(&old, now)
		for format, write := range writers {
			var b bytes.Buffer
			if err := write(&b, d); err != nil || !strings.Contains(b.String(), c.want) {
				t.Errorf("%s: %v, %q is not in %s", format, err, c.want, b.String())
			}
		}
	}
}
