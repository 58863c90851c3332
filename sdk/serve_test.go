package sdk

import (
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

func TestRegisterOnce(t *testing.T) {
	t.Cleanup(func() { registered = nil })
	if _, err := describe(registered); err != errNoPlugin {
		t.Errorf("describe without a plugin: %v", err)
	}
	if _, err := run(registered, backend{}, nil); err != errNoPlugin {
		t.Errorf("run without a plugin: %v", err)
	}
	Register(Plugin{ID: "test.doctor.one"})
	defer func() {
		if r, _ := recover().(string); !strings.Contains(r, "test.doctor.two registered after test.doctor.one") {
			t.Errorf("the second Register: %q", r)
		}
	}()
	Register(Plugin{ID: "test.doctor.two"})
	t.Error("a second Register is accepted")
}

func TestDescribe(t *testing.T) {
	p := Plugin{ID: "test.doctor.one", Name: "One", Version: "1.0.0", Category: "core", Checks: []Check{
		{Info: wire.CheckInfo{ID: "check.test.one"}},
	}}
	out, err := describe(&p)
	if err != nil {
		t.Fatal(err)
	}
	var info wire.PluginInfo
	if err := wire.Unmarshal(out, &info); err != nil {
		t.Fatal(err)
	}
	if info.ID != p.ID || len(info.Checks) != 1 || info.Checks[0].Class != wire.ClassRead {
		t.Errorf("described %+v", info)
	}
}

// FuzzRun feeds whatever a host may hand over as a request.
func FuzzRun(f *testing.F) {
	f.Add([]byte(`{"version":1,"nonce":"00","check":"check.test.one","now":"","deadline_ms":1,"settings":{"a":{"value":"b","key":"c"}}}`))
	f.Add([]byte(`{"check":"check.test.two"}`))
	f.Add([]byte(``))
	f.Add([]byte("{\"check\":\"\\u0000\xff"))
	p := &Plugin{ID: "test.doctor.one", Checks: []Check{{
		Info: wire.CheckInfo{ID: "check.test.one"},
		Run:  func(e *Env) wire.Result { return wire.Result{Severity: wire.Pass, Diagnosis: e.Text("a")} },
	}}}
	f.Fuzz(func(t *testing.T, in []byte) {
		out, err := run(p, backend{}, in)
		if (err == nil) != (out != nil) {
			t.Fatalf("output %q beside error %v", out, err)
		}
		var r wire.Result
		if err == nil && wire.Unmarshal(out, &r) != nil {
			t.Fatalf("output %q is no result", out)
		}
	})
}
