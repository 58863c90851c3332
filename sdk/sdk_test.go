//go:build !wasip1

package sdk_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

const nonce = "00112233445566778899aabbccddeeff"

// host is a backend with one canned answer, which keeps what it was told.
type host struct {
	answer string
	asked  []string
	logged []string
}

func (h *host) HTTPRead(request []byte) []byte {
	h.asked = append(h.asked, string(request))
	return []byte(h.answer)
}

func (h *host) HTTPWrite(request []byte) []byte {
	h.asked = append(h.asked, "write "+string(request))
	return []byte(h.answer)
}

func (h *host) TCPProbe(request []byte) []byte {
	h.asked = append(h.asked, "probe "+string(request))
	return []byte(h.answer)
}

func (h *host) Log(level, msg string) { h.logged = append(h.logged, level+" "+msg) }

// one makes a plugin of one check from its run function.
func one(run func(*sdk.Env) wire.Result) sdk.Plugin {
	return sdk.Plugin{
		ID: "test.doctor.one", Name: "One", Version: "1.0.0", Category: "core",
		Checks: []sdk.Check{{
			Info: wire.CheckInfo{
				ID: "check.test.one", Name: "One", Description: "Is it one?", DefaultSeverity: wire.Warn,
			},
			Run: run,
		}},
	}
}

func request() wire.Request {
	return wire.Request{
		Version: 1, Nonce: nonce, Check: "check.test.one", Now: "2026-01-02T03:04:05Z", DeadlineMS: 30000,
		Settings: map[string]wire.Setting{
			"Test:Url":   {Value: "http://registry.example.com", Key: "TEST:URL"},
			"Test:Token": {Secret: "secret:Test:Token", Key: "Test:Token"},
		},
	}
}

func passing(*sdk.Env) wire.Result {
	return wire.Result{Severity: wire.Pass, Diagnosis: "It is one."}
}

func TestInfoCompletes(t *testing.T) {
	methods := func(m ...string) []wire.Access {
		return []wire.Access{{Kind: wire.KindHTTP, Methods: m, Target: "http://registry.example.com", Reason: "test"}}
	}
	p := sdk.Plugin{ID: "test.doctor.many", Name: "Many", Version: "1.0.0", Category: "core", Checks: []sdk.Check{
		{Info: wire.CheckInfo{ID: "check.test.c", Access: methods("GET", "HEAD")}},
		{Info: wire.CheckInfo{ID: "check.test.a", Access: append(methods("GET"), methods("OPTIONS", "PATCH")...)}},
		{Info: wire.CheckInfo{ID: "check.test.d", Category: "security"}},
		{Info: wire.CheckInfo{ID: "check.test.b", Class: wire.ClassWrite, Access: []wire.Access{{Kind: wire.KindTCP}}}},
	}}
	info := p.Info()
	type row struct{ id, category, class, access string }
	var got []row
	for _, c := range info.Checks {
		var classes []string
		for _, a := range c.Access {
			classes = append(classes, a.Class)
		}
		got = append(got, row{c.ID, c.Category, c.Class, strings.Join(classes, " ")})
	}
	want := []row{
		{"check.test.a", "core", "write", "read write"},
		{"check.test.b", "core", "write", "read"},
		{"check.test.c", "core", "read", "read"},
		{"check.test.d", "security", "read", ""},
	}
	if !slices.Equal(got, want) {
		t.Errorf("Info().Checks:\n got %v\nwant %v", got, want)
	}
	if info.ABI != wire.Version {
		t.Errorf("ABI %d, want %d", info.ABI, wire.Version)
	}
	if c := p.Checks[0].Info; c.ID != "check.test.c" || c.Class != "" || c.Access[0].Class != "" {
		t.Errorf("Info changed its plugin: %+v", c)
	}
}

func TestValidate(t *testing.T) {
	if err := one(passing).Validate(); err != nil {
		t.Errorf("a good plugin: %v", err)
	}
	for name, c := range map[string]struct {
		plugin sdk.Plugin
		want   string
	}{
		"no run":    {one(nil), "plugin test.doctor.one: check check.test.one has no run function"},
		"no checks": {sdk.Plugin{ID: "test.doctor.none", Name: "None", Version: "1.0.0", Category: "core"}, "check"},
	} {
		if err := c.plugin.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q in it", name, err, c.want)
		}
	}
}

