//go:build !wasip1

package sdktest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// plugin asks the address of its setting once for each count in Test:Times.
var plugin = sdk.Plugin{
	ID: "test.doctor.play", Name: "Play", Version: "1.0.0", Category: "core",
	Checks: []sdk.Check{{
		Info: wire.CheckInfo{
			ID: "check.test.play", Name: "Play", Description: "Does it play?", DefaultSeverity: wire.Warn,
			Settings: []wire.SettingInfo{
				{Key: "Test:Url", Type: wire.TypeURL},
				{Key: "Test:Items:*:Name", Type: wire.TypeString},
				{Key: "Test:Token", Type: wire.TypeString, Secret: true},
				{Key: "Test:Severity", Type: wire.TypeString},
			},
			Access: []wire.Access{{Kind: wire.KindHTTP, Methods: []string{"GET"}, Target: "{Test:Url}", Reason: "test"}},
		},
		Run: func(e *sdk.Env) wire.Result {
			e.Debug("playing")
			resp := e.Get(wire.HTTPRequest{URL: e.Text("Test:Url"), Header: map[string][]string{"accept": {"text/plain"}}})
			severity := wire.Pass
			if s := e.Text("Test:Severity"); s != "" {
				severity = wire.Severity(s)
			}
			return wire.Result{
				Severity: severity, Diagnosis: "It plays.",
				Evidence: wire.Evidence{"http_status": wire.Int(int64(resp.Status)), "body": wire.String(string(resp.Body))},
			}
		},
	}},
}

// good is a case that passes.
const good = `One request.

-- request.json --
{"check": "check.test.play", "settings": {
	"Test:Url": {"value": "http://web.example.com/a", "key": "Test:Url"},
	"Test:Items:12:Name": {"value": "twelve", "key": "Test:Items:12:Name"},
	"Test:Token": {"secret": "secret:Test:Token", "key": "Test:Token"}
}}
-- http/1 --
GET http://web.example.com/a

HTTP/2 200
content-type: text/plain

hello
-- result.json --
{"severity": "pass", "diagnosis": "It plays.", "evidence": {"body": "hello", "http_status": 200}}
`

func TestValidate(t *testing.T) {
	Validate(t, plugin)
	bad := plugin
	bad.Version = "v1"
	if log, failed := record(t, func(tb testing.TB) { Validate(tb, bad) }); !failed || !strings.Contains(log, "SemVer") {
		t.Errorf("a bad version: failed %v, log %q", failed, log)
	}
}

// Each slip of a case, or of a check against its case, fails the test with a
// sentence that says what is wrong.
func TestPlayFails(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"none": {"", "", ""},
		"other address": {"GET http://web.example.com/a\n", "GET http://web.example.com/b\n",
			"unexpected GET http://web.example.com/a: http/1 is GET http://web.example.com/b"},
		"other header": {"/a\n\nHTTP", "/a\naccept: text/html\n\nHTTP", "wants header accept"},
		"no exchange":  {good[strings.Index(good, "-- http/1"):strings.Index(good, "-- result")], "", "nothing is left to play"},
		"exchange too many": {"-- result.json --\n", "-- http/2 --\nGET http://web.example.com/z\n\nHTTP/1.1 200 OK\n-- result.json --\n",
			"the check did not ask for GET http://web.example.com/z"},
		"undeclared setting": {`"Test:Token": {"secret": "secret:Test:Token"`, `"Test:Other": {"value": "x"`,
			"setting Test:Other, which check check.test.play does not declare"},
		"undeclared item": {`"Test:Items:12:Name": {`, `"Test:Items:last:Name": {`, "setting Test:Items:last:Name, which"},
		"secret value": {`{"secret": "secret:Test:Token"`, `{"value": "hunter2"`,
			"the value of secret setting Test:Token; a host gives the handle secret:Test:Token"},
		"bad result":    {`"Test:Token": {"secret": "secret:Test:Token"`, `"Test:Severity": {"value": "fail"`, "the result breaks the contract: result: cause: is required"},
		"unknown check": {`"check": "check.test.play"`, `"check": "check.test.other"`, `plugin test.doctor.play has no check "check.test.other"`},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(good, c.old, c.new, 1)
			if text == good && c.old != "" {
				t.Fatal("the case is not changed")
			}
			parsed, err := exchange.ParseCase([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			log, failed := record(t, func(tb testing.TB) { Play(tb, plugin, parsed.Request.Check, parsed) })
			if failed != (c.want != "") || !strings.Contains(log, c.want) {
				t.Errorf("failed %v, log:\n%s\nwant in it %q", failed, log, c.want)
			}
		})
	}
}

