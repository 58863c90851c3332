// Package sdktest tests Doctor plugins with cases from text files, natively in
// process and in real WebAssembly. The test of a plugin is two lines:
//
//	func TestPlugin(t *testing.T) {
//		sdktest.Validate(t, plugin)
//		sdktest.Run(t, plugin, "testdata")
//	}
//
// # Cases
//
// A case is a txtar file as package [stella-ops.org/doctor/sdk/wire/exchange]
// describes it: a request, the host calls that the check must make, in order,
// with their answers, and the result that is wanted. This is a whole one, to be
// written to testdata/healthy.txtar:
//
//	A healthy web server.
//
//	-- request.json --
//	{
//	  "check": "check.acme.web.health",
//	  "settings": {
//	    "Acme:Url": {"value": "http://web.example.com", "key": "Acme:Url"}
//	  }
//	}
//	-- http/1 --
//	GET http://web.example.com/
//
//	HTTP/1.1 200 OK
//	content-type: text/plain
//
//	ok
//	-- result.json --
//	{
//	  "severity": "pass",
//	  "diagnosis": "The web server is healthy."
//	}
//
// The network has no part in a case. A refused connection is written down as
// one, in place of the answer: a line "@error: refused connection refused". A
// connection without HTTP is written to a file tcp/1, as package exchange shows.
//
// `go test -update` writes the results that the checks give now into the cases,
// and a first case where there is none. Read the difference before you keep it.
// A result that breaks the contract, or of a check that made other calls, is
// not written.
//
// # WebAssembly
//
// The environment variable STELLA holds the path of the stella program, such as
// bin/stella of a checkout after make build; make it absolute, because tests run
// in the directory of their package. With it, [Run] has the program build that
// package and play the same cases in the sandbox that operators use. Without it
// that half is skipped, as go test -v shows.
package sdktest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// Validate fails the test unless the plugin can be built; see
// [sdk.Plugin.Validate].
func Validate(t testing.TB, p sdk.Plugin) {
	t.Helper()
	if err := p.Validate(); err != nil {
		t.Errorf("the plugin breaks the contract: %v", err)
	}
}

// Run plays each case dir/*.txtar as a subtest, natively, and then all of them
// in WebAssembly as the subtest wasm. When dir has no case it fails and shows
// one; with -update it writes that one.
//
// A case fails when the result is another than result.json wants or breaks the
// contract, when the check makes a host call that the case does not hold, and
// when it leaves one out.
func Run(t *testing.T, p sdk.Plugin, dir string) {
	t.Helper()
	files := caseFiles(t, p, dir, Update())
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) { runCase(t, p, file, Update()) })
	}
	t.Run("wasm", func(t *testing.T) { runWasm(t, files) })
}

func runCase(t testing.TB, p sdk.Plugin, file string, update bool) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c, err := exchange.ParseCase(data)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	r := Play(t, p, c.Request.Check, c)
	// What is wrong already stands in the log. The result is no good to compare
	// with another one, and no good to keep.
	if t.Failed() {
		t.Logf("%s: put that right first; until then result.json is neither compared nor written. The check gives:\n%s", file, exchange.FormatResult(&r))
		return
	}
	problem := compare(c, &r)
	if problem == "" {
		return
	}
	if !update {
		t.Errorf("%s: %s", file, problem)
		return
	}
	if err := os.WriteFile(file, replaceResult(data, string(exchange.FormatResult(&r))), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: result.json is rewritten", file)
}

// compare returns what is wrong with a result; empty when it is as c wants it.
func compare(c *exchange.Case, r *wire.Result) string {
	got := string(exchange.FormatResult(r))
	if c.Want == nil {
		return "there is no result.json; go test -update writes it:\n" + got
	}
	var w wire.Result
	if err := wire.Unmarshal(c.Want, &w); err != nil {
		return err.Error()
	}
	if want := string(exchange.FormatResult(&w)); want != got {
		return "the result differs (- wanted, + got):\n" + diff(want, got)
	}
	return ""
}

