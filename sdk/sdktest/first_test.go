//go:build !wasip1

package sdktest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// Where no case is, the author is told what a case is and gets one to copy.
func TestNoCase(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "testdata")
	log, failed := record(t, func(tb testing.TB) { caseFiles(tb, plugin, dir, false) })
	if !failed || strings.Contains(log, "nil") {
		t.Errorf("failed %v, log:\n%s", failed, log)
	}
	for _, want := range []string{
		"no case " + filepath.Join(dir, "*.txtar"), "A case is a text file", filepath.Join(dir, "first.txtar"), "go test -update",
		"-- request.json --\n", `"check": "check.test.play"`, "-- http/1 --\nGET http://server.example.com/\n",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("%q is not in the log:\n%s", want, log)
		}
	}
	if _, err := os.Stat(dir); err == nil {
		t.Errorf("%s is made without -update", dir)
	}
	var files []string
	if log, failed = record(t, func(tb testing.TB) { files = caseFiles(tb, plugin, dir, true) }); failed || len(files) != 1 {
		t.Fatalf("with -update: failed %v, files %q, log:\n%s", failed, files, log)
	}
	if got, err := os.ReadFile(files[0]); err != nil || string(got) != string(firstCase(plugin)) {
		t.Errorf("with -update: %v, the file is\n%s", err, got)
	}
	if log, failed = record(t, func(tb testing.TB) { caseFiles(tb, plugin, dir, false) }); failed {
		t.Errorf("with the case there: %s", log)
	}
	if log, failed = record(t, func(tb testing.TB) { caseFiles(tb, plugin, "[", true) }); !failed || !strings.Contains(log, "syntax error in pattern") {
		t.Errorf("a directory that is no pattern: failed %v, log:\n%s", failed, log)
	}
}

// The case to copy is a whole one: it is played as it stands.
func TestFirstCase(t *testing.T) {
	changed := func(change func(*wire.CheckInfo)) sdk.Plugin {
		p := plugin
		p.Checks = slices.Clone(plugin.Checks)
		p.Checks[0].Info.Access = slices.Clone(plugin.Checks[0].Info.Access)
		change(&p.Checks[0].Info)
		return p
	}
	for name, c := range map[string]struct {
		p    sdk.Plugin
		want []string
		not  string
	}{
		"only what the access needs": {plugin, []string{`"Test:Url"`, "GET http://server.example.com/\n"}, "Test:Token"},
		"required": {changed(func(c *wire.CheckInfo) {
			c.Settings = []wire.SettingInfo{
				{Key: "A:Url", Type: wire.TypeURL, Lead: true}, {Key: "A:*:Name", Type: wire.TypeString, Required: true},
				{Key: "A:Token", Type: wire.TypeString, Required: true, Secret: true}, {Key: "A:Size", Type: wire.TypeInt, Required: true},
				{Key: "A:On", Type: wire.TypeBool, Required: true}, {Key: "A:Default", Type: wire.TypeInt, Required: true, Default: "7"},
			}
			c.Access[0].Target, c.Access[0].Path = "{A:Url}", "/v2/"
		}), []string{`"A:0:Name"`, `"secret:A:Token"`, `"value":"1"`, `"value":"true"`, `"value":"7"`, "GET http://server.example.com/v2/\n"}, ""},
		"literal host": {changed(func(c *wire.CheckInfo) { c.Access[0].Target = "https://api.example.com/x" }), []string{"GET https://api.example.com/x\n"}, "Test:"},
		"connection": {changed(func(c *wire.CheckInfo) {
			c.Settings = []wire.SettingInfo{{Key: "A:Host", Type: wire.TypeString, Lead: true}, {Key: "A:Port", Type: wire.TypeInt, Required: true}}
			c.Access = []wire.Access{{Kind: wire.KindTCP, Target: "{A:Host}", Port: "{A:Port}", DefaultPort: []int{25}}}
		}), []string{`"value":"server.example.com"`, "-- tcp/1 --\nPROBE tcp://server.example.com:1\n"}, "http/1"},
		"connection, default port": {changed(func(c *wire.CheckInfo) {
			c.Settings = []wire.SettingInfo{{Key: "A:Host", Type: wire.TypeString, Lead: true}, {Key: "A:Port", Type: wire.TypeInt}}
			c.Access = []wire.Access{{Kind: wire.KindTCP, Target: "{A:Host}", Port: "{A:Port}", DefaultPort: []int{25}}}
		}), []string{"PROBE tcp://server.example.com:25\n\n@connect_ms: 1\n@duration_ms: 1\n@connected\n"}, "A:Port"},
		"connection, literal": {changed(func(c *wire.CheckInfo) {
			c.Access = []wire.Access{{Kind: wire.KindTCP, Target: "ldaps://[::1]:636"}}
		}), []string{"PROBE tcp://[::1]:636\n"}, "Test:"},
		"connection, no port": {changed(func(c *wire.CheckInfo) { c.Access = []wire.Access{{Kind: wire.KindTCP, Target: "mail"}} }), []string{"request.json"}, "tcp/1"},
		"no access":           {changed(func(c *wire.CheckInfo) { c.Access = nil }), []string{"request.json"}, "http/1"},
		"no check":            {sdk.Plugin{}, []string{"check.acme.web.health"}, "http/1"},
	} {
		t.Run(name, func(t *testing.T) {
			text := string(firstCase(c.p))
			parsed, err := exchange.ParseCase([]byte(text))
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			if parsed.Want != nil {
				t.Errorf("there is a result, which go test -update would have to replace:\n%s", text)
			}
			flat := strings.ReplaceAll(text, `": "`, `":"`)
			for _, want := range c.want {
				if !strings.Contains(flat, want) {
					t.Errorf("%s is not in\n%s", want, text)
				}
			}
			if c.not != "" && strings.Contains(text, c.not) {
				t.Errorf("%s is in\n%s", c.not, text)
			}
		})
	}
	// Written as it was printed, and asked for its result, it passes.
	p := changed(func(c *wire.CheckInfo) {})
	parsed, err := exchange.ParseCase(firstCase(p))
	if err != nil {
		t.Fatal(err)
	}
	if r := Play(t, p, parsed.Request.Check, parsed); r.Severity != wire.Pass {
		t.Errorf("the result is %+v", r)
	}
}

