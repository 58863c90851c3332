package host

import (
	"context"
	"errors"
	"testing"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// TestWriteGate holds that a check which writes on its target runs only when the
// run allows it: named, nothing runs; selected otherwise, it is skipped.
func TestWriteGate(t *testing.T) {
	h, err := Open(Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	e := checkEntry{&wire.CheckInfo{ID: "check.acme.push", Class: wire.ClassWrite}, &loaded{cfg: &h.cfg}}
	named := RunOptions{Selection: Selection{Checks: []string{"check.acme.push"}}}
	var refused *WriteError
	if err := gateNamed([]checkEntry{e}, named); !errors.As(err, &refused) {
		t.Errorf("a named check that writes: %v", err)
	}
	named.AllowWrite = true
	if err := gateNamed([]checkEntry{e}, named); err != nil {
		t.Errorf("with --allow-write: %v", err)
	}
	res, _, err := h.runCheck(context.Background(), e, h.admit(e, RunOptions{}), RunOptions{}, &answerBudget{}, newWatcher(nil))
	if err != nil {
		t.Fatal(err)
	}
	if res.SkipReason == nil || *res.SkipReason != wire.SkipWriteNotAllowed {
		t.Errorf("selected without being named: %+v", res)
	}
	if want := "stella doctor run --check check.acme.push --allow-write"; res.Verification != want {
		t.Errorf("verification %q, want %q", res.Verification, want)
	}
	if notes := h.notes(&report.Report{}, false); len(notes) != 1 || notes[0].Code != "insecure_tls" {
		t.Errorf("a report without verified certificates does not say so: %+v", notes)
	}
}