func TestPlayFillsIn(t *testing.T) {
	p := one(func(e *sdk.Env) wire.Result {
		token, ok := e.Setting("Test:Token")
		if !ok || token.Secret != "secret:Test:Token" || e.Text("Test:Token") != "" {
			t.Errorf("secret setting: %+v, %v", token, ok)
		}
		if _, ok := e.Setting("Test:Other"); ok || e.Text("Test:Other") != "" {
			t.Error("an unset setting is there")
		}
		if e.Text("Test:Url") != "http://registry.example.com" || e.Check() != "check.test.one" ||
			e.Now() != "2026-01-02T03:04:05Z" || e.DeadlineMS() != 30000 {
			t.Errorf("environment: %+v", e)
		}
		e.Debug("d")
		e.Info("i")
		e.Warn("w")
		// What the SDK fills in cannot be forged by a check.
		return wire.Result{Severity: wire.Pass, Diagnosis: "It is one.", Version: 9, Nonce: "x", Check: "check.test.two"}
	})
	h := &host{}
	r, err := p.Play(request(), h)
	if err != nil {
		t.Fatal(err)
	}
	if r.Version != wire.Version || r.Nonce != nonce || r.Check != "check.test.one" || r.Severity != wire.Pass {
		t.Errorf("result %+v", r)
	}
	if want := []string{"debug d", "info i", "warn w"}; !slices.Equal(h.logged, want) {
		t.Errorf("logged %q, want %q", h.logged, want)
	}
}

func TestMethods(t *testing.T) {
	p := one(func(e *sdk.Env) wire.Result {
		for _, resp := range []wire.HTTPResponse{
			e.Get(wire.HTTPRequest{URL: "http://registry.example.com/a", Method: "POST"}),
			e.Head(wire.HTTPRequest{URL: "http://registry.example.com/b"}),
			e.Options(wire.HTTPRequest{URL: "http://registry.example.com/c"}),
			e.Post(wire.HTTPRequest{URL: "http://registry.example.com/d", Undo: "DELETE"}),
			e.Put(wire.HTTPRequest{URL: "http://registry.example.com/e", Body: []byte("x")}),
			e.Patch(wire.HTTPRequest{URL: "http://registry.example.com/f"}),
			e.Delete(wire.HTTPRequest{URL: "http://registry.example.com/g", Method: "GET"}),
		} {
			if resp.Status != 204 || resp.Error != nil || string(resp.Body) != "hello" || resp.Header["x"][0] != "1" {
				t.Errorf("response %+v", resp)
			}
		}
		return passing(e)
	})
	h := &host{answer: `{"status":204,"header":{"x":["1"]},"body":"aGVsbG8=","duration_ms":1,"newer":[]}`}
	if _, err := p.Play(request(), h); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`{"method":"GET","url":"http://registry.example.com/a"}`,
		`{"method":"HEAD","url":"http://registry.example.com/b"}`,
		`{"method":"OPTIONS","url":"http://registry.example.com/c"}`,
		`write {"method":"POST","url":"http://registry.example.com/d","undo":"DELETE"}`,
		`write {"method":"PUT","url":"http://registry.example.com/e","body":"eA=="}`,
		`write {"method":"PATCH","url":"http://registry.example.com/f"}`,
		`write {"method":"DELETE","url":"http://registry.example.com/g"}`,
	}
	if !slices.Equal(h.asked, want) {
		t.Errorf("asked %q\nwant %q", h.asked, want)
	}
}

// A host that answers with something else than a response is no broken
// registry: whatever the check makes of it, there is no result.
func TestBrokenHost(t *testing.T) {
	for _, answer := range []string{"", "null", "[]", `{"status":"200"}`, `{"status":200} {}`, "\xff"} {
		p := one(func(e *sdk.Env) wire.Result {
			resp := e.Get(wire.HTTPRequest{URL: "http://registry.example.com/"})
			if resp.Status != 0 || resp.Error == nil || resp.Error.Kind != wire.KindConnectionFailed {
				t.Errorf("%q: response %+v", answer, resp)
			}
			return wire.Result{Severity: wire.Fail, Cause: "tcp.refused", Diagnosis: "It is down."}
		})
		r, err := p.Play(request(), &host{answer: answer})
		if err == nil || !strings.HasPrefix(err.Error(), "plugin test.doctor.one: check check.test.one: host function http_read: ") {
			t.Errorf("%q: result %+v, error %v", answer, r, err)
		}
	}
}