// A result that breaks the contract is never written, and nobody is sent to
// -update for it.
func TestUpdateOfBrokenResult(t *testing.T) {
	without := good[:strings.Index(good, "-- result.json")]
	broken := func(text string) string {
		return strings.Replace(text, `"Test:Token": {"secret": "secret:Test:Token"`, `"Test:Severity": {"value": "fail"`, 1)
	}
	const remedy = "the result breaks the contract: result: cause: is required for warn and fail"
	for name, c := range map[string]struct {
		text, want string
		failed     bool
	}{
		"good":                  {good, "", false},
		"no result":             {without, "there is no result.json; go test -update writes it", true},
		"broken, no result":     {broken(without), remedy, true},
		"broken, with a result": {broken(good), remedy, true},
		"other call":            {strings.Replace(without, "GET http://web.example.com/a", "GET http://web.example.com/b", 1), "unexpected GET", true},
	} {
		for _, update := range []bool{false, true} {
			text := c.text
			file := filepath.Join(t.TempDir(), "case.txtar")
			write(t, file, text)
			log, failed := record(t, func(tb testing.TB) { runCase(tb, plugin, file, update) })
			isBad := c.want != "" && !strings.HasPrefix(c.want, "there is no")
			if wantFail := c.failed && (!update || isBad); failed != wantFail {
				t.Errorf("%s, update %v: failed %v, log:\n%s", name, update, failed, log)
			}
			if (!update || isBad) && !strings.Contains(log, c.want) {
				t.Errorf("%s, update %v: %q is not in the log:\n%s", name, update, c.want, log)
			}
			if isBad && strings.Contains(log, "go test -update") {
				t.Errorf("%s, update %v: the log advises -update:\n%s", name, update, log)
			}
			if c.want == remedy && !strings.Contains(log, "a summary and at least one step") {
				t.Errorf("%s, update %v: the log does not say what fail needs:\n%s", name, update, log)
			}
			now, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if written := string(now) != text; written != (update && c.failed && !isBad) {
				t.Errorf("%s, update %v: the case is written: %v", name, update, written)
			}
		}
	}
}