// Play runs one check of p natively on a case and returns its result. It is for
// table tests that make their cases themselves: what the request of c leaves
// out gets the defaults of package exchange, and check is put into it. c is not
// changed, and its Want is not looked at.
//
// It ends the test when the check gives no result, and fails it in the
// situations that [Run] names.
func Play(t testing.TB, p sdk.Plugin, check string, c *exchange.Case) wire.Result {
	t.Helper()
	req := complete(c.Request, check)
	if err := req.Validate(); err != nil {
		t.Fatal(err)
	}
	info := find(p, check)
	if info == nil {
		t.Fatalf("plugin %s has no check %q", p.ID, check)
	}
	wantDeclared(t, info, &req)
	b := &playing{t: t, player: exchange.NewPlayer(c.Exchanges)}
	r, err := play(p, req, b)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range b.player.Rest() {
		method, address := e.Asked()
		t.Errorf("the check did not ask for %s %s", method, address)
	}
	if err := r.Validate(info, &req); err != nil {
		t.Errorf("the result breaks the contract: %v%s", err, remedyHint(&r))
	}
	return r
}

// remedyHint tells at once all that a warning and a failure need, because
// Validate names the first thing that is missing only.
func remedyHint(r *wire.Result) string {
	if r.Severity != wire.Warn && r.Severity != wire.Fail {
		return ""
	}
	if r.Cause != "" && r.Remediation != nil && r.Remediation.Summary != "" && len(r.Remediation.Steps) > 0 {
		return ""
	}
	return "\nwarn and fail need a cause (a dotted id; declared in Explain.Causes where the check has an Explain) and a remediation with" +
		" a summary and at least one step; a step has an order, which counts from 1 for each runtime, a runtime, a description and an effect"
}

func complete(req wire.Request, check string) wire.Request {
	req.Check = check
	if req.Version == 0 {
		req.Version = wire.Version
	}
	if req.Nonce == "" {
		req.Nonce = exchange.DefaultNonce
	}
	if req.Now == "" {
		req.Now = exchange.DefaultNow
	}
	if req.DeadlineMS == 0 {
		req.DeadlineMS = exchange.DefaultDeadlineMS
	}
	return req
}

// find describes one check only, and not its usual steps, which no result is held
// against: a table test plays it hundreds of times.
func find(p sdk.Plugin, check string) *wire.CheckInfo {
	for _, c := range p.Checks {
		if c.Info.ID == check {
			c.Steps = nil
			p.Checks = []sdk.Check{c}
			return &p.Info().Checks[0]
		}
	}
	return nil
}

// playing is the host of a native run: it answers from the case and from
// nowhere else.
type playing struct {
	t      testing.TB
	player *exchange.Player
}

// HTTPRead implements [sdk.Backend].
func (b *playing) HTTPRead(request []byte) []byte {
	b.t.Helper()
	return b.http(wire.FuncHTTPRead, request)
}

// HTTPWrite implements [sdk.Backend].
func (b *playing) HTTPWrite(request []byte) []byte {
	b.t.Helper()
	return b.http(wire.FuncHTTPWrite, request)
}

func (b *playing) http(function string, request []byte) []byte {
	b.t.Helper()
	var req wire.HTTPRequest
	if err := wire.Unmarshal(request, &req); err != nil {
		b.t.Errorf("host function %s: %v", function, err)
	} else if err := req.Validate(); err != nil {
		b.t.Errorf("host function %s: %v", function, err)
	}
	resp, ok := b.player.HTTP(function, req)
	if !ok {
		b.t.Errorf("host function %s: %s", function, resp.Error.Message)
	}
	return wire.Marshal(&resp)
}

// TCPProbe implements [sdk.Backend].
func (b *playing) TCPProbe(request []byte) []byte {
	b.t.Helper()
	var req wire.TCPRequest
	if err := wire.Unmarshal(request, &req); err != nil {
		b.t.Errorf("host function %s: %v", wire.FuncTCPProbe, err)
	} else if err := req.Validate(); err != nil {
		b.t.Errorf("host function %s: %v", wire.FuncTCPProbe, err)
	}
	resp, ok := b.player.TCP(req)
	if !ok {
		b.t.Errorf("host function %s: %s", wire.FuncTCPProbe, resp.Error.Message)
	}
	return wire.Marshal(&resp)
}

// Log implements [sdk.Backend].
func (b *playing) Log(level, msg string) {
	b.t.Helper()
	b.t.Logf("%s: %s", level, msg)
}
