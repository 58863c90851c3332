package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

// wantWhole checks what every judged or denied result of a check has, whatever
// was observed. keys are those of its evidence, sorted.
func wantWhole(t *testing.T, check string, keys []string, r *wire.Result) {
	t.Helper()
	if got := slices.Sorted(maps.Keys(r.Evidence)); !slices.Equal(got, keys) {
		t.Errorf("evidence keys are %v, want %v", got, keys)
	}
	if r.Diagnosis == "" || strings.ContainsAny(r.Diagnosis, "{}") || strings.Contains(r.Diagnosis, "  ") {
		t.Errorf("diagnosis %q", r.Diagnosis)
	}
	if (r.Cause == "") != (r.Remediation == nil) || (r.Cause == "") != (len(r.LikelyCauses) == 0) {
		t.Errorf("cause %q with %d likely causes and remediation %v", r.Cause, len(r.LikelyCauses), r.Remediation)
	}
	if r.Remediation == nil {
		return
	}
	last := make(map[string]wire.Step)
	for _, s := range r.Remediation.Steps {
		last[s.Runtime] = s
		if s.Effect == wire.EffectDestructive && !s.Manual {
			t.Errorf("a destructive step that is not manual: %+v", s)
		}
		if s.Command == "" && !s.Manual {
			t.Errorf("a step with neither command nor reader: %+v", s)
		}
		if strings.ContainsAny(s.Description+s.Backup+s.Safety, "{}") {
			t.Errorf("an unfilled text: %+v", s)
		}
		if strings.Contains(s.Command, "-k ") || strings.Contains(s.Command, "insecure") {
			t.Errorf("verification is turned off: %s", s.Command)
		}
	}
	for _, runtime := range []string{wire.RuntimeCompose, wire.RuntimeSystemd, wire.RuntimeKubernetes} {
		if got := last[runtime].Command; got != rerun(t, check) {
			t.Errorf("the last step for %s is %q", runtime, got)
		}
	}
}

// rerun is the command that runs a check again, which ends every plan.
func rerun(t testing.TB, check string) string {
	t.Helper()
	command := "stella doctor run --check " + check
	if described(t, check).Class == wire.ClassWrite {
		command += " --allow-write"
	}
	return command
}