// A table test makes its cases itself and leaves out what does not matter.
func TestPlayCompletes(t *testing.T) {
	c := &exchange.Case{
		Request: wire.Request{Settings: map[string]wire.Setting{"Test:Url": {Value: "http://web.example.com", Key: "Test:Url"}}},
		Exchanges: []exchange.Exchange{{
			Function: wire.FuncHTTPRead,
			Request:  wire.HTTPRequest{Method: "GET", URL: "http://web.example.com/"},
			Response: wire.HTTPResponse{Status: 204},
		}},
	}
	r := Play(t, plugin, "check.test.play", c)
	if n, _ := r.Evidence["http_status"].AsInt(); n != 204 || r.Check != "check.test.play" {
		t.Errorf("result %+v", r)
	}
	if c.Request.Check != "" {
		t.Error("the case is changed")
	}
}

// A connection is played like an exchange, and a request for one that breaks the
// contract fails the test.
func TestPlayConnection(t *testing.T) {
	p := plugin
	p.Checks = []sdk.Check{{Info: plugin.Checks[0].Info, Run: func(e *sdk.Env) wire.Result {
		resp := e.Probe(wire.TCPRequest{Host: e.Text("Test:Url"), Port: 25})
		return wire.Result{Severity: wire.Pass, Diagnosis: "It plays.", Evidence: wire.Evidence{"connected": wire.Bool(resp.Connected)}}
	}}}
	const text = "-- request.json --\n{\"check\": \"check.test.play\", \"settings\": {\"Test:Url\": {\"value\": \"mail\", \"key\": \"Test:Url\"}}}\n" +
		"-- tcp/1 --\nPROBE tcp://mail:25\n\n@connected\n"
	for name, c := range map[string]struct{ old, new, want string }{
		"good":        {"", "", ""},
		"other port":  {":25\n", ":26\n", "host function tcp_probe: unexpected PROBE tcp://mail:25: tcp/1 is PROBE tcp://mail:26"},
		"another too": {"@connected\n", "@connected\n-- tcp/2 --\nPROBE tcp://other:25\n\n@connected\n", "the check did not ask for PROBE tcp://other:25"},
		"bad request": {`{"Test:Url": {"value": "mail", "key": "Test:Url"}}`, "{}", "host function tcp_probe: tcp request: host: a host is wanted"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(text, c.old, c.new, 1)
			parsed, err := exchange.ParseCase([]byte(changed))
			if err != nil {
				t.Fatal(err)
			}
			var r wire.Result
			log, failed := record(t, func(tb testing.TB) { r = Play(tb, p, parsed.Request.Check, parsed) })
			if failed != (c.want != "") || !strings.Contains(log, c.want) {
				t.Errorf("failed %v, log:\n%s\nwant in it %q", failed, log, c.want)
			}
			if on, ok := r.Evidence["connected"].AsBool(); c.want == "" && (!ok || !on) {
				t.Errorf("result %+v", r)
			}
		})
	}
}

func TestRun(t *testing.T) {
	t.Setenv("STELLA", "") // this package is no plugin
	dir := t.TempDir()
	write(t, filepath.Join(dir, "good.txtar"), good)
	Run(t, plugin, dir)
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// record runs f with a test of its own that may fail, and returns its log.
func record(t *testing.T, f func(testing.TB)) (log string, failed bool) {
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(r)
	}()
	<-done
	return r.log.String(), r.failed
}

type recorder struct {
	testing.TB
	log    strings.Builder
	failed bool
}

func (r *recorder) Helper()                      {}
func (r *recorder) Failed() bool                 { return r.failed }
func (r *recorder) Logf(f string, args ...any)   { fmt.Fprintf(&r.log, f+"\n", args...) }
func (r *recorder) Errorf(f string, a ...any)    { r.failed = true; r.Logf(f, a...) }
func (r *recorder) Fatalf(f string, args ...any) { r.Errorf(f, args...); runtime.Goexit() }
func (r *recorder) Log(args ...any)              { r.Logf("%s", fmt.Sprint(args...)) }
func (r *recorder) Skip(args ...any)             { r.Log(args...); runtime.Goexit() }
func (r *recorder) Fatal(args ...any)            { r.Fatalf("%s", fmt.Sprint(args...)) }