func TestBrokenHostWrite(t *testing.T) {
	p := one(func(e *sdk.Env) wire.Result {
		e.Post(wire.HTTPRequest{URL: "http://registry.example.com/"})
		return passing(e)
	})
	_, err := p.Play(request(), &host{answer: "[]"})
	if err == nil || !strings.HasPrefix(err.Error(), "plugin test.doctor.one: check check.test.one: host function http_write: ") {
		t.Errorf("error %v", err)
	}
}

// TestProbe: the documents of a connection pass as they are.
func TestProbe(t *testing.T) {
	var resp wire.TCPResponse
	p := one(func(e *sdk.Env) wire.Result {
		resp = e.Probe(wire.TCPRequest{Host: "mail.example.com", Port: 25, Banner: 9, TLS: true})
		return passing(e)
	})
	h := &host{answer: `{"connected":true,"duration_ms":3,"banner":"MjIw","newer":[]}`}
	if _, err := p.Play(request(), h); err != nil {
		t.Fatal(err)
	}
	if want := []string{`probe {"host":"mail.example.com","port":25,"tls":true,"banner":9}`}; !slices.Equal(h.asked, want) {
		t.Errorf("asked %q\nwant %q", h.asked, want)
	}
	if !resp.Connected || resp.DurationMS != 3 || string(resp.Banner) != "220" || resp.Error != nil {
		t.Errorf("response %+v", resp)
	}
	_, err := p.Play(request(), &host{answer: `{"connected":1}`})
	if err == nil || !strings.HasPrefix(err.Error(), "plugin test.doctor.one: check check.test.one: host function tcp_probe: ") {
		t.Errorf("error %v", err)
	}
	if resp.Connected || resp.Error == nil || resp.Error.Kind != wire.KindConnectionFailed {
		t.Errorf("response %+v", resp)
	}
}

func TestRefusals(t *testing.T) {
	other := request()
	other.Check = "check.test.two"
	for name, c := range map[string]struct {
		plugin sdk.Plugin
		req    wire.Request
		want   string
	}{
		"unknown check": {one(passing), other, `plugin test.doctor.one: no check "check.test.two"`},
		"no run":        {one(nil), request(), "plugin test.doctor.one: check check.test.one has no run function"},
		"large result": {one(func(*sdk.Env) wire.Result {
			return wire.Result{Severity: wire.Pass, Diagnosis: strings.Repeat("d", wire.MaxOutputBytes)}
		}), request(), "plugin test.doctor.one: check check.test.one: the result has 262258 bytes, more than 262144"},
	} {
		if _, err := c.plugin.Play(c.req, &host{}); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := one(passing).Play(request(), nil); err == nil {
		t.Error("a run without a backend is accepted")
	}
}

// TestSteps: the steps are in the description, the check's own explanation stays
// as it was, and a run does not ask for them.
func TestSteps(t *testing.T) {
	explain := &wire.Explain{What: "Looks.", Why: "To see."}
	steps := []wire.Step{{Order: 1, Runtime: wire.RuntimeAny, Description: "Wait.", Effect: wire.EffectRead}}
	asked := 0
	p := one(passing)
	p.Checks[0].Info.Explain = explain
	p.Checks[0].Steps = func() []wire.Step { asked++; return steps }
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	if got := p.Info().Checks[0].Explain; got.What != "Looks." || !reflect.DeepEqual(got.Steps, steps) || explain.Steps != nil {
		t.Errorf("described %+v, its own %+v", got, explain)
	}
	asked = 0
	if _, err := p.Play(request(), &host{}); err != nil || asked != 0 {
		t.Errorf("a run asks %d times for steps, %v", asked, err)
	}
	// Steps without an explanation would be lost: they are refused.
	p.Checks[0].Info.Explain = nil
	if err := p.Validate(); err == nil || err.Error() != "plugin info: checks[0].explain.what: text is wanted" {
		t.Errorf("steps without an explanation: %v", err)
	}
}
